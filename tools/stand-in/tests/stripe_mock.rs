//! Stripe's own `stripe-mock`, which knows Stripe's specification of the API and keeps nothing: it takes the calls that
//! the stand-in takes, refuses those that the stand-in refuses for their form, and its objects have the same members.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::mem::discriminant;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use portico_stand_in::StripeStandIn;
use serde_json::Value;

/// With this variable set to `1`, a test whose program is missing fails instead of being skipped.
const REQUIRE: &str = "PORTICO_REQUIRE_ALL";

/// The instructions for getting the program.
const REMEDY: &str = "install `go` by `cargo xtask setup`, then run `cargo xtask test`";

/// A running `stripe-mock`. It ends with the test.
struct StripeMock {
    child: Child,
    address: String,
}

impl StripeMock {
    /// Starts one on free ports; `None` where the test is to be skipped.
    fn start() -> Option<Self> {
        let version =
            include_str!("../../../tests/e2e/conformance/scripts/stripe-mock-version.txt").trim();
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!(
                "../../target/conformance/stripe-mock-{version}/stripe-mock"
            ))
            .with_extension(std::env::consts::EXE_EXTENSION);
        if !program.exists() {
            assert!(
                std::env::var_os(REQUIRE).is_none_or(|value| value != "1"),
                "stripe-mock {version} is missing: {REMEDY}"
            );
            // Text that goes through `eprintln!` is only shown for tests that fail.
            let _ = writeln!(
                std::io::stderr(),
                "a test was skipped, stripe-mock {version} is missing: {REMEDY}"
            );
            return None;
        }
        let mut child = Command::new(program)
            .args(["-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            let address = line.strip_prefix("Listening for HTTP at address: ");
            address.map(str::to_owned)
        });
        // Read to its end, or the pipe fills up and stripe-mock waits.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            child,
            address: address.expect("stripe-mock has ended"),
        })
    }
}

impl Drop for StripeMock {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A stand-in, and a `stripe-mock` that gets the same calls.
struct Both {
    stripe: StripeStandIn,
    mock: StripeMock,
}

impl Both {
    async fn start() -> Option<Self> {
        let mock = StripeMock::start()?;
        let stripe = StripeStandIn::start("127.0.0.1:0").await;
        Some(Self {
            stripe: stripe.expect("a free port"),
            mock,
        })
    }

    fn here(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        self.stripe.call(method, target, form)
    }

