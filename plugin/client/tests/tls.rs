//! TLS with a private certificate authority, for REST and the event stream alike.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::sync::Arc;

use mattermost_client::connection::{self, ConnectionEvent, How};
use mattermost_client::{ErrorKind, NetworkErrorKind, Options, RootCertificates};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use support::server::{FakeServer, open_doors};
use support::{client, client_with};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A server for `localhost`, and the PEM of the authority that vouches for it.
async fn server() -> (FakeServer, String) {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    (FakeServer::start_with(Some(acceptor), open_doors).await, authority.pem())
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let (mut server, pem) = server().await;
    let options = Options::default().extra_roots(RootCertificates::from_pem(pem.as_bytes()).unwrap());
    let client = client_with(&server.url, options);
    assert_eq!(client.me().await.unwrap().username, "bot");
    let (connection, mut events) = connection::spawn(client, connection::Options::default());
    let mut socket = server.socket().await;
    socket.accept_fresh("a").await;
    assert!(matches!(events.recv().await, Some(ConnectionEvent::Connecting { .. })));
    assert!(matches!(events.recv().await, Some(ConnectionEvent::Connected { how: How::Fresh, .. })));
    tokio::join!(connection.stop(), socket.close_frame());
}

#[tokio::test]
async fn an_unknown_authority_is_refused_with_the_reason() {
    let (server, _) = server().await;
    let client = client(&server.url);
    let error = client.me().await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Network { kind: NetworkErrorKind::Tls, sent: false, .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("TLS handshake failed") && error.to_string().contains("UnknownIssuer"),
        "{error}"
    );
    assert!(!error.is_retryable());
    let (_connection, mut events) = connection::spawn(client, connection::Options::default());
    events.recv().await;
    match events.recv().await {
        Some(ConnectionEvent::Disconnected { reason, .. }) => {
            assert!(reason.to_string().contains("TLS handshake failed"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    assert!(RootCertificates::from_pem(b"hello").unwrap_err().to_string().contains("no certificate"));
    let broken = b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n";
    assert!(RootCertificates::from_pem(broken).is_err());
}
