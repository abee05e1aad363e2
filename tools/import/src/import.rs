//! The whole of it: the users of the map, then all pages of customers, then those that are due once more.

use std::env;
use std::fs;
use std::io::ErrorKind;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::address::Address;
use crate::assignment::Assignments;
use crate::client::Client;
use crate::customer::{Customer, CustomerId, Link};
use crate::doorbell::{Doorbell, Rung};
use crate::options::Options;
use crate::parallel;
use crate::progress::{Import, Outcome, Progress};
use crate::secret::{ApiKey, WebhookSecret};
use crate::stripe::Stripe;

/// Calls in a second, unless the operator says otherwise. Portico makes one or two calls to Stripe for each customer, so
/// both stay well below Stripe's limits, 100 and 25 in a second (Stripe, Rate limits).
const LIVE_RATE: u32 = 20;
const TEST_RATE: u32 = 5;

/// A page on which so many customers failed, and no other did not, says that Portico is down.
const DOWN: usize = 20;

/// How many customers are due once more at a time.
const CHUNK: usize = 100;

/// The result of a run.
pub(crate) struct Summary {
    pub(crate) progress: Progress,
    pub(crate) dry_run: bool,
}

/// Does what the command line says, up to the end.
pub(crate) fn run(options: &Options) -> Result<Summary> {
    let key = environment("STRIPE_API_KEY", ApiKey::parse)?;
    let secret = if options.dry_run {
        None
    } else {
        Some(environment("STRIPE_WEBHOOK_SECRET", WebhookSecret::parse)?)
    };
    let live = key.is_live();
    let rate = if live { LIVE_RATE } else { TEST_RATE };
    let client = Client::new(options.rate.unwrap_or(rate), options.attempts.get());
    let stripe = Stripe {
        client: &client,
        base: &options.api_base,
        key: &key,
    };
    let doorbell = match (&options.portico, &secret) {
        (Some(portico), Some(secret)) => Some(Doorbell {
            client: &client,
            portico,
            secret,
            live,
        }),
        _ => None,
    };
    let run = Run {
        options,
        stripe,
        doorbell,
    };
    let mut progress = run.begin(live)?;
    if let Some(map) = &options.map {
        run.assign(map, &mut progress)?;
    }
    run.pages(&mut progress)?;
    run.once_more(&mut progress)?;
    run.end(&progress)?;
    Ok(Summary {
        progress,
        dry_run: options.dry_run,
    })
}

/// A variable of the environment, which is never shown.
fn environment<T>(name: &str, parse: impl Fn(&str) -> Result<T, &'static str>) -> Result<T> {
    let value = env::var(name).map_err(|_| anyhow!("{name} is not set"))?;
    parse(&value).map_err(|problem| anyhow!("{name}: {problem}"))
}

struct Run<'a> {
    options: &'a Options,
    stripe: Stripe<'a>,
    /// None where nothing is to be rung.
    doorbell: Option<Doorbell<'a>>,
}

