//! The account page, and the sign-in.
//!
//! The files are read when they are asked for, so that a changed page is there after a reload.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::issuer::Issuer;
use super::users::User;

/// Scripts and styles from here, calls to here, and nothing else. Only pages of this origin may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The files of `examples/dashboard`, and the sign-in that their product would have. A host serves them in front of the
/// component.
pub struct Dashboard {
    page: PathBuf,
    client: PathBuf,
    issuer: Issuer,
    users: Vec<User>,
    checkout: Option<Checkout>,
}

/// Opens a checkout for a user, and gives its address.
type Checkout = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

impl Dashboard {
    /// Opens the dashboard beside a manifest, or returns `None` where there is none.
    #[must_use]
    pub fn beside(manifest: &Path, issuer: Issuer, users: Vec<User>) -> Option<Self> {
        let root = manifest.parent().unwrap_or(Path::new(""));
        let dashboard = Self {
            page: root.join("examples/dashboard"),
            client: root.join("sdk/js/portico.js"),
            issuer,
            users,
            checkout: None,
        };
        let complete = dashboard.page.join("index.html").is_file() && dashboard.client.is_file();
        complete.then_some(dashboard)
    }

    /// Lets users buy: `checkout` opens a checkout for a user, and gives the address of its page.
    #[must_use]
    pub fn selling(
        mut self,
        checkout: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.checkout = Some(Box::new(checkout));
        self
    }

    /// Answers a request, or returns `None` if it is the component's to answer.
    #[must_use]
    pub fn answer(&self, request: &Parts) -> Option<Response<Bytes>> {
        let path = request.uri.path();
        let file = match path {
            "/" | "/account" => Some(self.page.join("index.html")),
            "/portico.js" => Some(self.client.clone()),
            _ => self.file_of_the_page(path),
        };
        let user = path.strip_prefix("/dev/tokens/");
        let buyer = path.strip_prefix("/dev/checkouts/");
        if file.is_none() && user.is_none() && buyer.is_none() && path != "/dev/users" {
            return None;
        }
        // A page of another site whose name leads here (DNS rebinding) must not get tokens.
        if !names_this_machine(request) {
            let message = json!({ "message": "This is served to localhost alone." });
            return Some(self::json(StatusCode::FORBIDDEN, &message));
        }
        Some(match (&request.method, file, user.or(buyer)) {
            (&Method::GET | &Method::HEAD, Some(file), _) => self::file(&file),
            (&Method::GET, None, None) => self.list_users(),
            (&Method::POST, None, Some(user)) if buyer.is_some() => self.sell(user),
            (&Method::POST, None, Some(user)) => self.sign_in(user),
            _ => self::json(
                StatusCode::METHOD_NOT_ALLOWED,
                &json!({ "message": "Another method, please." }),
            ),
        })
    }

    /// Finds a script or a style of the page. Names are plain, so that none leads out of the directory.
    fn file_of_the_page(&self, path: &str) -> Option<PathBuf> {
        let name = path.strip_prefix('/')?;
        let (stem, extension) = name.rsplit_once('.')?;
        let plain = |text: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !text.is_empty() && text.bytes().all(allowed)
        };
        let served = plain(stem) && matches!(extension, "css" | "js");
        served
            .then(|| self.page.join(name))
            .filter(|file| file.is_file())
    }

    fn list_users(&self) -> Response<Bytes> {
        let users: Vec<Value> = self
            .users
            .iter()
            .map(|user| {
                json!({
                    "id": user.id,
                    "name": user.name,
                    "subscription": user.subscription,
                    "can_buy": self.checkout.is_some(),
                })
            })
            .collect();
        json(StatusCode::OK, &Value::from(users))
    }

    /// Opens a checkout. In a product, the server knows the buyer by the session.
    fn sell(&self, id: &str) -> Response<Bytes> {
        let checkout = self.checkout.as_ref().filter(|_| self.has(id));
        match checkout.and_then(|checkout| checkout(id)) {
            Some(url) => json(StatusCode::OK, &json!({ "url": url })),
            None => json(
                StatusCode::NOT_FOUND,
                &json!({ "message": "There is nothing to buy, or no such user." }),
            ),
        }
    }

    fn has(&self, id: &str) -> bool {
        self.users.iter().any(|user| user.id == id)
    }

    fn sign_in(&self, id: &str) -> Response<Bytes> {
        if !self.has(id) {
            let message = json!({ "message": "There is no such user." });
            return json(StatusCode::NOT_FOUND, &message);
        }
        let token = self.issuer.token_for(id);
        json(StatusCode::OK, &json!({ "token": token }))
    }
}

