//! The query of a list, which chooses a part of it.

use percent_encoding::percent_decode_str;

use crate::stripe::list::{Cursor, Part};
use crate::text::parse_digits;

/// The rules for a list's query.
pub(in crate::routes) struct Rules {
    /// The length of a page where the query chooses none.
    pub(in crate::routes) default_limit: u64,
    /// The prefixes of the identifiers of the list's items.
    pub(in crate::routes) prefixes: &'static [&'static str],
    /// The message for a caller whose `starting_after` is none.
    pub(in crate::routes) not_an_id: &'static str,
}

impl Rules {
    /// Reads a query (WHATWG URL, `application/x-www-form-urlencoded` parsing, without its leniency: a parameter comes
    /// once, is known, and has a value of its form). The error is one sentence for the developer.
    pub(super) fn read(&self, query: &str) -> Result<Part, &'static str> {
        let (mut limit, mut starting_after) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name);
            let place = match name.as_deref() {
                Some("limit") => &mut limit,
                Some("starting_after") => &mut starting_after,
                Some("offset") => {
                    return Err(
                        "There is no offset, because Stripe has none; go on with starting_after.",
                    );
                }
                _ => {
                    return Err("The query may only have the parameters limit and starting_after.");
                }
            };
            let value = decode(value).unwrap_or_default();
            if place.replace(value).is_some() {
                return Err("A parameter may come once only.");
            }
        }
        Ok(Part {
            limit: limit.map_or(Ok(self.default_limit), |limit| {
                parse_digits(&limit)
                    .filter(|number| (1..=100).contains(number) && !limit.starts_with('0'))
                    .ok_or("limit must be a whole number from 1 to 100.")
            })?,
            starting_after: starting_after
                .map(|id| Cursor::parse(&id, self.prefixes).ok_or(self.not_an_id))
                .transpose()?,
        })
    }
}

/// Decodes a name or a value; `None` if it is not UTF-8. A plus sign would be a blank, which no parameter may have.
fn decode(text: &str) -> Option<String> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stripe::charge::PREFIXES;

    const NOT_AN_ID: &str = "starting_after must be a charge.";

    fn read(query: &str) -> Result<(u64, Option<String>), &'static str> {
        let rules = Rules {
            default_limit: 20,
            prefixes: PREFIXES,
            not_an_id: NOT_AN_ID,
        };
        let part = rules.read(query)?;
        let id = part.starting_after.as_ref().map(Cursor::as_str);
        Ok((part.limit, id.map(str::to_owned)))
    }

    #[test]
    fn a_query_chooses_the_length_of_a_page_and_where_it_begins() {
        for (query, limit, id) in [
            ("", 20, None),
            ("&", 20, None),
            ("limit=1", 1, None),
            ("limit=100&", 100, None),
            ("starting_after=ch_1", 20, Some("ch_1")),
            ("starting_after=py_1&limit=7", 7, Some("py_1")),
            ("%6cimit=%37&starting%5Fafter=ch%5F1", 7, Some("ch_1")),
        ] {
            assert_eq!(read(query), Ok((limit, id.map(str::to_owned))), "{query}");
        }
    }

    #[test]
    fn a_limit_is_a_whole_number_from_1_to_100() {
        for limit in [
            "",
            "0",
            "101",
            "010",
            "-1",
            "+1",
            "1.0",
            "1e1",
            " 1",
            "1+",
            "ten",
            "\u{661}",
            "%31%20",
            "99999999999999999999",
            "%ff",
            "null",
        ] {
            let query = format!("limit={limit}");
            let told = "limit must be a whole number from 1 to 100.";
            assert_eq!(read(&query), Err(told), "{query}");
        }
    }

    #[test]
    fn a_cursor_is_an_identifier_of_the_lists_items() {
        for id in [
            "",
            "ch_",
            "in_1",
            "ch_1/..",
            "ch_%00",
            "ch_1%26customer=cus_2",
            "CH_1",
            "pi_1",
            "ch_+1",
        ] {
            let query = format!("starting_after={id}");
            assert_eq!(read(&query), Err(NOT_AN_ID), "{query}");
        }
    }

    #[test]
    fn what_is_unknown_or_comes_twice_is_refused() {
        for (query, told) in [
            ("offset=10", "There is no offset"),
            ("limit=1&offset=", "There is no offset"),
            ("page=2", "The query may only"),
            ("customer=cus_2", "The query may only"),
            ("Limit=1", "The query may only"),
            ("limit[]=1", "The query may only"),
            ("=", "The query may only"),
            ("%ff=1", "The query may only"),
            ("ending_before=ch_1", "The query may only"),
            ("limit=1&limit=1", "A parameter may come once"),
            ("limit=1&%6cimit=2", "A parameter may come once"),
            (
                "starting_after=ch_1&starting_after=ch_1",
                "A parameter may come once",
            ),
        ] {
            let refused = read(query).unwrap_err();
            assert!(refused.starts_with(told), "{query}: {refused}");
        }
    }

    proptest! {
        #[test]
        fn a_query_that_is_taken_says_what_url_libraries_read_in_it(
            query in "((limit|starting_after|offset|l%69mit)=(ch_|py_|%63h_|1|9|00|%3[0-9]|[ -~\u{e9}]){0,3}&?){0,3}",
        ) {
            if let Ok((limit, id)) = read(&query) {
                let read: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).collect();
                let of = |name: &str| read.iter().find(|(n, _)| n == name).map(|(_, v)| v.to_string());
                prop_assert_eq!(of("limit").map_or(20, |text| text.parse().unwrap()), limit);
                prop_assert_eq!(of("starting_after"), id);
                prop_assert!((1..=100).contains(&limit));
                prop_assert!(of("offset").is_none());
            }
        }
    }
}
