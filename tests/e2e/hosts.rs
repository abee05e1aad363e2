//! The end-to-end tests that run on each host. The harness asks on which host a test runs, and `cargo xtask test` which
//! tests to run there.

/// The modules whose tests run on any host.
pub const ANYWHERE: &[&str] = &[
    "account",
    "anywhere",
    "body",
    "configuration",
    "cors",
    "observability",
    "portal",
    "routes",
    "stripe_failures",
    "tokens",
];

/// The tests of these modules that need what only our own host can do.
pub const OWN_HOST_ONLY: &[(&str, &str)] = &[
    (
        "account::a_balance_that_cannot_be_read_is_not_taken_for_enough",
        STORE,
    ),
    (
        "account::a_call_that_costs_nothing_does_not_read_the_balance",
        STORE,
    ),
    ("account::the_gate_is_not_counted", STORE),
    ("account::the_gate_refuses_as_the_portal_does", STORE),
    (
        "body::a_customer_that_becomes_anothers_while_the_body_is_on_its_way_is_not_opened",
        STORE,
    ),
    (
        "configuration::a_store_that_cannot_be_opened_is_told",
        STORE,
    ),
    ("cors::failures_vary_too", STORE),
    (
        "portal::a_corrupt_record_and_a_broken_store_are_not_the_users_fault",
        STORE,
    ),
    (
        "portal::a_customer_that_becomes_anothers_while_the_request_is_counted_is_not_opened",
        STORE,
    ),
    (
        "portal::a_customer_that_becomes_anothers_while_stripe_is_slow_is_not_opened",
        STORE,
    ),
    (
        "portal::an_instance_that_has_served_reads_its_store_twice_a_request",
        STORE,
    ),
    (
        "portal::a_session_that_may_be_recovered_says_until_when",
        CLOCK,
    ),
    ("routes::health_is_told_without_touching_anything", STORE),
    (
        "routes::where_it_is_mounted_all_paths_lie_below_and_nothing_lies_outside",
        STORE,
    ),
    (
        "tokens::a_bad_token_is_refused_and_the_answer_does_not_tell_why",
        STORE,
    ),
    (
        "tokens::a_token_that_was_good_is_refused_once_it_has_expired",
        CLOCK,
    ),
];

const STORE: &str = "it looks into the store, or makes it fail";
const CLOCK: &str = "it sets the clock";

/// The tests that need a record which Wasmtime's command line cannot take, because it has a comma, or counters that last.
pub const NOT_ON_WASMTIME: &[(&str, &str)] = &[
    (
        "account::a_caller_with_less_than_the_cost_is_told_what_is_missing",
        RECORD,
    ),
    (
        "account::a_user_whose_record_names_no_customer_has_the_plan_and_no_portal",
        RECORD,
    ),
    (
        "account::the_gate_is_true_exactly_when_a_portal_request_finds_a_customer",
        RECORD,
    ),
    (
        "account::the_gate_tells_plan_balance_and_whether_the_portal_will_open",
        RECORD,
    ),
    (
        "anywhere::many_calls_at_once_spend_no_more_than_there_is_and_what_is_left_can_be_spent",
        COUNTS,
    ),
    (
        "anywhere::of_many_requests_at_once_as_many_are_admitted_as_the_limit_says",
        COUNTS,
    ),
    (
        "observability::a_served_request_is_one_line_with_every_field",
        RECORD,
    ),
    (
        "portal::a_customer_of_the_other_mode_is_no_stripe_customer",
        RECORD,
    ),
];

const RECORD: &str = "its command line takes no record with a comma";
const COUNTS: &str = "its counts last as long as an instance";

/// The tests that run on wasmCloud as well, by what their names contain. They are few, because it takes seconds to start.
pub const ON_WASH: &[&str] = &[
    "anywhere::",
    "a_call_that_succeeded_is_charged_once_and_one_that_failed_is_not",
    "a_served_request_is_one_line_with_every_field",
    "an_outage_of_stripe_is_told_with_a_time_to_retry",
    "the_customer_comes_from_the_record_of_the_tokens_user_and_from_nowhere_else",
    "the_gate_is_true_exactly_when_a_portal_request_finds_a_customer",
];

/// The hosts that others wrote and a registry of packages has, each with the tests to run there, by what their names
/// contain.
#[must_use]
pub fn others() -> [(&'static str, Vec<String>); 2] {
    let counts_last = |module: &&&str| **module != "anywhere";
    let modules = ANYWHERE.iter().filter(counts_last);
    let on_wasmtime = modules.map(|module| format!("{module}::")).collect();
    let on_wash = ON_WASH.iter().map(|&test| test.to_owned()).collect();
    [("wasmtime", on_wasmtime), ("wash", on_wash)]
}

/// Why a test cannot run on a host that others wrote, if it cannot.
#[must_use]
pub fn cannot_run(host: &str, test: &str) -> Option<&'static str> {
    let module = test.split("::").next().unwrap_or_default();
    if !ANYWHERE.contains(&module) {
        return Some("its module needs more than HTTP, the log and records");
    }
    let find = |table: &[(&'static str, &'static str)]| {
        let row = table.iter().find(|(name, _)| *name == test);
        row.map(|(_, reason)| *reason)
    };
    let own = find(OWN_HOST_ONLY);
    own.or_else(|| find(NOT_ON_WASMTIME).filter(|_| host == "wasmtime"))
}
