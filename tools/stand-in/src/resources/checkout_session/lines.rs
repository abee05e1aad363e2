//! The lines of a checkout: what is sold, and how many of it.

use serde_json::{Value, json};

use crate::error::StripeError;
use crate::parameters::Parameters;
use crate::resources::price;
use crate::route::Call;

/// Sells another price in an open session instead of its first line's, as its buyer wishes on the stand-in's page. Stripe
/// has upsells for that.
pub(crate) fn choose(call: &mut Call<'_>, session: &Value, price: &str) -> Result<(), StripeError> {
    let id = session["id"].as_str().unwrap_or_default();
    let present = call
        .state
        .checkouts
        .get(id)
        .and_then(|checkout| checkout.items.first());
    let Some(line) = present.filter(|line| line["price"]["id"] != price) else {
        return Ok(());
    };
    let quantity = line["quantity"].as_u64().unwrap_or(1);
    let price = price::on_sale(call, price, "line_items[0][price]")?;
    let line = self::line(call, &price, quantity);
    let mut session = session.clone();
    session["currency"] = line["currency"].clone();
    if let Some(checkout) = call.state.checkouts.get_mut(id) {
        checkout.items.splice(..1, [line]);
        set_total(&mut session, &checkout.items);
    }
    call.state.objects.insert(call.live, session);
    Ok(())
}

/// The lines that the parameters describe, each with its whole price.
pub(in crate::resources) fn line_items(
    call: &mut Call<'_>,
    parameters: &Parameters<'_>,
) -> Result<Vec<Value>, StripeError> {
    let mut items = Vec::new();
    for entry in parameters.list("line_items")? {
        let param = format!("{entry}[price]");
        let price = price::on_sale(call, parameters.required(&param)?, &param)?;
        let quantity = parameters.integer(&format!("{entry}[quantity]"))?;
        let Some(quantity @ 1..) = quantity else {
            return Err(StripeError::invalid_request(format!(
                "Quantity is required. Add `quantity` to `{entry}`"
            )));
        };
        items.push(line(call, &price, quantity));
    }
    Ok(items)
}

fn line(call: &mut Call<'_>, price: &Value, quantity: u64) -> Value {
    let amount = price["unit_amount"].as_u64().unwrap_or_default() * quantity;
    json!({
        "id": call.new_id("li_1"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"],
        "description": null,
        "price": price,
        "quantity": quantity,
    })
}

fn set_total(session: &mut Value, items: &[Value]) {
    let amounts = items
        .iter()
        .filter_map(|item| item["amount_total"].as_u64());
    let total: u64 = amounts.sum();
    session["amount_subtotal"] = json!(total);
    session["amount_total"] = json!(total);
}
