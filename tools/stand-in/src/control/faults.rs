//! The choice of a fault: `GET`, `PUT` and `DELETE` on `/stand-in/faults`.

use std::fmt::Write as _;

use super::text::{text, wrong_method};
use crate::faults::script::{Standing, Whom};
use crate::faults::{FAULTS, Fault};
use crate::form::decode_form;
use crate::state::Shared;
use crate::wire::{Answer, Request};

const PATH: &str = "/stand-in/faults";

/// Answers a request about faults, of which the path may name one.
pub(super) fn answer(shared: &Shared, request: &Request, name: Option<&str>) -> Answer {
    let query = match Query::parse(request.query()) {
        Ok(query) => query,
        Err(problem) => return text(400, problem.to_owned()),
    };
    match (request.method.as_str(), name) {
        ("GET", None) => text(200, list(shared)),
        ("PUT", Some(name)) => put(shared, name, query),
        ("DELETE", None) if query.times.is_none() => delete(shared, query.customer),
        ("DELETE", None) => text(400, "`times` belongs to PUT.".to_owned()),
        (_, name) => wrong_method(name.map_or("GET, DELETE", |_| "PUT")),
    }
}

#[derive(Default)]
struct Query {
    customer: Option<String>,
    times: Option<u32>,
}

impl Query {
    fn parse(query: &str) -> Result<Self, &'static str> {
        let mut parsed = Self::default();
        for (name, value) in decode_form(query.as_bytes()) {
            match name.as_str() {
                "customer" if value.starts_with("cus_") => parsed.customer = Some(value),
                "customer" => return Err("`customer` is a customer's identifier (cus_…)."),
                "times" => match value.parse() {
                    Ok(times @ 1..) => parsed.times = Some(times),
                    _ => return Err("`times` is a number from 1."),
                },
                // Passed over, a misspelt name would make a fault last for good, or affect everyone.
                _ => return Err("The query may have `customer` and `times`, and nothing else."),
            }
        }
        Ok(parsed)
    }
}

fn list(shared: &Shared) -> String {
    let mut list = String::new();
    for Fault { name, sentence, .. } in &FAULTS {
        // Writing to a string cannot fail.
        let _ = writeln!(list, "{name:<24} {sentence}");
    }
    list.push_str("\nIn force:");
    let state = shared.lock();
    for (whom, standing) in &state.scripts.standing {
        let _ = write!(list, "\n{}", in_force(whom, standing));
    }
    if state.scripts.standing.is_empty() {
        list.push_str(" nothing");
    }
    list
}

fn put(shared: &Shared, name: &str, query: Query) -> Answer {
    let Some(fault) = Fault::find(name) else {
        return text(
            404,
            format!("There is no fault of this name; GET {PATH} lists them."),
        );
    };
    let whom = query.customer.map_or(Whom::Everyone, Whom::Customer);
    let standing = Standing {
        reply: fault.reply(),
        left: query.times,
    };
    let told = in_force(&whom, &standing);
    shared.lock().scripts.standing.insert(whom, standing);
    text(200, format!("In force: {told}"))
}

fn delete(shared: &Shared, customer: Option<String>) -> Answer {
    let mut state = shared.lock();
    match customer {
        Some(customer) => {
            state.scripts.standing.remove(&Whom::Customer(customer));
        }
        None => state.scripts.standing.clear(),
    }
    drop(state);
    text(200, list(shared))
}

fn in_force(whom: &Whom, standing: &Standing) -> String {
    let named = FAULTS.iter().find(|fault| fault.reply() == standing.reply);
    let name = named.map_or("a reply without a name", |fault| fault.name);
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
