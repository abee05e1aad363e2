//! The pages and files that objects link to: Stripe's hosts have them, or the stand-in itself.

/// The account that the addresses have in them.
const ACCOUNT: &str = "acct_1PorticoStandIn";

/// Where documents are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Documents {
    /// On Stripe's hosts, which have no such documents.
    #[default]
    Stripe,
    /// On this origin, under Stripe's paths.
    At(String),
}

impl Documents {
    pub(super) fn invoice_page(&self, id: &str) -> String {
        self.on("https://invoice.stripe.com", &format!("/i/{ACCOUNT}/{id}"))
    }

    pub(super) fn invoice_pdf(&self, id: &str) -> String {
        self.on(
            "https://pay.stripe.com",
            &format!("/invoice/{ACCOUNT}/{id}/pdf"),
        )
    }

    pub(super) fn receipt(&self, id: &str) -> String {
        self.on("https://pay.stripe.com", &format!("/receipts/payment/{id}"))
    }

    fn on(&self, stripe: &str, path: &str) -> String {
        match self {
            Self::Stripe => format!("{stripe}{path}"),
            Self::At(origin) => format!("{origin}{path}"),
        }
    }
}

/// The name and the object's identifier of the document at a path, if there can be one.
pub(crate) fn at(path: &str) -> Option<(&'static str, &str)> {
    let of_account = |prefix: &str| {
        let rest = path.strip_prefix(prefix)?.strip_prefix(ACCOUNT)?;
        rest.strip_prefix('/')
    };
    let (name, id) = if let Some(id) = of_account("/i/") {
        ("Invoice", id)
    } else if let Some(rest) = of_account("/invoice/") {
        ("PDF of the invoice", rest.strip_suffix("/pdf")?)
    } else {
        ("Receipt", path.strip_prefix("/receipts/payment/")?)
    };
    (!id.is_empty() && !id.contains('/')).then_some((name, id))
}

#[cfg(test)]
mod tests {
    use super::{Documents, at};

    #[test]
    fn a_document_is_found_at_its_address() {
        let here = Documents::At("http://127.0.0.1:1".to_owned());
        for (url, name) in [
            (here.invoice_page("in_1"), "Invoice"),
            (here.invoice_pdf("in_1"), "PDF of the invoice"),
            (here.receipt("in_1"), "Receipt"),
        ] {
            let path = url.strip_prefix("http://127.0.0.1:1").expect("the origin");
            assert_eq!(at(path), Some((name, "in_1")));
            assert_eq!(at(&format!("{path}/more")), None, "{path}");
        }
        for path in ["/", "/i/in_1", "/receipts/payment/", "/v1/invoices"] {
            assert_eq!(at(path), None, "{path}");
        }
    }
}
