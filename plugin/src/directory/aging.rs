//! A bounded memory of things that change: what is old is asked again.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Values by key, each for a while. When it is full the oldest one goes; reading one does not keep it.
#[derive(Debug)]
pub(super) struct Aging {
    most: usize,
    lasts: Duration,
    values: HashMap<String, (String, Instant)>,
    /// Keys in the order in which they came.
    order: VecDeque<String>,
}

impl Aging {
    /// A memory for at most so many values, each for so long.
    pub(super) fn new(most: usize, lasts: Duration) -> Self {
        Self { most, lasts, values: HashMap::new(), order: VecDeque::new() }
    }

    /// The value, if it is not too old.
    pub(super) fn get(&self, key: &str, now: Instant) -> Option<String> {
        let (value, since) = self.values.get(key)?;
        (now.saturating_duration_since(*since) < self.lasts).then(|| value.clone())
    }

    /// Remember a value.
    pub(super) fn insert(&mut self, key: &str, value: &str, now: Instant) {
        self.remove(key);
        while self.order.len() >= self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
        self.order.push_back(key.to_owned());
        self.values.insert(key.to_owned(), (value.to_owned(), now));
    }

    /// Forget a value; what it was.
    pub(super) fn remove(&mut self, key: &str) -> Option<String> {
        let (value, _) = self.values.remove(key)?;
        self.order.retain(|known| known != key);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::Aging;
    use std::time::{Duration, Instant};

    const TTL: Duration = Duration::from_secs(300);

    // covers: O05
    #[test]
    fn a_value_lasts_its_time_and_no_longer() {
        let (mut aging, now) = (Aging::new(4, TTL), Instant::now());
        aging.insert("a", "1", now);
        assert_eq!(aging.get("a", now + TTL - Duration::from_millis(1)).as_deref(), Some("1"));
        assert_eq!(aging.get("a", now + TTL), None);
    }

    #[test]
    fn the_first_to_come_is_the_first_to_go_and_reading_does_not_keep_it() {
        let (mut aging, now) = (Aging::new(1_024, TTL), Instant::now());
        for number in 0..1_024 {
            aging.insert(&number.to_string(), "x", now);
        }
        assert!(aging.get("0", now).is_some());
        aging.insert("one more", "x", now);
        assert!(aging.get("0", now).is_none() && aging.get("1", now).is_some());
        assert_eq!((aging.values.len(), aging.order.len()), (1_024, 1_024));
    }

    #[test]
    fn what_comes_again_is_new_and_is_there_once() {
        let (mut aging, now) = (Aging::new(2, TTL), Instant::now());
        aging.insert("a", "1", now);
        aging.insert("b", "2", now);
        aging.insert("a", "3", now);
        aging.insert("c", "4", now);
        assert_eq!((aging.get("a", now), aging.get("b", now)), (Some("3".to_owned()), None));
        assert_eq!(aging.remove("a").as_deref(), Some("3"));
        assert_eq!(aging.remove("a"), None);
    }
}
