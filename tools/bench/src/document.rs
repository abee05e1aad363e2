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

#[cfg(test)]
mod tests {
    use super::with_results;

    #[test]
    fn results_take_the_place_of_those_before_and_leave_the_rest_of_a_document() {
        let document = "# Title\n\n<!-- bench:begin -->\nold\n<!-- bench:end -->\n\nMore.\n";
        let expected = "# Title\n\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\n\nMore.\n";
        assert_eq!(with_results(document, "new\n").as_deref(), Some(expected));
        assert_eq!(with_results(expected, "new").as_deref(), Some(expected));
        assert_eq!(with_results("# Title\n", "new"), None);
    }
}
