//! Reads the prices that are for sale, and everything that checkout sessions have in common.

use super::reader::{Noting, Reader};
use super::sync_settings::choice;
use crate::return_path::ReturnPath;
use crate::stripe::checkout_session::creation::CheckoutSettings;
use crate::stripe_id::PriceId;
use crate::text::is_visible_ascii;

/// The rule for `checkout_trial_days`.
const TRIAL: &str = "must be 0 or a number of days from 2 to 730";

/// The longest trial that Stripe gives, in days. The shortest has two: Checkout wants 48 hours.
const LONGEST_TRIAL: u64 = 730;

/// The longest name of a price, in bytes.
const MAX_NAME: usize = 64;

/// The values of the variables; the frontend's address is read elsewhere.
pub(super) struct Checkout(CheckoutSettings);

impl Checkout {
    pub(super) fn into_settings(self, frontend_url: String) -> CheckoutSettings {
        CheckoutSettings {
            frontend_url,
            ..self.0
        }
    }
}

pub(super) fn read(variables: &mut Reader<'_>) -> Noting<Checkout> {
    const SWITCH: &str = "must be true or false";
    let items = variables.list("checkout_prices");
    let prices = parse_prices(&items).map_or_else(
        || {
            variables.problem(
                "checkout_prices",
                "must be prices like pro_monthly=price_…,pro_yearly=price_… (names that callers use, each once)",
            )
        },
        Ok,
    );
    let hosts = variables.link_hosts(
        "checkout_hosts",
        "must be host names, comma separated, e.g. checkout.stripe.com",
    );
    let max_quantity = variables.number(
        "checkout_max_quantity",
        1..=999_999,
        "must be a number from 1 to 999999",
    );
    let trial_days = match variables.number("checkout_trial_days", 0..=LONGEST_TRIAL, TRIAL) {
        Ok(1) => variables.problem("checkout_trial_days", TRIAL),
        read => read,
    };
    let promotion_codes = choice(
        variables,
        "checkout_promotion_codes",
        ["false", "true"],
        SWITCH,
    );
    let automatic_tax = choice(
        variables,
        "checkout_automatic_tax",
        ["false", "true"],
        SWITCH,
    );
    let success_path = read_path(variables, "checkout_success_path");
    let cancel_path = read_path(variables, "checkout_cancel_path");
    Ok(Checkout(CheckoutSettings {
        prices: prices?,
        frontend_url: String::new(),
        hosts: hosts?,
        max_quantity: max_quantity?,
        trial_days: trial_days?,
        promotion_codes: promotion_codes?,
        automatic_tax: automatic_tax?,
        success_path: success_path?,
        cancel_path: cancel_path?,
    }))
}

/// Reads prices, each `name=price_…`; `None` if one is not one, or if a name comes twice.
fn parse_prices(items: &[String]) -> Option<Vec<(String, PriceId)>> {
    let mut prices: Vec<(String, PriceId)> = Vec::new();
    for item in items {
        let (name, price) = item.split_once('=')?;
        let name = name.trim_end();
        let names_a_price = (1..=MAX_NAME).contains(&name.len()) && is_visible_ascii(name);
        if !names_a_price || prices.iter().any(|(known, _)| known == name) {
            return None;
        }
        prices.push((name.to_owned(), PriceId::parse(price.trim_start())?));
    }
    Some(prices)
}

fn read_path(variables: &mut Reader<'_>, variable: &'static str) -> Noting<ReturnPath> {
    let path = variables.text(variable);
    ReturnPath::parse(&path).or_else(|_| {
        variables.problem(
            variable,
            "must be a path on frontend_url that begins with one slash, e.g. /account",
        )
    })
}
