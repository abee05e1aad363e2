//! New prices: `POST /v1/prices`. A price can bring its product along.
//!
//! <https://docs.stripe.com/api/prices/create>

use serde_json::{Value, json};

use super::{price, product};
use crate::error::StripeError;
use crate::metadata;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[Route {
    method: "POST",
    path: "/v1/prices",
    answer: create,
}];

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "active",
        "billing_scheme",
        "currency",
        "expand[#]",
        "lookup_key",
        "metadata[*]",
        "nickname",
        "product",
        "product_data[name]",
        "recurring[interval]",
        "recurring[interval_count]",
        "recurring[usage_type]",
        "tax_behavior",
        "transfer_lookup_key",
        "unit_amount",
    ])?;
    parameters.one_of("billing_scheme", &["per_unit"])?;
    parameters.one_of("recurring[usage_type]", &["licensed"])?;
    let mut given = json!({ "metadata": {} });
    metadata::apply(&parameters, "metadata", &mut given["metadata"])?;
    price::set_lookup_key(call, &parameters, &mut given)?;
    parameters.required("currency")?;
    if parameters.get("unit_amount").is_none() {
        return Err(StripeError::parameter_missing("unit_amount"));
    }
    let product = match (
        parameters.get("product"),
        parameters.get("product_data[name]"),
    ) {
        (Some(id), _) => {
            let objects = &call.state.objects;
            objects.find(product::KIND, id, "product", call.live)?;
            id.to_owned()
        }
        (None, Some(name)) => {
            let id = call.new_id("prod_");
            let product = product::new(&id, name, call.live, call.settings.now());
            call.state.objects.insert(call.live, product.clone());
            call.announce("product.created", product);
            id
        }
        (None, None) => return Err(StripeError::parameter_missing("product")),
    };
    given["active"] = json!(parameters.boolean("active")?.unwrap_or(true));
    given["nickname"] = json!(parameters.get("nickname"));
    if let Some(behavior) = parameters.get("tax_behavior") {
        given["tax_behavior"] = json!(behavior);
    }
    price::of_product(call, &parameters, "", &product, given)
}
