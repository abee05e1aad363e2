//! `POST /v1/customers` (Stripe API, Create a customer): one that names its user, and nothing else.

use serde::Deserialize;

use crate::error::Failure;
use crate::stripe::error::rejected;
use crate::stripe::{Call, Form};
use crate::stripe_id::CustomerId;
use crate::user::User;

/// The call that makes a user's customer. Calls with the same key make one.
#[must_use]
pub fn create(metadata_key: &str, user: &User, key: String) -> Call {
    let mut form = Form::default();
    form.push(&format!("metadata[{metadata_key}]"), user.as_str());
    Call {
        idempotency_key: Some(key),
        ..Call::post("/v1/customers".to_owned(), form)
    }
}

#[derive(Deserialize)]
struct Created {
    object: String,
    id: String,
}

/// Reads the answer to [`create`].
///
/// # Errors
/// The answer is not a customer.
pub fn read(answer: &[u8]) -> Result<CustomerId, Failure> {
    serde_json::from_slice::<Created>(answer)
        .ok()
        .filter(|created| created.object == "customer")
        .and_then(|created| CustomerId::parse(&created.id))
        .ok_or_else(|| rejected("Stripe's answer is not a customer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_made_of_its_user_alone() {
        let user = User::named("auth0|1").unwrap();
        let call = create("user_id", &user, "key".to_owned());
        assert_eq!(call.idempotency_key.as_deref(), Some("key"));
        assert_eq!(call.parameters.as_bytes(), b"metadata[user_id]=auth0%7C1");
        let customer = read(br#"{"object":"customer","id":"cus_1","email":null}"#);
        assert_eq!(customer.unwrap().as_str(), "cus_1");
        for other in [
            "{}",
            r#"{"object":"customer","id":"x"}"#,
            r#"{"object":"x","id":"cus_1"}"#,
        ] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
    }
}
