//! The pages that may read the answers.

use http::Method;

use crate::harness::{Answer, FRONTEND, PORTAL, Portico};

const CORS: [&str; 5] = [
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
];

fn cors_headers(answer: &Answer) -> [Option<&str>; 5] {
    CORS.map(|name| answer.header(name))
}

#[tokio::test]
async fn a_preflight_of_an_allowed_origin_is_granted() {
    let portico = Portico::setup()
        .variable(
            "cors_origins",
            "http://localhost:5173, https://Admin.example.com:443",
        )
        .start()
        .await;
    for origin in [
        FRONTEND,
        "http://localhost:5173",
        "https://admin.example.com",
    ] {
        let answer = portico
            .request(Method::OPTIONS, PORTAL)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type",
            )
            .send()
            .await;
        assert_eq!(answer.status, 204);
        assert_eq!(
            cors_headers(&answer),
            [
                Some(origin),
                Some("POST"),
                Some(
                    "authorization, content-type, x-request-id, traceparent, tracestate, baggage, sentry-trace"
                ),
                Some("86400"),
                None
            ]
        );
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn an_answer_to_an_allowed_origin_can_be_read_with_its_headers() {
    let portico = Portico::start().await;
    for call in [
        portico.portal_as_user(),
        portico.portal(),
        portico.request(Method::GET, PORTAL),
    ] {
        let answer = call.header("origin", FRONTEND).send().await;
        assert_eq!(
            cors_headers(&answer),
            [
                Some(FRONTEND),
                None,
                None,
                None,
                Some("x-request-id, retry-after, ratelimit, ratelimit-policy")
            ],
            "{answer:?}"
        );
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

#[tokio::test]
async fn another_origin_gets_the_plain_answer() {
    let portico = Portico::setup()
        .variable("cors_origins", "http://localhost:5173")
        .start()
        .await;
    for origin in [
        "https://evil.example",
        "null",
        "*",
        "",
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://APP.example.com",
        "https://app.example.com.evil.example",
        "https://xapp.example.com",
        "https://app.example.com, https://evil.example",
        "http://localhost",
        "http://localhost:5174",
    ] {
        let preflight = portico
            .request(Method::OPTIONS, PORTAL)
            .header("origin", origin)
            .send()
            .await;
        assert_eq!(
            (preflight.status.as_u16(), cors_headers(&preflight)),
            (204, [None; 5]),
            "{origin}"
        );
        let answer = portico
            .portal_as_user()
            .header("origin", origin)
            .send()
            .await;
        assert_eq!(
            (answer.status.as_u16(), cors_headers(&answer)),
            (200, [None; 5]),
            "{origin}"
        );
        assert_eq!(
            (preflight.header("vary"), answer.header("vary")),
            (Some("Origin"), Some("Origin"))
        );
    }
    let twice = portico
        .portal_as_user()
        .header("origin", FRONTEND)
        .header("origin", "https://evil.example");
    assert_eq!(cors_headers(&twice.send().await), [None; 5]);
}

#[tokio::test]
async fn a_request_without_an_origin_gets_no_cors_headers_but_still_varies() {
    let portico = Portico::start().await;
    for call in [
        portico.portal_as_user(),
        portico.portal(),
        portico.request(Method::OPTIONS, PORTAL),
        portico.request(Method::PUT, PORTAL),
    ] {
        let answer = call.send().await;
        assert_eq!(cors_headers(&answer), [None; 5]);
        assert_eq!(answer.header("vary"), Some("Origin"), "{answer:?}");
    }
}

#[tokio::test]
async fn failures_vary_too() {
    let misconfigured = Portico::setup().without("stripe_api_key").start().await;
    let answer = misconfigured.portal_as_user().send().await;
    answer.is_error(500, "misconfigured");
    assert_eq!(answer.header("vary"), Some("Origin"));
    let portico = Portico::start().await;
    portico.host.key_value().set_failing(true);
    let answer = portico
        .portal_as_user()
        .header("origin", FRONTEND)
        .send()
        .await;
    answer.is_error(500, "store_unavailable");
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!(answer.header("access-control-allow-origin"), Some(FRONTEND));
}

#[tokio::test]
async fn pages_have_no_business_with_the_other_paths() {
    let portico = Portico::start().await;
    for path in ["/healthz", "/readyz", "/nothing"] {
        let answer = portico
            .request(Method::GET, path)
            .header("origin", FRONTEND)
            .send()
            .await;
        assert_eq!(
            (cors_headers(&answer), answer.header("vary")),
            ([None; 5], None),
            "{path}"
        );
    }
}
