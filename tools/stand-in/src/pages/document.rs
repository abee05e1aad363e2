//! The page that stands for an invoice, its PDF or a receipt.

use super::html::{escape, page};
use crate::resources::document;
use crate::state::Shared;
use crate::wire::Answer;

/// Returns the document at this path; `None` if there can be none.
pub(crate) fn answer(shared: &Shared, path: &str) -> Option<Answer> {
    let (name, id) = document::at(path)?;
    if !shared.lock().objects.contains(id) {
        return Some(page(
            404,
            name,
            "<h1>This document does not exist or its address has expired.</h1>",
        ));
    }
    let content = format!(
        "<p class=\"mode\">stand-in for Stripe</p>\n<h1>{name}</h1>\n<p>Stripe shows it here: <code>{}</code></p>",
        escape(id)
    );
    Some(page(200, name, &content))
}
