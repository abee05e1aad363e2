//! Stripe's search query language, as far as it concerns customers.
//!
//! <https://docs.stripe.com/search#search-query-language>

use serde_json::Value;

use crate::error::StripeError;

/// Clauses of which all must hold, or of which one must.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Query {
    clauses: Vec<Clause>,
    any: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Clause {
    negated: bool,
    field: Field,
    operator: Operator,
    value: String,
}

#[derive(Debug, PartialEq, Eq)]
enum Field {
    Member(&'static str),
    Metadata(String),
}

#[derive(Debug, PartialEq, Eq)]
enum Operator {
    /// Equality but for case.
    Is,
    /// A part of the text, but for case.
    Contains,
    /// There is no value.
    IsNull,
}

/// Customers' fields that are text, and whether a part of it can be searched for.
const FIELDS: [(&str, bool); 3] = [("email", true), ("name", true), ("phone", false)];

impl Query {
    /// Reads a query such as `metadata['user']:'u_1' AND -email:"a@example.com"`. Within quotation marks of either
    /// kind, a backslash stands before a mark or a backslash that is meant as it is.
    pub(super) fn parse(query: &str) -> Result<Self, StripeError> {
        let mut reader = Reader(query.trim());
        let mut parsed = Self {
            clauses: Vec::new(),
            any: false,
        };
        let mut operator = None;
        loop {
            parsed.clauses.push(reader.clause().ok_or_else(unreadable)?);
            if !reader.skip_blanks() && !reader.0.is_empty() {
                return Err(unreadable());
            }
            if reader.0.is_empty() {
                return Ok(parsed);
            }
            let any = if reader.take("OR ") {
                true
            } else {
                // A blank alone means AND.
                reader.take("AND ");
                false
            };
            if operator.is_some_and(|other| other != any) {
                return Err(StripeError::invalid_request(
                    "Search queries cannot combine AND and OR. Use one of them in a query.",
                )
                .with_param("query"));
            }
            operator = Some(any);
            parsed.any = any;
            reader.skip_blanks();
        }
    }

    pub(super) fn finds(&self, customer: &Value) -> bool {
        let mut clauses = self.clauses.iter();
        if self.any {
            clauses.any(|clause| clause.finds(customer))
        } else {
            clauses.all(|clause| clause.finds(customer))
        }
    }
}

impl Clause {
    fn finds(&self, customer: &Value) -> bool {
        let value = match &self.field {
            Field::Member(name) => &customer[*name],
            Field::Metadata(key) => &customer["metadata"][key],
        };
        let value = value.as_str().map(str::to_lowercase);
        let wanted = self.value.to_lowercase();
        let found = match self.operator {
            Operator::Is => value.is_some_and(|value| value == wanted),
            Operator::Contains => value.is_some_and(|value| value.contains(&wanted)),
            Operator::IsNull => value.is_none(),
        };
        found != self.negated
    }
}

/// What is left of the query.
struct Reader<'q>(&'q str);

impl Reader<'_> {
    fn clause(&mut self) -> Option<Clause> {
        let negated = self.take("-");
        let (field, has_parts) = self.field()?;
        let operator = if self.take(":") {
            Operator::Is
        } else if has_parts && self.take("~") {
            Operator::Contains
        } else {
            return None;
        };
        if operator == Operator::Is && self.take("null") {
            return Some(Clause {
                negated,
                field,
                operator: Operator::IsNull,
                value: String::new(),
            });
        }
        let value = self.quoted()?;
        // At Stripe, a part has three characters at least.
        let too_short = operator == Operator::Contains && value.chars().count() < 3;
        (!too_short).then_some(Clause {
            negated,
            field,
            operator,
            value,
        })
    }

    /// A field, and whether a part of its text can be searched for.
    fn field(&mut self) -> Option<(Field, bool)> {
        if self.take("metadata[") {
            let key = self.quoted()?;
            return self.take("]").then_some((Field::Metadata(key), false));
        }
        let (name, has_parts) = FIELDS.into_iter().find(|(name, _)| self.take(name))?;
        Some((Field::Member(name), has_parts))
    }

    fn quoted(&mut self) -> Option<String> {
        let mark = self
            .0
            .chars()
            .next()
            .filter(|mark| matches!(mark, '\'' | '"'))?;
        let mut text = String::new();
        let mut characters = self.0.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some((_, escaped @ ('\\' | '\'' | '"'))) => text.push(escaped),
                    _ => return None,
                },
                _ if character == mark => {
                    self.0 = self.0.get(at + 1..)?;
                    return Some(text);
                }
                _ => text.push(character),
            }
        }
        None
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.0.strip_prefix(text);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_blanks(&mut self) -> bool {
        let before = self.0.len();
        self.0 = self.0.trim_start();
        self.0.len() < before
    }
}

fn unreadable() -> StripeError {
    StripeError::invalid_request(
        "We were unable to parse your search query. Try using the format `metadata[\"key\"]:\"value\"` to query for \
         metadata or key:\"value\" to query for other fields.",
    )
    .with_param("query")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Query;

    #[test]
    fn a_query_finds_what_it_describes() {
        let customer = json!({
            "email": "Ada@Example.com",
            "name": null,
            "phone": "123",
            "metadata": {"user": "U_1", "o'brien": "a\\b\"c'd"},
        });
        for (query, found) in [
            ("metadata['user']:'U_1'", true),
            ("metadata[\"user\"]:\"u_1\"", true),
            ("metadata['user']:'U_'", false),
            ("metadata['User']:'U_1'", false),
            (
                r"metadata['o\'brien']:'a\\b\x22c\'d'"
                    .replace("\\x22", "\"")
                    .as_str(),
                true,
            ),
            (r#"metadata["o'brien"]:"a\\b\"c'd""#, true),
            ("metadata['none']:null", true),
            ("-metadata['user']:null", true),
            ("-metadata['user']:'u_1'", false),
            ("email:'ada@example.com'", true),
            ("email~'EXAMPLE'", true),
            ("email:'ada@example.com' AND phone:'9'", false),
            ("email:'ada@example.com'  phone:'123'", true),
            ("email:'x' OR phone:'123'", true),
        ] {
            let parsed = Query::parse(query).expect("a query");
            assert_eq!(parsed.finds(&customer), found, "{query}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for query in [
            "",
            "metadata['user']",
            "metadata['user']:U_1",
            "metadata['user']:'o'brien'",
            "metadata['user']:'ends\\'",
            "metadata[user]:'U_1'",
            "metadata['user']~'U_1'",
            "phone~'123'",
            "email~'ab'",
            "colour:'red'",
            "email:'a' AND",
            "email:'a' AND phone:'b' OR name:'c'",
        ] {
            assert!(Query::parse(query).is_err(), "{query}");
        }
    }
}
