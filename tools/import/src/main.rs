//! `portico-import`: takes existing Stripe customers into Portico.
//!
//! It pages through the operator's customers at Stripe and rings Portico's webhook for each: a signed event that names
//! the customer and says nothing else of it. Portico then asks Stripe, and writes the record. So this program needs no
//! access to Portico's store, and can do nothing there that Stripe itself could not.
//!
//! In reading order: `options`, `secret`, `address` (what the operator gives), `map` and `customer` (what is read),
//! `event` (what is sent), `retry`, `pace` and `client` (how), `stripe` and `doorbell` (to whom), `progress` (what is
//! kept), `assignment` and `import` (the two passes), `report`.

mod address;
mod assignment;
mod client;
mod customer;
mod doorbell;
mod event;
mod import;
mod map;
mod options;
mod pace;
mod parallel;
mod progress;
mod report;
mod retry;
mod secret;
mod stripe;

use std::process::ExitCode;

use clap::Parser as _;

use crate::options::Options;

/// The run has ended, and Portico could not be reached for some customers. 1 is a run that was given up, and 2, of
/// `clap`, a command line that is not understood.
const SOME_FAILED: u8 = 3;

fn main() -> ExitCode {
    match import::run(&Options::parse()) {
        Ok(summary) => {
            print!("{}", report::text(&summary));
            if summary.progress.failed.is_empty() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(SOME_FAILED)
            }
        }
        Err(error) => {
            eprintln!("portico-import: {error:#}");
            ExitCode::FAILURE
        }
    }
}
