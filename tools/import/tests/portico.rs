//! The program `portico-import`, against the stand-in for Stripe and a running Portico: the real Wasm, in the host.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use portico_host::Host;
use portico_stand_in::StripeStandIn;
use serde_json::{Value, json};

const MANIFEST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
const API_KEY: &str = "sk_test_import4eC39HqLyjWDarjtT1zdp7dc";
const SECRET: &str = "whsec_import0123456789abcdef";

/// A Portico whose store is empty, and a Stripe that tells it nothing of what happens there.
struct Product {
    portico: Host,
    stripe: StripeStandIn,
    folder: PathBuf,
}

/// The end of a run of the program: its exit code, and all that it has said.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    output: String,
    errors: String,
}

impl Product {
    /// `name` is that of a folder in which the program runs.
    async fn start(name: &str) -> Self {
        let stripe = StripeStandIn::start("127.0.0.1:0").await.unwrap();
        stripe.hold_events();
        stripe.add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
        let mut portico = Host::builder(MANIFEST);
        for (name, value) in [
            ("stripe_api_key", API_KEY),
            ("stripe_api_base", &stripe.origin()),
            ("stripe_webhook_secrets", SECRET),
            ("plans", "pro=pro_monthly"),
            ("frontend_url", "https://app.example.com"),
            ("jwt_issuer", "https://issuer.example.com"),
            ("jwt_audience", "portico"),
            ("jwt_hs256_secret", "0123456789abcdef0123456789abcdef"),
        ] {
            portico = portico.variable(name, value);
        }
        let portico = portico
            .start()
            .await
            .expect("run the tests by `cargo xtask test`, which builds the component");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self {
            portico,
            stripe,
            folder,
        }
    }

    /// Makes an object at Stripe, and returns its identifier.
    fn make(&self, target: &str, form: &str) -> String {
        let (status, object) = self.stripe.call("POST", target, form);
        assert_eq!(status, 200, "{object}");
        object["id"].as_str().unwrap().to_owned()
    }

    /// Deletes a customer at Stripe, or cancels a subscription.
    fn delete(&self, path: &str) {
        let (status, object) = self.stripe.call("DELETE", path, "");
        assert_eq!(status, 200, "{object}");
    }

    /// A customer whose metadata names a user.
    fn customer_of(&self, user: &str) -> String {
        self.make("/v1/customers", &format!("metadata[user_id]={user}"))
    }

    /// Subscribes a customer to the plan `pro`. `others` is appended to the form.
    fn subscribe(&self, customer: &str, others: &str) -> String {
        let form = format!(
            "customer={customer}&items[0][price]=price_pro&collection_method=send_invoice&days_until_due=30{others}"
        );
        self.make("/v1/subscriptions", &form)
    }

    /// Runs the program to its end.
    async fn import(&self, options: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portico-import"));
        command
            .current_dir(&self.folder)
            .env_clear()
            .env("STRIPE_API_KEY", API_KEY)
            .env("STRIPE_WEBHOOK_SECRET", SECRET)
            .args(["--api-base", &self.stripe.origin()])
            .args(["--portico", &format!("http://{}", self.portico.addr())])
            .args(["--rate", "100"])
            .args(options);
        let output = tokio::task::spawn_blocking(move || command.output());
        let output = output.await.unwrap().unwrap();
        Ended {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The record of a user, without the time at which it was synchronised.
    async fn record(&self, user: &str) -> Option<Value> {
        let key = format!("customer:{user}");
        let value = self.portico.key_value().get(&key).await.unwrap()?;
        let mut record: Value = serde_json::from_slice(&value).unwrap();
        let synced_at = record.as_object_mut().unwrap().remove("synced_at");
        assert!(synced_at.is_some_and(|at| at.is_u64()), "{record}");
        Some(record)
    }

    /// The keys of the store that begin like this.
    async fn keys(&self, prefix: &str) -> usize {
        let keys = self.portico.key_value().keys().await.unwrap();
        keys.iter().filter(|key| key.starts_with(prefix)).count()
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        // A folder that stays behind is in the way of nobody.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The record of a user whose customer is in the test mode.
fn of(customer: &str, plan: &str) -> Value {
    json!({"stripe_customer_id": customer, "plan": plan, "livemode": false})
}

#[tokio::test]
async fn an_empty_store_has_the_records_of_all_customers_afterwards() {
    let product = Product::start("import-of-all").await;
    // Three pages, of which the first begins with the newest.
    let mut customers = Vec::new();
    for number in 0..205 {
        customers.push(product.customer_of(&format!("user-{number}")));
    }
    let paying = &customers[150];
    let subscription = product.subscribe(paying, "");
    product.subscribe(&customers[3], "");
    product
        .stripe
        .set_subscription_status(&subscription, "past_due");
    let by_subscription = product.make("/v1/customers", "email=a@example.com");
    product.subscribe(&by_subscription, "&metadata[user_id]=by-subscription");
    let stranger = product.make("/v1/customers", "email=b@example.com");
    let gone = product.customer_of("gone");
    product.delete(&format!("/v1/customers/{gone}"));

    let dry = product.import(&["--dry-run"]).await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(product.keys("").await, 0, "a dry run changes nothing");

    let ended = product.import(&[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.output,
        format!("synced: 206\nunlinked: 1\nfailed: 0\n\nunlinked customers:\n{stranger}\n")
    );
    assert!(!ended.errors.contains("example.com"), "{ended:?}");
    for (number, customer) in customers.iter().enumerate() {
        let plan = if [3, 150].contains(&number) {
            "pro"
        } else {
            "free"
        };
        let user = format!("user-{number}");
        assert_eq!(product.record(&user).await, Some(of(customer, plan)));
    }
    assert_eq!(
        product.record("by-subscription").await,
        Some(of(&by_subscription, "pro"))
    );
    assert_eq!(product.record("gone").await, None);
    assert_eq!(product.keys("customer:").await, 206);
    assert_eq!(product.keys("stripe:").await, 206);

    // A second run finds the changes since the first.
    product.delete(&format!("/v1/subscriptions/{subscription}"));
    let again = product.import(&[]).await;
    assert_eq!(again.output, ended.output, "{again:?}");
    assert_eq!(product.record("user-150").await, Some(of(paying, "free")));
}

#[tokio::test]
async fn a_map_links_customers_of_whom_stripe_does_not_know_the_user() {
    let product = Product::start("import-with-a-map").await;
    let first = product.make("/v1/customers", "email=a@example.com");
    let second = product.make("/v1/customers", "email=b@example.com");
    let third = product.customer_of("third");
    product.subscribe(&second, "");
    let map = product.folder.join("users.csv");
    let right = format!("user,customer\n\"first, o'brien\",{first}\nsecond,{second}\n");

    fs::write(&map, format!("{right}another,{third}\n")).unwrap();
    let refused = product.import(&["--map", "users.csv"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(
        product.keys("").await,
        0,
        "nothing is done with a file that is wrong"
    );

    fs::write(&map, right).unwrap();
    let ended = product.import(&["--map", "users.csv"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.output.contains("synced: 3\nunlinked: 0\nfailed: 0\n"),
        "{ended:?}"
    );
    let (_, customer) = product
        .stripe
        .call("GET", &format!("/v1/customers/{first}"), "");
    assert_eq!(customer["metadata"]["user_id"], "first, o'brien");
    assert_eq!(
        product.record("first, o%27brien").await,
        Some(of(&first, "free"))
    );
    assert_eq!(product.record("second").await, Some(of(&second, "pro")));
    assert_eq!(product.record("third").await, Some(of(&third, "free")));
}
