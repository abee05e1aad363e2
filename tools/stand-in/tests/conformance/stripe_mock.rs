//! Stripe's own `stripe-mock`, which knows Stripe's specification of the API and keeps nothing: it takes the calls that
//! the stand-in takes, refuses those that the stand-in refuses for their form, and its objects have the same members.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use portico_stand_in::StripeStandIn;
use serde_json::Value;

use super::http::call;
use super::skip;

/// A running `stripe-mock`. It ends with the test.
struct StripeMock {
    child: Child,
    address: String,
}

impl StripeMock {
    /// Starts one on free ports; `None` where the test is to be skipped.
    fn start() -> Option<Self> {
        let version =
            include_str!("../../../../tests/e2e/conformance/scripts/stripe-mock-version.txt")
                .trim();
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!(
                "../../target/conformance/stripe-mock-{version}/stripe-mock"
            ))
            .with_extension(std::env::consts::EXE_EXTENSION);
        if !program.exists() {
            skip(
                &format!("stripe-mock {version}"),
                "install `go` by `cargo xtask setup`, then run `cargo xtask test`",
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
        call(&self.stripe.addr().to_string(), method, target, form)
    }

    fn there(&self, method: &str, target: &str, form: &str) -> (u16, Value) {
        call(&self.mock.address, method, target, form)
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
            value.is_null() || other.is_null() || kind_of(value) == kind_of(other),
            "{place}: {name} of {kind} is {value} here and {other} there"
        );
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an identifier")
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_mock_takes_what_the_stand_in_takes_and_answers_with_the_same_members() {
    let Some(both) = Both::start().await else {
        return;
    };
    let product = both.take(
        "POST",
        "/v1/products",
        "name=Pro&description=x&metadata[a]=b&active=true",
    );
    let product = id(&product);
    both.take("GET", &format!("/v1/products/{product}"), "");
    both.take(
        "POST",
        &format!("/v1/products/{product}"),
        "name=Pro+2&description=&metadata[a]=",
    );
    both.take("GET", "/v1/products?limit=3&active=true", "");
    both.take(
        "POST",
        "/v1/products",
        "name=P&default_price_data[currency]=usd&default_price_data[unit_amount]=5\
         &default_price_data[recurring][interval]=year&default_price_data[recurring][interval_count]=1",
    );

    let form = format!(
        "product={product}&currency=usd&unit_amount=1000&recurring[interval]=month&recurring[interval_count]=1\
         &recurring[usage_type]=licensed&lookup_key=pro&transfer_lookup_key=true&nickname=n&metadata[a]=b\
         &tax_behavior=exclusive&billing_scheme=per_unit&active=true"
    );
    let price = both.take("POST", "/v1/prices", &form);
    let price = id(&price);
    both.take(
        "POST",
        "/v1/prices",
        "product_data[name]=New&currency=eur&unit_amount=5",
    );
    both.take("GET", &format!("/v1/prices/{price}?expand[]=product"), "");
    both.take(
        "POST",
        &format!("/v1/prices/{price}"),
        "lookup_key=pro_2&transfer_lookup_key=false&nickname=m&active=true&metadata[a]=",
    );
    both.take(
        "GET",
        &format!("/v1/prices?lookup_keys[]=pro_2&product={product}&currency=usd&type=recurring&active=true"),
        "",
    );

    let form = "email=ada@example.com&name=Ada&phone=1&description=d&metadata[user_id]=u_1&preferred_locales[]=de\
                &payment_method=pm_card_visa&invoice_settings[default_payment_method]=pm_card_visa";
    let customer = both.take("POST", "/v1/customers", form);
    let customer = id(&customer);
    both.take(
        "POST",
        &format!("/v1/customers/{customer}"),
        "name=&metadata=",
    );
    both.take(
        "POST",
        &format!("/v1/customers/{customer}"),
        "email=&metadata[user_id]=u_1",
    );
    both.take("GET", "/v1/customers?limit=2&email=ada@example.com", "");
    both.take("GET", "/v1/customers?limit=2", "");
    let search = "/v1/customers/search?limit=1&query=metadata[%27user_id%27]:%27u_1%27";
    both.take("GET", search, "");

    let form = format!(
        "customer={customer}&items[0][price]={price}&items[0][quantity]=2&items[0][metadata][a]=b&metadata[a]=b\
         &description=d&payment_behavior=allow_incomplete&off_session=true&collection_method=charge_automatically\
         &trial_period_days=7&trial_settings[end_behavior][missing_payment_method]=pause&cancel_at_period_end=false"
    );
    let subscription = both.take("POST", "/v1/subscriptions", &form);
    let item = id(&subscription["items"]["data"][0]).to_owned();
    let subscription = id(&subscription);
    let path = format!("/v1/subscriptions/{subscription}");
    both.take(
        "GET",
        &format!("{path}?expand[]=customer&expand[]=items.data.price.product"),
        "",
    );
    let form = format!(
        "items[0][id]={item}&items[0][price]={price}&items[0][quantity]=3&proration_behavior=none&metadata[a]=\
         &default_payment_method=pm_card_visa&cancel_at_period_end=true&cancellation_details[comment]=c\
         &cancellation_details[feedback]=unused&description="
    );
    both.take("POST", &path, &form);
    both.take(
        "POST",
        &path,
        "cancel_at_period_end=false&trial_end=now&pause_collection[behavior]=void",
    );
    both.take("POST", &path, "pause_collection=&cancel_at=1893456000");
    both.take(
        "POST",
        &path,
        "cancel_at=&collection_method=send_invoice&days_until_due=30",
    );
    both.take(
        "GET",
        &format!("/v1/subscriptions?customer={customer}&price={price}&status=all&limit=100"),
        "",
    );
    both.take(
        "GET",
        &format!("/v1/customers/{customer}?expand[]=subscriptions"),
        "",
    );

    let form = format!(
        "mode=subscription&success_url=https://a.example/&cancel_url=https://a.example/&customer={customer}\
         &line_items[0][price]={price}&line_items[0][quantity]=1&client_reference_id=u_1&metadata[a]=b&locale=de\
         &subscription_data[metadata][a]=b&subscription_data[trial_period_days]=3&subscription_data[description]=d\
         &payment_method_types[0]=card&allow_promotion_codes=true&billing_address_collection=auto\
         &payment_method_collection=always&ui_mode=hosted"
    );
    let session = both.take("POST", "/v1/checkout/sessions", &form);
    let session = id(&session);
    both.take("GET", &format!("/v1/checkout/sessions/{session}"), "");
    both.take(
        "GET",
        &format!("/v1/checkout/sessions?customer={customer}&status=open"),
        "",
    );
    both.take(
        "POST",
        &format!("/v1/checkout/sessions/{session}/expire"),
        "",
    );
    let form = format!(
        "line_items[0][price]={price}&line_items[0][quantity]=1&metadata[a]=b&customer_creation=always\
         &after_completion[type]=redirect&after_completion[redirect][url]=https://a.example/"
    );
    let link = both.take("POST", "/v1/payment_links", &form);
    both.take("GET", &format!("/v1/payment_links/{}", id(&link)), "");

    let events = both.take("GET", "/v1/events?limit=2&type=customer.created", "");
    both.take("GET", &format!("/v1/events/{}", id(&events["data"][0])), "");
    both.take(
        "GET",
        "/v1/events?types[]=customer.created&types[]=customer.updated",
        "",
    );

    both.take(
        "DELETE",
        &format!("{path}?cancellation_details[comment]=c&prorate=true&invoice_now=false"),
        "",
    );
    both.take("DELETE", &format!("/v1/customers/{customer}"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn stripe_mock_refuses_what_the_stand_in_refuses_for_its_form() {
    let Some(both) = Both::start().await else {
        return;
    };
    both.stripe
        .add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 1000);
    both.stripe.add_customer("cus_1", false);
    let subscription = "customer=cus_1&items[0][price]=price_pro&trial_period_days=7";
    let session =
        "success_url=https://a.example/&line_items[0][price]=price_pro&line_items[0][quantity]=1";
    for (method, target, form) in [
        ("POST", "/v1/products", "description=x"),
        ("POST", "/v1/products", "name=x&colour=red"),
        ("POST", "/v1/prices", "product=prod_pro&unit_amount=5"),
        (
            "POST",
            "/v1/prices",
            "product=prod_pro&currency=usd&unit_amount=5&recurring[interval]=decade",
        ),
        ("POST", "/v1/customers", "user_id=u_1"),
        (
            "POST",
            "/v1/customers",
            "metadata[a][b]=c&invoice_settings[colour]=red",
        ),
        ("GET", "/v1/customers?colour=red", ""),
        ("GET", "/v1/customers/search", ""),
        ("POST", "/v1/subscriptions", "items[0][price]=price_pro"),
        (
            "POST",
            "/v1/subscriptions",
            &format!("{subscription}&payment_behavior=hope"),
        ),
        (
            "POST",
            "/v1/subscriptions",
            &format!("{subscription}&collection_method=by_hand"),
        ),
        (
            "POST",
            "/v1/subscriptions",
            &format!("{subscription}&cancel_at_period_end=maybe"),
        ),
        ("GET", "/v1/subscriptions?status=happy", ""),
        (
            "POST",
            "/v1/checkout/sessions",
            &format!("{session}&mode=gift"),
        ),
        (
            "POST",
            "/v1/checkout/sessions",
            &format!("{session}&customer_creation=never"),
        ),
        ("POST", "/v1/payment_links", "metadata[a]=b"),
        ("GET", "/v1/nothing", ""),
    ] {
        let (here, answer) = both.here(method, target, form);
        assert!(
            (400..500).contains(&here),
            "{method} {target} {form}: {answer}"
        );
        let (there, answer) = both.there(method, target, form);
        assert!(
            (400..500).contains(&there),
            "{method} {target} {form}: {answer}"
        );
    }
}
