//! Reads from Stripe, and keeps notes for the log.

use std::borrow::Cow;
use std::cell::RefCell;
use std::pin::Pin;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::config::Config;
use crate::error::{Failure, FailureKind};
use crate::log::Entry;
use crate::plan::PlanName;
use crate::platform::{Platform, side_by_side};
use crate::stripe::customer::{self, Customer, Retrieved};
use crate::stripe::subscription::{self, Listed, Subscription};
use crate::stripe::{self, Call};
use crate::stripe_id::{CustomerId, RequestId};
use crate::user::User;

/// The body of an answer of Stripe's; `None` where it has no such thing.
type Found = Result<Option<Vec<u8>>, Failure>;

/// A customer as Stripe has it now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It exists, with all subscriptions that are not over.
    Living(Box<Customer>),
    /// Stripe says that the customer was deleted.
    Deleted,
    /// Stripe has no such customer, in this account and this mode.
    Missing,
}

impl State {
    /// Returns the customer, if it exists.
    pub(super) fn living(&self) -> Option<&Customer> {
        match self {
            Self::Living(customer) => Some(customer),
            Self::Deleted | Self::Missing => None,
        }
    }
}

/// The most items of a list that are read: a customer has up to 500 subscriptions (Stripe docs, Subscriptions).
const MOST: usize = 500;

/// A reader whose calls have a common deadline, by the monotonic clock. Several of them may be under way side by side.
pub(super) struct Reader<'a, P> {
    pub(super) platform: &'a P,
    pub(super) config: &'a Config,
    deadline: Duration,
    notes: RefCell<Notes>,
}

/// The notes for the log.
#[derive(Default)]
struct Notes {
    attempts: u32,
    request_id: Option<RequestId>,
    reasons: Vec<Cow<'static, str>>,
    of: Option<(String, Option<PlanName>)>,
}

impl<'a, P: Platform> Reader<'a, P> {
    /// Makes a reader that begins now, and has the time of one call to Stripe.
    pub(super) fn new(platform: &'a P, config: &'a Config) -> Self {
        let deadline = platform.monotonic().saturating_add(config.stripe.timeout);
        Self::until(deadline, platform, config)
    }

    /// Makes a reader with this deadline.
    pub(super) fn until(deadline: Duration, platform: &'a P, config: &'a Config) -> Self {
        Self {
            platform,
            config,
            deadline,
            notes: RefCell::default(),
        }
    }

    /// Notes something for the operator that stops nothing.
    pub(super) fn note(&self, what: impl Into<Cow<'static, str>>) {
        self.notes.borrow_mut().reasons.push(what.into());
    }

    /// Notes the customer's user, and the user's plan.
    pub(super) fn note_user(&self, user: &User, plan: Option<PlanName>) {
        self.notes.borrow_mut().of = Some((user.digest().to_owned(), plan));
    }

    /// Writes the notes into a log line; `names_user` where the line does not know the user yet.
    pub(super) fn log(self, entry: &mut Entry, names_user: bool) {
        let notes = self.notes.into_inner();
        entry.attempts = entry.attempts.saturating_add(notes.attempts);
        if notes.request_id.is_some() {
            entry.stripe_request_id = notes.request_id;
        }
        for reason in notes.reasons {
            entry.add_reason(reason);
        }
        if let Some((user, plan)) = notes.of
            && names_user
        {
            entry.user = Some(user);
            entry.plan = plan;
        }
    }

