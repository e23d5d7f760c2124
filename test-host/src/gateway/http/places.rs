//! How many connections there may be.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};

/// Connections of this machine, with those that a reverse proxy on it makes.
pub const LOCAL: usize = 256;
/// Connections of all others together.
pub const REMOTE: usize = 256;
/// Connections of one other address: it cannot keep everybody else out.
pub const PER_ADDRESS: usize = 64;

/// The places for connections. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Places {
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    local: usize,
    remote: HashMap<IpAddr, usize>,
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    taken: Arc<Mutex<Taken>>,
    /// Missing: this machine.
    from: Option<IpAddr>,
}

impl Places {
    /// A place for a connection from there; `None` when there is none left.
    pub fn take(&self, peer: IpAddr) -> Option<Place> {
        let peer = peer.to_canonical();
        let mut taken = lock(&self.taken);
        if peer.is_loopback() {
            if taken.local >= LOCAL {
                return None;
            }
            taken.local += 1;
            return Some(Place { taken: self.taken.clone(), from: None });
        }
        let from = taken.remote.get(&peer).copied().unwrap_or(0);
        if from >= PER_ADDRESS || taken.remote.values().sum::<usize>() >= REMOTE {
            return None;
        }
        taken.remote.insert(peer, from + 1);
        Some(Place { taken: self.taken.clone(), from: Some(peer) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = lock(&self.taken);
        let Some(from) = self.from else {
            taken.local -= 1;
            return;
        };
        if let Some(count) = taken.remote.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                taken.remote.remove(&from);
            }
        }
    }
}

fn lock(taken: &Mutex<Taken>) -> MutexGuard<'_, Taken> {
    taken.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(places: &Places, from: &str) -> Vec<Place> {
        std::iter::from_fn(|| places.take(from.parse().unwrap())).collect()
    }

    #[test]
    fn neither_one_address_nor_all_others_keep_this_machine_out() {
        let places = Places::default();
        let mut held: Vec<Vec<Place>> =
            (0..8).map(|host| fill(&places, &format!("192.0.2.{host}"))).collect();
        let counts: Vec<usize> = held.iter().map(Vec::len).collect();
        assert_eq!(counts, [PER_ADDRESS, PER_ADDRESS, PER_ADDRESS, PER_ADDRESS, 0, 0, 0, 0]);
        assert_eq!(fill(&places, "127.0.0.1").len(), LOCAL);
        held[0].pop();
        assert_eq!(fill(&places, "198.51.100.1").len(), 1);
        drop(held);
        assert!(lock(&places.taken).remote.is_empty());
    }

    #[test]
    fn an_ipv4_address_in_ipv6_is_the_same_address() {
        let places = Places::default();
        let _held = fill(&places, "192.0.2.1");
        assert!(places.take("::ffff:192.0.2.1".parse().unwrap()).is_none());
        let local = places.take("::ffff:127.0.0.1".parse().unwrap()).unwrap();
        assert_eq!(local.from, None);
    }
}
