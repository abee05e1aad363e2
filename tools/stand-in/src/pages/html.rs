//! The parts that all pages share: the frame around their content, links, forms, and text made safe.

use serde_json::Value;

use crate::wire::Answer;

/// The style of a page, which has no other resources.
const STYLE: &str = "\
body { margin: 0; min-height: 100vh; background: #f6f8fa; color: #1a1f36; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 0 auto; padding: 3rem 1.5rem; }
.mode { display: inline-block; padding: 0 .5rem; border-radius: .25rem; background: #ffde92; font-size: .8rem; }
dl { padding: 1rem 1.5rem; border: 1px solid #dce1e8; border-radius: .5rem; background: #fff; }
dt { color: #5b6478; font-size: .875rem; }
dd { margin: 0 0 .5rem; }
a { color: #4b44d6; }
form, section { margin: 0 0 1rem; padding: .5rem 1.5rem; border: 1px solid #dce1e8; border-radius: .5rem;
  background: #fff; }
section form { padding: 0 1rem; }
h2 { font-size: 1.125rem; }
fieldset { margin: 0 0 1rem; border: 1px solid #dce1e8; }
label { display: block; }
button { margin: 0 .5rem .5rem 0; padding: .5rem 1rem; border: 1px solid #5b6478; border-radius: .375rem;
  background: #fff; color: inherit; font: inherit; cursor: pointer; }
.problem { color: #b3093c; }
.done { display: inline-block; margin-bottom: 1rem; padding: .5rem 1rem; border-radius: .375rem;
  background: #4b44d6; color: #fff; text-decoration: none; }
";

/// Returns a page with this title and content, with the headers by which Stripe keeps its pages out of frames and
/// caches.
pub(super) fn page(status: u16, title: &str, content: &str) -> Answer {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <link rel=\"icon\" href=\"data:,\">\n\
         <title>{title} (stand-in)</title>\n<style>\n{STYLE}</style>\n</head>\n\
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

/// Sends the browser to another page, after a form.
pub(super) fn redirect(url: &str) -> Answer {
    let mut answer = page(303, "Stripe", &link("return", Some(url), "Go on"));
    // A line break would end the header.
    answer.set("Location", &url.replace(['\r', '\n'], ""));
    answer
}

/// Returns the last value of a name in a form or a query.
pub(super) fn form_value<'a>(form: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = form.iter().rev().find(|(candidate, _)| candidate == name);
    found.map(|(_, value)| value.as_str())
}

/// Returns the line that says in which mode an object is.
pub(super) fn mode(object: &Value) -> String {
    let live = object["livemode"] == true;
    let mode = if live { "live" } else { "test" };
    format!("<p class=\"mode\">{mode} mode, stand-in for Stripe</p>\n")
}

/// Returns the button of a form that asks for an action.
pub(super) fn button(action: &str, words: &str) -> String {
    format!("<button name=\"action\" value=\"{action}\">{words}</button>\n")
}

/// Returns a form, which is sent to the page's own address.
pub(super) fn form(content: &str) -> String {
    format!("<form method=\"post\">\n{content}</form>\n")
}

/// Returns an input of a form that nobody sees.
pub(super) fn hidden(name: &str, value: &str) -> String {
    let value = escape(value);
    format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
}

pub(super) fn link(class: &str, url: Option<&str>, text: &str) -> String {
    url.map_or_else(String::new, |url| {
        let url = escape(url);
        format!("\n<p><a class=\"{class}\" href=\"{url}\">{text}</a></p>")
    })
}

/// Escapes text for HTML, also within double-quoted attributes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
