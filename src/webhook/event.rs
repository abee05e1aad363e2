//! An event (Stripe API, Events), of which only identifiers are taken.

use serde_json::{Map, Value};

use crate::strict_json;
use crate::stripe::checkout_session::CheckoutSession;
use crate::stripe::objects::Metadata;
use crate::stripe_id::{CheckoutSessionId, CustomerId, EventId, SubscriptionId};

/// A signed event, as far as it is of use here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The identifier, for the log.
    pub id: Option<EventId>,
    /// The type, e.g. `customer.updated`; of a thin event with `v1.` before it.
    pub event_type: String,
    /// The mode that the event comes from, where it tells.
    pub livemode: Option<bool>,
    /// True if it is about a connected account.
    pub of_connected_account: bool,
    thin: bool,
    members: Map<String, Value>,
}

/// The object that an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RelatedObject {
    Customer(CustomerId),
    /// A subscription, whose customer is to be asked for.
    Subscription(SubscriptionId),
    /// A checkout session, which is to be asked for.
    CheckoutSession(CheckoutSessionId),
    /// A checkout session of a customer; of one that made no customer, where there is none.
    CheckedOut(Option<CustomerId>, CheckoutSession),
}

/// An event does not name an object of the kind that its type is about, by an identifier that could be one. The text
/// says what it names, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamesNothing(pub &'static str);

/// The log's reason where Stripe names an account of Accounts v2.
pub const NAMES_AN_ACCOUNT: &str =
    "the event names an account (customer_account) in the place of a customer";

/// The kinds of objects that the types which concern Portico are about.
#[derive(Clone, Copy)]
enum ObjectKind {
    Customer,
    Subscription,
    CheckoutSession,
}

/// The types that concern Portico.
const TYPES: [(&str, ObjectKind); 10] = [
    ("checkout.session.completed", ObjectKind::CheckoutSession),
    (
        "checkout.session.async_payment_succeeded",
        ObjectKind::CheckoutSession,
    ),
    ("customer.created", ObjectKind::Customer),
    ("customer.updated", ObjectKind::Customer),
    ("customer.deleted", ObjectKind::Customer),
    ("customer.subscription.created", ObjectKind::Subscription),
    ("customer.subscription.updated", ObjectKind::Subscription),
    ("customer.subscription.deleted", ObjectKind::Subscription),
    ("customer.subscription.paused", ObjectKind::Subscription),
    ("customer.subscription.resumed", ObjectKind::Subscription),
];

/// Returns the types that concern Portico, by which an endpoint at Stripe chooses what it receives.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

/// The beginning of every thin type of a subscription, behind `v1.`.
const THIN_SUBSCRIPTION: &str = "customer.subscription.";

