//! The page that stands for an invoice, its PDF or a receipt.

use super::html::{escape, page};
use crate::error::ACCOUNT;
use crate::state::Shared;
use crate::wire::Answer;

/// Returns the document at this path; `None` if there can be none.
pub(crate) fn answer(shared: &Shared, path: &str) -> Option<Answer> {
    let segments: Vec<&str> = path.split('/').collect();
    let (name, id) = match segments[..] {
        ["", "i", ACCOUNT, id] => ("Invoice", id),
        ["", "invoice", ACCOUNT, id, "pdf"] => ("PDF of the invoice", id),
        ["", "receipts", "payment", id] => ("Receipt", id),
        _ => return None,
    };
    let state = shared.lock();
    let mut modes = [false, true].into_iter();
    if modes.all(|live| state.objects.get(id, live).is_none()) {
        let gone = "<h1>This document does not exist or its address has expired.</h1>";
        return Some(page(404, name, gone));
    }
    let content = format!(
        "<p class=\"mode\">stand-in for Stripe</p>\n<h1>{name}</h1>\n<p>Stripe shows it here: <code>{}</code></p>",
        escape(id)
    );
    Some(page(200, name, &content))
}
