//! The parameters of a session: which there are, what each may be, and Stripe's answer when one is wrong.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::StripeError;
use super::session::exists;

/// Every parameter that Stripe documents for the endpoint; `#` stands for the index of a list.
const KNOWN: &[&str] = &[
    "configuration",
    "customer",
    "expand[#]",
    "flow_data[after_completion][hosted_confirmation][custom_message]",
    "flow_data[after_completion][redirect][return_url]",
    "flow_data[after_completion][type]",
    "flow_data[subscription_cancel][retention][coupon_offer][coupon]",
    "flow_data[subscription_cancel][retention][type]",
    "flow_data[subscription_cancel][subscription]",
    "flow_data[subscription_update][subscription]",
    "flow_data[subscription_update_confirm][discounts][#][coupon]",
    "flow_data[subscription_update_confirm][discounts][#][promotion_code]",
    "flow_data[subscription_update_confirm][items][#][id]",
    "flow_data[subscription_update_confirm][items][#][price]",
    "flow_data[subscription_update_confirm][items][#][quantity]",
    "flow_data[subscription_update_confirm][subscription]",
    "flow_data[type]",
    "locale",
    "on_behalf_of",
    "return_url",
];

const FLOW_TYPES: &[&str] = &[
    "customer_update",
    "payment_method_update",
    "subscription_cancel",
    "subscription_update",
    "subscription_update_confirm",
];

const COMPLETION_TYPES: &[&str] = &["hosted_confirmation", "portal_homepage", "redirect"];

/// The locales of the portal, as Stripe lists them.
const LOCALES: &[&str] = &[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-AU", "en-CA", "en-GB", "en-IE", "en-IN",
    "en-NZ", "en-SG", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hr", "hu", "id", "it",
    "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk", "sl",
    "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
];

/// A request for a session whose parameters are well formed.
#[derive(Debug, Clone)]
pub(super) struct SessionRequest {
    pub(super) customer: String,
    pub(super) configuration: Option<String>,
    pub(super) flow: Option<Flow>,
    pub(super) locale: Option<String>,
    pub(super) on_behalf_of: Option<String>,
    pub(super) return_url: Option<String>,
}

/// The deep link into the portal that was asked for.
#[derive(Debug, Clone)]
pub(super) struct Flow {
    pub(super) kind: String,
    pub(super) subscription: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) discounts: Vec<Discount>,
    pub(super) after_completion: Option<String>,
    pub(super) completion_url: Option<String>,
    pub(super) custom_message: Option<String>,
}

/// A subscription item as it is to become.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Item {
    id: String,
    price: Option<String>,
    quantity: Option<u64>,
}

/// A discount to be applied.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Discount {
    coupon: Option<String>,
    promotion_code: Option<String>,
}

impl SessionRequest {
    pub(super) fn parse(form: &[(String, String)]) -> Result<Self, StripeError> {
        for (name, value) in form {
            if !KNOWN.contains(&pattern(name).as_str()) {
                return Err(StripeError::parameter_unknown(name));
            }
            if value.is_empty() {
                return Err(StripeError::parameter_empty(name));
            }
        }
        let parameters = Parameters(form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect());
        Ok(Self {
            customer: parameters.required("customer")?,
            configuration: parameters.get("configuration"),
            flow: parameters.flow()?,
            locale: parameters.one_of("locale", LOCALES)?,
            on_behalf_of: parameters.existing("on_behalf_of", "account", "acct_")?,
            return_url: parameters.url("return_url")?,
        })
    }
}

/// Well-named parameters; of two with one name, the last one counts.
struct Parameters<'a>(BTreeMap<&'a str, &'a str>);

