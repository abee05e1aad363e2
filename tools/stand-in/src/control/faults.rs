//! The choice of a fault: `GET`, `PUT` and `DELETE` on `/stand-in/faults`.

use super::{lines, told};
use crate::faults::FAULTS;
use crate::faults::script::{Standing, Whom};
use crate::form::decode_form;
use crate::state::{Shared, State};
use crate::wire::{Answer, Request};

/// Answers a request about faults, of which the path of a `PUT` names one.
pub(super) fn answer(shared: &Shared, request: &Request, name: Option<&str>) -> Answer {
    let (whom, times) = match parse(request.query()) {
        Ok(query) => query,
        Err(problem) => return told(400, problem),
    };
    let mut state = shared.lock();
    let standing = &mut state.scripts.standing;
    match (name, request.method.as_str()) {
        (Some(name), _) => {
            let Some(fault) = FAULTS.iter().find(|fault| fault.name == name) else {
                return told(
                    404,
                    "There is no such fault; GET /stand-in/faults lists them.",
                );
            };
            let chosen = Standing {
                name: fault.name,
                reply: (fault.reply)(),
                left: times,
            };
            let told = told(200, format!("In force: {}", in_force(&whom, &chosen)));
            standing.insert(whom, chosen);
            return told;
        }
        (None, "DELETE") if times.is_some() => return told(400, "`times` belongs to PUT."),
        (None, "DELETE") if whom == Whom::Everyone => standing.clear(),
        (None, "DELETE") => drop(standing.remove(&whom)),
        _ => {}
    }
    told(200, list(&state))
}

/// Returns whom a query names, and for how many attempts.
fn parse(query: &str) -> Result<(Whom, Option<u32>), &'static str> {
    let mut parsed = (Whom::Everyone, None);
    for (name, value) in decode_form(query.as_bytes()) {
        match name.as_str() {
            "customer" if value.starts_with("cus_") => parsed.0 = Whom::Customer(value),
            "customer" => return Err("`customer` is a customer's identifier (cus_…)."),
            "times" => match value.parse() {
                Ok(times @ 1..) => parsed.1 = Some(times),
                _ => return Err("`times` is a number from 1."),
            },
            // Passed over, a misspelt name would make a fault last for good, or affect everyone.
            _ => return Err("The query may have `customer` and `times`, and nothing else."),
        }
    }
    Ok(parsed)
}

fn list(state: &State) -> String {
    let faults = FAULTS.iter();
    let faults = faults.map(|fault| format!("{:<24} {}", fault.name, fault.sentence));
    let standing = state.scripts.standing.iter();
    let standing = lines(standing.map(|(whom, standing)| in_force(whom, standing)));
    let standing = match standing.as_str() {
        "" => " nothing".to_owned(),
        _ => format!("\n{standing}"),
    };
    format!("{}\n\nIn force:{standing}", lines(faults))
}

fn in_force(whom: &Whom, standing: &Standing) -> String {
    let name = standing.name;
    let whom = match whom {
        Whom::Everyone => "every customer",
        Whom::Customer(customer) => customer,
    };
    match standing.left {
        None => format!("{name} for {whom}"),
        Some(1) => format!("{name} for {whom}, for the next attempt"),
        Some(left) => format!("{name} for {whom}, for the next {left} attempts"),
    }
}
