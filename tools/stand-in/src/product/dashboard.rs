//! The account page, and the sign-in.
//!
//! The files are read when they are asked for, so that a changed page is there after a reload.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use super::issuer::Issuer;
use super::users::USERS;

/// Scripts and styles from here, calls to here, and nothing else. Only pages of this origin may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The files of `examples/dashboard`, and the sign-in that their product would have. A host serves them in front of the
/// component.
pub struct Dashboard {
    page: PathBuf,
    client: PathBuf,
    issuer: Issuer,
}

impl Dashboard {
    /// Opens the dashboard beside a manifest, or returns `None` where there is none.
    #[must_use]
    pub fn beside(manifest: &Path, issuer: Issuer) -> Option<Self> {
        let root = manifest.parent().unwrap_or(Path::new(""));
        let dashboard = Self {
            page: root.join("examples/dashboard"),
            client: root.join("sdk/js"),
            issuer,
        };
        let files = [
            dashboard.page.join("index.html"),
            dashboard.client.join("portico.js"),
        ];
        files.iter().all(|file| file.is_file()).then_some(dashboard)
    }

    /// Answers a request, or returns `None` if it is the component's to answer.
    #[must_use]
    pub fn answer(&self, request: &Parts) -> Option<Response<Bytes>> {
        let path = request.uri.path();
        let file = match path {
            "/" | "/account" => Some(self.page.join("index.html")),
            "/portico.js" => Some(self.client.join("portico.js")),
            "/portico-format.js" => Some(self.client.join("format.js")),
            _ => self.file_of_the_page(path),
        };
        let user = path.strip_prefix("/dev/tokens/");
        if file.is_none() && user.is_none() && path != "/dev/users" {
            return None;
        }
        // A page of another site whose name leads here (DNS rebinding) must not get tokens.
        if !names_this_machine(request) {
            let message = "This is served to localhost alone.";
            return Some(problem(StatusCode::FORBIDDEN, message));
        }
        Some(match (&request.method, file, user) {
            (&Method::GET | &Method::HEAD, Some(file), _) => self::file(&file),
            (&Method::GET, None, None) => list_users(),
            (&Method::POST, None, Some(user)) => self.sign_in(user),
            _ => problem(StatusCode::METHOD_NOT_ALLOWED, "Another method, please."),
        })
    }

    /// Finds a script or a style of the page. Names are plain, so that none leads out of the directory.
    fn file_of_the_page(&self, path: &str) -> Option<PathBuf> {
        let name = path.strip_prefix('/')?;
        let (stem, extension) = name.rsplit_once('.')?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let plain = !stem.is_empty() && stem.bytes().all(allowed);
        let file = self.page.join(name);
        (plain && matches!(extension, "css" | "js") && file.is_file()).then_some(file)
    }

    fn sign_in(&self, id: &str) -> Response<Bytes> {
        if !USERS.iter().any(|(user, _)| *user == id) {
            return problem(StatusCode::NOT_FOUND, "There is no such user.");
        }
        let token = self.issuer.token_for(id);
        json(StatusCode::OK, &json!({ "token": token }))
    }
}

fn list_users() -> Response<Bytes> {
    let users = USERS.map(|(id, name)| json!({ "id": id, "name": name }));
    json(StatusCode::OK, &json!(users))
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

fn file(path: &Path) -> Response<Bytes> {
    let kind = match path.extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "text/html; charset=utf-8",
    };
    match fs::read(path) {
        Ok(content) => response(StatusCode::OK, kind, content),
        Err(error) => problem(
            StatusCode::NOT_FOUND,
            &format!("cannot read {}: {error}", path.display()),
        ),
    }
}

fn problem(status: StatusCode, message: &str) -> Response<Bytes> {
    json(status, &json!({ "message": message }))
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
    use http::{Method, Request};

    use super::{Dashboard, Issuer};

    /// Each line has a method, a path, the host that the client names, and the status of the answer; 0 where the
    /// component is to answer.
    const ASKED: &str = "\
GET / 127.0.0.1:3000 200
GET /account 127.0.0.1:3000 200
GET /account.js localhost:3000 200
GET /portico.js localhost:3000 200
GET /portico-format.js localhost:3000 200
GET /dev/users [::1]:3000 200
GET /healthz localhost:3000 0
GET /..%2fspin.toml localhost:3000 0
GET /../../spin.toml localhost:3000 0
GET /.js localhost:3000 0
GET /README.md localhost:3000 0
GET /unknown.js localhost:3000 0
GET /dev localhost:3000 0
POST /dev/tokens/user_paid [::1]:3000 200
POST /dev/tokens/user_other [::1]:3000 404
GET /dev/tokens/user_paid [::1]:3000 405
POST /dev/users [::1]:3000 405
GET / evil.example 403
POST /dev/tokens/user_paid localhost.evil.example:3000 403";

    #[test]
    fn the_page_and_the_sign_in_are_served_to_this_machine_and_all_else_is_the_components_to_answer()
     {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spin.toml");
        let issuer = Issuer::new("http://127.0.0.1/dev");
        let dashboard = Dashboard::beside(manifest.as_ref(), issuer).expect("it is there");
        for line in ASKED.lines() {
            let [method, path, host, status] = line.split(' ').collect::<Vec<_>>()[..] else {
                panic!("{line}")
            };
            let method: Method = method.parse().expect("a method");
            let request = Request::builder().method(method).uri(path);
            let request = request.header("host", host).body(()).expect("a request");
            let answer = dashboard.answer(&request.into_parts().0);
            let answered = answer.map_or(0, |answer| answer.status().as_u16());
            assert_eq!(answered.to_string(), status, "{line}");
        }
    }
}
