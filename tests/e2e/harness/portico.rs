//! A running Portico: its records, its time, its log, and the calls that it takes.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use http::Method;
use portico_host::key_value::Counts;
use portico_stand_in::{StripeStandIn, stripe_signature};
use serde_json::{Value, json};

use super::call::Call;
use super::hosts::TestHost;
use super::setup::API_KEY;
use super::tokens::{self, SECRET, claims_at, seconds, token};
use super::{BALANCE, CHECKOUT, CUSTOMER, PORTAL, SYNC, USER, WEBHOOK, WEBHOOK_SECRET};

/// A running Portico. When it goes, its log is searched for what must never be in one.
pub(crate) struct Portico {
    pub(crate) host: TestHost,
    pub(crate) stripe: StripeStandIn,
    secrets: Mutex<Vec<String>>,
}

impl Portico {
    pub(super) fn new(host: TestHost, stripe: StripeStandIn) -> Self {
        Self {
            host,
            stripe,
            secrets: Mutex::default(),
        }
    }

    /// Remembers a text that must not appear in the log.
    pub(crate) fn keep_secret(&self, text: impl Into<String>) {
        let text = text.into();
        if text.len() >= 8 {
            self.secrets.lock().unwrap().push(text);
        }
    }

    /// Stores a user's record.
    pub(crate) async fn set_record(&self, user: &str, record: impl AsRef<[u8]>) {
        let key = format!("customer:{user}");
        let record = record.as_ref().to_vec();
        self.host.set(key, record).await;
    }

    /// Stores that [`CUSTOMER`] is this user's, as a synchronisation does.
    pub(crate) async fn set_owner(&self, user: &str) {
        let owner = json!({ "user": user }).to_string().into_bytes();
        self.host.set(format!("stripe:{CUSTOMER}"), owner).await;
    }

    /// Stores a user's balance.
    pub(crate) async fn set_balance(&self, user: &str, record: &Value) {
        let key = format!("balance:{user}");
        let record = record.to_string().into_bytes();
        self.host.set(key, record).await;
    }

    /// Seconds since the Unix epoch, as the component is told.
    pub(crate) fn now(&self) -> u64 {
        if self.host.is_own() {
            seconds(self.host.clock().now())
        } else {
            tokens::now()
        }
    }

    /// Lets so much time pass at once.
    pub(crate) fn advance(&self, by: Duration) {
        self.host.clock().advance(by);
    }

    /// Moves the clock on to where a window of so many seconds begins, so that it does not end in the middle of a test.
    pub(crate) fn begin_window(&self, seconds: u64) {
        let next = (self.now() / seconds + 1) * seconds;
        self.host
            .clock()
            .set(SystemTime::UNIX_EPOCH + Duration::from_secs(next));
    }

