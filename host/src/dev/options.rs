//! The command line of `portico-host dev`.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use lexopt::{Arg, Parser, ValueExt as _};

use crate::run;

const USAGE: &str = "\
Usage: cargo xtask dev [options]
       portico-host dev [options]

Runs Portico with a fresh secret for tokens and two users, and prints lines to try it with.

  --listen <address>          where to listen; 127.0.0.1:3000 by default
  --manifest <path>           the manifest; spin.toml by default
  --store <path>              keeps the store in this SQLite file; without it, it is in memory
  --variable <name>=<value>   sets a variable of spin.toml; may be repeated
  --stand-in-port <port>      where the stand-in for Stripe listens; 12111 by default
  --stripe-key <key>          calls Stripe's test mode with this key (sk_test_… or rk_test_…) instead of a stand-in;
                              with `env`, the key is in the environment variable STRIPE_API_KEY
  --customer <id>             with --stripe-key: the customer (cus_…) that the paid user is at Stripe
  --subscription <id>         with --stripe-key: a subscription (sub_…) of that customer, for the page's \"Cancel\"
  --help                      shows this
";

/// What the command line says.
#[derive(Debug)]
pub(crate) struct Options {
    pub(super) listen: SocketAddr,
    pub(super) manifest: PathBuf,
    pub(super) store: Option<PathBuf>,
    pub(super) variables: Vec<(String, String)>,
    pub(super) stripe: Stripe,
}

/// Who answers the calls to Stripe.
#[derive(PartialEq, Eq)]
pub(super) enum Stripe {
    /// A stand-in on this machine.
    StandIn { port: u16 },
    /// Stripe itself, where nothing costs money.
    TestMode {
        key: String,
        customer: String,
        subscription: Option<String>,
    },
}

/// Shows everything but the key.
impl std::fmt::Debug for Stripe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::StandIn { port } => write!(f, "StandIn({port})"),
            Self::TestMode { customer, .. } => write!(f, "TestMode({customer})"),
        }
    }
}

impl Options {
    /// Reads the rest of the command line. `None` means that it asked for help, which it got.
    pub(crate) fn parse(arguments: Parser) -> Result<Option<Self>> {
        Self::parse_with(arguments, |name| std::env::var(name).ok())
    }

    fn parse_with(
        mut arguments: Parser,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>> {
        let mut listen = SocketAddr::from(([127, 0, 0, 1], 3000));
        let mut manifest = PathBuf::from("spin.toml");
        let mut store = None;
        let mut variables = Vec::new();
        let mut port = None;
        let mut key = None;
        let mut customer = None;
        let mut subscription = None;
        while let Some(argument) = arguments.next()? {
            match argument {
                Arg::Long("listen") => listen = run::address(&arguments.value()?.string()?)?,
                Arg::Long("manifest") => manifest = arguments.value()?.into(),
                Arg::Long("store") => store = Some(arguments.value()?.into()),
                Arg::Long("variable") => {
                    variables.push(run::variable(&arguments.value()?.string()?)?);
                }
                Arg::Long("stand-in-port") => port = Some(arguments.value()?.parse()?),
                Arg::Long("stripe-key") => key = Some(arguments.value()?.string()?),
                Arg::Long("customer") => customer = Some(arguments.value()?.string()?),
                Arg::Long("subscription") => subscription = Some(arguments.value()?.string()?),
                Arg::Short('h') | Arg::Long("help") => {
                    print!("{USAGE}");
                    return Ok(None);
                }
                _ => return Err(argument.unexpected().into()),
            }
        }
        let key = match key.as_deref() {
            Some("env") => Some(
                environment("STRIPE_API_KEY")
                    .context("--stripe-key is `env`, but the environment has no STRIPE_API_KEY")?,
            ),
            _ => key,
        };
        let stripe = if let Some(key) = key {
            ensure!(
                port.is_none(),
                "with --stripe-key there is no stand-in, so --stand-in-port has no meaning"
            );
            test_mode(key, customer, subscription)?
        } else {
            ensure!(
                customer.is_none(),
                "--customer is for --stripe-key; the stand-in has a customer of its own"
            );
            ensure!(
                subscription.is_none(),
                "--subscription is for --stripe-key; the stand-in's customer has a subscription of its own"
            );
            let port = port.unwrap_or(12111);
            Stripe::StandIn { port }
        };
        Ok(Some(Self {
            listen,
            manifest,
            store,
            variables,
            stripe,
        }))
    }
}

/// Messages here never show the key, since it may be a real one in the wrong place.
fn test_mode(
    key: String,
    customer: Option<String>,
    subscription: Option<String>,
) -> Result<Stripe> {
    if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
        bail!(
            "this is a live key: `dev` would open real customers' billing. Use a key of the test mode (sk_test_… or \
             rk_test_…), from https://dashboard.stripe.com/test/apikeys"
        );
    }
    ensure!(
        key.starts_with("sk_test_") || key.starts_with("rk_test_"),
        "--stripe-key is not an API key of Stripe's test mode (sk_test_… or rk_test_…)"
    );
    let customer = customer.context(
        "with --stripe-key, say with `--customer cus_…` which customer of your test mode the paid user is; \
         https://dashboard.stripe.com/test/customers lists them",
    )?;
    ensure!(
        customer.starts_with("cus_"),
        "--customer is not the id of a Stripe customer (cus_…)"
    );
    ensure!(
        subscription
            .as_deref()
            .is_none_or(|id| id.starts_with("sub_")),
        "--subscription is not the id of a Stripe subscription (sub_…)"
    );
    Ok(Stripe::TestMode {
        key,
        customer,
        subscription,
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Result;
    use lexopt::Parser;

    use super::{Options, Stripe};

    fn parse(line: &str) -> Result<Option<Options>> {
        let environment =
            |name: &str| (name == "STRIPE_API_KEY").then(|| "rk_test_fromenv".to_owned());
        Options::parse_with(Parser::from_args(line.split_whitespace()), environment)
    }

    #[track_caller]
    fn refused(line: &str) -> String {
        format!("{:#}", parse(line).expect_err("a refusal"))
    }

    #[test]
    fn without_options_a_stand_in_is_used_on_the_usual_ports() {
        let options = parse("").expect("valid").expect("no help");
        assert_eq!(options.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(options.stripe, Stripe::StandIn { port: 12111 });
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
        let options = parse("--stripe-key sk_test_1 --customer cus_1")
            .expect("valid")
            .expect("no help");
        let expected = Stripe::TestMode {
            key: "sk_test_1".to_owned(),
            customer: "cus_1".to_owned(),
            subscription: None,
        };
        assert_eq!(options.stripe, expected);
        assert!(!format!("{options:?}").contains("sk_test_1"));
    }

    #[test]
    fn the_key_can_be_in_the_environment() {
        let options = parse("--stripe-key env --customer cus_1")
            .expect("valid")
            .expect("no help");
        assert!(matches!(options.stripe, Stripe::TestMode { key, .. } if key == "rk_test_fromenv"));
    }

    #[test]
    fn options_that_contradict_each_other_are_refused() {
        assert!(refused("--customer cus_1").contains("--stripe-key"));
        assert!(refused("--subscription sub_1").contains("--stripe-key"));
        assert!(
            refused("--stripe-key sk_test_1 --customer cus_1 --subscription 1")
                .contains("--subscription is not")
        );
        assert!(
            refused("--stripe-key sk_test_1 --customer cus_1 --stand-in-port 1")
                .contains("no meaning")
        );
        assert!(refused("--unknown").contains("--unknown"));
        assert!(refused("--variable nothing").contains("name=value"));
    }
}