impl Run<'_> {
    /// Reads the progress that an earlier run has left. Customers that failed then are due once more.
    fn begin(&self, live: bool) -> Result<Progress> {
        let options = self.options;
        let import = Import {
            portico: options
                .portico
                .as_ref()
                .map_or("", Address::as_str)
                .to_owned(),
            api_base: options.api_base.as_str().to_owned(),
            livemode: live,
            user_metadata_key: options.user_metadata_key.clone(),
        };
        if options.dry_run || options.restart {
            return Ok(Progress::new(import));
        }
        let Some(mut progress) = Progress::load(&options.state, &import)? else {
            return Ok(Progress::new(import));
        };
        progress.again.extend(progress.failed.iter().cloned());
        eprintln!("going on where {} says", options.state.display());
        Ok(progress)
    }

    /// Keeps the progress, unless nothing is done.
    fn save(&self, progress: &Progress) -> Result<()> {
        if self.options.dry_run {
            return Ok(());
        }
        progress.save(&self.options.state)
    }

    /// Writes the users of a map.
    fn assign(&self, map: &std::path::Path, progress: &mut Progress) -> Result<()> {
        let key = &self.options.user_metadata_key;
        let assignments = Assignments::check(&self.stripe, map, key, self.options.overwrite)?;
        if self.options.dry_run {
            return Ok(());
        }
        if progress.after.is_some() || progress.listed {
            // Their pages may be done.
            let customers = assignments.lines().iter().map(|line| line.customer.clone());
            progress.again.extend(customers);
            self.save(progress)?;
        }
        assignments.write(&self.stripe, key)
    }

    /// Rings for all customers, page by page.
    fn pages(&self, progress: &mut Progress) -> Result<()> {
        while !progress.listed {
            let page = self.stripe.page(progress.after.as_ref())?;
            let mut customers = Vec::new();
            for object in &page.customers {
                let customer = Customer::read(object, &self.options.user_metadata_key);
                customers.push(customer.context("Stripe lists a customer without an identifier")?);
            }
            let outcomes = parallel::map(&customers, |customer| self.ring(customer))?;
            if outcomes.len() >= DOWN && outcomes.iter().all(|outcome| *outcome == Outcome::Failed)
            {
                bail!(
                    "Portico failed for all {} customers of a page, so the run stops here; the same command takes it up \
                     again",
                    outcomes.len()
                );
            }
            for (customer, outcome) in customers.iter().zip(outcomes) {
                progress.record(&customer.id, outcome);
            }
            if let Some(last) = customers.last() {
                progress.after = Some(last.id.clone());
            }
            progress.listed = !page.has_more || customers.is_empty();
            self.save(progress)?;
            tell(progress);
        }
        Ok(())
    }

    /// Rings for those that are due once more.
    fn once_more(&self, progress: &mut Progress) -> Result<()> {
        let due: Vec<CustomerId> = progress.again.iter().cloned().collect();
        for customers in due.chunks(CHUNK) {
            let outcomes = parallel::map(customers, |id| {
                let Some(object) = self.stripe.customer(id)? else {
                    return Ok(Outcome::Deleted);
                };
                let customer = Customer::read(&object, &self.options.user_metadata_key);
                self.ring(&customer.context("Stripe has a customer without an identifier")?)
            })?;
            for (customer, outcome) in customers.iter().zip(outcomes) {
                progress.record_again(customer, outcome);
            }
            self.save(progress)?;
            tell(progress);
        }
        Ok(())
    }

    /// Rings for a customer. It counts as unlinked where nothing at Stripe names its user; Portico, which may know the
    /// user by itself, is rung all the same.
    fn ring(&self, customer: &Customer) -> Result<Outcome> {
        let link = match customer.link {
            Link::Unknown => {
                let subscriptions = self.stripe.subscriptions(&customer.id)?;
                Link::of(&subscriptions, &self.options.user_metadata_key)
            }
            link => link,
        };
        if let Some(doorbell) = &self.doorbell
            && let Rung::Failed(reason) = doorbell.ring(&customer.id)?
        {
            eprintln!("{}: {reason}", customer.id);
            return Ok(Outcome::Failed);
        }
        Ok(match link {
            Link::Found => Outcome::Synced,
            Link::Missing | Link::Unknown => Outcome::Unlinked,
        })
    }

    /// Forgets the progress, unless some customers failed, which the next run then tries again.
    fn end(&self, progress: &Progress) -> Result<()> {
        let state = &self.options.state;
        if self.options.dry_run {
            return Ok(());
        }
        if !progress.failed.is_empty() {
            eprintln!("the same command tries the failed customers again");
            return Ok(());
        }
        match fs::remove_file(state) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", state.display()))
            }
            _ => Ok(()),
        }
    }
}

/// How far it is.
fn tell(progress: &Progress) {
    let (unlinked, failed) = (progress.unlinked.len() as u64, progress.failed.len() as u64);
    eprintln!(
        "{} customers: {} synced, {unlinked} unlinked, {failed} failed",
        progress.synced + unlinked + failed,
        progress.synced
    );
}
