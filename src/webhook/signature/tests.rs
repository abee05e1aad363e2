use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::Sha256;

use super::*;

const NOW: u64 = 1_764_000_000;
const SECRET: &str = "whsec_test_secret";
const BODY: &[u8] = br#"{"id":"evt_1","object":"event"}"#;

fn hex(time: &str, body: &[u8], secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(time.as_bytes());
    mac.update(b".");
    mac.update(body);
    let tag = mac.finalize().into_bytes();
    tag.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn good() -> String {
    hex(&NOW.to_string(), BODY, SECRET)
}

fn check(headers: &[&str], body: &[u8], secrets: &[&str]) -> Result<(), Refused> {
    let secrets: Vec<_> = secrets
        .iter()
        .map(|secret| SecretKey::new(secret.as_bytes()))
        .collect();
    let headers = headers.iter().map(|header| header.as_bytes());
    UnverifiedSignature::parse(headers, Duration::from_secs(NOW))?.verify(body, &secrets)
}

fn accepted(header: &str) -> bool {
    check(&[header], BODY, &[SECRET]).is_ok()
}

#[test]
fn a_signature_of_a_secret_counts_whatever_stands_beside_it() {
    let good = good();
    let bad = "0".repeat(64);
    for header in [
        format!("t={NOW},v1={good}"),
        format!("v1={good},t={NOW}"),
        format!(" t={NOW} ,\tv1={good} "),
        format!("t={NOW},v1={bad},v1={good}"),
        format!("t={NOW},v1={good},v1={bad}"),
        format!("t={NOW},v1=short,v1={good}"),
        format!("t={NOW},v0={bad},v1={good}"),
        format!("t={NOW},v2={good},v1={good}"),
        format!("t={NOW},noise,,=,v1={good}"),
        format!("t={NOW},T=1,v1={good}"),
        format!("t={NOW},v1={}", good.to_uppercase()),
    ] {
        assert!(accepted(&header), "{header}");
    }
}

#[test]
fn a_header_that_stripe_does_not_write_is_refused() {
    let good = good();
    for header in [
        String::new(),
        "t".to_owned(),
        format!("t={NOW}"),
        format!("v1={good}"),
        format!("t={NOW},v0={good}"),
        format!("t={NOW},v1={}", &good[..63]),
        format!("t={NOW},v1={good}0"),
        format!("t={NOW},v1= {good}"),
        format!(
            "t={NOW},v1={}",
            good.replace(|c: char| c.is_ascii_digit(), "g")
        ),
        format!("t={NOW},V1={good}"),
        format!("t={NOW},t={NOW},v1={good}"),
        format!("t={NOW},t=1,v1={good}"),
        format!("t={NOW};v1={good}"),
        format!("t= {NOW},v1={good}"),
        format!("t ={NOW},v1={good}"),
        format!("t={NOW},{}v1={good}", "x=1,".repeat(1_200)),
    ] {
        assert!(!accepted(&header), "{header}");
    }
    let header = format!("t={NOW},v1={good}");
    assert!(check(&[], BODY, &[SECRET]).is_err(), "none");
    assert!(check(&[&header, &header], BODY, &[SECRET]).is_err(), "two");
}

#[test]
fn a_time_is_written_with_digits_alone_and_no_zero_first() {
    for time in [
        "",
        "+1764000000",
        "-1764000000",
        "01764000000",
        "1764000000.0",
        "1e9",
        "0x1",
        "1764000000s",
        "176400000000",
        "\u{0661}764000000",
        "NaN",
    ] {
        let header = format!("t={time},v1={}", hex(time, BODY, SECRET));
        assert!(!accepted(&header), "{time:?}");
    }
}

#[test]
fn a_signature_counts_for_300_seconds_in_both_directions() {
    for (distance, counts) in [(0, true), (299, true), (300, true), (301, false)] {
        for time in [NOW - distance, NOW + distance] {
            let time = time.to_string();
            let header = format!("t={time},v1={}", hex(&time, BODY, SECRET));
            assert_eq!(accepted(&header), counts, "{time}");
        }
    }
}

#[test]
fn times_are_compared_in_whole_seconds() {
    let header = format!("t={},v1={}", NOW - 300, "0".repeat(64));
    let now = Duration::from_millis(NOW * 1_000 + 999);
    assert!(UnverifiedSignature::parse([header.as_bytes()].into_iter(), now).is_ok());
}

#[test]
fn the_body_counts_to_the_byte() {
    let header = format!("t={NOW},v1={}", good());
    for body in [
        &b""[..],
        br#"{"id":"evt_1","object":"event"}
"#,
        br#"{"id": "evt_1", "object": "event"}"#,
        br#"{"object":"event","id":"evt_1"}"#,
        b"\xef\xbb\xbf{\"id\":\"evt_1\",\"object\":\"event\"}",
    ] {
        assert!(check(&[&header], body, &[SECRET]).is_err());
    }
    assert!(check(&[&header], BODY, &[SECRET]).is_ok());
}

#[test]
fn any_of_the_secrets_counts_and_no_other() {
    let header = format!("t={NOW},v1={}", good());
    for (secrets, counts) in [
        (&["whsec_old", SECRET][..], true),
        (&[SECRET, "whsec_new"], true),
        (&["whsec_other"], false),
        // The prefix belongs to the secret.
        (&["test_secret"], false),
        (&[], false),
    ] {
        assert_eq!(
            check(&[&header], BODY, secrets).is_ok(),
            counts,
            "{secrets:?}"
        );
    }
}

proptest! {
    #[test]
    fn no_header_that_anybody_makes_up_is_accepted(header in "[tv01=, a-f\\n]{0,80}", body in any::<Vec<u8>>()) {
        prop_assert!(check(&[&header], &body, &[SECRET]).is_err());
    }

    #[test]
    fn one_bit_more_or_less_is_another_signature(bit in 0_usize..256) {
        let mut good = good().into_bytes();
        let digit = char::from(good[bit / 4]).to_digit(16).unwrap() ^ (1 << (bit % 4));
        good[bit / 4] = char::from_digit(digit, 16).unwrap() as u8;
        let header = format!("t={NOW},v1={}", String::from_utf8(good).unwrap());
        prop_assert!(!accepted(&header));
    }
}
