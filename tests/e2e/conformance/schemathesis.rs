//! [Schemathesis](https://schemathesis.io) makes requests of `docs/openapi.yaml`, good and bad ones, and judges every
//! answer by it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::{Missing, or_skip, python_program};
use crate::harness::{CUSTOMER, Portico, claims, token};

use portico_e2e::ROOT;

/// Paths that are described before they are there, and the webhook, whose signatures Schemathesis cannot make.
const LEFT_OUT: [&str; 1] = ["/api/v1/billing/webhook"];

/// The examples, the bounds of each parameter, and some requests by chance.
const EVERYTHING: &[&str] = &[
    "--phases",
    "examples,coverage,fuzzing",
    "--max-examples",
    "15",
];

/// The bounds of each parameter.
const BOUNDS: &[&str] = &["--phases", "coverage"];

/// The bounds of the parameters of one operation.
const INVOICES_ALONE: &[&str] = &[
    "--phases",
    "coverage",
    "--include-path",
    "/api/v1/billing/invoices",
];

/// The program that `cargo xtask test` installs.
fn program() -> Result<PathBuf, Missing> {
    let requirements = include_str!("scripts/schemathesis-requirements.txt");
    python_program("schemathesis", requirements, "schemathesis")
}

/// Runs Schemathesis on a Portico with a description, and returns whether it found nothing, and what it said. The number
/// of requests is bounded: those at the bounds of each parameter are, and `options` say how many others there are.
async fn run(
    program: PathBuf,
    portico: &Portico,
    description: PathBuf,
    token: String,
    options: &'static [&'static str],
) -> (bool, String) {
    let url = format!("http://{}", portico.host.addr());
    // It leaves what it has found where it runs, and looks there the next time. Every run begins with nothing.
    let place = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("schemathesis-{}", portico.host.addr().port()));
    let _ = std::fs::remove_dir_all(&place);
    std::fs::create_dir_all(&place).unwrap();
    let ran = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(program);
        command.current_dir(&place);
        command
            .args([
                "--config-file",
                &format!("{ROOT}/tests/e2e/conformance/scripts/schemathesis.toml"),
            ])
            .arg("run")
            .arg(description)
            .args(["--url", &url])
            .args(["--header", &format!("Authorization: Bearer {token}")])
            .args(["--checks", "all", "--seed", "16"])
            .args(options)
            // Its requests should not depend on those of an earlier run.
            .args([
                "--generation-database",
                "none",
                "--warnings",
                "off",
                "--no-color",
            ]);
        for path in LEFT_OUT {
            command.args(["--exclude-path", path]);
        }
        let output = command.output().unwrap();
        let _ = std::fs::remove_dir_all(&place);
        output
    });
    let Output {
        status,
        stdout,
        stderr,
    } = ran.await.unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&stdout),
        String::from_utf8_lossy(&stderr)
    );
    // 1 is "found something"; anything else is that it could not run.
    assert!(matches!(status.code(), Some(0 | 1)), "{status}: {said}");
    (status.success(), said)
}

fn description() -> PathBuf {
    Path::new(ROOT).join("docs/openapi.yaml")
}

/// The paths of Stripe's API that were called.
fn called(portico: &Portico, path: &str) -> bool {
    let requests = portico.stripe.requests();
    requests
        .iter()
        .any(|request| request.path.split('?').next() == Some(path))
}

/// Starts a Portico that sells the prices of the description's examples, because one without prices has no checkout.
async fn start() -> Portico {
    let prices = "pro_monthly=price_monthly,pro_yearly=price_yearly";
    let setup = Portico::setup().variable("checkout_prices", prices);
    let portico = setup.start().await;
    for price in ["price_monthly", "price_yearly"] {
        portico
            .stripe
            .add_price("prod_pro", price, &serde_json::json!({}));
    }
    portico
}

#[tokio::test]
async fn a_user_finds_every_answer_described() {
    let Some(program) = or_skip(program()) else {
        return;
    };
    let portico = start().await;
    for _ in 0..3 {
        portico.stripe.add_invoice(CUSTOMER, &serde_json::json!({}));
        portico.stripe.add_charge(CUSTOMER, &serde_json::json!({}));
    }
    let (found_nothing, said) = run(
        program,
        &portico,
        description(),
        token(&claims()),
        EVERYTHING,
    )
    .await;
    assert!(found_nothing, "{said}");
    for path in [
        "/v1/billing_portal/sessions",
        "/v1/checkout/sessions",
        "/v1/invoices",
        "/v1/charges",
    ] {
        assert!(called(&portico, path), "{path} was never called: {said}");
    }
}

#[tokio::test]
async fn a_stranger_finds_every_answer_described() {
    let Some(program) = or_skip(program()) else {
        return;
    };
    let portico = start().await;
    let (found_nothing, said) =
        run(program, &portico, description(), "a.b.c".to_owned(), BOUNDS).await;
    assert!(found_nothing, "{said}");
    assert!(portico.stripe.requests().is_empty());
}

#[tokio::test]
async fn a_description_that_differs_from_the_component_is_found_out() {
    let Some(program) = or_skip(program()) else {
        return;
    };
    let right = std::fs::read_to_string(description()).unwrap();
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for (name, from, to) in [
        (
            "body",
            "InvoicePage:\n      type: object\n      additionalProperties: false\n      required: [data, has_more]",
            "InvoicePage:\n      type: object\n      additionalProperties: false\n      required: [data, has_more, total_count]",
        ),
        (
            "limit",
            "      minimum: 1\n      maximum: 100\n",
            "      minimum: 5\n      maximum: 100\n",
        ),
    ] {
        let wrong = right.replacen(from, to, 1);
        assert_ne!(wrong, right, "{name}");
        let file = directory.join(format!("openapi-with-another-{name}.yaml"));
        std::fs::write(&file, wrong).unwrap();
        let portico = Portico::start().await;
        let (found_nothing, said) = run(
            program.clone(),
            &portico,
            file,
            token(&claims()),
            INVOICES_ALONE,
        )
        .await;
        assert!(!found_nothing, "{name}: {said}");
    }
}
