//! Looking names up.

use std::error::Error as StdError;
use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::NetworkPolicy;

/// Looks names up under a policy. What it answers is what is connected to: nothing is looked up a second time.
#[derive(Debug, Clone)]
pub(crate) struct Guarded(pub(crate) NetworkPolicy);

impl Guarded {
    /// The addresses of a host, IPv4 first.
    ///
    /// A name with a public and a private address is refused as a whole: which one is used would be chance.
    pub(super) async fn addresses(
        &self,
        host: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Box<dyn StdError + Send + Sync>> {
        self.0.check_name(host)?;
        let mut addresses: Vec<SocketAddr> = tokio::net::lookup_host((host, port)).await?.collect();
        for address in &addresses {
            self.0.check_address(host, address.ip())?;
        }
        if addresses.is_empty() {
            return Err(io::Error::other("failed to lookup address: the name has none").into());
        }
        addresses.sort_by_key(SocketAddr::is_ipv6);
        Ok(addresses)
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let guarded = self.clone();
        Box::pin(async move {
            let addresses = guarded.addresses(name.as_str(), 0).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Guarded;
    use crate::network::{NetworkPolicy, RefusedAddress};

    /// The system's resolver reads `127.1` as an address, so it stands for a name that leads inside.
    #[tokio::test]
    async fn what_a_name_leads_to_is_checked_before_anything_is_connected_to() {
        let public = Guarded(NetworkPolicy::public().lifted_by("allow"));
        let refused = public.addresses("127.1", 80).await.unwrap_err();
        let refused = refused.downcast::<RefusedAddress>().unwrap();
        assert_eq!(refused.host, "127.1 (127.0.0.1)");
        assert_eq!(refused.option.as_deref(), Some("allow"));
        let found = Guarded(NetworkPolicy::unrestricted()).addresses("127.1", 80).await.unwrap();
        assert_eq!(found, ["127.0.0.1:80".parse().unwrap()]);
    }
}
