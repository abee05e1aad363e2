//! `POST /v1/customers` (Stripe API, Create a customer): one that names its user, and nothing else.

use crate::stripe::{Call, Form};
use crate::user::User;

/// Makes the call that makes a user's customer. Calls with the same key make one.
#[must_use]
pub fn create(metadata_key: &str, user: &User, key: String) -> Call {
    let mut form = Form::default();
    form.push(&format!("metadata[{metadata_key}]"), user.as_str());
    Call {
        idempotency_key: Some(key),
        ..Call::post("/v1/customers".to_owned(), form)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stripe::customer::read_created;

    #[test]
    fn a_customer_is_made_of_its_user_alone() {
        let user = User::authenticated("auth0|1").unwrap();
        let call = create("user_id", &user, "key".to_owned());
        assert_eq!(call.idempotency_key.as_deref(), Some("key"));
        assert_eq!(call.parameters.as_bytes(), b"metadata[user_id]=auth0%7C1");
        let customer = read_created(br#"{"object":"customer","id":"cus_1","email":null}"#);
        assert_eq!(customer.unwrap().as_str(), "cus_1");
        for other in [
            "{}",
            r#"{"object":"customer","id":"x"}"#,
            r#"{"object":"x","id":"cus_1"}"#,
        ] {
            assert!(read_created(other.as_bytes()).is_err(), "{other}");
        }
    }
}
