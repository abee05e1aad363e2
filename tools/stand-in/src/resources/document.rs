//! The pages and files that objects link to: Stripe's hosts have them, or the stand-in itself.

/// The account that the addresses have in them.
const ACCOUNT: &str = "acct_1PorticoStandIn";

/// The place of documents.
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

/// Returns the name and the object's identifier of the document at a path, if there can be one.
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
