//! The command line of `portico-host dev`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use lexopt::ValueExt as _;
use portico_stand_in::cli::read_options;
use portico_stand_in::is_test_key;

use crate::run;

/// The port of the stand-in, which `stripe-mock` also listens on.
const STAND_IN_PORT: u16 = 12111;

pub(crate) const USAGE: &str = "\
Runs Portico with a fresh secret for tokens and two users, and prints lines to try it with.

Usage: portico-host dev [options]

  --listen <ADDRESS>       where to listen [default: 127.0.0.1:3000]
  --manifest <PATH>        the manifest [default: spin.toml]
  --wasm <PATH>            runs this Wasm in place of the manifest's
  --store <PATH>           keeps the store in this SQLite file; without it, it is in memory
  --variable <NAME=VALUE>  sets a variable of spin.toml; may be repeated
  --stand-in-port <PORT>   where the stand-in for Stripe listens [default: 12111]
  --stripe-key <KEY>       calls Stripe's test mode with this key (sk_test_… or rk_test_…) instead of a stand-in; with
                           `env`, the key is in the environment variable STRIPE_API_KEY
  --customer <ID>          with --stripe-key: the customer (cus_…) that the paid user is at Stripe
";

/// The options of `portico-host dev`.
pub(crate) struct Options {
    pub(super) listen: SocketAddr,
    pub(super) manifest: PathBuf,
    pub(super) wasm: Option<PathBuf>,
    pub(super) store: Option<PathBuf>,
    pub(super) variables: Vec<(String, String)>,
    stand_in_port: Option<u16>,
    stripe_key: Option<String>,
    customer: Option<String>,
}

/// The server that answers the calls to Stripe.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stripe {
    /// A stand-in on this machine.
    StandIn { port: u16 },
    /// Stripe itself, where nothing costs money.
    TestMode(TestMode),
}

/// The settings for Stripe's test mode.
#[derive(PartialEq, Eq)]
pub(super) struct TestMode {
    pub(super) key: String,
    pub(super) customer: String,
}

/// Shows everything but the key.
impl std::fmt::Debug for TestMode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TestMode({})", self.customer)
    }
}

