use proptest::prelude::*;
use url::Url;

use super::*;

fn hosts() -> LinkHosts {
    let names = [
        "billing.stripe.com",
        "billing.example.com:8443",
        "127.0.0.1:12111",
    ];
    LinkHosts::parse(&names.map(str::to_owned)).unwrap()
}

#[test]
fn a_link_on_an_allowed_host_is_taken() {
    for text in [
        "https://billing.stripe.com/p/session/test_YWNjdF8x",
        "https://billing.stripe.com/p/session?x=1#y",
        "https://BILLING.stripe.com:443/p",
        "https://billing.example.com:8443/p",
        "http://127.0.0.1:12111/p/session/test_1",
    ] {
        assert_eq!(Link::parse(text, &hosts()).unwrap().expose(), text);
    }
}

#[test]
fn a_link_elsewhere_is_refused() {
    for text in [
        "",
        "/p/session",
        "//billing.stripe.com/p",
        "http://billing.stripe.com/p",
        "javascript:alert(1)//billing.stripe.com/",
        "https://evil.example/p",
        "https://billing.stripe.com.evil.example/p",
        "https://evil.example/billing.stripe.com",
        "https://evil.example?billing.stripe.com",
        "https://billing.stripe.com@evil.example/p",
        "https://user@billing.stripe.com/p",
        "https://evil.example\\@billing.stripe.com/p",
        "https://billing.stripe.com\\@evil.example/p",
        "https://evil.example#@billing.stripe.com/p",
        "https://billing.stripe.com:8443/p",
        "https://billing.example.com/p",
        "https://127.0.0.1/p",
        " https://billing.stripe.com/p",
        "https://billing.stripe.com/p\n",
        "https://billing.stripe.com/\u{e9}",
        "https:\t//billing.stripe.com/p",
    ] {
        assert_eq!(Link::parse(text, &hosts()), None, "{text:?}");
    }
}

#[test]
fn a_link_does_not_show_itself() {
    let link = Link::parse("https://billing.stripe.com/p", &hosts()).unwrap();
    assert_eq!(format!("{link:?}"), "Link(…)");
}

#[test]
fn a_name_that_is_no_host_is_refused() {
    for name in [
        "",
        "https://billing.stripe.com",
        "a/b",
        "*.stripe.com",
        "a@b",
    ] {
        assert_eq!(LinkHosts::parse(&[name.to_owned()]), None, "{name:?}");
    }
}

proptest! {
    #[test]
    fn a_link_that_is_taken_is_on_an_allowed_host_as_browsers_read_urls(
        text in prop_oneof![
            any::<String>(),
            "https?:[/\\\\]{0,3}[a-z@:.\\\\/#?]{0,8}(billing\\.stripe\\.com|127\\.0\\.0\\.1:12111)[ -~\t\n]{0,12}",
        ]
    ) {
        if Link::parse(&text, &hosts()).is_some() {
            let origin = Url::parse(&text).unwrap().origin().ascii_serialization();
            prop_assert!(
                ["https://billing.stripe.com", "https://billing.example.com:8443", "http://127.0.0.1:12111", "https://127.0.0.1:12111"]
                    .contains(&origin.as_str()),
                "{text} is on {origin}"
            );
        }
    }
}
