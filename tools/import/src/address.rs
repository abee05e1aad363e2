//! The address of a server, as the operator gives it.

use ureq::http::Uri;

/// An address that paths are put behind. Nobody on the way can read requests to it: it is `https`, or this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address(String);

impl Address {
    /// Checks an address. It may have a path, where a server passes on what is below it, but no query.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let uri: Uri = text.parse().map_err(|_| "it is no URL")?;
        let authority = uri.authority().ok_or("it must begin with https://")?;
        if authority.as_str().contains('@') {
            return Err("it must not have a user or a password");
        }
        if uri.query().is_some() || text.contains('#') {
            return Err("it must not have a query or a fragment");
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(authority.host()) => {}
            Some("http") => return Err("it must be https, unless the host is this machine"),
            _ => return Err("it must begin with https://"),
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }

    /// The URL of a path, which begins with a slash.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn an_address_is_https_or_this_machine() {
        for (text, url) in [
            (
                "https://billing.example.com",
                "https://billing.example.com/x",
            ),
            (
                "https://example.com/billing/",
                "https://example.com/billing/x",
            ),
            ("http://127.0.0.1:3000/", "http://127.0.0.1:3000/x"),
            ("http://localhost:3000", "http://localhost:3000/x"),
            ("http://[::1]:3000", "http://[::1]:3000/x"),
        ] {
            assert_eq!(
                Address::parse(text).map(|address| address.join("/x")),
                Ok(url.into())
            );
        }
        for text in [
            "",
            "billing.example.com",
            "/billing",
            "ftp://example.com",
            "http://billing.example.com",
            "http://127.0.0.1.example.com",
            "https://user:password@example.com",
            "https://example.com/?a=b",
            "https://example.com/#a",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
    }
}
