//! Bots that answer each other would never stop: after a while they are not heard any more.

use std::collections::{HashMap, VecDeque};

/// Messages of bots that are heard in a conversation within a minute.
const PER_MINUTE: usize = 8;
/// Messages of bots that are heard in a conversation in a row, while no person says anything.
const IN_A_ROW: u32 = 30;
/// After so long without a bot's message it is not the same talk any more. Milliseconds.
const QUIET: i64 = 60 * 60 * 1000;
const MINUTE: i64 = 60 * 1000;
/// Conversations that are watched.
const MOST: usize = 1_000;

/// The talk of bots in an account's channels.
#[derive(Debug, Default)]
pub(super) struct Loops {
    channels: HashMap<String, Talk>,
}

#[derive(Debug, Default)]
struct Talk {
    recent: VecDeque<i64>,
    in_a_row: u32,
}

impl Loops {
    /// A person said something.
    pub(super) fn person(&mut self, channel_id: &str) {
        self.channels.remove(channel_id);
    }

    /// Whether a bot's message may be heard at `now`, in milliseconds.
    pub(super) fn bot(&mut self, channel_id: &str, now: i64) -> bool {
        if self.channels.len() >= MOST && !self.channels.contains_key(channel_id) {
            self.channels.retain(|_, talk| talk.recent.back().is_some_and(|last| now - last < QUIET));
            if self.channels.len() >= MOST {
                return false;
            }
        }
        let talk = self.channels.entry(channel_id.to_owned()).or_default();
        if talk.recent.back().is_some_and(|last| now - last >= QUIET) {
            *talk = Talk::default();
        }
        while talk.recent.front().is_some_and(|at| now - at >= MINUTE) && talk.recent.len() > 1 {
            talk.recent.pop_front();
        }
        let lately = talk.recent.iter().filter(|at| now - **at < MINUTE).count();
        if lately >= PER_MINUTE || talk.in_a_row >= IN_A_ROW {
            return false;
        }
        talk.in_a_row += 1;
        talk.recent.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{IN_A_ROW, Loops, MINUTE, PER_MINUTE, QUIET};

    #[test]
    fn a_fast_loop_ends_within_a_minute_and_a_slow_one_after_some_messages() {
        let mut loops = Loops::default();
        let heard = (0..100).filter(|at| loops.bot("fast", *at)).count();
        assert_eq!(heard, PER_MINUTE);
        assert!(loops.bot("fast", MINUTE + 10));
        let heard = (0..100).filter(|at| loops.bot("slow", at * MINUTE / 2)).count();
        assert_eq!(heard, IN_A_ROW as usize);
    }

    #[test]
    fn a_person_or_an_hour_of_silence_ends_the_loop() {
        let mut loops = Loops::default();
        while loops.bot("c", 0) {}
        loops.person("c");
        assert!(loops.bot("c", 0));
        while loops.bot("c", 0) {}
        assert!(loops.bot("c", QUIET));
    }
}