impl Parameters<'_> {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|value| (*value).to_owned())
    }

    fn has_within(&self, object: &str) -> bool {
        self.0.keys().any(|name| {
            name.strip_prefix(object)
                .is_some_and(|rest| rest.starts_with('['))
        })
    }

    fn required(&self, name: &str) -> Result<String, StripeError> {
        self.get(name)
            .ok_or_else(|| StripeError::parameter_missing(name))
    }

    fn one_of(&self, name: &str, allowed: &[&str]) -> Result<Option<String>, StripeError> {
        match self.get(name) {
            Some(value) if !allowed.contains(&value.as_str()) => {
                Err(StripeError::not_one_of(name, allowed))
            }
            value => Ok(value),
        }
    }

    /// An identifier of an object that exists, if it is given.
    fn existing(
        &self,
        name: &str,
        what: &str,
        prefix: &str,
    ) -> Result<Option<String>, StripeError> {
        match self.get(name) {
            Some(id) if !exists(prefix, &id) => Err(StripeError::resource_missing(what, &id, name)),
            id => Ok(id),
        }
    }

    fn url(&self, name: &str) -> Result<Option<String>, StripeError> {
        let Some(url) = self.get(name) else {
            return Ok(None);
        };
        let message = match url.parse::<http::Uri>() {
            Ok(parsed) if parsed.scheme().is_none() => {
                "Invalid URL: An explicit scheme (such as https) must be provided."
            }
            Ok(parsed) if parsed.host().is_some_and(|host| !host.is_empty()) => {
                return Ok(Some(url));
            }
            _ => "Not a valid URL",
        };
        Err(StripeError::invalid_request(message)
            .with_code("url_invalid")
            .with_param(name))
    }

    fn flow(&self) -> Result<Option<Flow>, StripeError> {
        if !self.has_within("flow_data") {
            return Ok(None);
        }
        self.required("flow_data[type]")?;
        let kind = self
            .one_of("flow_data[type]", FLOW_TYPES)?
            .unwrap_or_default();
        let of_its_type = format!("flow_data[{kind}]");
        for other in FLOW_TYPES.iter().filter(|other| **other != kind) {
            let other = format!("flow_data[{other}]");
            if self.has_within(&other) {
                let message =
                    format!("You may only specify `{other}` with the flow type of that name.");
                return Err(StripeError::invalid_request(message).with_param(&other));
            }
        }
        let mut flow = Flow {
            subscription: None,
            items: Vec::new(),
            discounts: Vec::new(),
            after_completion: self.one_of("flow_data[after_completion][type]", COMPLETION_TYPES)?,
            completion_url: self.url("flow_data[after_completion][redirect][return_url]")?,
            custom_message: self
                .get("flow_data[after_completion][hosted_confirmation][custom_message]"),
            kind,
        };
        if flow.after_completion.is_none() && self.has_within("flow_data[after_completion]") {
            return Err(StripeError::parameter_missing(
                "flow_data[after_completion][type]",
            ));
        }
        if flow.after_completion.as_deref() == Some("redirect") {
            self.required("flow_data[after_completion][redirect][return_url]")?;
        }
        if flow.kind.starts_with("subscription_") {
            let name = format!("{of_its_type}[subscription]");
            self.required(&name)?;
            flow.subscription = self.existing(&name, "subscription", "sub_")?;
        }
        if flow.kind == "subscription_update_confirm" {
            flow.items = self.items(&format!("{of_its_type}[items]"))?;
            flow.discounts = self.discounts(&format!("{of_its_type}[discounts]"))?;
        }
        Ok(Some(flow))
    }

    fn items(&self, list: &str) -> Result<Vec<Item>, StripeError> {
        if !self.has_within(list) {
            return Err(StripeError::parameter_missing(list));
        }
        let item = |entry: String| {
            let id = format!("{entry}[id]");
            self.required(&id)?;
            let quantity = format!("{entry}[quantity]");
            Ok(Item {
                id: self
                    .existing(&id, "subscription item", "si_")?
                    .unwrap_or_default(),
                price: self.existing(&format!("{entry}[price]"), "price", "price_")?,
                quantity: (self.get(&quantity))
                    .map(|value| value.parse().map_err(|_| not_an_integer(&value, &quantity)))
                    .transpose()?,
            })
        };
        self.entries(list)?.into_iter().map(item).collect()
    }

    fn discounts(&self, list: &str) -> Result<Vec<Discount>, StripeError> {
        let discount = |entry: String| {
            // Merchants choose the identifiers of coupons, so these have no prefix.
            Ok(Discount {
                coupon: self.existing(&format!("{entry}[coupon]"), "coupon", "")?,
                promotion_code: self.existing(
                    &format!("{entry}[promotion_code]"),
                    "promotion code",
                    "promo_",
                )?,
            })
        };
        self.entries(list)?.into_iter().map(discount).collect()
    }

    /// The names of a list's entries. Stripe wants the indices to count from 0, and takes one entry in these lists.
    fn entries(&self, list: &str) -> Result<Vec<String>, StripeError> {
        let mut indices: Vec<&str> = (self.0.keys())
            .filter_map(|name| {
                name.strip_prefix(list)?
                    .strip_prefix('[')?
                    .split(']')
                    .next()
            })
            .collect();
        indices.dedup();
        if let Some(first) = indices.first().filter(|first| !["", "0"].contains(first)) {
            return Err(StripeError::invalid_request(format!(
                "If passing an array with explicit keys (e.g. foo[0]=a&foo[1]=b) instead of as an array (e.g. \
                 foo[]=a&foo[]=b), the keys must be numeric and sequential starting from 0. You passed the keys \
                 `{first}`, we expected to have a key with the value `0`."
            ))
            .with_param(list));
        }
        if indices.len() > 1 {
            return Err(StripeError::invalid_request(format!(
                "Array {list} exceeded maximum 1 allowed elements."
            ))
            .with_param(list));
        }
        Ok(indices
            .iter()
            .map(|index| format!("{list}[{index}]"))
            .collect())
    }
}

fn not_an_integer(value: &str, param: &str) -> StripeError {
    StripeError::invalid_request(format!("Invalid integer: {value}"))
        .with_code("parameter_invalid_integer")
        .with_param(param)
}

/// A parameter's name with `#` for each index of a list, of which `[]` is another spelling.
fn pattern(name: &str) -> String {
    let mut segments = name.split('[');
    let mut pattern = segments.next().unwrap_or_default().to_owned();
    for segment in segments {
        let index = segment.strip_suffix(']').unwrap_or("none");
        let is_index = index.bytes().all(|byte| byte.is_ascii_digit());
        pattern.push('[');
        pattern.push_str(if is_index { "#]" } else { segment });
    }
    pattern
}
