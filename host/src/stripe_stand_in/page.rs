//! The page that a session's URL leads to: a portal in which nothing can be changed.

use super::parameters::{Flow, SessionRequest};
use super::session::Session;
use super::state::Shared;
use super::wire::Answer;

/// The style of the page, which has no other resources.
const STYLE: &str = "\
body { margin: 0; min-height: 100vh; background: #f6f8fa; color: #1a1f36; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 0 auto; padding: 3rem 1.5rem; }
.mode { display: inline-block; padding: 0 .5rem; border-radius: .25rem; background: #ffde92; font-size: .8rem; }
dl { padding: 1rem 1.5rem; border: 1px solid #dce1e8; border-radius: .5rem; background: #fff; }
dt { color: #5b6478; font-size: .875rem; }
dd { margin: 0 0 .5rem; }
a { color: #4b44d6; }
.done { display: inline-block; margin-bottom: 1rem; padding: .5rem 1rem; border-radius: .375rem;
  background: #4b44d6; color: #fff; text-decoration: none; }
";

/// The page of a session, with the headers by which Stripe keeps its portal out of frames and caches.
pub(super) fn page(shared: &Shared, token: &str) -> Answer {
    let session = shared.lock().sessions.get(token).cloned();
    let (status, content) = match session {
        Some(session) => (200, portal(&session)),
        None => (
            404,
            "<h1>This session does not exist or has expired.</h1>".to_owned(),
        ),
    };
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>Stripe Customer Portal (stand-in)</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{content}\n</main>\n</body>\n</html>\n"
    );
    let mut answer = Answer::json(status, html.into_bytes());
    answer.set("Content-Type", "text/html; charset=utf-8");
    answer.set(
        "Content-Security-Policy",
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'none'",
    );
    answer.set("X-Frame-Options", "DENY");
    answer.set("Cache-Control", "no-store");
    // The address is a credential: it does not travel on with the link that leads back.
    answer.set("Referrer-Policy", "no-referrer");
    answer
}

fn portal(session: &Session) -> String {
    let SessionRequest {
        customer,
        flow,
        locale,
        return_url,
        ..
    } = &session.wanted;
    let mode = if session.livemode {
        "live mode"
    } else {
        "test mode"
    };
    let kind = flow
        .as_ref()
        .map_or("portal_homepage", |flow| flow.kind.as_str());
    let mut details = vec![("Customer", customer.as_str()), ("Flow", kind)];
    let subscription = flow.as_ref().and_then(|flow| flow.subscription.as_deref());
    details.extend(subscription.map(|id| ("Subscription", id)));
    details.extend(locale.as_deref().map(|locale| ("Locale", locale)));
    let details: Vec<String> = details
        .into_iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>\n", escape(value)))
        .collect();
    let details = details.concat();
    format!(
        "<p class=\"mode\">{mode}, stand-in for Stripe</p>\n<h1>{}</h1>\n<dl>\n{details}</dl>{}{}",
        heading(kind),
        link(
            "done",
            flow.as_ref().and_then(after_completion),
            "Finish, as if it were done"
        ),
        link("return", return_url.as_deref(), "Return"),
    )
}

/// What Stripe's page for a flow is about.
fn heading(kind: &str) -> &'static str {
    match kind {
        "payment_method_update" => "Add a payment method",
        "customer_update" => "Update your billing information",
        "subscription_cancel" => "Cancel your plan",
        "subscription_update" => "Update your plan",
        "subscription_update_confirm" => "Confirm your updates",
        _ => "Manage your billing",
    }
}

/// Where a completed flow leads to, if it leads out of the portal.
fn after_completion(flow: &Flow) -> Option<&str> {
    let redirects = flow.after_completion.as_deref() == Some("redirect");
    flow.completion_url.as_deref().filter(|_| redirects)
}

fn link(class: &str, url: Option<&str>, text: &str) -> String {
    url.map_or_else(String::new, |url| {
        format!(
            "\n<p><a class=\"{class}\" href=\"{}\">{text}</a></p>",
            escape(url)
        )
    })
}

/// Escapes text for HTML, also within double-quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