/// Returns whether the client has reached this by an address, or by the name that always means its own machine.
fn names_this_machine(request: &Parts) -> bool {
    let host = request.headers.get(header::HOST);
    let Some(authority) = host.and_then(|host| Authority::try_from(host.as_bytes()).ok()) else {
        return false;
    };
    let host = authority.host();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

/// Returns whether only programs on this machine can connect, so that everyone who can may be signed in.
#[must_use]
pub fn is_private(address: SocketAddr) -> bool {
    address.ip().is_loopback()
}

fn file(path: &Path) -> Response<Bytes> {
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "text/html; charset=utf-8",
    };
    match fs::read(path) {
        Ok(content) => response(StatusCode::OK, kind, content),
        Err(error) if error.kind() == ErrorKind::NotFound => response(
            StatusCode::NOT_FOUND,
            "text/plain; charset=utf-8",
            format!("{} is gone", path.display()).into_bytes(),
        ),
        Err(error) => response(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain; charset=utf-8",
            format!("cannot read {}: {error}", path.display()).into_bytes(),
        ),
    }
}

fn json(status: StatusCode, body: &Value) -> Response<Bytes> {
    response(status, "application/json", body.to_string().into_bytes())
}

fn response(status: StatusCode, kind: &'static str, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use http::{Method, Request, StatusCode};

    use super::{Dashboard, Issuer, User};

    /// Returns the status and the content type, or `None` where the component is to answer.
    fn ask(method: Method, path: &str, host: &str) -> Option<(u16, String)> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
        let user = User {
            id: "user_1",
            name: "One",
            subscription: None,
        };
        let issuer = Issuer::new("http://127.0.0.1/dev".to_owned());
        let dashboard = Dashboard::beside(manifest.as_ref(), issuer, vec![user]);
        let selling = dashboard.expect("the dashboard is there");
        let selling = selling.selling(|user| Some(format!("http://127.0.0.1/c/pay/{user}")));
        let request = Request::builder().method(method).uri(path);
        let request = request.header("host", host).body(()).expect("a request");
        let answer = selling.answer(&request.into_parts().0)?;
        let kind = answer.headers()["content-type"].to_str().expect("text");
        Some((answer.status().as_u16(), kind.to_owned()))
    }

    #[test]
    fn the_page_and_what_it_loads_are_served_and_all_else_is_the_components_to_answer() {
        for (path, kind) in [
            ("/", "text/html; charset=utf-8"),
            ("/account", "text/html; charset=utf-8"),
            ("/account.js", "text/javascript; charset=utf-8"),
            ("/portico.js", "text/javascript; charset=utf-8"),
            ("/style.css", "text/css; charset=utf-8"),
            ("/dev/users", "application/json"),
        ] {
            let expected = Some((200, kind.to_owned()));
            assert_eq!(
                ask(Method::GET, path, "127.0.0.1:3000"),
                expected,
                "GET {path}"
            );
        }
        for path in [
            "/healthz",
            "/..%2fspin.toml",
            "/../../spin.toml",
            "/.js",
            "/README.md",
            "/unknown.js",
            "/dev",
        ] {
            assert_eq!(ask(Method::GET, path, "localhost:3000"), None, "GET {path}");
        }
    }

    #[test]
    fn a_token_and_a_checkout_are_for_a_known_user_a_post_and_this_machine() {
        for path in ["/dev/tokens/", "/dev/checkouts/"] {
            for (method, user, host, status) in [
                (Method::POST, "user_1", "[::1]:3000", StatusCode::OK),
                (Method::POST, "user_2", "[::1]:3000", StatusCode::NOT_FOUND),
                (
                    Method::GET,
                    "user_1",
                    "[::1]:3000",
                    StatusCode::METHOD_NOT_ALLOWED,
                ),
                (
                    Method::POST,
                    "user_1",
                    "evil.example",
                    StatusCode::FORBIDDEN,
                ),
                (
                    Method::POST,
                    "user_1",
                    "localhost.evil.example:3000",
                    StatusCode::FORBIDDEN,
                ),
                (Method::POST, "user_1", "", StatusCode::FORBIDDEN),
            ] {
                let answer = ask(method, &format!("{path}{user}"), host);
                assert_eq!(
                    answer.map(|(status, _)| status),
                    Some(status.as_u16()),
                    "{user} {host}"
                );
            }
        }
    }
}
