//! The place in a document that the benchmark writes. Pure.

/// Before and after what was measured.
const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// The document with this text between its markers; `None` if it has not one of each, in their order.
pub(crate) fn with_results(document: &str, results: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    if after.contains(BEGIN) || after.contains(END) {
        return None;
    }
    let results = results.trim();
    Some(format!("{before}{BEGIN}\n\n{results}\n\n{END}{after}"))
}
