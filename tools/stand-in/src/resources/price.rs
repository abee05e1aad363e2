//! Prices: `/v1/prices`.
//!
//! <https://docs.stripe.com/api/prices>

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::listing;
use crate::metadata;
use crate::objects::Kind;
use crate::parameters::Parameters;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "GET",
        path: "/v1/prices",
        answer: list,
    },
    Route {
        method: "GET",
        path: "/v1/prices/{id}",
        answer: retrieve,
    },
    Route {
        method: "POST",
        path: "/v1/prices/{id}",
        answer: update,
    },
];

pub(crate) const KIND: Kind = Kind {
    object: "price",
    word: "price",
};

const INTERVALS: &[&str] = &["day", "week", "month", "year"];

/// Makes a price of a product with the currency, the amount and the interval that are parameters within `object`, and
/// with the members of `given`.
pub(super) fn of_product(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
    object: &str,
    product: &str,
    given: Value,
) -> Result<Value, StripeError> {
    let name = |member: &str| match (object, member.split_once('[')) {
        ("", _) => member.to_owned(),
        (object, None) => format!("{object}[{member}]"),
        (object, Some((first, rest))) => format!("{object}[{first}][{rest}"),
    };
    let currency = parameters.required(&name("currency"))?;
    let amount = parameters.integer(&name("unit_amount"))?;
    let interval = parameters.one_of(&name("recurring[interval]"), INTERVALS)?;
    let count = parameters.integer(&name("recurring[interval_count]"))?;
    if count.is_some() && interval.is_none() {
        return Err(StripeError::parameter_missing(&name("recurring[interval]")));
    }
    let mut price = new(
        &call.new_id("price_1"),
        product,
        call.live,
        call.settings.now(),
    );
    price["currency"] = json!(currency.to_ascii_lowercase());
    set_amount(&mut price, amount);
    if let Some(interval) = interval {
        set_interval(&mut price, interval, count.unwrap_or(1));
    }
    if let Value::Object(given) = given {
        for (name, value) in given {
            price[name] = value;
        }
    }
    call.state.objects.insert(call.live, price.clone());
    call.announce("price.created", price.clone());
    Ok(price)
}

/// A price of so many cents of a dollar a month, in the test mode.
pub(crate) fn monthly(id: &str, product: &str, amount: u64, created: u64) -> Value {
    let mut price = new(id, product, false, created);
    set_amount(&mut price, Some(amount));
    set_interval(&mut price, "month", 1);
    price
}

/// A price for a single purchase, which costs nothing yet.
fn new(id: &str, product: &str, live: bool, created: u64) -> Value {
    json!({
        "id": id,
        "object": KIND.object,
        "active": true,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": "usd",
        "custom_unit_amount": null,
        "livemode": live,
        "lookup_key": null,
        "metadata": {},
        "nickname": null,
        "product": product,
        "recurring": null,
        "tax_behavior": "unspecified",
        "tiers_mode": null,
        "transform_quantity": null,
        "type": "one_time",
        "unit_amount": null,
        "unit_amount_decimal": null,
    })
}

fn set_amount(price: &mut Value, amount: Option<u64>) {
    price["unit_amount"] = json!(amount);
    price["unit_amount_decimal"] = json!(amount.map(|amount| amount.to_string()));
}

fn set_interval(price: &mut Value, interval: &str, count: u64) {
    price["type"] = json!("recurring");
    price["recurring"] = json!({
        "interval": interval,
        "interval_count": count,
        "meter": null,
        "usage_type": "licensed",
    });
}

/// Gives a price its lookup key. Another price that has it refuses, unless the key is to be transferred; then that one
/// loses it.
pub(super) fn set_lookup_key(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
    price: &mut Value,
) -> Result<(), StripeError> {
    let transfer = parameters.boolean("transfer_lookup_key")?.unwrap_or(false);
    let Some(key) = parameters.get("lookup_key") else {
        return Ok(());
    };
    if key.is_empty() {
        price["lookup_key"] = Value::Null;
        return Ok(());
    }
    let prices = call.state.objects.newest(KIND, call.live).into_iter();
    let holder = prices
        .filter(|other| other["id"] != price["id"])
        .find(|other| other["lookup_key"] == key)
        .cloned();
    if let Some(before) = holder {
        if !transfer {
            let id = before["id"].as_str().unwrap_or_default();
            return Err(StripeError::invalid_request(format!(
                "A price (`{id}`) already uses that lookup key."
            ))
            .with_code("resource_already_exists")
            .with_param("lookup_key"));
        }
        let mut without = before.clone();
        without["lookup_key"] = Value::Null;
        call.state.objects.insert(call.live, without.clone());
        call.announce_update("price.updated", &before, without);
    }
    price["lookup_key"] = json!(key);
    Ok(())
}

/// A price that a parameter names and that can be bought.
pub(super) fn on_sale(call: &Call<'_>, id: &str, param: &str) -> Result<Value, StripeError> {
    let objects = &call.state.objects;
    let price = objects.find(KIND, id, param, call.live)?;
    if price["active"] == false {
        return Err(StripeError::invalid_request(
            "The price specified is inactive. This field only accepts active prices.",
        )
        .with_param(param));
    }
    Ok(price.clone())
}

fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let own = ["active", "currency", "lookup_keys[#]", "product", "type"];
    let parameters = call.parameters(&[&listing::PARAMETERS[..], &own].concat())?;
    let active = parameters.boolean("active")?;
    let keys = parameters.all("lookup_keys");
    let is = |price: &Value, name: &str| parameters.get(name).is_none_or(|is| price[name] == is);
    let prices = (&call.state.objects, KIND, call.live);
    listing::page(&parameters, prices, "/v1/prices", |price| {
        active.is_none_or(|active| price["active"] == active)
            && (keys.is_empty() || keys.iter().any(|key| price["lookup_key"] == *key))
            && ["currency", "product", "type"]
                .iter()
                .all(|name| is(price, name))
    })
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    call.find(KIND)
}

fn update(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "active",
        "expand[#]",
        "lookup_key?",
        "metadata?",
        "metadata[*]",
        "nickname?",
        "transfer_lookup_key",
    ])?;
    let before = call.find(KIND)?;
    let mut price = before.clone();
    if let Some(active) = parameters.boolean("active")? {
        price["active"] = json!(active);
    }
    if parameters.get("nickname").is_some() {
        price["nickname"] = json!(parameters.set("nickname"));
    }
    metadata::apply(&parameters, "metadata", &mut price["metadata"])?;
    set_lookup_key(call, &parameters, &mut price)?;
    call.state.objects.insert(call.live, price.clone());
    call.announce_update("price.updated", &before, price.clone());
    Ok(price)
}
