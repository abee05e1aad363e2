//! The least that a Spin component can do for a session: one read of the store, one call to Stripe, and its answer
//! handed on. It verifies no token, counts nothing, chooses no route and writes no log. Portico beside it shows what
//! Portico adds to its platform.
//!
//! Like Portico, it keeps variables and the open store in an instance. Its bodies go out as Portico's do, so that neither
//! of the two waits for a delayed acknowledgement.

#![cfg(target_family = "wasm")]

use std::pin::pin;
use std::sync::OnceLock;

use http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use spin_sdk::key_value::Store;
use spin_sdk::variables;
use spin_sdk::wasip3::exports::http::handler::Guest;
use spin_sdk::wasip3::http::client;
use spin_sdk::wasip3::http::types::{ErrorCode, Fields, Method, Request, Response, Scheme};
use spin_sdk::wasip3::{spawn, wit_future, wit_stream};
use spin_sdk::wit_bindgen::{StreamResult, yield_async};

/// The key of the record, which is the customer's identifier.
const RECORD: &str = "customer";

/// The bytes that are asked for at a time.
const CHUNK_BYTES: usize = 16 * 1024;

/// The variables and the store, for all requests of an instance.
static KEPT: OnceLock<Kept> = OnceLock::new();

struct Kept {
    store: Store,
    scheme: Scheme,
    authority: String,
    return_url: String,
    headers: Vec<(String, Vec<u8>)>,
}

struct Component;

spin_sdk::wasip3::http::service::export!(Component);

impl Guest for Component {
    async fn handle(_: Request) -> Result<Response, ErrorCode> {
        let kept = if let Some(kept) = KEPT.get() {
            kept
        } else {
            let kept = Kept::read().await?;
            KEPT.get_or_init(|| kept)
        };
        let customer = kept.store.get(RECORD).await.map_err(failure)?;
        let customer = customer.ok_or_else(|| failure("there is no record"))?;
        let customer = String::from_utf8(customer).map_err(failure)?;
        let form = format!("customer={customer}&return_url={}", kept.return_url);
        let (status, body) = call(kept, form.into_bytes()).await?;
        let answer = answer(status, body)?;
        // As Portico's shell does, so that head and body leave in one packet.
        yield_async().await;
        yield_async().await;
        Ok(answer)
    }
}

impl Kept {
    async fn read() -> Result<Self, ErrorCode> {
        let key = variable("stripe_api_key").await?;
        let version = variable("stripe_api_version").await?;
        let base = variable("stripe_api_base").await?;
        let base: http::Uri = base.parse().map_err(failure)?;
        let authority = base.authority().map(ToString::to_string);
        let headers = [
            (AUTHORIZATION.as_str(), format!("Bearer {key}")),
            ("stripe-version", version),
            (
                CONTENT_TYPE.as_str(),
                "application/x-www-form-urlencoded".to_owned(),
            ),
        ];
        Ok(Self {
            store: Store::open_default().await.map_err(failure)?,
            scheme: match base.scheme_str() {
                Some("https") => Scheme::Https,
                _ => Scheme::Http,
            },
            authority: authority.ok_or_else(|| failure("stripe_api_base names no host"))?,
            return_url: format!("{}/account", variable("frontend_url").await?)
                .replace(':', "%3A")
                .replace('/', "%2F"),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.into_bytes()))
                .into(),
        })
    }
}

async fn variable(name: &str) -> Result<String, ErrorCode> {
    variables::get(name).await.map_err(failure)
}

/// Opens a session: status and body of Stripe's answer. The body is sent, and the transmission awaited, for as long as
/// it takes to receive the answer.
async fn call(kept: &Kept, form: Vec<u8>) -> Result<(u16, Vec<u8>), ErrorCode> {
    let mut headers = kept.headers.clone();
    let length = form.len().to_string().into_bytes();
    headers.push((CONTENT_LENGTH.as_str().to_owned(), length));
    let headers = Fields::from_list(&headers).map_err(failure)?;
    let (mut body, reader) = wit_stream::new();
    let (end, trailers) = wit_future::new(|| Ok(None));
    let (request, transmission) = Request::new(headers, Some(reader), trailers, None);
    request
        .set_method(&Method::Post)
        .and_then(|()| request.set_scheme(Some(&kept.scheme)))
        .and_then(|()| request.set_authority(Some(&kept.authority)))
        .and_then(|()| request.set_path_with_query(Some("/v1/billing_portal/sessions")))
        .map_err(|()| failure("the host does not take the address"))?;
    let mut transmit = pin!(async move {
        body.write_all(form).await;
        drop(body);
        let _ = end.write(Ok(None)).await;
        let _ = transmission.await;
    });
    let mut exchange = pin!(async move {
        // As Portico's shell does, so that head and body leave in one packet.
        yield_async().await;
        receive(client::send(request).await?).await
    });
    let mut transmitted = false;
    std::future::poll_fn(|context| {
        if !transmitted {
            transmitted = transmit.as_mut().poll(context).is_ready();
        }
        exchange.as_mut().poll(context)
    })
    .await
}

async fn receive(response: Response) -> Result<(u16, Vec<u8>), ErrorCode> {
    let status = response.get_status_code();
    let (_received, result) = wit_future::new(|| Ok(()));
    let (mut stream, trailers) = Response::consume_body(response, result);
    let mut body = Vec::new();
    loop {
        let (read, chunk) = stream.read(Vec::with_capacity(CHUNK_BYTES)).await;
        body.extend_from_slice(&chunk);
        match read {
            StreamResult::Complete(_) => {}
            StreamResult::Dropped | StreamResult::Cancelled => break,
        }
    }
    trailers.await?;
    Ok((status, body))
}

fn answer(status: u16, body: Vec<u8>) -> Result<Response, ErrorCode> {
    let headers = Fields::from_list(&[
        (
            CONTENT_TYPE.as_str().to_owned(),
            b"application/json".to_vec(),
        ),
        (
            CONTENT_LENGTH.as_str().to_owned(),
            body.len().to_string().into_bytes(),
        ),
    ]);
    let (mut writer, reader) = wit_stream::new();
    let (end, trailers) = wit_future::new(|| Ok(None));
    let (answer, _transmission) = Response::new(headers.map_err(failure)?, Some(reader), trailers);
    answer
        .set_status_code(status)
        .map_err(|()| failure("the host does not take the status"))?;
    spawn(async move {
        writer.write_all(body).await;
        drop(writer);
        let _ = end.write(Ok(None)).await;
    });
    Ok(answer)
}

fn failure(error: impl std::fmt::Debug) -> ErrorCode {
    ErrorCode::InternalError(Some(format!("{error:?}")))
}