    /// A request to be sent.
    pub(crate) fn request(&self, method: Method, path: &str) -> Call<'_> {
        Call::new(self, method, path)
    }

    /// The value under a key of the store, as JSON.
    pub(crate) async fn stored(&self, key: &str) -> Option<Value> {
        let value = self.host.key_value().get(key).await.unwrap()?;
        Some(serde_json::from_slice(&value).unwrap())
    }

    /// Asks for synchronising as a user.
    pub(crate) fn sync_as(&self, user: &str) -> Call<'_> {
        self.request(Method::POST, SYNC)
            .bearer(&self.token_of(user))
    }

    /// Asks for a checkout as a user.
    pub(crate) fn checkout_as(&self, user: &str) -> Call<'_> {
        self.request(Method::POST, CHECKOUT)
            .bearer(&self.token_of(user))
    }

    /// An event with this body, signed as Stripe signs it now.
    pub(crate) fn event(&self, body: impl Into<Vec<u8>>) -> Call<'_> {
        let body = body.into();
        let signature = stripe_signature(WEBHOOK_SECRET, self.now(), &body);
        self.request(Method::POST, WEBHOOK)
            .header("stripe-signature", signature)
            .body("application/json", body)
    }

    /// A request that asks for something on behalf of a user.
    pub(crate) fn get_as(&self, path: &str, user: &str) -> Call<'_> {
        let call = self.request(Method::GET, path);
        call.bearer(&self.token_of(user))
    }

    /// Asks the plan gate for a user.
    pub(crate) fn account(&self, user: &str) -> Call<'_> {
        self.get_as(BALANCE, user)
    }

    /// Gives the user's customer invoices that are as long as Stripe's are, with ten lines each.
    pub(crate) fn add_long_invoices(&self, count: u32) {
        for number in 0..count {
            let id = format!("in_Long{number:020}");
            let line = |_| {
                json!({
                    "id": "il_1QxPaidDemo0001LongEnough", "object": "line_item", "amount": 1200, "currency": "usd",
                    "description": "1 × Pro (at $12.00 / month)", "discount_amounts": [], "discountable": true,
                    "discounts": [], "invoice": id, "livemode": false, "metadata": {"team": "red", "seat": "7"},
                    "parent": {
                        "invoice_item_details": null,
                        "subscription_item_details": {
                            "invoice_item": null, "proration": false, "proration_details": {"credited_items": null},
                            "subscription": "sub_1QxPaidDemo0001", "subscription_item": "si_QxPaidDemo0001",
                        },
                        "type": "subscription_item_details",
                    },
                    "period": {"end": 1_793_534_400, "start": 1_790_942_400}, "pretax_credit_amounts": [],
                    "pricing": {
                        "price_details": {"price": "price_1QxPro0001", "product": "prod_QxPro0001"},
                        "type": "price_details", "unit_amount_decimal": "1200",
                    },
                    "quantity": 1, "subscription": "sub_1QxPaidDemo0001", "taxes": [],
                })
            };
            let lines: Vec<Value> = (0..10).map(line).collect();
            let lines =
                json!({"object": "list", "data": lines, "has_more": false, "url": "/v1/invoices"});
            let changes = json!({"id": id, "created": 1_793_534_400, "lines": lines});
            self.stripe.add_invoice(CUSTOMER, &changes);
        }
    }

    /// A portal request without a token.
    pub(crate) fn portal(&self) -> Call<'_> {
        self.request(Method::POST, PORTAL)
    }

    /// A portal request of the user with a customer.
    pub(crate) fn portal_as_user(&self) -> Call<'_> {
        self.portal_as(USER)
    }

    /// A portal request of any user.
    pub(crate) fn portal_as(&self, user: &str) -> Call<'_> {
        self.portal().bearer(&self.token_of(user))
    }

    /// Sends requests, after one that has made the instance read its configuration and open its store. Returns what the
    /// component has asked of the store for one of them: for that with the fewest reads, because a request that the
    /// machine has held up looks at the customer once more.
    pub(crate) async fn counts_once_warm(&self) -> Counts {
        self.portal_as_user().opens_session().await;
        let mut all = Vec::new();
        for _ in 0..3 {
            let before = self.host.key_value().counts();
            self.portal_as_user().opens_session().await;
            all.push(self.host.key_value().counts() - before);
        }
        all.into_iter().min_by_key(|counts| counts.gets).unwrap()
    }

    /// The log entry of a request, by its identifier. A line is written before the answer is sent, but may still be on
    /// its way through the host.
    pub(crate) async fn log_entry(&self, request_id: &str) -> Value {
        for _ in 0..200 {
            let entry = self
                .log_entries()
                .into_iter()
                .find(|entry| entry["request_id"] == request_id);
            if let Some(entry) = entry {
                return entry;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("no log entry of {request_id}: {:?}", self.host.logs());
    }

    /// All log entries so far.
    pub(crate) fn log_entries(&self) -> Vec<Value> {
        let parse = |line: &String| {
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not a JSON line: {line}"))
        };
        self.host.logs().iter().map(parse).collect()
    }

    /// A token of a user that is good for ten minutes from now.
    fn token_of(&self, user: &str) -> String {
        token(&claims_at(self.now(), user))
    }
}

impl Drop for Portico {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let secrets = self.secrets.get_mut();
        let mut secrets = secrets.unwrap_or_else(PoisonError::into_inner).clone();
        secrets.extend(
            [
                SECRET,
                API_KEY,
                WEBHOOK_SECRET,
                USER,
                CUSTOMER,
                "paid@example.com",
            ]
            .map(str::to_owned),
        );
        for line in self.host.logs() {
            for secret in &secrets {
                assert!(
                    !line.contains(secret.as_str()),
                    "the log tells {secret}: {line}"
                );
            }
            assert!(
                !line.contains("/p/session/"),
                "the log has a portal URL: {line}"
            );
            for part in ["stripe.com/i/", "stripe.com/invoice/", "/receipts/"] {
                assert!(
                    !line.contains(part),
                    "the log has an invoice's or a receipt's URL: {line}"
                );
            }
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c));
            let token = words.find(|word| word.starts_with("eyJ") && word.contains('.'));
            assert_eq!(token, None, "the log has what looks like a token: {line}");
        }
        // As on Spin, a required variable without a value is the host's concern, too, and so is an allowed host that is
        // none. Nothing else is.
        let host_logs = self.host.host_logs();
        let expected = |line: &String| {
            ["the required variable", "the allowed outbound host"]
                .iter()
                .any(|what| line.contains(&format!("outbound calls will be denied: {what}")))
        };
        assert!(
            host_logs.iter().all(expected),
            "the host has something to say: {host_logs:?}"
        );
    }
}
