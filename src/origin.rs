//! Web origins: scheme, host and port (RFC 6454), as the variables name them.

use std::fmt;

/// A web origin in its canonical spelling: lower case, and without the port where it is the scheme's default one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    scheme: Scheme,
    is_safe: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Origin {
    /// Parses an origin. Behind the port there may be a single slash and nothing else. The error says in a few words
    /// what is wrong.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (origin, rest) = Self::split(text)?;
        if rest.is_empty() || rest == "/" {
            Ok(origin)
        } else {
            Err("must be an origin: scheme, host and port, without a path")
        }
    }

    /// Parses the origin that a URL begins with, and returns the rest. The error says in a few words what is wrong.
    pub fn split(url: &str) -> Result<(Self, &str), &'static str> {
        let (scheme, rest) = if let Some(rest) = strip_prefix_ignore_case(url, "https://") {
            (Scheme::Https, rest)
        } else if let Some(rest) = strip_prefix_ignore_case(url, "http://") {
            (Scheme::Http, rest)
        } else {
            return Err("must begin with https:// or http://");
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let authority = Authority::parse(authority)?;
        let port = match (scheme, authority.port) {
            (_, None) | (Scheme::Https, Some(443)) | (Scheme::Http, Some(80)) => String::new(),
            (_, Some(port)) => format!(":{port}"),
        };
        let text = format!("{}{}{port}", scheme.prefix(), authority.host);
        let is_safe = scheme == Scheme::Https || authority.is_loopback();
        Ok((
            Self {
                text,
                scheme,
                is_safe,
            },
            rest,
        ))
    }

    /// Returns true if nobody on the way can read or change what is sent there: `https`, or the machine itself.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.is_safe
    }

    /// Returns the origin as a browser writes it in the `Origin` header, e.g. `https://app.example.com`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns host and port, without the port where it is the scheme's default one.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.text
            .strip_prefix(self.scheme.prefix())
            .unwrap_or(&self.text)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Scheme {
    fn prefix(self) -> &'static str {
        match self {
            Self::Http => "http://",
            Self::Https => "https://",
        }
    }
}

/// A host with an optional port: `app.example.com`, `127.0.0.1:3000`, `[::1]:3000`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Authority {
    host: String,
    port: Option<u16>,
}

impl Authority {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (host, port) = match text.rsplit_once(':') {
            // In `[::1]` the last colon belongs to the address.
            Some((host, port)) if !text.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (text, None),
        };
        let host = host.to_ascii_lowercase();
        let valid = match host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => is_host_name(&host),
        };
        if valid {
            Ok(Self { host, port })
        } else {
            Err("has an invalid host")
        }
    }

    /// Returns true if the host can only be the machine itself (RFC 6761, section 6.3, and the loopback addresses).
    fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.host == "[::1]"
            || self
                .host
                .parse::<std::net::Ipv4Addr>()
                .is_ok_and(|address| address.is_loopback())
    }
}

fn parse_port(text: &str) -> Result<u16, &'static str> {
    let all_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if all_digits && port != 0 => Ok(port),
        _ => Err("has an invalid port"),
    }
}

fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
}

fn strip_prefix_ignore_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_spelled_as_a_browser_spells_it() {
        for (text, expected) in [
            ("https://app.example.com", "https://app.example.com"),
            ("https://app.example.com/", "https://app.example.com"),
            ("HTTPS://App.Example.com:443", "https://app.example.com"),
            (
                "https://app.example.com:8443",
                "https://app.example.com:8443",
            ),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://app.localhost", "http://app.localhost"),
            ("http://127.0.0.1:80", "http://127.0.0.1"),
            ("http://[::1]:3000", "http://[::1]:3000"),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]"),
        ] {
            assert_eq!(Origin::parse(text).unwrap().as_str(), expected, "{text}");
        }
    }

    #[test]
    fn plain_http_is_safe_on_the_machine_itself_only() {
        for (text, safe) in [
            ("https://app.example.com", true),
            ("http://localhost:5173", true),
            ("http://app.localhost", true),
            ("http://127.1.2.3", true),
            ("http://[::1]", true),
            ("http://app.example.com", false),
            ("http://localhost.example.com", false),
            ("http://128.0.0.1", false),
            ("http://192.168.0.5:3000", false),
            ("http://[::2]", false),
        ] {
            assert_eq!(Origin::parse(text).unwrap().is_safe(), safe, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_origin_is_refused() {
        for text in [
            "",
            "app.example.com",
            "ftp://app.example.com",
            "https://",
            "https:///path",
            "https://app.example.com/path",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://app.example.com\\x",
            "https://user@app.example.com",
            "https://user:password@app.example.com",
            "https://app.example.com:",
            "https://app.example.com:0",
            "https://app.example.com:65536",
            "https://app.example.com:+80",
            "https://app..example.com",
            "https://app.example.com ",
            "https://*.example.com",
            "https://[::1",
            "https://[x]",
            "https://é.example.com",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }
}
