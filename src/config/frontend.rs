//! Reads the frontend's variables: the address that users come from and go back to.

use super::reader::{Noting, Reader};
use crate::base_path::BasePath;
use crate::origin::Origin;
use crate::text::is_visible_ascii;

/// The frontend that users come from and go back to.
pub(super) struct Frontend {
    /// The frontend's address, without a slash at its end.
    pub(super) url: String,
    /// The frontend's origin, and then the others whose pages may read the answers.
    pub(super) origins: Vec<Origin>,
}

pub(super) fn read(variables: &mut Reader<'_>) -> Noting<Frontend> {
    let frontend = variables.required("frontend_url").and_then(|url| {
        parse_url(&url).or_else(|message| variables.problem("frontend_url", message))
    });
    let mut origins = Vec::new();
    for item in variables.list("cors_origins") {
        match Origin::parse(&item) {
            Ok(origin) => origins.push(origin),
            Err(message) => return variables.problem("cors_origins", message),
        }
    }
    let (origin, url) = frontend?;
    origins.insert(0, origin);
    Ok(Frontend { url, origins })
}

/// The text for a `base_path` that is none.
pub(super) const NOT_A_BASE_PATH: &str =
    "must be a path like /billing: with a slash before it, none behind it, and no escapes";

/// Checks the path that all paths lie below. [`Config::base_path`](super::Config::base_path) reads it.
pub(super) fn check_base_path(variables: &mut Reader<'_>) -> Noting<()> {
    match BasePath::parse(&variables.text("base_path")) {
        Some(_) => Ok(()),
        None => variables.problem("base_path", NOT_A_BASE_PATH),
    }
}

fn parse_url(url: &str) -> Result<(Origin, String), &'static str> {
    let (origin, path) = Origin::split(url)?;
    let path = path.trim_end_matches('/');
    if path.contains(['?', '#', '\\']) || !is_visible_ascii(path) {
        return Err("must be a URL without query and fragment, e.g. https://app.example.com");
    }
    let url = format!("{origin}{path}");
    Ok((origin, url))
}
