//! What became of the questions. Only what stands on the server counts.

use super::plan::Place;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A post as it stands on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub user_id: String,
    /// Where.
    pub channel_id: String,
    /// The thread's first post; empty for none.
    pub root_id: String,
    /// The text.
    pub message: String,
    /// When, by the server's clock, in milliseconds.
    pub create_at: i64,
}

/// A question that was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its number, which stands in its text.
    pub number: u32,
    /// Where, for the table.
    pub place: Place,
    /// Who asked.
    pub person: String,
    /// The post.
    pub post: Post,
}

/// What is wrong with a question's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// There is none where it belongs.
    Lost,
    /// There is more than one.
    Doubled,
    /// It comes after the answer to a later question of the same conversation.
    OutOfOrder,
}

/// What became of the questions of one place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Count {
    /// Asked.
    pub posted: usize,
    /// Answered where they were asked, at least once.
    pub answered: usize,
    /// Not answered.
    pub lost: usize,
    /// Answered more than once.
    pub doubled: usize,
    /// Answered after a later one of the same conversation.
    pub out_of_order: usize,
    /// The longest time to an answer, by the server's clock.
    pub slowest_ms: i64,
}

impl Count {
    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            posted: self.posted + other.posted,
            answered: self.answered + other.answered,
            lost: self.lost + other.lost,
            doubled: self.doubled + other.doubled,
            out_of_order: self.out_of_order + other.out_of_order,
            slowest_ms: self.slowest_ms.max(other.slowest_ms),
        }
    }
}

/// What became of all questions.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// By place.
    pub places: BTreeMap<Place, Count>,
    /// The numbers of the questions that something is wrong with, in the order in which they were asked.
    pub bad: Vec<(u32, Wrong)>,
}

impl Verdict {
    /// All places together.
    pub fn total(&self) -> Count {
        self.places.values().fold(Count::default(), |sum, count| sum.plus(*count))
    }
}

/// The numbers in a text: an answer to merged questions has more than one.
pub fn numbers(text: &str) -> Vec<u32> {
    const DIGITS: usize = 6;
    let mut found = Vec::new();
    for (start, mark) in text.match_indices("m-") {
        let rest = text.get(start + mark.len()..).unwrap_or_default();
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        if digits.len() == DIGITS {
            found.extend(digits.parse::<u32>().ok());
        }
    }
    found
}

/// What begins a thread.
pub const TOPIC: &str = "A new topic.";

/// The bot's posts that are no whole answer.
pub fn unfinished<'a>(posts: &'a [Post], bot: &'a str) -> impl Iterator<Item = &'a Post> {
    let answers = |text: &str| text.ends_with(TOPIC) || !numbers(text).is_empty();
    posts.iter().filter(move |post| post.user_id == bot && !answers(&post.message))
}

/// The text of a question, without a mention.
pub fn text(number: u32) -> String {
    format!("m-{number:06}")
}

