//! A session's URL leads to a host of the portal, as browsers read it, whatever Stripe or somebody in its place
//! answers. The input is taken both for a URL and for the body of an answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use portico::stripe::link::Link;
use portico::stripe::portal_session;
use portico_fuzz::{CONFIG, PORTAL_HOSTS};
use url::{Host, Url};

fuzz_target!(|input: &[u8]| {
    let hosts = &CONFIG.portal.hosts;
    if let Ok(text) = std::str::from_utf8(input)
        && let Some(url) = Link::parse(text, hosts)
    {
        assert_eq!(url.expose(), text);
        leads_to_the_portal(&url);
    }
    if let Ok(url) = portal_session::url(input, hosts) {
        leads_to_the_portal(&url);
    }
});

fn leads_to_the_portal(url: &Link) {
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
