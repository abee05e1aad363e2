//! Products: `/v1/products`.
//!
//! <https://docs.stripe.com/api/products>

use serde_json::{Value, json};

use super::price;
use crate::error::StripeError;
use crate::listing;
use crate::metadata;
use crate::objects::Kind;
use crate::route::{Call, Route};

pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: "POST",
        path: "/v1/products",
        answer: create,
    },
    Route {
        method: "GET",
        path: "/v1/products",
        answer: list,
    },
    Route {
        method: "GET",
        path: "/v1/products/{id}",
        answer: retrieve,
    },
    Route {
        method: "POST",
        path: "/v1/products/{id}",
        answer: update,
    },
];

pub(crate) const KIND: Kind = Kind {
    object: "product",
    word: "product",
};

fn create(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "active",
        "default_price_data[currency]",
        "default_price_data[recurring][interval]",
        "default_price_data[recurring][interval_count]",
        "default_price_data[unit_amount]",
        "description",
        "expand[#]",
        "id",
        "metadata[*]",
        "name",
    ])?;
    let name = parameters.required("name")?;
    let id = match parameters.get("id") {
        Some(id) if call.state.objects.contains(id) => {
            return Err(StripeError::invalid_request("Product already exists.")
                .with_code("resource_already_exists")
                .with_param("id"));
        }
        Some(id) => id.to_owned(),
        None => call.new_id("prod_"),
    };
    let mut product = new(&id, name, call.live, call.settings.now());
    product["active"] = json!(parameters.boolean("active")?.unwrap_or(true));
    product["description"] = json!(parameters.get("description"));
    metadata::apply(&parameters, "metadata", &mut product["metadata"])?;
    if parameters.has_within("default_price_data") {
        let price = price::of_product(call, &parameters, "default_price_data", &id, Value::Null)?;
        product["default_price"] = price["id"].clone();
    }
    call.state.objects.insert(call.live, product.clone());
    call.announce("product.created", product.clone());
    Ok(product)
}

/// A product of which nothing but the name is known.
pub(crate) fn new(id: &str, name: &str, live: bool, created: u64) -> Value {
    json!({
        "id": id,
        "object": KIND.object,
        "active": true,
        "created": created,
        "default_price": null,
        "description": null,
        "images": [],
        "livemode": live,
        "marketing_features": [],
        "metadata": {},
        "name": name,
        "package_dimensions": null,
        "shippable": null,
        "statement_descriptor": null,
        "tax_code": null,
        "unit_label": null,
        "updated": created,
        "url": null,
    })
}

fn list(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let known = [&listing::PARAMETERS[..], &["active"]].concat();
    let parameters = call.parameters(&known)?;
    let active = parameters.boolean("active")?;
    let products = (&call.state.objects, KIND, call.live);
    listing::page(&parameters, products, "/v1/products", |product| {
        active.is_none_or(|active| product["active"] == active)
    })
}

fn retrieve(call: &mut Call<'_>) -> Result<Value, StripeError> {
    call.parameters(&["expand[#]"])?;
    call.find(KIND)
}

fn update(call: &mut Call<'_>) -> Result<Value, StripeError> {
    let parameters = call.parameters(&[
        "active",
        "default_price",
        "description?",
        "expand[#]",
        "metadata?",
        "metadata[*]",
        "name",
    ])?;
    let before = call.find(KIND)?;
    let mut product = before.clone();
    if let Some(active) = parameters.boolean("active")? {
        product["active"] = json!(active);
    }
    if let Some(id) = parameters.get("default_price") {
        let objects = &call.state.objects;
        objects.find(price::KIND, id, "default_price", call.live)?;
        product["default_price"] = json!(id);
    }
    if let Some(name) = parameters.get("name") {
        product["name"] = json!(name);
    }
    if parameters.get("description").is_some() {
        product["description"] = json!(parameters.set("description"));
    }
    metadata::apply(&parameters, "metadata", &mut product["metadata"])?;
    product["updated"] = json!(call.settings.now());
    call.state.objects.insert(call.live, product.clone());
    call.announce_update("product.updated", &before, product.clone());
    Ok(product)
}
