//! The program `portico-import`, against a small server that is Stripe and Portico.

mod harness;
mod server;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::json;

use harness::{Import, LIVE_KEY, SECRET, TEST_KEY};
use server::{Reply, Server};

const WEBHOOK: &str = "/api/v1/billing/webhook";

#[test]
fn every_customer_is_rung_for_and_those_without_a_user_are_listed() {
    let server = Server::start();
    for number in 0..230 {
        // Every tenth has no user.
        let user = (number % 10 != 0).then(|| format!("user-{number}"));
        server.add_customer(&format!("cus_{number:03}"), user.as_deref());
    }
    let import = Import::of(&server);
    let ended = import.run(&[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let unlinked: Vec<_> = (0..230)
        .step_by(10)
        .map(|number| format!("cus_{number:03}"))
        .collect();
    let expected = format!(
        "synced: 207\nunlinked: 23\nfailed: 0\n\nunlinked customers:\n{}\n",
        unlinked.join("\n")
    );
    assert_eq!(ended.output, expected);
    assert_eq!(server.rung(), server.customers());
    let pages = server.requests("GET", "/v1/customers");
    let pages: Vec<_> = pages.iter().map(|page| page.query.as_str()).collect();
    assert_eq!(
        pages,
        [
            "limit=100&expand%5B%5D=data.subscriptions",
            "limit=100&expand%5B%5D=data.subscriptions&starting_after=cus_130",
            "limit=100&expand%5B%5D=data.subscriptions&starting_after=cus_030",
        ]
    );
    assert!(!import.state().exists());
    assert!(ended.errors.contains("200 customers"), "{ended:?}");
}

#[test]
fn the_mode_of_the_event_is_that_of_the_key() {
    for (key, live) in [(TEST_KEY, false), (LIVE_KEY, true)] {
        let server = Server::start();
        server.add_customer("cus_1", Some("user-1"));
        let ended = Import::of(&server).key(key).run(&[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let events = server.requests("POST", WEBHOOK);
        let event: serde_json::Value = serde_json::from_slice(&events[0].body).unwrap();
        assert_eq!(event["livemode"], json!(live));
        assert_eq!(event["data"]["object"]["id"], json!("cus_1"));
        let call = &server.requests("GET", "/v1/customers")[0];
        let authorization = format!("Bearer {key}");
        assert_eq!(call.header("authorization"), Some(authorization.as_str()));
    }
}

#[test]
fn a_subscription_names_the_user_also_where_it_is_not_among_the_first() {
    let server = Server::start();
    server.add_customer("cus_1", None);
    server.change("cus_1", |customer| {
        customer["subscriptions"] = json!({
            "data": [{"status": "active", "metadata": {}}],
            "has_more": true,
        });
    });
    server.on("GET", "/v1/subscriptions", |_, _| {
        let found = json!({"status": "active", "metadata": {"user_id": "user-1"}});
        Some(Reply::json(
            200,
            &json!({"data": [found], "has_more": false}),
        ))
    });
    let ended = Import::of(&server).run(&[]);
    assert!(
        ended.output.starts_with("synced: 1\nunlinked: 0\n"),
        "{ended:?}"
    );
}

#[test]
fn a_run_that_is_killed_goes_on_where_it_stopped() {
    let server = Server::start();
    for number in 0..250 {
        server.add_customer(&format!("cus_{number:03}"), Some("user"));
    }
    let import = Import::of(&server);
    // The second page's first customer is never answered for, so that the run is killed on that page.
    let stuck = "cus_149";
    server.on("POST", WEBHOOK, move |request, _| {
        request.names(stuck).then_some(Reply::Never)
    });
    let running = import.start(&[]);
    server.wait_for("POST", WEBHOOK, stuck);
    running.kill();
    server.on("POST", WEBHOOK, |_, _| None);
    server.forget_requests();

    let ended = import.run(&[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.output, "synced: 250\nunlinked: 0\nfailed: 0\n");
    let pages = server.requests("GET", "/v1/customers");
    assert!(
        pages[0].query.ends_with("&starting_after=cus_150"),
        "{pages:?}"
    );
    let rest: BTreeSet<_> = server
        .customers()
        .into_iter()
        .filter(|id| id.as_str() < "cus_150")
        .collect();
    assert_eq!(server.rung(), rest);
}

#[test]
fn a_restart_begins_anew() {
    let server = Server::start();
    server.add_customer("cus_1", Some("user-1"));
    let import = Import::of(&server);
    std::fs::write(import.state(), "{\"broken\":").unwrap();
    let ended = import.run(&[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(server.rung(), BTreeSet::new());
    let ended = import.run(&["--restart"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(server.rung(), server.customers());
}

#[test]
fn a_failure_that_passes_is_tried_again() {
    let server = Server::start();
    server.add_customer("cus_1", Some("user-1"));
    server.on("POST", WEBHOOK, |_, earlier| match earlier {
        0 => Some(Reply::json(500, &json!({"error": "store_unavailable"}))),
        1 => Some(Reply::Closed),
        _ => None,
    });
    server.on("GET", "/v1/customers", |_, earlier| match earlier {
        0 => Some(
            Reply::json(429, &json!({"error": {"code": "rate_limit"}})).header("Retry-After", "1"),
        ),
        1 => Some(Reply::json(503, &json!({}))),
        _ => None,
    });
    let ended = Import::of(&server).run(&["--attempts", "3"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.output, "synced: 1\nunlinked: 0\nfailed: 0\n");
    // Each attempt is signed for its own time, which the server checks, under one identifier.
    let events = server.requests("POST", WEBHOOK);
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event.body == events[0].body));
}

#[test]
fn a_customer_that_fails_is_listed_and_tried_again_by_the_next_run() {
    let server = Server::start();
    for id in ["cus_1", "cus_2", "cus_3"] {
        server.add_customer(id, Some("user"));
    }
    server.on("POST", WEBHOOK, |request, _| {
        let failed = Reply::json(500, &json!({"error": "stripe_unavailable"}));
        request.names("cus_2").then_some(failed)
    });
    let import = Import::of(&server);
    let ended = import.run(&["--attempts", "2"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert_eq!(
        ended.output,
        "synced: 2\nunlinked: 0\nfailed: 1\n\nfailed customers:\ncus_2\n"
    );
    assert!(
        ended
            .errors
            .contains("cus_2: Portico answered 500 stripe_unavailable"),
        "{ended:?}"
    );
    assert!(import.state().exists());

    server.on("POST", WEBHOOK, |_, _| None);
    server.forget_requests();
    let ended = import.run(&[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.output, "synced: 3\nunlinked: 0\nfailed: 0\n");
    assert_eq!(server.rung(), ["cus_2".to_owned()].into());
    assert!(!import.state().exists());
}

#[test]
fn a_run_stops_where_every_customer_would_fail_alike() {
    for (reply, word) in [
        (
            Reply::json(400, &json!({"error": "invalid_signature"})),
            "STRIPE_WEBHOOK_SECRET",
        ),
        (
            Reply::json(404, &json!({"error": "not_found"})),
            "stripe_webhook_secrets",
        ),
        (Reply::json(200, &json!("<html>")), "is the address right?"),
    ] {
        let server = Server::start();
        for number in 0..100 {
            server.add_customer(&format!("cus_{number:03}"), Some("user"));
        }
        server.on("POST", WEBHOOK, move |_, _| Some(reply.clone()));
        let ended = Import::of(&server).run(&[]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.errors.contains(word), "{ended:?}");
        // Those that were under way at a time.
        assert!(server.rung().len() <= 16, "{:?}", server.rung());
    }
}

#[test]
fn a_key_that_stripe_refuses_ends_the_run_and_is_not_shown() {
    let server = Server::start();
    server.on("GET", "/v1/customers", |_, _| {
        let message = format!("Invalid API Key provided: {TEST_KEY}");
        Some(Reply::json(401, &json!({"error": {"message": message}})))
    });
    let ended = Import::of(&server).run(&[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.errors.contains("STRIPE_API_KEY is not valid"),
        "{ended:?}"
    );
}

#[test]
fn a_rate_is_not_exceeded() {
    let server = Server::start();
    for number in 0..10 {
        server.add_customer(&format!("cus_{number}"), Some("user"));
    }
    let begin = Instant::now();
    let ended = Import::of(&server).run(&["--rate", "10"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // A page and ten customers: ten pauses at least. However slow the machine, it is never shorter.
    assert!(begin.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_dry_run_writes_nothing_and_rings_for_nobody() {
    let server = Server::start();
    server.add_customer("cus_1", Some("user-1"));
    server.add_customer("cus_2", None);
    let import = Import::of(&server).without_secret();
    let map = import.file("users.csv", "user-2,cus_2\n");
    let ended = import.run(&["--dry-run", "--map", &map]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(
        ended.output.contains("synced: 1\nunlinked: 1\n"),
        "{ended:?}"
    );
    assert!(ended.errors.contains("1 to write"), "{ended:?}");
    assert!(
        server
            .all_requests()
            .iter()
            .all(|request| request.method == "GET")
    );
    assert!(!import.state().exists());
}

#[test]
fn a_map_is_written_before_anybody_is_rung_for() {
    let server = Server::start();
    server.add_customer("cus_1", None);
    server.add_customer("cus_2", Some("user-2"));
    let import = Import::of(&server);
    let map = import.file(
        "users.csv",
        "user,customer\n\"a,b&c=d\",cus_1\nuser-2,cus_2\n",
    );
    let ended = import.run(&["--map", &map]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.output, "synced: 2\nunlinked: 0\nfailed: 0\n");
    assert_eq!(server.user("cus_1").as_deref(), Some("a,b&c=d"));
    let requests = server.all_requests();
    let first_ring = requests.iter().position(|request| request.path == WEBHOOK);
    let last_write = requests.iter().rposition(|request| {
        request.path.starts_with("/v1/customers/cus_") && request.method == "POST"
    });
    assert!(last_write.unwrap() < first_ring.unwrap());
    // The program does not write again the users that Stripe has already.
    assert_eq!(server.requests("POST", "/v1/customers/cus_2").len(), 0);
    assert!(
        server.requests("POST", "/v1/customers/cus_1")[0]
            .header("idempotency-key")
            .is_some()
    );
}

#[test]
fn a_map_with_a_bad_line_writes_nothing_and_names_the_line() {
    let server = Server::start();
    server.add_customer("cus_1", None);
    server.add_customer("cus_2", Some("somebody@example.com"));
    let import = Import::of(&server);
    for (text, line) in [
        (
            "user-1,cus_1\nuser-2\n",
            "users.csv: line 2: there must be two fields",
        ),
        (
            "user-1,cus_1\n\nuser-9,cus_9\n",
            "users.csv: line 3: Stripe has no customer cus_9",
        ),
        (
            "user,customer\nuser-1,cus_1\nuser-2,cus_2\n",
            "users.csv: line 3: cus_2 is another user's",
        ),
    ] {
        let map = import.file("users.csv", text);
        let ended = import.run(&["--map", &map]);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.errors.contains(line), "{ended:?}");
        assert!(
            server
                .all_requests()
                .iter()
                .all(|request| request.method == "GET")
        );
    }
    let map = import.file("users.csv", "user-2,cus_2\n");
    let ended = import.run(&["--map", &map, "--overwrite"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(server.user("cus_2").as_deref(), Some("user-2"));
}

#[test]
fn a_map_that_comes_midway_reaches_those_that_are_done() {
    let server = Server::start();
    for id in ["cus_1", "cus_2", "cus_3"] {
        server.add_customer(id, None);
    }
    server.on("POST", WEBHOOK, |request, _| {
        request.names("cus_3").then(|| Reply::json(500, &json!({})))
    });
    let import = Import::of(&server);
    let ended = import.run(&["--attempts", "1"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(
        ended
            .output
            .starts_with("synced: 0\nunlinked: 2\nfailed: 1\n"),
        "{ended:?}"
    );

    server.on("POST", WEBHOOK, |_, _| None);
    server.forget_requests();
    let map = import.file("users.csv", "user-1,cus_1\n");
    let ended = import.run(&["--map", &map]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(
        ended.output,
        "synced: 1\nunlinked: 2\nfailed: 0\n\nunlinked customers:\ncus_2\ncus_3\n"
    );
    assert_eq!(
        server.rung(),
        ["cus_1".to_owned(), "cus_3".to_owned()].into()
    );
}

#[test]
fn what_is_missing_in_the_environment_is_named() {
    let server = Server::start();
    let ended = Import::of(&server).without_secret().run(&[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.errors.contains("STRIPE_WEBHOOK_SECRET is not set"),
        "{ended:?}"
    );
    let ended = Import::of(&server).key("pk_test_1").run(&[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.errors.contains("STRIPE_API_KEY: it must be a key"),
        "{ended:?}"
    );
    assert!(!ended.errors.contains(SECRET));
}