    /// By HTTP/1.0, no server sends chunks.
    fn there(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        let address = &self.mock.address;
        let mut stream = TcpStream::connect(address).expect("it listens");
        let request = format!(
            "{method} {target} HTTP/1.0\r\nHost: {address}\r\nAuthorization: Bearer sk_test_PorticoStandIn\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        );
        stream.write_all(request.as_bytes()).expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("it answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        (
            status.expect("a status"),
            serde_json::from_str(body).expect("JSON"),
        )
    }

    /// A call that both take. Returns what the stand-in answers.
    fn take(&self, method: &str, target: &str, form: &str) -> Value {
        let (status, here) = self.here(method, target, form);
        assert_eq!(status, 200, "{method} {target} {form}: {here}");
        let (status, there) = self.there(method, target, form);
        assert_eq!(status, 200, "{method} {target} {form}: {there}");
        same_members(&here, &there, target);
        here
    }
}

/// Members that a customer of `stripe-mock` has, and one of the stand-in has not: a discount, which Stripe's has only if
/// there is one, and a part of the account's numbers of invoices.
const ABSENT_OF_CUSTOMER: [&str; 2] = ["discount", "invoice_prefix"];

/// Expects two objects of one kind to have the same members, and of these the objects and lists within. Values differ:
/// `stripe-mock` answers with examples.
fn same_members(here: &Value, there: &Value, place: &str) {
    assert_eq!(here["object"], there["object"], "{place}");
    if let ("list" | "search_result", Some(one), Some(other)) = (
        here["object"].as_str().unwrap_or_default(),
        here["data"].get(0),
        there["data"].get(0),
    ) {
        return same_members(one, other, place);
    }
    let kind = here["object"].as_str().unwrap_or_default();
    let names = |object: &Value| -> BTreeSet<String> {
        object
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect()
    };
    let (ours, theirs) = (names(here), names(there));
    let absent = |name: &&String| kind == "customer" && ABSENT_OF_CUSTOMER.contains(&name.as_str());
    let missing: Vec<_> = theirs
        .difference(&ours)
        .filter(|name| !absent(name))
        .collect();
    assert!(
        missing.is_empty(),
        "{place}: the stand-in's {kind} lacks {missing:?}"
    );
    let more: Vec<_> = ours.difference(&theirs).collect();
    assert!(more.is_empty(), "{place}: Stripe's {kind} has no {more:?}");
    for (name, value) in here.as_object().into_iter().flatten() {
        let other = &there[name];
        if value["object"].is_string() && other["object"].is_string() {
            same_members(value, other, &format!("{place}: {name}"));
        }
        assert!(
            value.is_null() || other.is_null() || discriminant(value) == discriminant(other),
            "{place}: {name} of {kind} is {value} here and {other} there"
        );
    }
}

/// The paths of the calls that make a customer, a subscription and a session.
const MADE_BY: [&str; 3] = [
    "/v1/customers",
    "/v1/subscriptions",
    "/v1/checkout/sessions",
];

/// Calls that both take.
const TAKEN: &str = "\
POST /v1/customers email=ada@example.com&name=Ada&description=d&metadata[user_id]=u_1
POST /v1/customers/CUSTOMER name=&metadata=
POST /v1/customers/CUSTOMER email=&metadata[user_id]=u_1
GET /v1/customers?limit=2&expand[]=data.subscriptions
GET /v1/customers/search?limit=1&query=metadata[%27user_id%27]:%27u_1%27
POST /v1/subscriptions customer=CUSTOMER&items[0][price]=price_pro&items[0][quantity]=2&metadata[a]=b&trial_period_days=7&collection_method=send_invoice&days_until_due=30
GET /v1/subscriptions/SUBSCRIPTION
GET /v1/subscriptions?customer=CUSTOMER&status=all&limit=100
GET /v1/subscription_items?subscription=SUBSCRIPTION&limit=100
GET /v1/customers/CUSTOMER?expand[]=subscriptions
POST /v1/checkout/sessions mode=subscription&success_url=https://a.example/&cancel_url=https://a.example/&customer=CUSTOMER&line_items[0][price]=price_pro&line_items[0][quantity]=1&client_reference_id=u_1&metadata[a]=b&locale=de&subscription_data[metadata][a]=b&subscription_data[trial_period_days]=3&allow_promotion_codes=true&automatic_tax[enabled]=true&customer_update[address]=auto&customer_update[name]=auto
GET /v1/checkout/sessions/SESSION
GET /v1/checkout/sessions?customer=CUSTOMER&status=open&limit=100
POST /v1/checkout/sessions/SESSION/expire
DELETE /v1/subscriptions/SUBSCRIPTION
DELETE /v1/customers/CUSTOMER";

#[tokio::test(flavor = "multi_thread")]
async fn stripe_mock_takes_what_the_stand_in_takes_and_answers_with_the_same_members() {
    let Some(both) = Both::start().await else {
        return;
    };
    both.stripe
        .add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    // The identifiers of the customer, the subscription and the session, once they are there.
    let mut ids: [String; 3] = Default::default();
    for line in TAKEN.lines() {
        let mut line = line.to_owned();
        for (name, id) in ["CUSTOMER", "SUBSCRIPTION", "SESSION"]
            .into_iter()
            .zip(&ids)
        {
            line = line.replace(name, id);
        }
        let (method, rest) = line.split_once(' ').expect("a method and a target");
        let (target, form) = rest.split_once(' ').unwrap_or((rest, ""));
        let object = both.take(method, target, form);
        for (id, made) in ids.iter_mut().zip(MADE_BY) {
            if (method, target) == ("POST", made) {
                *id = object["id"].as_str().expect("an identifier").to_owned();
            }
        }
    }
}

/// Calls that neither takes.
const REFUSED: &str = "\
POST /v1/customers user_id=u_1
GET /v1/customers?colour=red
GET /v1/customers/search
POST /v1/subscriptions items[0][price]=price_pro
POST /v1/subscriptions SUBSCRIPTION&collection_method=by_hand
GET /v1/subscriptions?status=happy
GET /v1/subscription_items
POST /v1/checkout/sessions SESSION&mode=gift
POST /v1/checkout/sessions SESSION&locale=xx
POST /v1/checkout/sessions SESSION&customer_update[name]=maybe
POST /v1/checkout/sessions SESSION&colour=red
GET /v1/nothing";

#[tokio::test(flavor = "multi_thread")]
async fn stripe_mock_refuses_what_the_stand_in_refuses_for_its_form() {
    let Some(both) = Both::start().await else {
        return;
    };
    both.stripe
        .add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    both.stripe.add_customer("cus_1", false);
    let subscription = "customer=cus_1&items[0][price]=price_pro";
    let session = "mode=subscription&success_url=https://a.example/&line_items[0][price]=price_pro\
                   &line_items[0][quantity]=1";
    for line in REFUSED.lines() {
        let line = line
            .replace("SUBSCRIPTION", subscription)
            .replace("SESSION", session);
        let (method, rest) = line.split_once(' ').expect("a method and a target");
        let (target, form) = rest.split_once(' ').unwrap_or((rest, ""));
        for (status, answer) in [
            both.here(method, target, form),
            both.there(method, target, form),
        ] {
            assert!((400..500).contains(&status), "{line}: {answer}");
        }
    }
}
