//! Stripe's own `stripe-mock`, which knows Stripe's specification of the API and keeps nothing: it takes the calls that
//! the stand-in takes, refuses those that the stand-in refuses for their form, and its objects have the same members.

use std::collections::{BTreeMap, BTreeSet};
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

/// Calls with their form, after an exclamation mark where neither takes them. Braces stand for the identifier of the
/// last object of that kind, `SUBSCRIBE` and `BUY` for the parameters of a valid call.
const CALLS: &str = "\
POST /v1/customers email=ada@example.com&name=Ada&description=d&metadata[user_id]=u_1
POST /v1/customers/{customer} name=&metadata=
POST /v1/customers/{customer} email=&metadata[user_id]=u_1
GET /v1/customers?limit=2&expand[]=data.subscriptions
GET /v1/customers/search?limit=1&query=metadata[%27user_id%27]:%27u_1%27
POST /v1/subscriptions SUBSCRIBE&metadata[a]=b&trial_period_days=7&collection_method=send_invoice&days_until_due=30
GET /v1/subscriptions/{subscription}
GET /v1/subscriptions?customer={customer}&status=all&limit=100
GET /v1/subscription_items?subscription={subscription}&limit=100
GET /v1/customers/{customer}?expand[]=subscriptions
POST /v1/checkout/sessions BUY&cancel_url=https://a.example/&customer={customer}&client_reference_id=u_1&locale=de&metadata[a]=b&subscription_data[metadata][a]=b&subscription_data[trial_period_days]=3&allow_promotion_codes=true&automatic_tax[enabled]=true&customer_update[address]=auto&customer_update[name]=auto
GET /v1/checkout/sessions/{checkout.session}
GET /v1/checkout/sessions?customer={customer}&status=open&limit=100
POST /v1/checkout/sessions/{checkout.session}/expire
!POST /v1/customers user_id=u_1
!GET /v1/customers?colour=red
!GET /v1/customers/search
!POST /v1/subscriptions items[0][price]=price_pro
!POST /v1/subscriptions SUBSCRIBE&collection_method=by_hand
!GET /v1/subscriptions?status=happy
!GET /v1/subscription_items
!POST /v1/checkout/sessions BUY&mode=gift
!POST /v1/checkout/sessions BUY&locale=xx
!POST /v1/checkout/sessions BUY&customer_update[name]=maybe
!POST /v1/checkout/sessions BUY&colour=red
!GET /v1/nothing
DELETE /v1/subscriptions/{subscription}
DELETE /v1/customers/{customer}";

const SUBSCRIBE: &str = "customer={customer}&items[0][price]=price_pro&items[0][quantity]=2";
const BUY: &str = "mode=subscription&success_url=https://a.example/&line_items[0][price]=price_pro&line_items[0][quantity]=1";

#[tokio::test(flavor = "multi_thread")]
async fn stripe_mock_takes_and_refuses_what_the_stand_in_does_and_answers_with_the_same_members() {
    let Some(mock) = StripeMock::start() else {
        return;
    };
    let stripe = StripeStandIn::start("127.0.0.1:0").await;
    let stripe = stripe.expect("a free port");
    stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    let mut ids = BTreeMap::<String, String>::new();
    for line in CALLS.lines() {
        let mut call = line.replace("SUBSCRIBE", SUBSCRIBE).replace("BUY", BUY);
        for (kind, id) in &ids {
            call = call.replace(&format!("{{{kind}}}"), id);
        }
        let (method, rest) = call.split_once(' ').expect("a method and a target");
        let (target, form) = rest.split_once(' ').unwrap_or((rest, ""));
        let (method, class) = match method.strip_prefix('!') {
            Some(method) => (method, 4),
            None => (method, 2),
        };
        let (here, object) = stripe.call(method, target, form);
        let (there, other) = mock.call(method, target, form);
        assert_eq!(here / 100, class, "{call}: {object}");
        assert_eq!(there / 100, class, "{call}: {other}");
        if class == 2 {
            same_members(&object, &other, &call);
            if let (Some(kind), Some(id)) = (object["object"].as_str(), object["id"].as_str()) {
                ids.insert(kind.to_owned(), id.to_owned());
            }
        }
    }
}

/// Members that a customer of `stripe-mock` has, and one of the stand-in has not: a discount, which Stripe's has only if
/// there is one, and a part of the account's numbers of invoices.
const ABSENT_OF_CUSTOMER: [&str; 2] = ["discount", "invoice_prefix"];

/// Expects two objects of one kind to have the same members, and of these the objects and lists within. Values differ:
/// `stripe-mock` answers with examples.
fn same_members(here: &Value, there: &Value, place: &str) {
    assert_eq!(here["object"], there["object"], "{place}");
    let kind = here["object"].as_str().unwrap_or_default();
    if let ("list" | "search_result", Some(one), Some(other)) =
        (kind, here["data"].get(0), there["data"].get(0))
    {
        return same_members(one, other, place);
    }
    let names = |object: &Value| -> BTreeSet<String> {
        let members = object.as_object().into_iter().flatten();
        members.map(|(name, _)| name.clone()).collect()
    };
    let (ours, mut theirs) = (names(here), names(there));
    if kind == "customer" {
        theirs.retain(|name| !ABSENT_OF_CUSTOMER.contains(&name.as_str()));
    }
    assert_eq!(ours, theirs, "{place}: the members of {kind}");
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
        let program = format!("../../target/conformance/stripe-mock-{version}/stripe-mock");
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(program)
            .with_extension(std::env::consts::EXE_EXTENSION);
        if !program.exists() {
            let missing = format!("stripe-mock {version} is missing: {REMEDY}");
            assert!(
                std::env::var_os(REQUIRE).is_none_or(|value| value != "1"),
                "{missing}"
            );
            // Text that goes through `eprintln!` is only shown for tests that fail.
            let _ = writeln!(std::io::stderr(), "a test was skipped, {missing}");
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

    /// Makes a call, by HTTP/1.0, in which no server sends chunks.
    fn call(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        let address = &self.address;
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
        let status = head.split(' ').nth(1).expect("a status");
        let json = serde_json::from_str(body).expect("JSON");
        (status.parse().expect("a number"), json)
    }
}

impl Drop for StripeMock {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
