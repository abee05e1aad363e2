//! The encoding of parameters, in a body and in a query.

/// Decodes `application/x-www-form-urlencoded`, in order; it cannot fail.
pub(crate) fn decode_form(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).into_owned().collect()
}
