//! The parameters of a call, and Stripe's answer when one is wrong.

use std::collections::BTreeMap;

use crate::error::StripeError;

/// The parameters of a call whose names its endpoint knows. Of two with one name, the last one counts.
#[derive(Debug)]
pub(crate) struct Parameters<'a> {
    values: BTreeMap<&'a str, &'a str>,
    pairs: &'a [(String, String)],
}

impl<'a> Parameters<'a> {
    /// Takes the pairs of a request to an endpoint that documents the names in `known`. There, `#` stands for the index
    /// of a list, `[*]` at the end for whatever is within an object, and `?` at the end marks a parameter that an empty
    /// value unsets, as it does any within `[*]`.
    ///
    /// Fails for the first name that is unknown, and for the first value that is empty and must not be.
    pub(crate) fn new(pairs: &'a [(String, String)], known: &[&str]) -> Result<Self, StripeError> {
        for (name, value) in pairs {
            match unsettable(&pattern(name), known) {
                None => {
                    let message = format!("Received unknown parameter: {name}");
                    return Err(StripeError::refused(name, message).with_code("parameter_unknown"));
                }
                Some(false) if value.is_empty() => {
                    let message = format!(
                        "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a \
                         field; however '{name}' cannot be unset. You should remove '{name}' from your request or \
                         supply a non-empty value."
                    );
                    let error = StripeError::refused(name, message);
                    return Err(error.with_code("parameter_invalid_empty"));
                }
                Some(_) => {}
            }
        }
        let values = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str()));
        Ok(Self {
            values: values.collect(),
            pairs,
        })
    }

    /// Returns the value, which is empty where the parameter is to be unset.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        self.values.get(name).copied()
    }

    /// Returns the value unless it is empty.
    pub(crate) fn set(&self, name: &str) -> Option<&'a str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Returns what is within an object or a list, in the order in which it was sent: what follows its name, and values.
    fn within(&self, object: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.pairs.iter().filter_map(move |(name, value)| {
            let rest = name.strip_prefix(object)?;
            rest.starts_with('[').then_some((rest, value.as_str()))
        })
    }

    /// Returns the values of a list, however its indices are written: `expand[]=a&expand[]=b`, `expand[0]=a`.
    pub(crate) fn all(&self, list: &str) -> Vec<&'a str> {
        let entries = self.within(list).filter(|(rest, _)| pattern(rest) == "[#]");
        entries.map(|(_, value)| value).collect()
    }

    /// Returns the members of an object whose names the caller chooses, such as `metadata`.
    pub(crate) fn members(&self, object: &str) -> Vec<(&'a str, &'a str)> {
        self.within(object)
            .filter_map(|(rest, value)| Some((rest.strip_prefix('[')?.strip_suffix(']')?, value)))
            .collect()
    }

    /// Returns whether there is a parameter within an object or a list, such as `flow_data[type]` within `flow_data`.
    pub(crate) fn has_within(&self, object: &str) -> bool {
        self.within(object).next().is_some()
    }

    pub(crate) fn required(&self, name: &str) -> Result<&'a str, StripeError> {
        self.get(name)
            .ok_or_else(|| StripeError::parameter_missing(name))
    }

    pub(crate) fn one_of(
        &self,
        name: &str,
        allowed: &[&str],
    ) -> Result<Option<&'a str>, StripeError> {
        match self.get(name) {
            Some(value) if !allowed.contains(&value) => Err(StripeError::not_one_of(name, allowed)),
            value => Ok(value),
        }
    }

    /// Returns an identifier of an object that exists, if it is given. `what` is Stripe's word for the object.
    pub(crate) fn existing(
        &self,
        name: &str,
        what: &str,
        prefix: &str,
    ) -> Result<Option<&'a str>, StripeError> {
        match self.get(name) {
            Some(id) if !exists(prefix, id) => Err(StripeError::resource_missing(what, id, name)),
            id => Ok(id),
        }
    }

    /// Returns an address with a scheme and a host, if it is given.
    pub(crate) fn url(&self, name: &str) -> Result<Option<&'a str>, StripeError> {
        let Some(url) = self.get(name) else {
            return Ok(None);
        };
        let message = match url.parse::<http::Uri>() {
            Ok(parsed) if parsed.scheme().is_none() => {
                "Invalid URL: An explicit scheme (such as https) must be provided."
            }
            Ok(parsed) if parsed.host().is_some_and(|host| !host.is_empty()) => {
                return Ok(Some(url));
            }
            _ => "Not a valid URL",
        };
        Err(StripeError::refused(name, message).with_code("url_invalid"))
    }

    pub(crate) fn integer(&self, name: &str) -> Result<Option<u64>, StripeError> {
        let not_one = |value: &str| {
            StripeError::refused(name, format!("Invalid integer: {value}"))
                .with_code("parameter_invalid_integer")
        };
        self.get(name)
            .map(|value| value.parse().map_err(|_| not_one(value)))
            .transpose()
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, StripeError> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(value) => {
                let message = format!("Invalid boolean: {value}");
                Err(StripeError::refused(name, message))
            }
        }
    }

    /// Returns the names of a list's entries, such as `items[0]`. Stripe wants the indices to count from 0.
    pub(crate) fn list(&self, list: &str) -> Result<Vec<String>, StripeError> {
        let within = self.within(list).map(|(rest, _)| rest);
        let index = |rest: &'a str| rest.strip_prefix('[')?.split(']').next();
        let mut indices: Vec<&str> = within.filter_map(index).collect();
        indices.sort_by_key(|index| index.parse::<u64>().unwrap_or_default());
        indices.dedup();
        if let Some(first) = indices.first().filter(|first| !["", "0"].contains(first)) {
            let message = format!(
                "If passing an array with explicit keys (e.g. foo[0]=a&foo[1]=b) instead of as an array (e.g. \
                 foo[]=a&foo[]=b), the keys must be numeric and sequential starting from 0. You passed the keys \
                 `{first}`, we expected to have a key with the value `0`."
            );
            return Err(StripeError::refused(list, message));
        }
        let names = indices.iter().map(|index| format!("{list}[{index}]"));
        Ok(names.collect())
    }

    /// Returns the name of the entry of a list that takes one, if it has one.
    pub(crate) fn only(&self, list: &str) -> Result<Option<String>, StripeError> {
        let mut entries = self.list(list)?;
        if entries.len() > 1 {
            let message = format!("Array {list} exceeded maximum 1 allowed elements.");
            return Err(StripeError::refused(list, message));
        }
        Ok(entries.pop())
    }
}

/// Returns whether an identifier of this kind is taken for an existing object's, as the documentation of the crate says.
pub(crate) fn exists(prefix: &str, id: &str) -> bool {
    id.strip_prefix(prefix)
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with("missing"))
}

/// Returns whether an empty value unsets the parameter of this pattern; `None` if it is not in `known`.
fn unsettable(pattern: &str, known: &[&str]) -> Option<bool> {
    known.iter().find_map(|known| {
        if let Some(object) = known.strip_suffix("[*]") {
            let within = pattern.strip_prefix(object)?.starts_with('[');
            return within.then_some(true);
        }
        match known.strip_suffix('?') {
            Some(name) => (name == pattern).then_some(true),
            None => (*known == pattern).then_some(false),
        }
    })
}

/// Returns a parameter's name with `#` for each index of a list, of which `[]` is another spelling.
fn pattern(name: &str) -> String {
    let mut segments = name.split('[');
    let mut pattern = segments.next().unwrap_or_default().to_owned();
    for segment in segments {
        let index = segment.strip_suffix(']').unwrap_or("none");
        let is_index = index.bytes().all(|byte| byte.is_ascii_digit());
        pattern.push('[');
        pattern.push_str(if is_index { "#]" } else { segment });
    }
    pattern
}
