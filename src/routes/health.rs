//! `GET /healthz`: tells that the component runs. It touches nothing.

use http::StatusCode;
use serde::Serialize;

use crate::answer::Reply;
use crate::error::Failure;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

pub(super) fn serve() -> Result<Reply, Failure> {
    Reply::json(StatusCode::OK, &Health { status: "ok" })
}
