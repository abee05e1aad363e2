//! The progress of an import, kept in a file so that the next run can go on from there.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use crate::customer::CustomerId;

/// The settings that two runs of one import share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Import {
    pub(crate) portico: String,
    pub(crate) api_base: String,
    pub(crate) livemode: bool,
    pub(crate) user_metadata_key: String,
}

/// How far an import has come. It has identifiers of customers, and nothing else of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Progress {
    pub(crate) import: Import,
    /// The last customer of the last page that is done.
    pub(crate) after: Option<CustomerId>,
    /// Whether that page was the last one.
    pub(crate) listed: bool,
    /// The customers that Portico is to be rung for once more, when all pages are done.
    pub(crate) again: BTreeSet<CustomerId>,
    /// How many customers Portico has, as far as is known.
    pub(crate) synced: u64,
    /// The customers whose user nothing at Stripe names.
    pub(crate) unlinked: BTreeSet<CustomerId>,
    /// The customers that Portico could not be told of.
    pub(crate) failed: BTreeSet<CustomerId>,
}

/// The result for one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Its user is named at Stripe, and Portico was told of it.
    Synced,
    /// Nothing at Stripe names its user, and Portico was told of it.
    Unlinked,
    /// Portico could not be told of it.
    Failed,
    /// It is no more.
    Deleted,
}

impl Progress {
    /// Nothing is done yet.
    pub(crate) fn new(import: Import) -> Self {
        Self {
            import,
            ..Self::default()
        }
    }

    /// Reads the progress of the same import; none where there is no file.
    pub(crate) fn load(path: &Path, import: &Import) -> Result<Option<Self>> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        let progress: Self = serde_json::from_slice(&text).with_context(|| {
            format!(
                "{} is not the progress of an import; `--state` names another file",
                path.display()
            )
        })?;
        ensure!(
            progress.import == *import,
            "{} has the progress of an import with other settings (mode of the key, `--portico`, `--api-base` or \
             `--user-metadata-key`): `--restart` forgets it, `--state` names another file",
            path.display()
        );
        Ok(Some(progress))
    }

    /// Puts the progress into its file. Whenever this is interrupted, the file is the earlier or the later one.
    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let written = (|| {
            let mut name = path.file_name().unwrap_or_default().to_owned();
            name.push(".new");
            let new = path.with_file_name(name);
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec(self)?)?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            anyhow::Ok(())
        })();
        written.with_context(|| format!("cannot write {}", path.display()))
    }

    /// Writes down what came of a customer that was met for the first time.
    pub(crate) fn record(&mut self, customer: &CustomerId, outcome: Outcome) {
        match outcome {
            Outcome::Synced => self.synced += 1,
            Outcome::Unlinked => {
                self.unlinked.insert(customer.clone());
            }
            Outcome::Failed => {
                self.failed.insert(customer.clone());
            }
            Outcome::Deleted => {}
        }
    }

    /// Writes down what came of a customer once more. One that was neither unlinked nor failed is counted already.
    pub(crate) fn record_again(&mut self, customer: &CustomerId, outcome: Outcome) {
        self.again.remove(customer);
        let unlinked = self.unlinked.remove(customer);
        let failed = self.failed.remove(customer);
        if unlinked || failed {
            self.record(customer, outcome);
        } else if outcome == Outcome::Failed {
            self.synced = self.synced.saturating_sub(1);
            self.record(customer, outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{Import, Outcome, Progress};
    use crate::customer::CustomerId;

    fn id(text: &str) -> CustomerId {
        CustomerId::parse(text).unwrap()
    }

    /// A file that is not there yet, for one test.
    fn file(name: &str) -> PathBuf {
        let name = format!("portico-import-{}-{name}.json", std::process::id());
        std::env::temp_dir().join(name)
    }

    #[test]
    fn progress_is_read_as_it_was_written_and_only_for_the_same_import() {
        let path = file("same");
        let import = Import {
            portico: "https://billing.example.com".to_owned(),
            ..Import::default()
        };
        assert_eq!(Progress::load(&path, &import).unwrap(), None);
        let mut progress = Progress::new(import.clone());
        progress.after = Some(id("cus_1"));
        progress.record(&id("cus_1"), Outcome::Unlinked);
        progress.save(&path).unwrap();
        progress.again.insert(id("cus_2"));
        progress.save(&path).unwrap();
        assert_eq!(Progress::load(&path, &import).unwrap(), Some(progress));
        let other = Import {
            livemode: true,
            ..import
        };
        assert!(Progress::load(&path, &other).is_err());
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_that_is_something_else_is_left_alone() {
        let path = file("else");
        for text in ["", "[]", "{}", "{\"import\":"] {
            fs::write(&path, text).unwrap();
            assert!(Progress::load(&path, &Import::default()).is_err(), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_done_again_is_counted_once() {
        let mut progress = Progress::default();
        progress.record(&id("cus_1"), Outcome::Synced);
        progress.record(&id("cus_2"), Outcome::Unlinked);
        progress.record(&id("cus_3"), Outcome::Failed);
        progress.record(&id("cus_4"), Outcome::Failed);
        progress.record_again(&id("cus_1"), Outcome::Synced);
        progress.record_again(&id("cus_2"), Outcome::Synced);
        progress.record_again(&id("cus_3"), Outcome::Unlinked);
        progress.record_again(&id("cus_4"), Outcome::Deleted);
        assert_eq!(progress.synced, 2);
        assert_eq!(progress.unlinked, [id("cus_3")].into());
        assert_eq!(progress.failed, [].into());
        progress.record_again(&id("cus_1"), Outcome::Failed);
        assert_eq!((progress.synced, progress.failed.len()), (1, 1));
    }
}
