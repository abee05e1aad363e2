//! Schedules by chance: what happens, in which order, and whose step comes next.

use crate::requests::Request;
use crate::run::{Instance, Run, USERS};
use crate::stripe::Change;
use crate::world::{Counting, Fault};

const CUSTOMERS: [&str; 4] = ["cus_1", "cus_2", "cus_3", "cus_4"];

/// The events that a schedule may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mix {
    /// The most customers and users, of which a schedule has two or one at least.
    pub(crate) customers: usize,
    pub(crate) users: usize,
    pub(crate) counting: Counting,
    /// True if the operator writes records.
    pub(crate) operator: bool,
    /// The number of steps that may fail and of instances that may break down.
    pub(crate) mishaps: u32,
}

/// Numbers that look random (Marsaglia's xorshift), so that a run can be repeated by its seed.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 11
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap() % bound
    }

    fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Something that happens in a schedule.
#[derive(Clone, Copy, Debug)]
enum Act {
    /// At Stripe, and it is told in this many deliveries.
    Happens(Change, usize),
    /// A user asks for synchronising.
    Asks(&'static str),
    /// The operator writes that a customer is a user's.
    Writes(&'static str, &'static str),
}

fn acts(mix: &Mix, random: &mut Random) -> Vec<Act> {
    let customers = &CUSTOMERS[..2.min(mix.customers) + random.below(mix.customers.max(2) - 1)];
    let users = &USERS[..2 + random.below(mix.users - 1)];
    let mut acts = Vec::new();
    let mut created = Vec::new();
    let mut deleted = Vec::new();
    let number = customers.len() + 3 + random.below(6);
    let mut to_create = customers.to_vec();
    while acts.len() < number || !to_create.is_empty() {
        if let Some(&customer) = to_create.last()
            && (created.is_empty() || random.one_in(2))
        {
            to_create.pop();
            created.push(customer);
            let user = (!random.one_in(3)).then(|| random.of(users));
            acts.push(Act::Happens(Change::Create(customer, user), 1));
            continue;
        }
        let (customer, user) = (random.of(&created), random.of(users));
        let act = random.below(if mix.operator { 22 } else { 20 });
        if act >= 20 {
            // No two users are given one customer by the operator.
            let place = CUSTOMERS.iter().position(|it| *it == customer).unwrap();
            acts.push(Act::Writes(USERS[place % users.len()], customer));
            continue;
        }
        if act < 4 {
            acts.push(Act::Asks(user));
            continue;
        }
        if deleted.contains(&customer) {
            continue;
        }
        let change = match act {
            4..=6 => Change::Name(customer, Some(user)),
            7 => Change::Name(customer, None),
            11 => Change::Subscribe(customer, random.of(&["past_due", "unpaid"])),
            12 | 13 => Change::Subscribe(customer, "canceled"),
            14 => Change::NameSubscriber(customer, user),
            15 | 16 => Change::CheckOut(customer, user),
            17 => Change::CheckOutFor(customer, user),
            18 => {
                deleted.push(customer);
                Change::Delete(customer)
            }
            // 8 to 10, and whatever is above.
            _ => Change::Subscribe(customer, "active"),
        };
        acts.push(Act::Happens(change, 1 + usize::from(random.one_in(4))));
    }
    acts
}

/// Runs one schedule to its end: acts come in their order, all else by chance. A delivery that fails comes again; a page
/// that asks and is refused does not ask again.
pub(crate) fn run(mix: &Mix, seed: u64, traced: bool) -> Result<(), Wrong> {
    let mut random = Random::new(seed);
    let acts = acts(mix, &mut random);
    let mut acts = acts.iter();
    let mut mishaps = mix.mishaps;
    let mut run = Run::new(mix.counting, traced);
    let mut waiting: Vec<Request> = Vec::new();
    let mut running: Vec<Instance> = Vec::new();
    // An instance goes on for some steps before another one does: faults show where one is overtaken by all that another
    // one does, which even changes would hardly ever bring about.
    let patience = random.of(&[1, 3, 6, 12]);
    let mut last = 0;
    let mut steps = 0;
    loop {
        let more = usize::from(acts.len() > 0);
        let choices = running.len() + more + usize::from(!waiting.is_empty());
        if choices == 0 {
            break;
        }
        steps += 1;
        if steps > 50_000 {
            return Err(Wrong::InTheEnd(run.fault("it does not come to an end")));
        }
        if random.one_in(patience) {
            last = random.below(1 << 16);
        }
        let choice = last % choices;
        if choice == running.len() && more == 1 {
            match *acts.next().unwrap() {
                Act::Happens(change, times) => {
                    let event = run.happens(change);
                    waiting.extend(vec![event; times]);
                }
                Act::Asks(user) => waiting.push(Request::Sync(user)),
                Act::Writes(user, customer) => run.operator_writes(user, customer),
            }
            continue;
        }
        if choice >= running.len() {
            let chosen = random.below(waiting.len());
            let request = waiting.swap_remove(chosen);
            running.push(run.begin(request));
            continue;
        }
        if mishaps > 0 && random.one_in(40) {
            mishaps -= 1;
            let broken = running.swap_remove(choice);
            run.world
                .borrow_mut()
                .note(|| format!("{:?} breaks down", broken.request));
            redeliver(broken.request, &mut waiting);
            continue;
        }
        let fault = (mishaps > 0 && random.one_in(20)).then(|| {
            mishaps -= 1;
            random.of(&[Fault::Before, Fault::After])
        });
        let instance = &mut running[choice];
        let step = random.below(instance.waiting.len());
        if let Some(answered) = run.step(instance, step, fault).map_err(Wrong::Ever)? {
            let done = running.swap_remove(choice);
            if answered.status >= 500 {
                redeliver(done.request, &mut waiting);
            } else if answered.status != 200 {
                return Err(Wrong::Ever(run.fault(&format!("{answered:?}"))));
            }
        }
    }
    run.check_in_the_end().map_err(Wrong::InTheEnd)
}

fn redeliver(request: Request, waiting: &mut Vec<Request>) {
    if matches!(request, Request::Event(_)) {
        waiting.push(request);
    }
}

/// The fault of a schedule, and the steps that led there.
#[derive(Debug)]
pub(crate) enum Wrong {
    /// At some moment a session opened what it must not.
    Ever(String),
    /// The records are not what Stripe has, although all deliveries were taken.
    InTheEnd(String),
}
