//! The connections of outbound calls: plain ones, and those with TLS.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

pub(super) type Connector = HttpsConnector<HttpConnector>;

/// Makes the connector. It trusts the web's certificate authorities and `roots`, which are DER.
pub(super) fn connector(roots: &[Vec<u8>]) -> Result<Connector> {
    // As on Spin, without `TCP_NODELAY`; see `server.rs`.
    let mut plain = HttpConnector::new();
    // It also makes the connections that TLS is spoken on.
    plain.enforce_http(false);
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls(roots)?)
        .https_or_http()
        .enable_http1()
        .wrap_connector(plain))
}

fn tls(roots: &[Vec<u8>]) -> Result<ClientConfig> {
    let mut store = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.into(),
    };
    for root in roots {
        store
            .add(CertificateDer::from_slice(root))
            .context("an extra root certificate is none")?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(store)
        .with_no_client_auth())
}
