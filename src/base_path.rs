//! The path at which Portico is mounted in an application of several components.

/// A path that all of Portico's paths lie below; empty where it has a host of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// The longest base path, in bytes.
const MAX_BYTES: usize = 255;

impl BasePath {
    /// Checks a base path; `None` if it is not one. Paths are compared to the byte, so it has no escapes and no segments
    /// that a proxy on the way could write in another form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let segment = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&b))
        };
        let valid = match text.strip_prefix('/') {
            Some(path) => text.len() <= MAX_BYTES && path.split('/').all(segment),
            None => text.is_empty(),
        };
        valid.then(|| Self(text.to_owned()))
    }

    /// Returns the rest of a path that lies below this one, with its slash; `None` for one that lies elsewhere.
    #[must_use]
    pub fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        let rest = path.strip_prefix(self.0.as_str())?;
        rest.starts_with('/').then_some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_path_begins_with_a_slash_and_does_not_end_with_one() {
        for text in ["", "/billing", "/a/b-c/v1.2", "/~x@y"] {
            assert!(BasePath::parse(text).is_some(), "{text}");
        }
        for text in [
            "/",
            "billing",
            "/billing/",
            "//billing",
            "/a//b",
            "/./a",
            "/a/..",
            "/a%20b",
            "/a b",
            "/a?b",
            "/a#b",
            "/a\\b",
            "/ä",
            "https://x/y",
        ] {
            assert_eq!(BasePath::parse(text), None, "{text}");
        }
        assert!(BasePath::parse(&format!("/{}", "a".repeat(254))).is_some());
        assert!(BasePath::parse(&format!("/{}", "a".repeat(255))).is_none());
    }

    #[test]
    fn all_paths_lie_below_it_and_nothing_lies_outside() {
        let mounted = BasePath::parse("/billing").unwrap();
        for (path, rest) in [
            ("/billing/healthz", Some("/healthz")),
            ("/billing//healthz", Some("//healthz")),
            ("/billing/billing/healthz", Some("/billing/healthz")),
            ("/billing/", Some("/")),
            ("/billing", None),
            ("/billinghealthz", None),
            ("/billings/healthz", None),
            ("/Billing/healthz", None),
            ("/healthz", None),
            ("//billing/healthz", None),
            ("", None),
        ] {
            assert_eq!(mounted.below(path), rest, "{path}");
        }
        assert_eq!(BasePath::default().below("/healthz"), Some("/healthz"));
    }
}
