//! The Redis server that counts are kept on.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::origin::Origin;
use crate::secret::Secret;

/// A Redis server: its address, with Portico's credentials.
#[derive(Clone, Debug)]
pub struct RedisServer {
    /// The address with the credentials in it.
    address: Secret,
}

/// Portico's credentials at a Redis server.
#[derive(Clone, Debug)]
pub struct RedisCredentials {
    /// `user:password`, each percent-encoded.
    userinfo: Secret,
}

impl RedisServer {
    /// Parses `redis://host:port` or `rediss://host:port`. It is also an allowed outbound host, which the host compares as
    /// it is written, so it is in lower case, has a port, and nothing behind it.
    #[must_use]
    pub fn parse(url: &str, credentials: Option<&RedisCredentials>) -> Option<Self> {
        let (scheme, authority) = url.split_once("://")?;
        if !matches!(scheme, "redis" | "rediss") || authority.contains('/') {
            return None;
        }
        if authority.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        // Host and port have the form that they have in any URL.
        Origin::parse(&format!("https://{authority}")).ok()?;
        let (_, port) = authority.rsplit_once(':')?;
        if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let address = match credentials {
            Some(RedisCredentials { userinfo }) => {
                format!("{scheme}://{}@{authority}", userinfo.expose())
            }
            None => url.to_owned(),
        };
        Some(Self {
            address: Secret::new(address),
        })
    }

    /// Returns the address as clients take it, with the credentials in it: it must not be shown.
    #[must_use]
    pub fn address(&self) -> &Secret {
        &self.address
    }
}

impl RedisCredentials {
    /// Parses `user:password`. The user may be empty, for a server that has passwords only.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (user, password) = text.split_once(':')?;
        if password.is_empty() || text.chars().any(char::is_control) {
            return None;
        }
        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
        let userinfo = format!("{}:{}", encoded(user), encoded(password));
        Some(Self {
            userinfo: Secret::new(userinfo),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str, credentials: &str) -> Option<String> {
        let credentials = RedisCredentials::parse(credentials);
        let server = RedisServer::parse(url, credentials.as_ref())?;
        Some(server.address().expose().to_owned())
    }

    #[test]
    fn a_server_is_a_scheme_a_host_and_a_port() {
        for url in [
            "redis://127.0.0.1:6379",
            "rediss://cache.example.com:443",
            "redis://[::1]:6379",
            "redis://redis:6379",
        ] {
            assert_eq!(address(url, "").as_deref(), Some(url));
        }
        for url in [
            "",
            "redis://",
            "redis://host",
            "redis://host:",
            "redis://host:0x1",
            "redis://host:99999",
            "redis://host:6379/",
            "redis://host:6379/1",
            "redis://HOST:6379",
            "Redis://host:6379",
            "redis://user:password@host:6379",
            "redis://a b:6379",
            "redis://host:6379?x",
            "redis://[::1]",
            "http://host:6379",
            "host:6379",
            "redis+unix:///tmp/redis.sock",
        ] {
            assert_eq!(address(url, ""), None, "{url}");
        }
    }

    #[test]
    fn credentials_are_part_of_the_address_and_cannot_change_the_rest_of_it() {
        let with = |credentials| address("rediss://host:1", credentials).unwrap();
        assert_eq!(with("user:pass"), "rediss://user:pass@host:1");
        assert_eq!(with(":pass"), "rediss://:pass@host:1");
        assert_eq!(
            with("u@x/:p:@evil:6379/#"),
            "rediss://u%40x%2F:p%3A%40evil%3A6379%2F%23@host:1"
        );
        for not in ["user", "user:", ":", "a:b\n", ""] {
            assert!(RedisCredentials::parse(not).is_none(), "{not:?}");
        }
    }

    #[test]
    fn credentials_do_not_show_themselves() {
        let credentials = RedisCredentials::parse("walter:hunter2");
        let server = RedisServer::parse("redis://host:1", credentials.as_ref());
        let shown = format!("{credentials:?} {server:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("walter"),
            "{shown}"
        );
    }
}
