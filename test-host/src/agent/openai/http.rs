//! The way to an endpoint.

use super::endpoint::Endpoint;
use crate::failure::Failure;
use crate::times;
use futures_util::{Stream, stream};
use hyper::body::Bytes;
use reqwest::Response;
use reqwest::redirect::Policy;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;
use std::error::Error;
use std::io;
use std::sync::Arc;
use std::time::Duration;

const CONNECT: Duration = Duration::from_secs(10);

/// A client for one endpoint. It follows no redirect, which could lead the key elsewhere.
pub(super) fn client(endpoint: &Endpoint) -> Result<reqwest::Client, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::system("cannot set up HTTP for the agent", error);
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls(endpoint).map_err(|error| failed(&error))?)
        .redirect(Policy::none())
        .referer(false)
        .connect_timeout(CONNECT);
    if endpoint.is_local() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|error| failed(&error))
}

/// Trusts whom the system trusts. For an `http` endpoint nothing is read: no TLS will be spoken.
fn tls(endpoint: &Endpoint) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    if endpoint.url().scheme() != "https" {
        return Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Arc::new(Verifier::new(provider)?);
    // Rustls calls any verifier of one's own dangerous; this one is the platform's.
    Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
}

/// What went wrong with all its reasons; the URL is left out, it may have a secret in its query.
pub(super) fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_told = cause.to_string();
        if !told.contains(&cause_told) {
            told = format!("{told}: {cause_told}");
        }
        source = cause.source();
    }
    told
}

/// The bytes of an answer as they come, at most `most`, each part at most `idle` after the one before.
pub(super) fn body(response: Response, idle: Duration, most: usize) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((response, most), move |(mut response, left)| async move {
        match tokio::time::timeout(idle, response.chunk()).await {
            Ok(Ok(Some(part))) => match left.checked_sub(part.len()) {
                Some(left) => Ok(Some((part, (response, left)))),
                None => Err(io::Error::other(format!("there are more than {most} bytes of it"))),
            },
            Ok(Ok(None)) => Ok(None),
            Ok(Err(error)) => Err(io::Error::other(told(error))),
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, silent(idle))),
        }
    })
}

/// What is said of an endpoint that says nothing.
pub(super) fn silent(idle: Duration) -> String {
    format!("it was silent for {}", times::took(idle))
}