    /// Asks Stripe; `None` where it has no such thing. The call is boxed, so that the code for it is there once and not
    /// wherever it is awaited.
    pub(super) fn ask(&self, call: Call) -> Pin<Box<dyn Future<Output = Found> + '_>> {
        Box::pin(async move {
            let settings = &self.config.stripe;
            let report = stripe::client::call(self.platform, settings, self.deadline, call).await;
            let mut notes = self.notes.borrow_mut();
            notes.attempts = notes.attempts.saturating_add(report.attempts);
            notes.request_id = report.request_id;
            match report.result {
                _ if report.missing => Ok(None),
                // Stripe says so where a parameter names the thing.
                Err(failure) if failure.kind == FailureKind::NoStripeCustomer => Ok(None),
                result => result.map(Some),
            }
        })
    }

    /// Reads a customer, with all subscriptions that are not over.
    pub(super) async fn customer(&self, id: &CustomerId) -> Result<State, Failure> {
        let Some(answer) = self.ask(customer::retrieve(id)).await? else {
            return Ok(State::Missing);
        };
        let Retrieved::Living(mut customer) = customer::read(&answer, id)? else {
            return Ok(State::Deleted);
        };
        let subscriptions = &mut customer.subscriptions;
        if subscriptions.has_more {
            let all = self.all(|after| subscription::list(id, after));
            // Where it has gone in between, a later reading will find that out.
            let Some(all) = all.await? else {
                return Ok(State::Missing);
            };
            subscriptions.data = all;
        }
        self.all_items(&mut subscriptions.data).await?;
        Ok(State::Living(Box::new(customer)))
    }

    /// Reads the items behind the first of each subscription.
    pub(super) async fn all_items(
        &self,
        subscriptions: &mut [Subscription],
    ) -> Result<(), Failure> {
        let with_more = subscriptions.iter_mut().filter(|one| one.items.has_more);
        for read in side_by_side(with_more.map(|one| self.items(one))).await {
            read?;
        }
        Ok(())
    }

    /// Reads all items of a subscription. Where it has gone in between, those stay that were read with it.
    async fn items(&self, subscription: &mut Subscription) -> Result<(), Failure> {
        let id = subscription.id.clone();
        if let Some(items) = self
            .all(|after| subscription::list_items(&id, after))
            .await?
        {
            subscription.items.data = items;
        }
        Ok(())
    }

    /// Reads a list page after page; `None` where there is none.
    async fn all<T: Listed + DeserializeOwned>(
        &self,
        call: impl Fn(Option<&str>) -> Call,
    ) -> Result<Option<Vec<T>>, Failure> {
        let mut all: Vec<T> = Vec::new();
        while all.len() < MOST {
            let Some(answer) = self.ask(call(all.last().map(Listed::id))).await? else {
                return Ok(None);
            };
            let page = subscription::read_page(&answer)?;
            let more = page.has_more && !page.data.is_empty();
            all.extend(page.data);
            if !more {
                return Ok(Some(all));
            }
        }
        self.note("a customer has more subscriptions or items than are read");
        Ok(Some(all))
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use http::{Response, StatusCode};
    use serde_json::{Value, json};

    use super::*;
    use crate::platform::memory::{MemoryPlatform, Scripted};

    fn subscriptions(numbers: std::ops::Range<usize>, items_have_more: bool) -> Vec<Value> {
        let one = |number| {
            json!({
                "id": format!("sub_{number}"), "status": "active",
                "items": {"data": items(0..1), "has_more": items_have_more},
            })
        };
        numbers.map(one).collect()
    }

    fn items(numbers: std::ops::Range<usize>) -> Vec<Value> {
        let one = |number| {
            let price = format!("price_{number}");
            json!({"id": format!("si_{number}"), "price": {"id": price, "product": "prod_1"}})
        };
        numbers.map(one).collect()
    }

    fn page(data: &[Value], has_more: bool) -> Value {
        json!({"object": "list", "data": data, "has_more": has_more})
    }

    /// Reads a customer from scripted answers, and returns it with the calls that it took.
    fn read(answers: &[Value]) -> (State, Vec<String>, Option<String>) {
        let value = |name| {
            let value = match name {
                "stripe_api_key" => "sk_test_1",
                "frontend_url" => "https://app.example.com",
                "jwt_issuer" => "issuer",
                "jwt_audience" => "audience",
                "jwt_hs256_secret" => "0123456789abcdef0123456789abcdef",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let config = Config::from_variables(value).unwrap();
        let platform = MemoryPlatform::default();
        for answer in answers {
            let status = if answer.get("error").is_some() {
                400
            } else {
                200
            };
            let mut answer = Response::new(answer.to_string().into_bytes());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            platform.script(Scripted::Answer(answer));
        }
        let reader = Reader::new(&platform, &config);
        let state = block_on(reader.customer(&CustomerId::parse("cus_1").unwrap())).unwrap();
        let mut entry = Entry::default();
        reader.log(&mut entry, true);
        let calls = platform.fetched();
        assert_eq!(entry.attempts as usize, calls.len());
        let calls = calls
            .iter()
            .map(|call| call.uri().path_and_query().unwrap().to_string());
        (state, calls.collect(), entry.reason.map(String::from))
    }

    fn customer(subscriptions: &Value) -> Value {
        json!({"object": "customer", "id": "cus_1", "livemode": false, "subscriptions": subscriptions})
    }

    #[test]
    fn a_customer_with_many_subscriptions_is_read_page_after_page() {
        let (state, calls, reason) = read(&[
            customer(&page(&subscriptions(0..10, false), true)),
            page(&subscriptions(0..100, false), true),
            page(&subscriptions(100..130, false), false),
        ]);
        let found = &state.living().unwrap().subscriptions.data;
        assert_eq!(found.len(), 130);
        assert_eq!(found[129].id, "sub_129");
        assert_eq!(
            calls,
            [
                "/v1/customers/cus_1?expand[]=subscriptions",
                "/v1/subscriptions?customer=cus_1&limit=100",
                "/v1/subscriptions?customer=cus_1&starting_after=sub_99&limit=100",
            ]
        );
        assert_eq!(reason, None);
    }

    #[test]
    fn a_customer_that_stripe_says_is_missing_is_so_however_it_says_it() {
        let error = json!({"error": {
            "type": "invalid_request_error", "code": "resource_missing", "param": "customer",
        }});
        let (state, ..) = read(std::slice::from_ref(&error));
        assert_eq!(state, State::Missing);
        let (state, ..) = read(&[customer(&page(&[], true)), error]);
        assert_eq!(state, State::Missing);
    }

    #[test]
    fn up_to_500_subscriptions_are_read_and_the_log_tells_of_more() {
        let mut answers = vec![customer(&page(&[], true))];
        answers.extend((0..5).map(|n| page(&subscriptions(n * 100..n * 100 + 100, false), true)));
        let (state, calls, reason) = read(&answers);
        assert_eq!(state.living().unwrap().subscriptions.data.len(), 500);
        assert_eq!(calls.len(), 6);
        let told = "a customer has more subscriptions or items than are read";
        assert_eq!(reason.as_deref(), Some(told));
    }

    #[test]
    fn short_pages_take_nothing_from_the_500_subscriptions() {
        let mut answers = vec![customer(&page(&[], true))];
        answers.extend((0..10).map(|n| page(&subscriptions(n * 50..n * 50 + 50, false), n < 9)));
        let (state, calls, reason) = read(&answers);
        assert_eq!(state.living().unwrap().subscriptions.data.len(), 500);
        assert_eq!((calls.len(), reason), (11, None));
    }

    #[test]
    fn all_items_of_a_subscription_are_read() {
        let (state, calls, _) = read(&[
            customer(&page(&subscriptions(7..8, true), false)),
            page(&items(0..100), true),
            page(&items(100..112), false),
        ]);
        let subscription = &state.living().unwrap().subscriptions.data[0];
        assert_eq!(subscription.items.data.len(), 112);
        assert_eq!(subscription.items.data[111].price.id, "price_111");
        assert_eq!(
            calls[1..],
            [
                "/v1/subscription_items?subscription=sub_7&limit=100",
                "/v1/subscription_items?subscription=sub_7&starting_after=si_99&limit=100",
            ]
        );
    }
}