impl Options {
    /// Reads the options from the rest of the command line.
    pub(crate) fn parse(line: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            listen: run::LISTEN.into(),
            manifest: run::MANIFEST.into(),
            wasm: None,
            store: None,
            variables: Vec::new(),
            stand_in_port: None,
            stripe_key: None,
            customer: None,
        };
        read_options(line, |name, line| {
            match name {
                "listen" => options.listen = line.value()?.string()?.parse()?,
                "manifest" => options.manifest = line.value()?.into(),
                "wasm" => options.wasm = Some(line.value()?.into()),
                "store" => options.store = Some(line.value()?.into()),
                "variable" => options.variables.push(run::name_and_value(line)?),
                "stand-in-port" => options.stand_in_port = Some(line.value()?.string()?.parse()?),
                "stripe-key" => options.stripe_key = Some(line.value()?.string()?),
                "customer" => options.customer = Some(line.value()?.string()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        ensure!(
            options.stripe_key.is_none() || options.stand_in_port.is_none(),
            "--stand-in-port cannot be used with --stripe-key"
        );
        ensure!(
            options.stripe_key.is_some() || options.customer.is_none(),
            "--customer needs --stripe-key"
        );
        Ok(options)
    }

    /// Chooses the server that answers the calls to Stripe.
    ///
    /// # Errors
    ///
    /// When the key or an identifier is not what it must be. The messages never show the key, since it may be a real
    /// one in the wrong place.
    pub(super) fn stripe(&self) -> Result<Stripe> {
        self.stripe_with(|name| std::env::var(name).ok())
    }

    fn stripe_with(&self, environment: impl Fn(&str) -> Option<String>) -> Result<Stripe> {
        let key = match self.stripe_key.as_deref() {
            None => {
                let port = self.stand_in_port.unwrap_or(STAND_IN_PORT);
                return Ok(Stripe::StandIn { port });
            }
            Some("env") => environment("STRIPE_API_KEY")
                .context("--stripe-key is `env`, but the environment has no STRIPE_API_KEY")?,
            Some(key) => key.to_owned(),
        };
        if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
            bail!(
                "this is a live key: `dev` would open real customers' billing. Use a key of the test mode \
                 (sk_test_… or rk_test_…), from https://dashboard.stripe.com/test/apikeys"
            );
        }
        ensure!(
            is_test_key(&key),
            "--stripe-key is not an API key of Stripe's test mode (sk_test_… or rk_test_…)"
        );
        let customer = self.customer.clone().context(
            "with --stripe-key, say with `--customer cus_…` which customer of your test mode the paid user is; \
             https://dashboard.stripe.com/test/customers lists them",
        )?;
        ensure!(
            customer.starts_with("cus_"),
            "--customer is not the id of a Stripe customer (cus_…)"
        );
        Ok(Stripe::TestMode(TestMode { key, customer }))
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;
    use lexopt::Parser;

    use super::{Options, Stripe, TestMode};

    fn parse(line: &str) -> Result<(Options, Stripe)> {
        let options = Options::parse(Parser::from_args(line.split_whitespace()))?;
        let stripe = options
            .stripe_with(|name| (name == "STRIPE_API_KEY").then(|| "rk_test_fromenv".to_owned()))?;
        Ok((options, stripe))
    }

    #[track_caller]
    fn refused(line: &str) -> String {
        match parse(line) {
            Ok((_, stripe)) => panic!("it is taken for {stripe:?}"),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn without_options_a_stand_in_is_used_on_the_usual_ports() {
        let (options, stripe) = parse("").expect("valid");
        assert_eq!(options.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(stripe, Stripe::StandIn { port: 12111 });
        assert!(options.store.is_none());
    }

    #[test]
    fn a_live_key_is_refused_and_not_repeated() {
        for kind in ["sk", "rk"] {
            let message = refused(&format!(
                "--stripe-key {kind}_live_verysecret --customer cus_1"
            ));
            assert!(
                message.contains("live key") && !message.contains("verysecret"),
                "{message}"
            );
        }
        let message = refused("--stripe-key pk_test_verysecret --customer cus_1");
        assert!(!message.contains("verysecret"), "{message}");
    }

    #[test]
    fn stripe_itself_needs_a_customer() {
        assert!(refused("--stripe-key sk_test_1").contains("--customer cus_…"));
        assert!(refused("--stripe-key sk_test_1 --customer user_1").contains("--customer is not"));
        let (_, stripe) = parse("--stripe-key sk_test_1 --customer cus_1").expect("valid");
        let expected = Stripe::TestMode(TestMode {
            key: "sk_test_1".to_owned(),
            customer: "cus_1".to_owned(),
        });
        assert_eq!(stripe, expected);
        assert!(!format!("{stripe:?}").contains("sk_test_1"));
    }

    #[test]
    fn the_key_can_be_in_the_environment() {
        let (_, stripe) = parse("--stripe-key env --customer cus_1").expect("valid");
        assert!(matches!(stripe, Stripe::TestMode(mode) if mode.key == "rk_test_fromenv"));
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        assert!(refused("--customer cus_1").contains("--stripe-key"));
        let both = refused("--stripe-key sk_test_1 --customer cus_1 --stand-in-port 1");
        assert!(
            both.contains("--stand-in-port") && both.contains("cannot be used with"),
            "{both}"
        );
        assert!(refused("--unknown").contains("--unknown"));
        assert!(refused("--listen nowhere").contains("--listen"));
        assert!(refused("--variable nothing").contains("name=value"));
        let message = refused("sk_live_verysecret");
        assert!(!message.contains("verysecret"), "{message}");
    }
}
