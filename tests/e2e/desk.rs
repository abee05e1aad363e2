//! The operator's desk (`cli/`) beside a Portico: what it takes in, and what it then says of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::conformance::{Missing, has_node, or_skip};
use crate::harness::{API_KEY, Portico, WEBHOOK_SECRET};

/// The end of a run of the program: its exit code, and all that it has said.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    output: String,
    errors: String,
}

/// A Portico with an empty store for the users of a test, and a folder in which the program runs beside it.
struct Desk {
    portico: Portico,
    folder: PathBuf,
}

/// The program, if all is there that it needs.
fn program() -> Result<PathBuf, Missing> {
    let package = Path::new(portico_e2e::ROOT).join("cli");
    let installed = package.join("node_modules/.package-lock.json").exists();
    if has_node() && installed {
        return Ok(package.join("bin/portico.js"));
    }
    Err(Missing {
        what: "Node.js with what cli/package.json names".to_owned(),
        remedy: "install `node` and `npm` by `cargo xtask setup`, then run `cargo xtask test`",
    })
}

impl Desk {
    /// `name` is that of the folder. Stripe tells Portico nothing of what happens there.
    async fn start(name: &str) -> Self {
        let portico = Portico::setup()
            .with_webhook()
            .variable("plans", "pro=pro_monthly")
            .start()
            .await;
        portico.stripe.hold_events();
        portico
            .stripe
            .add_plan("prod_pro", "Pro", "price_pro", "pro_monthly", 2_000);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self { portico, folder }
    }

    /// Makes an object at Stripe, and returns its identifier.
    fn make(&self, target: &str, form: &str) -> String {
        let (status, object) = self.portico.stripe.call("POST", target, form);
        assert_eq!(status, 200, "{object}");
        object["id"].as_str().unwrap().to_owned()
    }