impl Event {
    /// Reads the body of a signed request. The error says what is wrong with it.
    pub fn parse(body: &[u8]) -> Result<Self, &'static str> {
        let Ok(Value::Object(members)) = strict_json::parse(body) else {
            return Err("The body is not a JSON object.");
        };
        let text = |name| members.get(name).and_then(Value::as_str);
        let thin = match text("object") {
            Some("event") => false,
            Some("v2.core.event") => true,
            _ => return Err("The body is not an event."),
        };
        let event_type = match members.get("type") {
            None => String::new(),
            Some(Value::String(event_type)) => event_type.clone(),
            Some(_) => return Err("The event's type is not text."),
        };
        let is_set = |name| !matches!(members.get(name), None | Some(Value::Null));
        Ok(Self {
            id: text("id").and_then(EventId::parse),
            event_type,
            livemode: members.get("livemode").and_then(Value::as_bool),
            of_connected_account: is_set("account") || is_set("context"),
            thin,
            members,
        })
    }

    /// Returns true if the event comes from the mode of a key, as far as both tell.
    #[must_use]
    pub fn fits_mode(&self, key_livemode: Option<bool>) -> bool {
        match (self.livemode, key_livemode) {
            (Some(event), Some(key)) => event == key,
            _ => true,
        }
    }

    /// Returns the type, where it has the form of one and so may be logged.
    #[must_use]
    pub fn loggable_type(&self) -> Option<&str> {
        let valid = (1..=100).contains(&self.event_type.len())
            && self
                .event_type
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._".contains(&b));
        valid.then_some(self.event_type.as_str())
    }

    /// Returns true if the event says that its customer was deleted.
    #[must_use]
    pub fn says_deleted(&self) -> bool {
        let event_type = self.event_type.as_str();
        let bare = event_type.strip_prefix("v1.").unwrap_or(event_type);
        bare == "customer.deleted"
    }

    /// Returns the object that the event is about; `None` where its type does not concern Portico.
    pub fn related_object(&self) -> Result<Option<RelatedObject>, NamesNothing> {
        let Some(kind) = self.kind() else {
            return Ok(None);
        };
        let object = if self.thin {
            let id = self
                .members
                .get("related_object")
                .and_then(|it| it.get("id"));
            let id = id.and_then(Value::as_str).unwrap_or_default();
            match kind {
                ObjectKind::Customer => CustomerId::parse(id).map(RelatedObject::Customer),
                ObjectKind::Subscription => {
                    SubscriptionId::parse(id).map(RelatedObject::Subscription)
                }
                ObjectKind::CheckoutSession => {
                    CheckoutSessionId::parse(id).map(RelatedObject::CheckoutSession)
                }
            }
        } else {
            let data = self.members.get("data").and_then(|data| data.get("object"));
            // On a customer itself, the account is the same customer under another name.
            let names_a_customer = !matches!(kind, ObjectKind::Customer);
            if names_a_customer && data.is_some_and(is_of_an_account) {
                return Err(NamesNothing(NAMES_AN_ACCOUNT));
            }
            data.and_then(|data| match kind {
                ObjectKind::Customer => id_in(data.get("id")?).map(RelatedObject::Customer),
                ObjectKind::Subscription => {
                    id_in(data.get("customer")?).map(RelatedObject::Customer)
                }
                ObjectKind::CheckoutSession => checked_out(data),
            })
        };
        let object = object.map(Some);
        object.ok_or(NamesNothing("the event names no object of its type"))
    }

    fn kind(&self) -> Option<ObjectKind> {
        let known = |event_type: &str| {
            let mut types = TYPES.iter();
            types.find(|(known, _)| *known == event_type)
        };
        if !self.thin {
            return known(&self.event_type).map(|(_, kind)| *kind);
        }
        let bare = self.event_type.strip_prefix("v1.")?;
        if bare.starts_with(THIN_SUBSCRIPTION) {
            return Some(ObjectKind::Subscription);
        }
        let mut types = TYPES.iter();
        types
            .find(|(known, _)| bare.starts_with(known))
            .map(|(_, kind)| *kind)
    }
}

/// Finds the identifier of a customer, alone or in the whole object.
fn id_in(value: &Value) -> Option<CustomerId> {
    let id = value.as_str().or_else(|| value.get("id")?.as_str());
    CustomerId::parse(id?)
}

/// Returns true if an object belongs to an account of Accounts v2, which Stripe writes where a customer would be.
fn is_of_an_account(object: &Value) -> bool {
    let text = |name| object.get(name).filter(|value| !value.is_null());
    text("customer").is_none() && text("customer_account").is_some()
}

/// Returns the members that are text.
fn texts(members: &Map<String, Value>) -> Metadata {
    let text = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    members.iter().filter_map(text).collect()
}

fn checked_out(session: &Value) -> Option<RelatedObject> {
    let members = session.as_object()?;
    let member = |name| members.get(name).filter(|value| !value.is_null());
    let customer = match member("customer") {
        None => None,
        Some(customer) => Some(id_in(customer)?),
    };
    // Each name counts for itself: one that cannot be a name takes nothing from the others.
    let names = CheckoutSession {
        client_reference_id: member("client_reference_id")
            .and_then(Value::as_str)
            .map(str::to_owned),
        metadata: member("metadata").and_then(Value::as_object).map(texts),
        ..CheckoutSession::default()
    };
    Some(RelatedObject::CheckedOut(customer, names))
}

#[cfg(test)]
mod tests;
