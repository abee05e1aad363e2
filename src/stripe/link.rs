//! Links that Stripe answers: they open a customer's billing for whoever holds them.

use std::fmt;

use crate::origin::Origin;

/// The hosts that a link may be on, as [`Origin::authority`] spells them. Plain `http` will do on a loopback host, as
/// for every origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkHosts(Vec<String>);

impl LinkHosts {
    /// Reads host names, each with an optional port; `None` if one is not a host name.
    #[must_use]
    pub fn parse(names: &[String]) -> Option<Self> {
        names
            .iter()
            .map(|name| {
                let origin = Origin::parse(&format!("https://{name}")).ok()?;
                Some(origin.authority().to_owned())
            })
            .collect::<Option<_>>()
            .map(Self)
    }
}

/// A link on an allowed host. It is a bearer credential for a customer's billing, so it shows itself only where it is
/// asked to.
#[derive(Clone, PartialEq, Eq)]
pub struct Link(String);

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(…)")
    }
}

impl Link {
    /// Checks a link that Stripe answered; `None` if it is not on one of the hosts.
    #[must_use]
    pub fn parse(text: &str, hosts: &LinkHosts) -> Option<Self> {
        // A browser reads a backslash as a slash and drops line breaks, so a URL with such characters could lead
        // elsewhere than it seems to.
        if !text.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return None;
        }
        let (origin, _path) = Origin::split(text).ok()?;
        let allowed = hosts.0.iter().any(|host| host == origin.authority());
        (allowed && origin.is_safe()).then(|| Self(text.to_owned()))
    }

    /// Returns the link itself. It goes into the answer and nowhere else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
