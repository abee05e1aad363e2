//! The command line.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Parser;

use crate::address::Address;

/// Takes existing Stripe customers into a running Portico.
///
/// The environment has the operator's key, `STRIPE_API_KEY`, and the webhook's signing secret, `STRIPE_WEBHOOK_SECRET`.
/// A run can be interrupted at any moment; the same command takes it up again.
#[derive(Debug, Parser)]
#[command(name = "portico-import")]
pub(crate) struct Options {
    /// Where Portico runs, such as `https://billing.example.com`
    #[arg(long, value_name = "URL", value_parser = Address::parse, required_unless_present = "dry_run")]
    pub(crate) portico: Option<Address>,

    /// First writes the users of this CSV file (columns `user` and `customer`, with or without a header) into the
    /// metadata of their customers at Stripe
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,

    /// Lets `--map` replace another user in a customer's metadata
    #[arg(long, requires = "map")]
    pub(crate) overwrite: bool,

    /// The metadata key that names the user at Stripe: Portico's `user_metadata_key`
    #[arg(long, value_name = "KEY", value_parser = metadata_key, default_value = "user_id")]
    pub(crate) user_metadata_key: String,

    /// Calls in a second, of Stripe and Portico together; by default 20 with a live key and 5 with a test key
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) rate: Option<u32>,

    /// How often a call is made that fails, before it is given up
    #[arg(long, value_name = "NUMBER", default_value = "6")]
    pub(crate) attempts: NonZeroU32,

    /// Only reads at Stripe, and says what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Where the progress is kept, so that a run can be taken up again
    #[arg(long, value_name = "FILE", default_value = "portico-import.json")]
    pub(crate) state: PathBuf,

    /// Forgets the progress of an earlier run and begins anew
    #[arg(long)]
    pub(crate) restart: bool,

    /// Where Stripe's API is
    #[arg(long, value_name = "URL", value_parser = Address::parse, default_value = "https://api.stripe.com")]
    pub(crate) api_base: Address,
}

/// Checks a metadata key (Stripe API, Metadata: at most 40 characters, no square brackets).
fn metadata_key(text: &str) -> Result<String, &'static str> {
    if text.is_empty() || text.chars().count() > 40 {
        return Err("a metadata key has 1 to 40 characters");
    }
    if text.contains(['[', ']']) || text.contains(char::is_control) {
        return Err("a metadata key has no square brackets and no control characters");
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::Options;

    fn parse(line: &str) -> Result<Options, clap::Error> {
        let program = ["portico-import"].into_iter();
        Options::try_parse_from(program.chain(line.split_whitespace()))
    }

    #[test]
    fn a_run_needs_to_know_where_portico_is_unless_it_only_reads() {
        assert!(parse("").is_err());
        assert!(parse("--portico https://billing.example.com").is_ok());
        assert!(parse("--dry-run").is_ok());
    }

    #[test]
    fn an_option_that_means_nothing_is_refused() {
        for line in [
            "--dry-run --overwrite",
            "--dry-run --rate 0",
            "--dry-run --rate 101",
            "--dry-run --attempts 0",
            "--dry-run --user-metadata-key a[b]",
            "--dry-run --api-base http://api.stripe.com",
            "--portico billing.example.com",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
