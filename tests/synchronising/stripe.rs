//! Stripe, as far as synchronising reads it: customers with their users and subscriptions, each read in one moment.

use std::collections::BTreeMap;

use http::{Response, StatusCode};
use serde_json::{Value, json};

#[derive(Clone, Debug, Default)]
pub(crate) struct Customer {
    pub(crate) deleted: bool,
    pub(crate) created: i64,
    /// The user in the customer's metadata.
    pub(crate) user: Option<&'static str>,
    /// The status of its subscription.
    pub(crate) subscription: Option<&'static str>,
    /// The user in the subscription's metadata.
    pub(crate) subscriber: Option<&'static str>,
}

impl Customer {
    /// The user whom metadata names: the customer's, or that of a subscription that is not over.
    pub(crate) fn named(&self) -> Option<&'static str> {
        let current = self.subscription.is_some_and(|status| status != "canceled");
        self.user.or(self.subscriber.filter(|_| current))
    }

    pub(crate) fn pays(&self) -> bool {
        matches!(self.subscription, Some("active" | "past_due"))
    }
}

/// All customers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stripe(pub(crate) BTreeMap<&'static str, Customer>);

/// Something that happens at Stripe.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    /// A customer is created, with a user in its metadata or without.
    Create(&'static str, Option<&'static str>),
    /// The merchant writes a user on a customer, or removes it.
    Name(&'static str, Option<&'static str>),
    /// A subscription begins, ends or changes its status.
    Subscribe(&'static str, &'static str),
    /// The merchant writes a user on the subscription.
    NameSubscriber(&'static str, &'static str),
    /// A checkout session of the customer is completed, whose `client_reference_id` is a user.
    CheckOut(&'static str, &'static str),
    /// The same, and its metadata names the user.
    CheckOutFor(&'static str, &'static str),
    /// The customer is deleted.
    Delete(&'static str),
}

impl Change {
    /// The customer and the user whom the change names, if it names one.
    pub(crate) fn names(&self) -> Option<(&'static str, &'static str)> {
        match *self {
            Self::Create(customer, user) | Self::Name(customer, user) => Some((customer, user?)),
            Self::NameSubscriber(customer, user)
            | Self::CheckOut(customer, user)
            | Self::CheckOutFor(customer, user) => Some((customer, user)),
            Self::Subscribe(..) | Self::Delete(_) => None,
        }
    }
}

impl Stripe {
    /// Makes the change, and tells of it in an event.
    pub(crate) fn make(&mut self, change: Change) -> Value {
        let created = i64::try_from(self.0.len()).unwrap();
        let event = |event_type: &str, object: Value| {
            json!({
                "id": "evt_1", "object": "event", "type": event_type, "livemode": false,
                "data": {"object": object},
            })
        };
        match change {
            Change::Create(id, user) => {
                let customer = Customer {
                    created,
                    user,
                    ..Customer::default()
                };
                self.0.insert(id, customer);
                event("customer.created", json!({ "id": id }))
            }
            Change::Name(id, user) => {
                self.customer(id).user = user;
                event("customer.updated", json!({ "id": id }))
            }
            Change::Subscribe(id, status) => {
                self.customer(id).subscription = Some(status);
                event(
                    "customer.subscription.updated",
                    json!({ "id": "sub_1", "customer": id }),
                )
            }
            Change::NameSubscriber(id, user) => {
                self.customer(id).subscriber = Some(user);
                event(
                    "customer.subscription.updated",
                    json!({ "id": "sub_1", "customer": id }),
                )
            }
            Change::CheckOut(id, user) => event(
                "checkout.session.completed",
                json!({ "id": "cs_1", "customer": id, "client_reference_id": user }),
            ),
            Change::CheckOutFor(id, user) => event(
                "checkout.session.completed",
                json!({ "id": "cs_1", "customer": id, "metadata": {"user_id": user} }),
            ),
            Change::Delete(id) => {
                *self.customer(id) = Customer {
                    deleted: true,
                    ..Customer::default()
                };
                event("customer.deleted", json!({ "id": id }))
            }
        }
    }

    fn customer(&mut self, id: &'static str) -> &mut Customer {
        self.0.get_mut(id).unwrap()
    }

    pub(crate) fn answer(&self, path: &str) -> Response<Vec<u8>> {
        let id = path.strip_prefix("/v1/customers/").unwrap();
        let (status, body) = match self.0.get(id) {
            None => (
                404,
                json!({"error": {"type": "invalid_request_error", "code": "resource_missing", "param": "id"}}),
            ),
            Some(customer) if customer.deleted => (
                200,
                json!({"id": id, "object": "customer", "deleted": true}),
            ),
            Some(customer) => (200, living(id, customer)),
        };
        let mut response = Response::new(body.to_string().into_bytes());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response
    }
}

fn living(id: &str, customer: &Customer) -> Value {
    let metadata = |user: Option<&str>| user.map_or(json!({}), |user| json!({ "user_id": user }));
    let item = json!({"price": {"id": "price_1", "product": "prod_1"}});
    let subscriptions: Vec<_> = customer
        .subscription
        .filter(|status| *status != "canceled")
        .map(|status| {
            json!({
                "id": "sub_1", "status": status, "metadata": metadata(customer.subscriber),
                "items": {"data": [item], "has_more": false},
            })
        })
        .into_iter()
        .collect();
    json!({
        "id": id, "object": "customer", "livemode": false, "created": customer.created,
        "metadata": metadata(customer.user),
        "subscriptions": {"data": subscriptions, "has_more": false},
    })
}
