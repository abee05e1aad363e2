//! The secrets of the environment. Neither type can be printed.

/// The operator's key of Stripe's API.
pub(crate) struct ApiKey {
    text: String,
    live: bool,
}

impl ApiKey {
    /// Checks the form of a key: `sk_` or `rk_`, the mode, and the rest (Stripe, API keys).
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let rest = ["sk_", "rk_"]
            .into_iter()
            .find_map(|kind| text.strip_prefix(kind));
        let mode = rest.and_then(|rest| rest.split_once('_'));
        let live = match mode {
            Some(("live", rest)) if is_word(rest) => true,
            Some(("test", rest)) if is_word(rest) => false,
            _ => {
                return Err(
                    "it must be a key of the form sk_live_…, rk_live_…, sk_test_… or rk_test_…",
                );
            }
        };
        Ok(Self {
            text: text.to_owned(),
            live,
        })
    }

    /// Whether the key is for real payments.
    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    pub(crate) fn expose(&self) -> &str {
        &self.text
    }
}

/// The secret by which events are signed.
pub(crate) struct WebhookSecret(String);

impl WebhookSecret {
    /// Checks the form of one secret, which is not a list.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        match text.strip_prefix("whsec_") {
            Some(rest) if is_word(rest) => Ok(Self(text.to_owned())),
            _ => Err("it must be one signing secret of the form whsec_…"),
        }
    }

    /// The whole secret, `whsec_` included, which is the key of the HMAC.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

/// Printable ASCII without blanks and commas.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b',')
}

#[cfg(test)]
mod tests {
    use super::{ApiKey, WebhookSecret};

    #[test]
    fn a_key_tells_its_mode() {
        for (text, live) in [
            ("sk_live_1", Some(true)),
            ("rk_live_1", Some(true)),
            ("sk_test_1", Some(false)),
            (" rk_test_1\n", Some(false)),
            ("pk_live_1", None),
            ("sk_live_", None),
            ("sk_org_live_1", None),
            ("sk_test_1 2", None),
            ("", None),
        ] {
            let key = ApiKey::parse(text);
            assert_eq!(key.ok().map(|key| key.is_live()), live, "{text}");
        }
    }

    #[test]
    fn a_signing_secret_is_a_single_one() {
        assert!(WebhookSecret::parse("whsec_abc+/=").is_ok());
        for text in ["", "whsec_", "abc", "whsec_a,whsec_b", "whsec_a whsec_b"] {
            assert!(WebhookSecret::parse(text).is_err(), "{text}");
        }
    }
}
