//! A configuration, keys and good tokens, which the targets share.

use std::sync::LazyLock;
use std::time::Duration;

use jwt_simple::prelude::{
    ECDSAP256KeyPairLike, ES256KeyPair, Ed25519KeyPair, EdDSAKeyPairLike, HS256Key, JWTClaims,
    MACLike, NoCustomClaims, UnixTimeStamp,
};
use jwt_simple::reexports::ct_codecs::{Base64UrlSafeNoPadding, Encoder};
use portico::auth::keys::Key;
use portico::auth::parse_public_keys;
use portico::config::Config;

/// The user of a good token.
pub const USER: &str = "user-1";

/// An issuer that the configuration accepts.
pub const ISSUER: &str = "https://id.example.com/";

/// An audience that the configuration accepts.
pub const AUDIENCE: &str = "portico";

/// The customer of the user.
pub const CUSTOMER: &str = "cus_Fuzz";

/// The frontend, below a path of its own.
pub const FRONTEND: &str = "https://app.example.com/base";

/// The hosts on which a session's URL may be.
pub const PORTAL_HOSTS: [&str; 4] = [
    "billing.stripe.com",
    "pay.example.com:8443",
    "localhost:12111",
    "[::1]:12111",
];

/// The time at which the good tokens count. A clock would make a crash disappear with time.
pub const NOW: Duration = Duration::from_secs(1_800_000_000);

/// A configuration in which nothing is left out.
pub static CONFIG: LazyLock<Config> = LazyLock::new(|| {
    let value = |name: &str| {
        Some(match name {
            "stripe_api_key" => "sk_test_fuzz".to_owned(),
            "frontend_url" => FRONTEND.to_owned(),
            "jwt_issuer" => ISSUER.to_owned(),
            "jwt_audience" => AUDIENCE.to_owned(),
            "jwt_hs256_secret" => "x".repeat(32),
            "portal_hosts" => PORTAL_HOSTS.join(","),
            "allowed_coupons" => "SUMMER,20OFF,coupon".to_owned(),
            _ => return None,
        })
    };
    Config::from_variables(value).expect("the configuration is valid")
});

/// Keys of every algorithm, and a good token of each.
pub struct Trusted {
    /// The keys, as Portico holds them.
    pub keys: Vec<Key>,
    /// The tokens; each is accepted.
    pub tokens: [String; 4],
}

/// The keys that the fuzzer would have to guess. Each run makes new ones: a crash is then found because of the code,
/// not because of a key.
pub static TRUSTED: LazyLock<Trusted> = LazyLock::new(|| {
    let hs256 = HS256Key::generate();
    let es256 = ES256KeyPair::generate().with_key_id("ec");
    let ed25519 = Ed25519KeyPair::generate().with_key_id("ed");
    let jwks = [
        rsa::jwk(),
        es256.public_key().to_jwk(),
        ed25519.public_key().to_jwk(),
    ];
    let keys = parse_public_keys(&jwks.concat()).expect("the keys are good");
    let mut keys = keys.usable;
    keys.push(Key::hs256(&hs256.to_bytes()));
    let signed =
        |token: Result<String, jwt_simple::Error>| token.expect("the claims can be signed");
    let tokens = [
        signed(hs256.authenticate(claims())),
        rsa::token(),
        signed(es256.sign(claims())),
        signed(ed25519.sign(claims())),
    ];
    Trusted { keys, tokens }
});

/// An RSA key, and messages that were signed with it before its private half was thrown away. To make one takes
/// seconds.
mod rsa {
    use super::{Base64UrlSafeNoPadding, Encoder};

    const HEADER: &str = r#"{"alg":"RS256","typ":"JWT","kid":"rsa"}"#;
    const PAYLOAD: &str = r#"{"iss":"https://id.example.com/","aud":"portico","sub":"user-1","iat":1800000000,"exp":1800003600}"#;

    const MODULUS: &str = "\
    kS9MZWA_Esbwl2vbawijaOp9BZBgq_a_OMR8EhpRqxrEiFaeCSQdXvcOnP5PYis5v9wm2bI-X9NICPNFZU7KQy-CUnXTagG0n-MZ\
    Qe-5hZ5HA66MnhanGHaE79WSPqNr8IySF6gj9pannbK_ZCmwPlY8zsDJEGBZBbeyMVV5vDMPOfB2I9GhYsvbN9t-QqepcvnxVrFb\
    rzhpBuAXyDV7fBI-lE2IvfKgfQHAoaq-fm_15K-ygA2JU0_vtKPf_6L3bjj9rjBEW0YThlwAdXzfOtBGwTqNm1ZaALMnHJSv-OSg\
    STuCxWeMbvqF5qKLQZYEAmvHH6pA_JGWP5VuRhpt1w";

    const SIGNATURE: &str = "\
    Z_d3qQxpc-dev-aosSC5psoLBAUvNN7BmTRlSwabejNlMFHCa597f2q8zCBRt7SgyVnR02VcZdHT1zKHfLIs6Jb0eBgllpKQ8hgC\
    Ao47ZBGYQTBd6Okjnurmpfvz_6DwAt9Ixm1r2vMVHjzK6ebb-PftcNja8DJdurSyW9zU7Y74OstSSYPH80CfWa6baHo7wIT_cDmE\
    xDFQ6mfPC03Il7CsVXf7rc0fLQoA39e-zCZi2ondJ7y8aEua242rhuoLJoTfnSYF3zdYWonOODM4tQEfNESAwK8QBcRoqbeNLr21\
    6HwkhUXDHLxo9YNoHy-NdAXQ-clgv62jqkgJbKic9g";

    pub(super) fn jwk() -> String {
        format!(r#"{{"kty":"RSA","kid":"rsa","e":"AQAB","n":"{MODULUS}"}}"#)
    }

    pub(super) fn token() -> String {
        let [header, payload] = [HEADER, PAYLOAD]
            .map(|part| Base64UrlSafeNoPadding::encode_to_string(part).expect("there is room"));
        format!("{header}.{payload}.{SIGNATURE}")
    }
}

fn claims() -> JWTClaims<NoCustomClaims> {
    let mut claims =
        jwt_simple::prelude::Claims::create(jwt_simple::prelude::Duration::from_secs(0))
            .with_issuer(ISSUER)
            .with_audience(AUDIENCE)
            .with_subject(USER);
    let now = UnixTimeStamp::from_secs(NOW.as_secs());
    claims.issued_at = Some(now);
    claims.invalid_before = Some(now);
    claims.expires_at = Some(now + jwt_simple::prelude::Duration::from_hours(1));
    claims
}
