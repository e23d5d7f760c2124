//! Playing a script.

use super::steps::{Action, Step, paragraph};
use super::{DEMO, read};
use crate::agent::{Agent, Answer, Failed, LONGEST_ANSWER, Turn, Voice};
use crate::failure::Failure;
use std::path::Path;

/// Plays the same steps for each message.
#[derive(Debug)]
pub struct Script {
    steps: Vec<Step>,
}

impl Script {
    /// The one that comes with the program.
    pub fn built_in() -> Result<Self, Failure> {
        Ok(Self { steps: read::steps("the built-in script", DEMO)? })
    }

    /// The one in a file.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        Ok(Self { steps: read::file(path)? })
    }

    /// The answer that it comes to.
    pub(super) fn whole_answer(&self, said: &str) -> String {
        let mut answer = String::new();
        for step in &self.steps {
            match step.action.filled(said, None) {
                Action::Text { text, .. } => answer.push_str(&text),
                Action::Block(text) => drop(paragraph(&mut answer, &text)),
                Action::Partial(text) | Action::Final(text) => answer = text,
                _ => {}
            }
        }
        answer.trim().to_owned()
    }

    async fn play(&self, said: &str, voice: &Voice) -> Result<Option<String>, Failed> {
        let (mut answer, mut chosen) = (String::new(), None);
        for step in &self.steps {
            tokio::time::sleep(step.after).await;
            match step.action.filled(said, chosen.as_ref()) {
                Action::Ask(asking) => chosen = Some(voice.ask(&asking).await.map_err(Failed::for_good)?),
                Action::Text { text, chunk, every } => {
                    for (number, piece) in pieces(&text, chunk).enumerate() {
                        if number > 0 {
                            tokio::time::sleep(every).await;
                        }
                        answer.push_str(piece);
                        voice.say(piece);
                    }
                }
                other => other.apply(&mut answer, voice).map_err(Failed::for_good)?,
            }
            if answer.len() > LONGEST_ANSWER {
                return Err(Failed::for_good("the script's answer is longer than 1 MiB"));
            }
        }
        let answer = answer.trim();
        Ok((!answer.is_empty()).then(|| answer.to_owned()))
    }
}

impl Agent for Script {
    fn name(&self) -> &'static str {
        "script"
    }

    fn answer<'a>(&'a self, turn: Turn<'a>, voice: &'a Voice) -> Answer<'a> {
        Box::pin(self.play(&turn.message.text, voice))
    }
}

/// A text in pieces of so many characters.
fn pieces(text: &str, chunk: usize) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.char_indices().nth(chunk).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Sign;
    use host_sdk::protocol::{InboundMessage, ToolProgress};

    async fn played(script: &str, said: &str) -> (Result<Option<String>, Failed>, Vec<Sign>) {
        let script = Script { steps: read::steps("test", script).unwrap() };
        let message = InboundMessage { text: said.to_owned(), ..InboundMessage::default() };
        let voice = Voice::default();
        let answer = script
            .answer(Turn { message: &message, system_events: &[], model: None, hints: &[] }, &voice)
            .await;
        voice.close();
        let mut signs = Vec::new();
        while let Some(sign) = voice.next().await {
            signs.push(sign);
        }
        (answer, signs)
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let cut = |text| pieces(text, 2).collect::<Vec<_>>();
        assert_eq!(cut("aé🦀b."), ["aé", "🦀b", "."]);
        assert!(cut("").is_empty());
    }

    #[tokio::test]
    async fn the_answer_is_what_was_written_bit_by_bit() {
        let script = "[{ tool: { name: 'search', detail: '{text}' } }, { partial: 'A: ' }, \
                      { text: '{text}! ', chunk: 2, every_ms: 1 }]";
        let (answer, signs) = played(script, "why").await;
        assert_eq!(answer, Ok(Some("A: why!".to_owned())));
        let tool = ToolProgress {
            name: "search".to_owned(),
            detail: Some("why".to_owned()),
            ..ToolProgress::default()
        };
        assert_eq!(signs, [Sign::Tool(tool), Sign::Partial("A: why! ".to_owned())]);
    }

    #[tokio::test]
    async fn a_finished_part_is_a_paragraph_of_the_answer() {
        let script = "[{ text: 'a' }, { block: 'b' }, { block: 'c' }, { text: 'd' }]";
        let (answer, signs) = played(script, "").await;
        assert_eq!(answer, Ok(Some("a\n\nb\n\nc\n\nd".to_owned())));
        assert!(signs.contains(&Sign::Block("b".to_owned())) && signs.contains(&Sign::Block("c".to_owned())));
    }

    #[tokio::test]
    async fn a_script_may_say_something_else_in_the_end_or_fail_or_say_nothing() {
        assert_eq!(played("[{ text: 'a' }, { final: 'b' }]", "").await.0, Ok(Some("b".to_owned())));
        let failed = played("[{ text: 'a' }, { fail: 'no {text}' }]", "idea").await.0;
        assert_eq!(failed, Err(Failed::for_good("no idea")));
        assert_eq!(played("[{ reasoning: 'hm' }]", "").await.0, Ok(None));
    }

    #[test]
    fn the_demos_answer_has_the_question_in_it() {
        assert!(crate::agent::demo_answer("why?").starts_with("You asked: “why?”"));
    }
}
