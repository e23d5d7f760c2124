//! Settings of a client.

use std::time::Duration;

use crate::network::NetworkPolicy;
use crate::tls::RootCertificates;

/// Settings of a [`Client`](crate::Client).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The longest a call may take from connecting to the last byte of the answer. 30 s by default.
    pub timeout: Duration,
    /// The same for uploads and downloads. 300 s by default, the longest a Mattermost server takes part.
    pub transfer_timeout: Duration,
    /// Certificates to trust besides the operating system's. None by default.
    pub extra_roots: RootCertificates,
    /// Where the server may be. Anywhere by default: a Mattermost in a private network is a common thing.
    pub network: NetworkPolicy,
}

impl Options {
    /// The same with another [`timeout`](Self::timeout).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same with another [`transfer_timeout`](Self::transfer_timeout).
    #[must_use]
    pub fn transfer_timeout(mut self, timeout: Duration) -> Self {
        self.transfer_timeout = timeout;
        self
    }

    /// The same with other [`extra_roots`](Self::extra_roots).
    #[must_use]
    pub fn extra_roots(mut self, roots: RootCertificates) -> Self {
        self.extra_roots = roots;
        self
    }

    /// The same with another [`network`](Self::network).
    #[must_use]
    pub fn network(mut self, policy: NetworkPolicy) -> Self {
        self.network = policy;
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            transfer_timeout: Duration::from_secs(300),
            extra_roots: RootCertificates::default(),
            network: NetworkPolicy::default(),
        }
    }
}
