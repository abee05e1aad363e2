//! What a client sent, kept for tests to look at.

use std::time::Instant;

/// A request that the stand-in has received whole.
#[derive(Debug, Clone)]
pub struct RecordedRequest {
    /// The method, such as `POST`.
    pub method: String,
    /// The request target as it was sent: path and query.
    pub path: String,
    /// Names and values in the order and the spelling in which they were sent.
    pub headers: Vec<(String, String)>,
    /// The body's bytes, without a transfer coding.
    pub body: Vec<u8>,
    /// When its last byte had arrived: the distance of two attempts is the client's backoff.
    pub received_at: Instant,
    /// The number of the TCP connection that it came on, from 1. Two requests with one number reused a connection.
    pub connection: u64,
}

impl RecordedRequest {
    /// The value of the first header of that name; names are compared without case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(candidate, _)| candidate.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The body's pairs, decoded from `application/x-www-form-urlencoded`, in the order in which they were sent.
    #[must_use]
    pub fn form(&self) -> Vec<(String, String)> {
        decode_form(&self.body)
    }

    /// The decoded value of the last pair of that name, nested names in Stripe's notation (`flow_data[type]`).
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let form = self.form();
        form.into_iter()
            .rev()
            .find(|(candidate, _)| candidate == name)
            .map(|(_, value)| value)
    }
}

/// Decodes `application/x-www-form-urlencoded` as the URL standard does: it cannot fail, and a percent sign that
/// starts no escape stays as it is.
#[must_use]
pub fn decode_form(body: &[u8]) -> Vec<(String, String)> {
    body.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let mut half = || decode(halves.next().unwrap_or_default());
            (half(), half())
        })
        .collect()
}

fn decode(encoded: &[u8]) -> String {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => decoded.push(b' '),
            b'%' => match escape(tail) {
                Some(escaped) => {
                    decoded.push(escaped);
                    rest = &tail[2..];
                }
                None => decoded.push(b'%'),
            },
            _ => decoded.push(byte),
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// The byte that two hex digits at the start of `digits` stand for.
fn escape(digits: &[u8]) -> Option<u8> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    let [high, low, ..] = digits else { return None };
    u8::try_from(value(high)? * 16 + value(low)?).ok()
}

#[cfg(test)]
mod tests {
    use super::decode_form;

    #[test]
    fn a_form_is_decoded_in_order_with_escapes_in_names_and_values() {
        let pairs = decode_form(
            b"flow_data%5Btype%5D=a+b&flow_data[x]=%C3%A9&&empty=&bare&odd=100%&eq=a=b",
        );
        let expected = [
            ("flow_data[type]", "a b"),
            ("flow_data[x]", "é"),
            ("empty", ""),
            ("bare", ""),
            ("odd", "100%"),
            ("eq", "a=b"),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
            .collect();
        assert_eq!(pairs, expected);
    }
}
