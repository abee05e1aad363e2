//! Portico beside the least that its platform costs, and beside services that do the same, measured on this machine in
//! one run: `cargo xtask bench`.
//!
//! Each contender is a process of its own with a core of its own. This process has another core, and is the load and
//! the stand-in for Stripe, which answers at once. A contender's cost is its use by Linux's accounts, so neither the
//! load nor the stand-in is part of it, nor any other work of the machine at the time.
//!
//! Every case of every contender is measured in every round, and figures are compared within a round: a machine that is
//! slower for a while is so for all.
//!
//! In reading order: `contenders`, `cases`, `check`, `load`, `starts`, then the evaluation in `results` and `report`.

mod accounts;
mod cases;
mod check;
mod client;
mod contenders;
mod load;
mod machine;
mod options;
mod process;
mod report;
mod results;
mod starts;
mod statistics;
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser as _;
use portico_stand_in::StripeStandIn;

use crate::cases::Case;
use crate::contenders::{CUSTOMER, Contender, ROOT, Setting};
use crate::machine::Cores;
use crate::options::{Extent, Options};
use crate::process::Process;
use crate::results::Results;
use crate::starts::Starts;
use crate::tokens::Keys;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let options = Options::parse();
    if !cfg!(target_os = "linux") {
        bail!("what processes use is read from /proc, which is Linux's");
    }
    let (contenders, absent) = Contender::all()?;
    for sentence in &absent {
        eprintln!("{sentence}");
    }
    // Before there is any other thread, which would stay where it is.
    let cores = Cores::divide()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let results = runtime.block_on(measure(contenders, &cores, &options))?;
    let report = report(&results, &cores, options.extent())?;
    println!("{report}");
    for sentence in &absent {
        println!("{sentence}");
    }
    Ok(())
}

async fn measure(contenders: Vec<Contender>, cores: &Cores, options: &Options) -> Result<Results> {
    let extent = options.extent();
    let keys = Keys::new()?;
    let stripe = StripeStandIn::start("127.0.0.1:0").await?;
    stripe.add_customer(CUSTOMER, false);
    let setting = Setting::new(stripe.origin(), &keys)?;
    let cases = Case::all(&keys)?;
    let wanted = |contender: &Contender, case: &Case| {
        case.is_for(contender) && options.wants(&format!("{}: {}", contender.name, case.label()))
    };
    let contenders: Vec<_> = contenders
        .into_iter()
        .filter(|contender| {
            options.wants(&starts_label(contender))
                || cases.iter().any(|case| wanted(contender, case))
        })
        .collect();
    ensure!(!contenders.is_empty(), "nothing has such a name");

    for contender in &contenders {
        eprintln!("checking {}", contender.name);
        check::check(contender, &setting, &keys, &stripe, cores).await?;
    }

    let mut starts = BTreeMap::new();
    for contender in &contenders {
        if options.wants(&starts_label(contender)) {
            starts.insert(contender.name, Starts::default());
        }
    }
    let rounds = if starts.is_empty() { 0 } else { extent.starts };
    for round in 0..rounds {
        eprintln!("starts: round {} of {rounds}", round + 1);
        for contender in &contenders {
            if let Some(starts) = starts.get_mut(contender.name) {
                if round < extent.compilations {
                    starts
                        .measure_uncompiled(contender, &setting, &keys, cores)
                        .await?;
                }
                starts.measure(contender, &setting, &keys, cores).await?;
                stripe.clear();
            }
        }
    }

    let mut running = Vec::new();
    for contender in &contenders {
        let process = Process::start(contender, &setting, cores, None)?;
        running.push((contender, process));
    }
    let mut samples: BTreeMap<_, Vec<_>> = BTreeMap::new();
    // The first round does not count: programs compile what is used much, and find their size.
    for round in 0..=extent.rounds {
        eprintln!("load: round {round} of {}", extent.rounds);
        for (number, case) in cases.iter().enumerate() {
            for (contender, process) in &mut running {
                if !wanted(contender, case) {
                    continue;
                }
                let sample = load::measure(process, case, &stripe, extent.duration)
                    .await
                    .with_context(|| format!("{}: {}", contender.name, case.label()))?;
                if round > 0 {
                    samples
                        .entry((contender.name, number))
                        .or_default()
                        .push(sample);
                }
            }
        }
    }
    for (contender, process) in running {
        if let Some(starts) = starts.get_mut(contender.name) {
            starts.after_load = Some(process.memory()?);
        }
        process.end()?;
    }
    Ok(Results {
        contenders: contenders.iter().map(|contender| contender.name).collect(),
        cases,
        samples,
        starts,
    })
}

/// Returns the name by which filters know the measurements of starts.
fn starts_label(contender: &Contender) -> String {
    format!("{}: starts", contender.name)
}

/// Writes the whole report, in Markdown.
fn report(results: &Results, cores: &Cores, extent: &Extent) -> Result<String> {
    let wasm = Path::new(ROOT).join("target/wasm32-wasip1/release/portico.wasm");
    let size = fs::metadata(wasm)
        .context("there is no Wasm; `cargo xtask bench` builds it")?
        .len();
    let own = results.own().map_or_else(String::new, |own| {
        format!(" For a session, the load and the stand-in took {own:.0} µs of their core.")
    });
    Ok(format!(
        "{}\n{}{own} Medians of {} rounds of {} ms for each case. Wasm of {size} bytes.\n\n{}",
        machine::describe()?,
        cores.describe(),
        extent.rounds,
        extent.duration.as_millis(),
        report::tables(results),
    ))
}