    /// Deletes a customer at Stripe, or cancels a subscription.
    fn delete(&self, path: &str) {
        let (status, object) = self.portico.stripe.call("DELETE", path, "");
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

    /// Runs a command of the program to its end.
    async fn run(&self, program: &Path, command: &str, options: &[&str]) -> Ended {
        let mut node = Command::new("node");
        node.arg(program)
            .arg(command)
            .args(["--api-base", &self.portico.stripe.origin()])
            .args(options)
            .current_dir(&self.folder)
            .env("STRIPE_API_KEY", API_KEY)
            .env("STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .env("SPIN_VARIABLE_PLANS", "pro=pro_monthly");
        let output = tokio::task::spawn_blocking(move || node.output());
        let output = output.await.unwrap().unwrap();
        let ended = Ended {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        };
        for secret in [API_KEY, WEBHOOK_SECRET] {
            let shows = |said: &String| said.contains(secret);
            assert!(!shows(&ended.output) && !shows(&ended.errors), "{ended:?}");
        }
        ended
    }

    /// Runs a command that rings at Portico.
    async fn ring(&self, program: &Path, command: &str, options: &[&str]) -> Ended {
        let address = format!("http://{}", self.portico.host.addr());
        let common = ["--portico", &address, "--rate", "1000"];
        self.run(program, command, &[&common, options].concat())
            .await
    }

    /// The record of a user, without the time at which it was synchronised.
    async fn record(&self, user: &str) -> Option<Value> {
        let mut record = self.portico.stored(&format!("customer:{user}")).await?;
        let synced_at = record.as_object_mut().unwrap().remove("synced_at");
        assert!(synced_at.is_some_and(|at| at.is_u64()), "{record}");
        Some(record)
    }

    /// Returns the number of the store's keys that begin like this.
    async fn keys(&self, prefix: &str) -> usize {
        let keys = self.portico.host.key_value().keys().await.unwrap();
        keys.iter().filter(|key| key.starts_with(prefix)).count()
    }
}

impl Drop for Desk {
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
async fn the_import_makes_the_records_of_all_customers_and_show_and_audit_agree() {
    let Some(program) = or_skip(program()) else {
        return;
    };
    let desk = Desk::start("desk-import").await;
    // Two pages, of which the first begins with the newest.
    let mut customers = Vec::new();
    for number in 0..105 {
        customers.push(desk.customer_of(&format!("user-{number}")));
    }
    let paying = &customers[50];
    let subscription = desk.subscribe(paying, "");
    desk.subscribe(&customers[3], "");
    desk.portico
        .stripe
        .set_subscription_status(&subscription, "past_due");
    let by_subscription = desk.make("/v1/customers", "description=one");
    desk.subscribe(&by_subscription, "&metadata[user_id]=by-subscription");
    let stranger = desk.make("/v1/customers", "description=two");
    let gone = desk.customer_of("gone");
    desk.delete(&format!("/v1/customers/{gone}"));
    let before = desk.keys("").await;

    let dry = desk.ring(&program, "import", &["--dry-run"]).await;
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(desk.keys("").await, before, "a dry run changes nothing");

    // The harness has a customer of its own, whose user nothing at Stripe names.
    let ended = desk.ring(&program, "import", &[]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .output
            .starts_with("synced: 106\nunlinked: 2\nfailed: 0\n"),
        "{ended:?}"
    );
    assert!(ended.output.contains(&stranger), "{ended:?}");
    for (number, customer) in customers.iter().enumerate() {
        let plan = if [3, 50].contains(&number) {
            "pro"
        } else {
            "free"
        };
        let user = format!("user-{number}");
        assert_eq!(desk.record(&user).await, Some(of(customer, plan)), "{user}");
    }
    assert_eq!(
        desk.record("by-subscription").await,
        Some(of(&by_subscription, "pro"))
    );
    assert_eq!(desk.keys("customer:gone").await, 0);
    assert_eq!(desk.keys("stripe:").await, 106);

    // Portico has written the very record that `show` works out from Stripe.
    for subject in [paying.as_str(), "user-50", "user-4"] {
        let shown = desk.run(&program, "show", &["--env", subject]).await;
        let user = if subject == "user-4" {
            "user-4"
        } else {
            "user-50"
        };
        let record = desk.record(user).await.unwrap();
        let (_, rest) = shown.output.split_once("the record ").unwrap();
        let (said, _) = rest.split_once(".\n").unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(said).unwrap(),
            record,
            "{shown:?}"
        );
    }

    // An audit finds the changes since.
    desk.delete(&format!("/v1/subscriptions/{subscription}"));
    let audited = desk
        .ring(&program, "audit", &["--env", "--csv", "audit.csv"])
        .await;
    assert_eq!(audited.code, Some(0), "{audited:?}");
    let counts: Vec<_> = audited.output.lines().take(6).map(str::to_owned).collect();
    assert_eq!(
        counts,
        [
            "outcome   customers",
            "synced          106",
            "changed           0",
            "unlinked          2",
            "conflict          0",
            "failed            0",
        ],
        "{audited:?}"
    );
    assert_eq!(desk.record("user-50").await, Some(of(paying, "free")));
    let csv = fs::read_to_string(desk.folder.join("audit.csv")).unwrap();
    assert_eq!(csv.lines().count(), 109, "a header and all customers");
}

#[tokio::test]
async fn a_map_links_customers_of_whom_stripe_does_not_know_the_user() {
    let Some(program) = or_skip(program()) else {
        return;
    };
    let desk = Desk::start("desk-map").await;
    let first = desk.make("/v1/customers", "description=one");
    let second = desk.make("/v1/customers", "description=two");
    let third = desk.customer_of("third");
    desk.subscribe(&second, "");
    let map = desk.folder.join("users.csv");
    let right = format!("user,customer\n\"first, o'brien\",{first}\nsecond,{second}\n");
    let before = desk.keys("").await;

    fs::write(&map, format!("{right}another,{third}\n")).unwrap();
    let refused = desk.ring(&program, "import", &["--map", "users.csv"]).await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert_eq!(
        desk.keys("").await,
        before,
        "nothing is done with a file that is wrong"
    );

    fs::write(&map, right).unwrap();
    let ended = desk.ring(&program, "import", &["--map", "users.csv"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended
            .output
            .starts_with("synced: 3\nunlinked: 1\nfailed: 0\n"),
        "{ended:?}"
    );
    let target = format!("/v1/customers/{first}");
    let (_, customer) = desk.portico.stripe.call("GET", &target, "");
    assert_eq!(customer["metadata"]["user_id"], "first, o'brien");
    assert_eq!(
        desk.record("first, o%27brien").await,
        Some(of(&first, "free"))
    );
    assert_eq!(desk.record("second").await, Some(of(&second, "pro")));
    assert_eq!(desk.record("third").await, Some(of(&third, "free")));
}
