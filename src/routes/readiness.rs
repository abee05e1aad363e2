//! `GET /readyz`: tells whether the instance can serve, and if not, what stands in the way.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Reply;
use crate::error::Failure;
use crate::instance::Instance;
use crate::log::Entry;
use crate::platform::Platform;

#[derive(Serialize)]
struct Ready {
    status: &'static str,
}

#[derive(Serialize)]
struct Unready<'a> {
    status: &'static str,
    checks: Checks<'a>,
}

/// Each check is `ok` or a one-line reason without secrets.
#[derive(Serialize)]
struct Checks<'a> {
    config: &'a str,
    keys: &'a str,
    store: &'a str,
}

pub(super) async fn serve<P: Platform>(
    instance: &Instance<P>,
    entry: &mut Entry,
) -> Result<Reply, Failure> {
    let config = instance.config().await;
    let keys = match &config {
        Ok(config) => {
            instance
                .authenticator
                .check_keys(&instance.platform, &config.auth)
                .await
        }
        Err(error) if error.concerns_keys() => Err("no usable key: see config".to_owned()),
        Err(_) => Ok(()),
    };
    let store = match instance.platform.check().await {
        Ok(()) => Ok(()),
        Err(_) => Err("the store `default` cannot be opened".to_owned()),
    };
    let config = config.map(drop).map_err(|error| error.to_string());
    if config.is_ok() && keys.is_ok() && store.is_ok() {
        return Reply::json(StatusCode::OK, &Ready { status: "ready" });
    }
    let line = |check: Result<(), String>| check.err().unwrap_or_else(|| "ok".to_owned());
    let (config, keys, store) = (line(config), line(keys), line(store));
    let reason = format!("unready: config {config}; keys {keys}; store {store}");
    entry.add_reason(reason.into());
    let unready = Unready {
        status: "unready",
        checks: Checks {
            config: &config,
            keys: &keys,
            store: &store,
        },
    };
    Reply::json(StatusCode::SERVICE_UNAVAILABLE, &unready)
}
