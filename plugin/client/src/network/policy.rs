//! Where connections may go.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;
use url::{Host, Url};

use super::address::{local_name, not_public};

/// Where a client may connect to.
///
/// Under [`NetworkPolicy::public`] only the public internet can be reached: names of the local network are refused before
/// they are looked up, addresses that are not public are refused as written and as looked up, and the address that was
/// checked is the one that is connected to. That holds for every request and redirect and for the WebSocket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkPolicy {
    public_only: bool,
    option: Option<String>,
}

impl NetworkPolicy {
    /// Anywhere, this machine and private networks included. The default.
    #[must_use]
    pub fn unrestricted() -> Self {
        Self::default()
    }

    /// The public internet only.
    #[must_use]
    pub fn public() -> Self {
        Self { public_only: true, option: None }
    }

    /// The same; refusals name the setting that lifts the restriction.
    #[must_use]
    pub fn lifted_by(mut self, option: impl Into<String>) -> Self {
        self.option = Some(option.into());
        self
    }

    /// Check what a URL says by itself, before any name is looked up. The URL standard writes old spellings of IPv4
    /// addresses (`0x7f.1`, `2130706433`) as what they mean.
    ///
    /// # Errors
    ///
    /// [`RefusedAddress`] for a host that is not public.
    pub fn check_url(&self, url: &Url) -> Result<(), RefusedAddress> {
        match url.host() {
            Some(Host::Domain(name)) => self.check_name(name),
            Some(Host::Ipv4(address)) => self.check_address(&address.to_string(), address.into()),
            Some(Host::Ipv6(address)) => self.check_address(&address.to_string(), address.into()),
            None => Ok(()),
        }
    }

    /// Check a host name before it is looked up.
    pub(super) fn check_name(&self, name: &str) -> Result<(), RefusedAddress> {
        match local_name(name).filter(|_| self.public_only) {
            Some(reason) => Err(self.refused(name, reason)),
            None => Ok(()),
        }
    }

    /// Check an address of `host`.
    pub(super) fn check_address(&self, host: &str, address: IpAddr) -> Result<(), RefusedAddress> {
        match not_public(address).filter(|_| self.public_only) {
            Some(reason) => {
                let shown = address.to_string();
                let host = if host == shown { shown } else { format!("{host} ({shown})") };
                Err(self.refused(&host, reason))
            }
            None => Ok(()),
        }
    }

    fn refused(&self, host: &str, reason: &'static str) -> RefusedAddress {
        RefusedAddress { host: crate::shown::shown(host), reason, option: self.option.clone() }
    }
}

/// A connection that is not made because of where it would go.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub struct RefusedAddress {
    /// The host, with its address where that was looked up.
    pub host: String,
    /// What it is.
    pub reason: &'static str,
    /// The setting that allows it, where there is one.
    pub option: Option<String>,
}

impl RefusedAddress {
    /// Note the refusal for those who watch for attacks. `context` says which part of the program wanted to connect.
    pub fn audit(&self, context: &str) {
        tracing::warn!(
            audit = context,
            host = %self.host,
            reason = self.reason,
            "security: blocked a connection ({context}) to {}: {}", self.host, self.reason
        );
    }
}

impl fmt::Display for RefusedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, which is not connected to", self.host, self.reason)?;
        match &self.option {
            Some(option) => write!(f, "; if the server is really there, set {option} to true"),
            None => Ok(()),
        }
    }
}
