//! One answer, as it is described: its headers and its body.

use std::collections::{BTreeMap, BTreeSet};

use http::HeaderMap;
use jsonschema::Validator;
use serde_json::Value;

use super::document::{Document, members};

/// The headers that HTTP itself needs, which no description lists; and the type of the body, which `OpenAPI` keeps
/// elsewhere.
const UNDESCRIBED_HEADERS: [&str; 4] = ["connection", "content-length", "content-type", "date"];

/// Answers by status.
pub(super) type Responses = BTreeMap<u16, Response>;

pub(super) struct Response {
    /// By the name in lower case.
    headers: BTreeMap<String, Header>,
    /// The schema of the JSON; without one, there is no body.
    body: Option<Validator>,
    pub(super) error_codes: BTreeSet<String>,
}

struct Header {
    required: bool,
    /// The error codes with which it comes, if it depends on them: then with each of them, and with nothing else.
    with_errors: Option<BTreeSet<String>>,
    is_number: bool,
    value: Validator,
}

/// The answers that a member of this name lists.
pub(super) fn responses(
    document: &Document,
    holder: &Value,
    name: &str,
) -> Result<Responses, String> {
    let responses = members(holder, name)?;
    let read = |(status, response): (&String, &Value)| {
        let number = status.parse().map_err(|_| format!("no status: {status}"))?;
        let response = Response::read(document, response)
            .map_err(|error| format!("the answer {status}: {error}"))?;
        Ok((number, response))
    };
    responses.iter().map(read).collect()
}

impl Response {
    fn read(document: &Document, response: &Value) -> Result<Self, String> {
        let response = document.resolve(response)?;
        let headers = members(response, "headers")?;
        let headers = headers.iter().map(|(name, header)| {
            Header::read(document, header)
                .map(|header| (name.to_lowercase(), header))
                .map_err(|error| format!("the header {name}: {error}"))
        });
        let headers = headers.collect::<Result<_, _>>()?;
        let Some(content) = response.get("content") else {
            return Ok(Self {
                headers,
                body: None,
                error_codes: BTreeSet::new(),
            });
        };
        let schema = document.inlined(&content["application/json"]["schema"])?;
        Ok(Self {
            headers,
            body: Some(validator(&schema)?),
            error_codes: error_codes(&schema),
        })
    }

    /// Checks the body, and gives it, where there is one.
    pub(super) fn check_body(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Option<Value>, String> {
        let kind = headers.get("content-type");
        if kind.is_none_or(|kind| kind != "application/json") {
            return Err(format!("the Content-Type is {kind:?}"));
        }
        let Some(schema) = &self.body else {
            return if body.is_empty() {
                Ok(None)
            } else {
                Err("no body is described".to_owned())
            };
        };
        let json = serde_json::from_slice(body).map_err(|error| format!("the body: {error}"))?;
        check(schema, &json).map_err(|error| format!("the body: {error}"))?;
        Ok(Some(json))
    }

    /// Checks the headers of an answer that has this error code, if it has one.
    pub(super) fn check_headers(
        &self,
        headers: &HeaderMap,
        error: Option<&str>,
    ) -> Result<(), String> {
        for name in headers.keys() {
            let known = UNDESCRIBED_HEADERS.contains(&name.as_str())
                || self.headers.contains_key(name.as_str());
            if !known {
                return Err(format!("the header {name} is not described"));
            }
        }
        for (name, header) in &self.headers {
            let values: Vec<_> = headers.get_all(name).iter().collect();
            let must = match &header.with_errors {
                Some(codes) => error.is_some_and(|error| codes.contains(error)),
                None => header.required,
            };
            let value = match values[..] {
                [] if must => return Err(format!("the header {name} is missing")),
                [] => continue,
                [_] if header.with_errors.is_some() && !must => {
                    return Err(format!("the header {name} does not go with {error:?}"));
                }
                [value] => value.to_str().map_err(|_| format!("{name} is no text"))?,
                _ => return Err(format!("the header {name} comes more than once")),
            };
            header
                .check(value)
                .map_err(|error| format!("the header {name}: {error}"))?;
        }
        Ok(())
    }
}

impl Header {
    fn read(document: &Document, header: &Value) -> Result<Self, String> {
        let header = document.resolve(header)?;
        let schema = document.inlined(&header["schema"])?;
        let codes = header.get("x-with-errors").and_then(Value::as_array);
        Ok(Self {
            required: header["required"] == true,
            with_errors: codes.map(|codes| texts(codes)),
            is_number: schema["type"] == "integer",
            value: validator(&schema)?,
        })
    }

    fn check(&self, value: &str) -> Result<(), String> {
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let number = (self.is_number && digits).then(|| value.parse::<u64>().ok());
        check(
            &self.value,
            &number.flatten().map_or_else(|| value.into(), Value::from),
        )
    }
}

/// The validator of a schema.
pub(super) fn validator(schema: &Value) -> Result<Validator, String> {
    if schema.is_null() {
        return Err("there is no schema".to_owned());
    }
    jsonschema::validator_for(schema).map_err(|error| format!("not a schema: {error}"))
}

/// Checks a value against a schema. The error has all that differs.
pub(super) fn check(validator: &Validator, value: &Value) -> Result<(), String> {
    let problems: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{error} (at \"{}\")", error.instance_path()))
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems.join("; "))
    }
}

/// The values that a schema allows for the member `error`: of all lists of them, those of the shortest.
fn error_codes(schema: &Value) -> BTreeSet<String> {
    let parts = schema["allOf"].as_array().map_or(&[][..], Vec::as_slice);
    let own = parts.iter().chain([schema]).filter_map(|part| {
        let error = part.get("properties")?.get("error")?;
        match (
            error.get("enum").and_then(Value::as_array),
            error.get("const"),
        ) {
            (Some(codes), _) => Some(texts(codes)),
            (None, Some(code)) => Some(texts(std::slice::from_ref(code))),
            (None, None) => None,
        }
    });
    own.min_by_key(BTreeSet::len).unwrap_or_default()
}

fn texts(values: &[Value]) -> BTreeSet<String> {
    let texts = values.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}
