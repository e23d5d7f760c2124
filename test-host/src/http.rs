//! A small HTTP client for servers on this machine: no TLS, kept connections.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::time::Duration;

/// A client for servers on this machine.
#[derive(Clone, Debug)]
pub struct Local {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Local {
    /// A client without connections yet.
    pub fn new() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(Duration::from_secs(2)));
        Self { client: Client::builder(TokioExecutor::new()).build(connector) }
    }

    /// Ask for a JSON document.
    pub async fn get(&self, url: &str, token: &str, limit: Duration) -> Result<(StatusCode, Value), String> {
        self.call(Method::GET, url, token, Bytes::new(), limit).await
    }

    /// Post a JSON document.
    pub async fn post(
        &self,
        url: &str,
        token: &str,
        body: &Value,
        limit: Duration,
    ) -> Result<(StatusCode, Value), String> {
        self.call(Method::POST, url, token, body.to_string().into(), limit).await
    }

    async fn call(
        &self,
        method: Method,
        url: &str,
        token: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<(StatusCode, Value), String> {
        let request = Request::builder()
            .method(method)
            .uri(url)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .map_err(|error| error.to_string())?;
        let answer = async {
            let response = self.client.request(request).await.map_err(|error| error.to_string())?;
            let status = response.status();
            let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
            Ok((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
        };
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_| Err("no answer in time".to_owned()))
    }
}
