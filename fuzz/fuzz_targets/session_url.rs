//! A session's URL leads to a host of the portal, as browsers read it, whatever Stripe or somebody in its place
//! answers. The input is taken both for a URL and for the body of an answer.

#![no_main]

use http::Response;
use libfuzzer_sys::fuzz_target;
use portico::portal_request::PortalRequest;
use portico::stripe::answer::{SessionUrl, session_url};
use portico::stripe::client::Outcome;
use portico_fuzz::{CONFIG, PORTAL_HOSTS};
use url::{Host, Url};

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(url) = SessionUrl::parse(text, &CONFIG.stripe.portal_hosts)
    {
        assert_eq!(url.expose(), text);
        leads_to_the_portal(&url);
    }
    for status in [200, 400, 404] {
        let answer = Response::builder()
            .status(status)
            .body(input.to_vec())
            .expect("the status is one");
        let outcome = Outcome {
            attempts: 1,
            result: Ok(answer),
        };
        let url = session_url(outcome, &CONFIG.stripe, &PortalRequest::default());
        if let Ok(url) = url {
            assert_eq!(status, 200);
            leads_to_the_portal(&url);
        }
    }
});

fn leads_to_the_portal(url: &SessionUrl) {
    let url = Url::parse(url.expose()).expect("a session's URL is one");
    let host = url.host().expect("it has a host");
    let authority = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_string(),
    };
    assert!(PORTAL_HOSTS.contains(&authority.as_str()), "{url}");
    assert!(
        url.username().is_empty() && url.password().is_none(),
        "{url}"
    );
    let on_this_machine = match host {
        Host::Domain(name) => name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    assert!(url.scheme() == "https" || on_this_machine, "{url}");
}
