//! One TLS configuration for REST and WebSocket.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls_platform_verifier::Verifier;
use thiserror::Error;

/// Root certificates to trust besides those of the operating system, for a private certificate authority.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RootCertificates(Vec<CertificateDer<'static>>);

impl RootCertificates {
    /// Reads one or more certificates in PEM form, as `.pem` and `.crt` files hold them.
    ///
    /// # Errors
    ///
    /// [`TlsError`] when a certificate is malformed or when the text holds none.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates =
            certificates.map_err(|error| TlsError::Certificate { detail: error.to_string() })?;
        if certificates.is_empty() {
            return Err(TlsError::Certificate { detail: "no certificate in the PEM text".to_owned() });
        }
        Ok(Self(certificates))
    }

    /// Whether there is nothing to trust beyond the operating system's roots.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootCertificates({})", self.0.len())
    }
}

/// Why TLS could not be set up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TlsError {
    /// An extra root certificate cannot be read.
    #[error("cannot read the root certificate: {detail}")]
    Certificate {
        /// What the parser found.
        detail: String,
    },
    /// The operating system's roots cannot be used.
    #[error("cannot set up TLS: {detail}; is the package with the system's CA certificates installed?")]
    Setup {
        /// What the TLS library found.
        detail: String,
    },
}

/// The configuration for `https` servers. Without extra roots it is built once in the process, at the first
/// use: reading the system's certificates costs milliseconds and memory.
pub(crate) fn client_config(extra: &RootCertificates) -> Result<Arc<ClientConfig>, TlsError> {
    static SHARED: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if !extra.is_empty() {
        return build(extra).map(Arc::new);
    }
    if let Some(config) = SHARED.get() {
        return Ok(Arc::clone(config));
    }
    let config = Arc::new(build(extra)?);
    Ok(Arc::clone(SHARED.get_or_init(|| config)))
}

/// A configuration that trusts nobody and reads no file, for the HTTP client of an `http` server: that client
/// insists on some TLS configuration even where no TLS will ever be spoken.
pub(crate) fn unused_config() -> Result<ClientConfig, TlsError> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    Ok(config)
}

fn build(extra: &RootCertificates) -> Result<ClientConfig, TlsError> {
    let provider = provider();
    let verifier =
        Verifier::new_with_extra_roots(extra.0.iter().cloned(), Arc::clone(&provider)).map_err(setup)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous() // Rustls calls any verifier of one's own so; this one is the platform's.
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

/// Named explicitly: a shared library must not set the process-wide default of its host.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn setup(error: rustls::Error) -> TlsError {
    TlsError::Setup { detail: error.to_string() }
}
