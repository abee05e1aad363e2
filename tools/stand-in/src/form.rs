//! The encoding of parameters, in a body and in a query.

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

/// Returns the byte that two hex digits at the start of `digits` stand for.
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
