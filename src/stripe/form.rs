//! `application/x-www-form-urlencoded` with nested names, spelled to the byte as Stripe's own SDKs spell it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that stay as they are: the unreserved characters of RFC 3986, and the brackets of nested names, which
/// Stripe takes either way and its SDKs leave readable.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'[')
    .remove(b']');

/// A form under construction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(String);

impl Form {
    /// Adds a field; nested names are written with brackets, e.g. `flow_data[type]`.
    pub fn push(&mut self, name: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(utf8_percent_encode(name, ENCODED));
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, ENCODED));
    }

    /// Returns the fields that are encoded so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Returns the form, encoded.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_as_encode_uri_component_does_and_brackets_are_left() {
        let mut form = Form::default();
        form.push(
            "return_url",
            "https://app.example.com/account?tab=a b&x=[1]#é",
        );
        form.push("flow_data[items][0][id]", "!*'()~-_.");
        assert_eq!(
            String::from_utf8(form.into_bytes()).unwrap(),
            "return_url=https%3A%2F%2Fapp.example.com%2Faccount%3Ftab%3Da%20b%26x%3D[1]%23%C3%A9\
             &flow_data[items][0][id]=%21%2A%27%28%29~-_."
        );
    }
}
