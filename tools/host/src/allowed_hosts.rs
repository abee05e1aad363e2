//! The hosts that a component may call: `allowed_outbound_hosts` as Spin reads it.

use std::fmt;
use std::net::Ipv6Addr;

use http::Uri;

use crate::template::Template;
use crate::variables::Variables;

/// The origins that a component may call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Vec<AllowedHost>);

/// One entry: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct AllowedHost {
    scheme: String,
    host: String,
    port: u16,
}

/// The reason why an entry is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedHostError {
    /// The entry has no `://`.
    NoScheme(String),
    /// The entry has a path, which Spin does not allow.
    Path(String),
    /// The entry has no port, and its scheme implies none.
    NoPort(String),
    /// The entry is ill-formed otherwise.
    Malformed(String),
    /// Spin would understand it, and this host does not: a wildcard, a network, a range of ports, or `self`.
    Unsupported(String),
    /// A variable has no value; the text names it.
    Variable(String),
}

impl AllowedHostError {
    /// Returns true if Spin would understand the entry.
    pub(crate) fn is_unsupported(&self) -> bool {
        matches!(self, Self::Unsupported(_))
    }
}

impl fmt::Display for AllowedHostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (entry, why) = match self {
            Self::NoScheme(entry) => (entry, "has no scheme"),
            Self::Path(entry) => (entry, "has a path"),
            Self::NoPort(entry) => (entry, "has no port, and its scheme implies none"),
            Self::Malformed(entry) => (entry, "is not of the form scheme://host[:port]"),
            Self::Unsupported(entry) => (
                entry,
                "is a wildcard, a network, a range of ports or `self`, which this host does not support",
            ),
            Self::Variable(text) => return f.write_str(text),
        };
        write!(f, "the allowed outbound host `{entry}` {why}")
    }
}

impl std::error::Error for AllowedHostError {}

impl AllowedHosts {
    /// Resolves the hosts of a manifest, with the values that the variables have.
    ///
    /// An entry that comes out empty allows nothing. As on Spin, *any* error means that nothing may be called.
    ///
    /// # Errors
    ///
    /// The first entry that is none, or the first application variable (of all, not only of those in the entries)
    /// that has no value.
    pub fn resolve(entries: &[Template], variables: &Variables) -> Result<Self, AllowedHostError> {
        let missing = |error: crate::VariableError| AllowedHostError::Variable(error.to_string());
        variables.complete().map_err(missing)?;
        let mut hosts = Vec::new();
        for entry in entries {
            let text = entry
                .render(|name| variables.application(name))
                .map_err(missing)?;
            if !is_empty(&text) {
                hosts.push(AllowedHost::parse(&text)?);
            }
        }
        Ok(Self(hosts))
    }

    /// Checks all that can be checked before there are any overrides: entries without variables, and entries whose
    /// variables all have defaults. Spin does not start with a bad one.
    pub fn check_defaults(
        entries: &[Template],
        variables: &Variables,
    ) -> Result<(), AllowedHostError> {
        for entry in entries {
            let Ok(text) = entry.render(|name| variables.default_of(name).ok_or(())) else {
                continue;
            };
            let literal = entry.variables().next().is_none();
            if literal || !is_empty(&text) {
                AllowedHost::parse(&text)?;
            }
        }
        Ok(())
    }

    /// Returns true if a request to this address may be made.
    #[must_use]
    pub fn allows(&self, uri: &Uri) -> bool {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return false;
        };
        let Some(port) = uri.port_u16().or_else(|| default_port(scheme)) else {
            return false;
        };
        let host = normalized(host);
        self.0
            .iter()
            .any(|allowed| allowed.scheme == scheme && allowed.host == host && allowed.port == port)
    }
}

impl AllowedHost {
    fn parse(entry: &str) -> Result<Self, AllowedHostError> {
        let error = |kind: fn(String) -> AllowedHostError| kind(entry.to_owned());
        if entry.contains('*') {
            return Err(error(AllowedHostError::Unsupported));
        }
        let Some((scheme, rest)) = entry.trim().split_once("://") else {
            return Err(error(AllowedHostError::NoScheme));
        };
        if scheme.is_empty() || !scheme.chars().all(char::is_alphabetic) {
            return Err(error(AllowedHostError::Malformed));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        if !path.is_empty() {
            // `10.0.0.0/8` is a network, not a host with a path.
            let network =
                authority.parse::<std::net::IpAddr>().is_ok() && path.parse::<u8>().is_ok();
            return Err(error(if network {
                AllowedHostError::Unsupported
            } else {
                AllowedHostError::Path
            }));
        }
        // The colons of an IPv6 address are within its brackets.
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (authority, ""),
        };
        if host == "self" || host == "self.alt" || port.contains("..") {
            return Err(error(AllowedHostError::Unsupported));
        }
        let port = match port {
            "" => default_port(scheme).ok_or_else(|| error(AllowedHostError::NoPort))?,
            port => port
                .parse()
                .map_err(|_| error(AllowedHostError::Malformed))?,
        };
        let host = normalized(host);
        if !is_host(&host) {
            return Err(error(AllowedHostError::Malformed));
        }
        Ok(Self {
            scheme: scheme.to_owned(),
            host,
            port,
        })
    }
}

/// Returns true for an empty entry. Spin takes one that is nothing but a scheme for an empty one, too: `https://{{
/// optional_host }}`.
fn is_empty(text: &str) -> bool {
    matches!(text, "" | "http://" | "https://")
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// Normalizes a host: names are compared without case, IPv6 addresses by value.
fn normalized(host: &str) -> String {
    let address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .and_then(|host| host.parse::<Ipv6Addr>().ok());
    match address {
        Some(address) => format!("[{address}]"),
        None => host.to_ascii_lowercase(),
    }
}

fn is_host(host: &str) -> bool {
    let bracketed = host.starts_with('[');
    let name = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_');
    !host.is_empty() && (bracketed || host.bytes().all(name))
}

#[cfg(test)]
mod tests;