/// Count. `posts` are in the order in which they stand on the server.
pub fn judge(asked: &[Asked], posts: &[Post], bot: &str) -> Verdict {
    let mut answers = HashMap::<u32, Vec<(usize, &Post)>>::new();
    for (position, post) in posts.iter().enumerate().filter(|(_, post)| post.user_id == bot) {
        for number in numbers(&post.message) {
            answers.entry(number).or_default().push((position, post));
        }
    }
    let mut verdict = Verdict::default();
    // The position of the last answer of each conversation so far.
    let mut last = HashMap::<(&str, &str), (usize, u32)>::new();
    let mut late = BTreeSet::new();
    for question in asked {
        let all = answers.get(&question.number).map(Vec::as_slice).unwrap_or_default();
        let lane = (question.post.channel_id.as_str(), question.post.root_id.as_str());
        let right = all.iter().find(|(_, post)| (post.channel_id.as_str(), post.root_id.as_str()) == lane);
        let count = verdict.places.entry(question.place).or_default();
        count.posted += 1;
        let Some((position, answer)) = right else {
            count.lost += 1;
            verdict.bad.push((question.number, Wrong::Lost));
            continue;
        };
        count.answered += 1;
        count.slowest_ms = count.slowest_ms.max(answer.create_at - question.post.create_at);
        // A second one elsewhere is a second one too.
        if all.len() > 1 {
            count.doubled += 1;
            verdict.bad.push((question.number, Wrong::Doubled));
        }
        match last.get(&lane) {
            Some((before, _)) if before > position => {
                count.out_of_order += 1;
                late.insert(question.number);
            }
            _ => drop(last.insert(lane, (*position, question.number))),
        }
    }
    verdict.bad.extend(late.into_iter().map(|number| (number, Wrong::OutOfOrder)));
    verdict.bad.sort_unstable();
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(user: &str, channel: &str, root: &str, message: &str) -> Post {
        Post {
            user_id: user.to_owned(),
            channel_id: channel.to_owned(),
            root_id: root.to_owned(),
            message: message.to_owned(),
            ..Post::default()
        }
    }

    fn asked(number: u32, place: Place, channel: &str, root: &str) -> Asked {
        let post = post("alice", channel, root, &text(number));
        Asked { number, place, person: "alice".to_owned(), post }
    }

    fn questions() -> Vec<Asked> {
        vec![
            asked(1, Place::Direct, "d", ""),
            asked(2, Place::Direct, "d", ""),
            asked(3, Place::Channel, "c", ""),
            asked(4, Place::Thread, "c", "r"),
        ]
    }

    fn verdict(answers: &[(&str, &str, &str)]) -> (Vec<(u32, Wrong)>, Count) {
        let mut posts: Vec<Post> = questions().into_iter().map(|asked| asked.post).collect();
        posts.extend(answers.iter().map(|(channel, root, message)| post("bot", channel, root, message)));
        let verdict = judge(&questions(), &posts, "bot");
        let total = verdict.total();
        (verdict.bad, total)
    }

    #[test]
    fn one_answer_each_in_order_is_clean() {
        let (bad, total) = verdict(&[
            ("d", "", "echo: m-000001"),
            ("c", "r", "echo: m-000004"),
            ("d", "", "echo: m-000002"),
            ("c", "", "echo: m-000003"),
        ]);
        assert_eq!((bad.len(), total.posted, total.answered), (0, 4, 4));
    }

    #[test]
    fn no_answer_is_a_loss() {
        let (bad, total) = verdict(&[("d", "", "echo: m-000001"), ("c", "r", "echo: m-000004")]);
        assert_eq!(bad, [(2, Wrong::Lost), (3, Wrong::Lost)]);
        assert_eq!((total.answered, total.lost), (2, 2));
    }

    #[test]
    fn two_answers_are_one_doubled_question() {
        let (bad, total) = verdict(&[
            ("d", "", "echo: m-000001"),
            ("d", "", "echo: m-000002"),
            ("d", "", "echo: m-000001"),
            ("d", "", "echo: m-000001"),
            ("c", "", "echo: m-000003"),
            ("c", "r", "echo: m-000004"),
        ]);
        assert_eq!(bad, [(1, Wrong::Doubled)]);
        assert_eq!((total.answered, total.doubled), (4, 1));
    }

    #[test]
    fn an_answer_in_the_wrong_place_is_none_and_a_second_one_there_is_one_too_many() {
        let (bad, _) = verdict(&[
            ("d", "", "echo: m-000001"),
            ("d", "", "echo: m-000002"),
            ("c", "r", "echo: m-000003"),
            ("c", "r", "echo: m-000004"),
            ("c", "", "echo: m-000004"),
        ]);
        assert_eq!(bad, [(3, Wrong::Lost), (4, Wrong::Doubled)]);
    }

    #[test]
    fn order_counts_within_a_conversation_only() {
        let (bad, total) = verdict(&[
            ("c", "r", "echo: m-000004"),
            ("c", "", "echo: m-000003"),
            ("d", "", "echo: m-000002"),
            ("d", "", "echo: m-000001"),
        ]);
        assert_eq!((bad, total.out_of_order), (vec![(2, Wrong::OutOfOrder)], 1));
    }

    #[test]
    fn what_people_repeat_is_no_answer_and_merged_questions_have_one() {
        let (bad, _) = verdict(&[("d", "", "echo: m-000001\nm-000002"), ("c", "", "echo: m-000003")]);
        assert_eq!(bad, [(4, Wrong::Lost)]);
        assert_eq!(numbers("m-1 m-0000012 em-000007, m-000008."), [7, 8]);
    }
}
