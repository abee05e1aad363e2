//! `docs/openapi.yaml`, and whether it describes an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use http::{HeaderMap, Method, StatusCode};
use jsonschema::Validator;
use serde_json::Value;

mod document;
mod response;

use document::{Document, members};
use response::{Responses, check, responses, validator};

/// The repository's description of the API.
const YAML: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/openapi.yaml"
));

/// The description of the interface (`OpenAPI` 3.1).
pub(crate) struct OpenApi {
    paths: BTreeMap<String, Path>,
    /// The answers at a path that is not among them.
    elsewhere: Responses,
}

struct Path {
    operations: BTreeMap<String, Operation>,
    /// The answers to a method that is not among them.
    other_methods: Responses,
}

/// A method at a path.
struct Operation {
    /// The schema of the JSON that a request may have.
    request: Option<Validator>,
    responses: Responses,
}

impl OpenApi {
    /// Reads the repository's own description.
    pub(crate) fn of_the_repository() -> &'static Self {
        static DESCRIPTION: OnceLock<OpenApi> = OnceLock::new();
        DESCRIPTION.get_or_init(|| {
            Self::parse(YAML).unwrap_or_else(|error| panic!("docs/openapi.yaml: {error}"))
        })
    }

    /// Reads a description.
    pub(crate) fn parse(yaml: &str) -> Result<Self, String> {
        let document = Document::parse(yaml)?;
        let paths = members(document.root(), "paths")?;
        let paths = paths.iter().map(|(path, item)| {
            Path::read(&document, item)
                .map(|item| (path.clone(), item))
                .map_err(|error| format!("{path}: {error}"))
        });
        Ok(Self {
            paths: paths.collect::<Result<_, _>>()?,
            elsewhere: responses(&document, document.root(), "x-other-paths")?,
        })
    }

    /// All operations: the path and the method.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&str, &str)> {
        self.paths.iter().flat_map(|(path, item)| {
            let methods = item.operations.keys();
            methods.map(move |method| (path.as_str(), method.as_str()))
        })
    }

    /// All error codes that some answer can have.
    pub(crate) fn error_codes(&self) -> BTreeSet<&str> {
        let items = self.paths.values();
        items
            .flat_map(|item| {
                let operations = item.operations.values();
                let responses = operations.map(|operation| &operation.responses);
                responses.chain([&item.other_methods])
            })
            .chain([&self.elsewhere])
            .flat_map(BTreeMap::values)
            .flat_map(|response| response.error_codes.iter().map(String::as_str))
            .collect()
    }

    /// Checks that the description lets a request have this body; the error says why it does not.
    pub(crate) fn takes(&self, method: &Method, path: &str, body: &Value) -> Result<(), String> {
        let operation = self
            .paths
            .get(path)
            .and_then(|path| path.operations.get(method.as_str()));
        let schema = operation.and_then(|operation| operation.request.as_ref());
        check(schema.ok_or("no body is described")?, body)
    }

    /// Checks that the description has this answer to this request: its status, its headers and its body. The path's
    /// query is passed over. The error says why it has not.
    pub(crate) fn validate(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        let path = path.split('?').next().unwrap_or_default();
        self.check(method, path, status, headers, body)
            .map_err(|problem| format!("{method} {path} answers {status}: {problem}"))
    }

    fn check(
        &self,
        method: &Method,
        path: &str,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<(), String> {
        let item = self.paths.get(path);
        let responses = item.map_or(&self.elsewhere, |item| item.responses(method));
        let response = responses
            .get(&status.as_u16())
            .ok_or_else(|| format!("only {:?} are described", responses.keys()))?;
        // The answer to HEAD has the headers of a body that it does not have (RFC 9110, section 9.3.2).
        let body = (method != Method::HEAD).then_some(body);
        let json = body
            .map(|body| response.check_body(headers, body))
            .transpose()?
            .flatten();
        let error = json.as_ref().and_then(|json| json["error"].as_str());
        response.check_headers(headers, error)?;
        match (headers.get("allow"), item) {
            (Some(allow), Some(item)) => item.check_allow(allow.to_str().unwrap_or_default()),
            _ => Ok(()),
        }
    }
}

impl Path {
    fn read(document: &Document, item: &Value) -> Result<Self, String> {
        let methods = ["get", "post", "put", "patch", "delete", "options", "head"];
        let operations = methods
            .into_iter()
            .filter(|method| item.get(method).is_some())
            .map(|method| {
                let operation = Operation::read(document, &item[method])
                    .map_err(|error| format!("{method}: {error}"))?;
                Ok((method.to_uppercase(), operation))
            });
        Ok(Self {
            operations: operations.collect::<Result<_, String>>()?,
            other_methods: responses(document, item, "x-other-methods")?,
        })
    }

    fn responses(&self, method: &Method) -> &Responses {
        let operation = self.operations.get(method.as_str());
        operation.map_or(&self.other_methods, |operation| &operation.responses)
    }

    /// `Allow` has the methods that are described (RFC 9110, section 10.2.1).
    fn check_allow(&self, allow: &str) -> Result<(), String> {
        let told: BTreeSet<&str> = allow.split(',').map(str::trim).collect();
        let described: BTreeSet<&str> = self.operations.keys().map(String::as_str).collect();
        if told == described {
            Ok(())
        } else {
            Err(format!(
                "Allow has {told:?}, and described are {described:?}"
            ))
        }
    }
}

impl Operation {
    fn read(document: &Document, operation: &Value) -> Result<Self, String> {
        let request = operation.get("requestBody").map(|body| {
            let schema = document.inlined(&body["content"]["application/json"]["schema"])?;
            validator(&schema)
        });
        Ok(Self {
            request: request.transpose()?,
            responses: responses(document, operation, "responses")?,
        })
    }
}

#[cfg(test)]
mod tests;
