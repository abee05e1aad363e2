//! Good tokens of issuers that use libraries of others, with the keys in every form in which these write them: `jose` on
//! Node.js, `PyJWT` and Authlib on Python, and `golang-jwt` on Go. The library judges them natively: what the Wasm does with
//! tokens, other tests see.

use std::process::Command;

use portico::auth::{Refusal, verify};
use portico::config::Config;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Missing, answer_of, node, or_skip, program_of_go, python_program};
use crate::harness::{API_KEY, AUDIENCE, FRONTEND, ISSUER, USER, now};

/// A token as a script has made it, and what verifies it.
#[derive(Deserialize)]
struct Made {
    what: String,
    token: String,
    /// Each is the one key, in another form.
    #[serde(default)]
    keys: Vec<String>,
    secret: Option<String>,
}

fn given() -> Value {
    json!({"issuer": ISSUER, "audience": AUDIENCE, "user": USER})
}

/// The user whom a Portico with this key finds in a token.
pub(super) fn user(variable: &str, key: &str, token: &str) -> Result<String, Refusal> {
    let config = Config::from_variables(|name| {
        let value = match name {
            "stripe_api_key" => API_KEY,
            "frontend_url" => FRONTEND,
            "jwt_issuer" => ISSUER,
            "jwt_audience" => AUDIENCE,
            name if name == variable => key,
            _ => return None,
        };
        Some(value.to_owned())
    });
    let auth = config.unwrap_or_else(|error| panic!("{error}: {key}")).auth;
    let now = std::time::Duration::from_secs(now());
    verify(token, &auth, &auth.keys, now).map(|user| user.as_str().to_owned())
}

/// Checks that each token counts with each form of its key, and with no other key of the issuer.
fn all_count(made: Result<Value, Missing>, least: usize) {
    let Some(made) = or_skip(made) else { return };
    let made: Vec<Made> = serde_json::from_value(made).unwrap();
    assert!(made.len() >= least, "only {} tokens", made.len());
    for Made {
        what,
        token,
        keys,
        secret,
    } in &made
    {
        let public = keys.iter().map(|key| ("jwt_public_keys", key));
        let shared = secret.iter().map(|secret| ("jwt_hs256_secret", secret));
        let mut verified = 0;
        for (variable, key) in public.chain(shared) {
            let user = user(variable, key, token);
            assert_eq!(user.as_deref(), Ok(USER), "{what}: {key}");
            verified += 1;
        }
        assert!(verified > 0, "{what} has no key");
        for other in made.iter().filter(|other| other.keys != *keys) {
            if let Some(key) = other.keys.first() {
                let refused = user("jwt_public_keys", key, token);
                assert!(refused.is_err(), "{what} by the key of {}", other.what);
            }
        }
    }
}

#[test]
fn tokens_and_keys_of_jose_count() {
    all_count(node("issuers.mjs", &given()), 6);
}

#[test]
fn tokens_and_keys_of_pyjwt_and_authlib_count() {
    let requirements = include_str!("scripts/Authlib-requirements.txt");
    let made = python_program("Authlib", requirements, "python").map(|python| {
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/conformance/scripts/issuers.py"
        );
        answer_of(Command::new(python).arg(script), &given())
    });
    all_count(made, 14);
}

#[test]
fn tokens_and_keys_of_golang_jwt_count() {
    let (_, version) = include_str!("scripts/golang-jwt/go.mod")
        .rsplit_once(' ')
        .unwrap();
    let made = program_of_go("golang-jwt", version.trim())
        .map(|issuer| answer_of(&mut Command::new(issuer), &given()));
    all_count(made, 9);
}
