//! That the description is what it should be: it describes what the component does, and nothing else.

use portico::answer::ERROR_CODES;
use portico::routes::ROUTES;
use serde_json::{Map, Value};

use super::*;

mod bodies;

#[test]
fn the_routes_and_methods_that_are_described_are_those_of_the_component() {
    let described: BTreeSet<_> = OpenApi::of_the_repository().operations().collect();
    let preflights = ROUTES.iter().filter(|route| route.cors);
    let served = ROUTES
        .iter()
        .map(|route| (route.path, route.method.as_str()))
        .chain(preflights.map(|route| (route.path, "OPTIONS")))
        .chain(["/healthz", "/readyz"].map(|path| (path, "HEAD")));
    let expected: BTreeSet<_> = served.collect();
    assert_eq!(described, expected);
}

#[test]
fn the_error_codes_that_are_described_are_those_of_the_component() {
    let described = OpenApi::of_the_repository().error_codes();
    let answered = ERROR_CODES.iter().map(|row| row.code);
    let expected: BTreeSet<_> = answered.collect();
    assert_eq!(described, expected);
}

#[test]
fn an_error_code_is_described_with_its_status_alone() {
    let description = OpenApi::of_the_repository();
    let items = description.paths.values();
    let operations = items.flat_map(|item| {
        let operations = item.operations.values();
        let responses = operations.map(|operation| &operation.responses);
        responses.chain([&item.other_methods])
    });
    let mut seen = 0;
    for (status, response) in operations.chain([&description.elsewhere]).flatten() {
        for code in &response.error_codes {
            let row = ERROR_CODES.iter().find(|row| row.code == code).unwrap();
            assert_eq!(*status, row.status.as_u16(), "{code}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen} were seen");
}

#[test]
fn every_example_is_what_its_schema_says() {
    let document = Document::parse(YAML).unwrap();
    let mut seen = 0;
    let mut check_media = |place: &str, media: &Value| {
        let schema = validator(&document.inlined(&media["schema"]).unwrap()).unwrap();
        let several = media.get("examples").and_then(Value::as_object);
        let several = several.into_iter().flat_map(Map::values);
        let examples: Vec<_> = several
            .map(|example| &example["value"])
            .chain(media.get("example"))
            .collect();
        assert!(!examples.is_empty(), "{place} has no example");
        for example in examples {
            assert_eq!(check(&schema, example), Ok(()), "{place}: {example}");
            seen += 1;
        }
    };
    let components = &document.root()["components"];
    for (name, response) in components["responses"].as_object().unwrap() {
        if let Some(content) = response.get("content") {
            check_media(name, &content["application/json"]);
        }
    }
    for (path, item) in members(document.root(), "paths").unwrap() {
        for operation in item.as_object().unwrap().values() {
            if let Some(body) = operation.get("requestBody") {
                check_media(path, &body["content"]["application/json"]);
            }
        }
    }
    for kind in ["headers", "parameters"] {
        for (name, part) in components[kind].as_object().unwrap() {
            if part.get("example").is_some() {
                check_media(name, part);
            }
        }
    }
    assert!(seen > 35, "{seen} examples were seen");
}

#[test]
fn a_description_that_lacks_something_is_refused() {
    for (yaml, because) in [
        ("a: [", "while parsing"),
        ("a: 1\na: 2", "duplicated key"),
        ("a: 1\n---\na: 1", "there are 2 documents"),
        ("1: a", "a member's name is not text"),
        ("a: 1", "there is no paths"),
        (
            "paths: {/x: {get: {responses: {}}}}",
            "/x: there is no x-other-methods",
        ),
        (
            "paths: {}\nx-other-paths: {ok: {headers: {}}}",
            "no status: ok",
        ),
        (
            "paths: {}\nx-other-paths: {'404': {$ref: '#/nowhere'}}",
            "#/nowhere leads nowhere",
        ),
        (
            "paths: {}\nx-other-paths: {'404': {headers: {A: {}}}}",
            "the header A: there is no schema",
        ),
        (
            "paths: {}\nx-other-paths: {'404': {headers: {A: {schema: {type: 1}}}}}",
            "not a schema",
        ),
        (
            "paths: {}\na: {b: {$ref: '#/a'}}\nx-other-paths: {'404': {headers: {A: {schema: {$ref: '#/a'}}}}}",
            "a schema leads back to itself",
        ),
    ] {
        let told = OpenApi::parse(yaml)
            .err()
            .unwrap_or_else(|| panic!("{yaml} is read"));
        assert!(told.contains(because), "{yaml}: {told}");
    }
}
