//! What an agent shows while it works: kept until the gateway has handed it over, and never more than a little of it.

use super::{Asker, Asking, Chosen, LONGEST_ANSWER};
use host_sdk::protocol::{PlanStep, ToolProgress};
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::Notify;

/// Signs that wait; when there are more, the oldest goes.
const WAITING: usize = 64;

/// A sign of life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The whole answer as far as it is written.
    Partial(String),
    /// A finished part of the answer.
    Block(String),
    /// News of a tool.
    Tool(ToolProgress),
    /// The whole plan as it stands.
    Plan(Vec<PlanStep>),
    /// The whole of what the agent has thought so far.
    Reasoning(String),
}

/// How an agent shows that it works. Nothing here waits, and nothing here is sure to be seen: what counts is the answer,
/// which holds everything that was shown of it.
///
/// Signs are handed over in their order. Of the answer so far, the thoughts and the plan only the newest waits: it takes
/// the place of an older one, behind what was shown in between.
#[derive(Default)]
pub struct Voice {
    state: Mutex<State>,
    news: Notify,
    asker: Option<Arc<dyn Asker>>,
}

/// What goes with an answer. Unlike signs it is sure to be sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extras {
    /// Rows of buttons, as messages take them.
    pub buttons: Option<Value>,
    /// A presentation, as messages take it.
    pub presentation: Option<Value>,
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voice").field("state", &self.state).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Waiting>,
    text: String,
    thoughts: String,
    extras: Extras,
    closed: bool,
}

/// What is only worth its newest state is written down when it is handed over, so that a long answer in small pieces is
/// not copied for each of them.
#[derive(Debug)]
enum Waiting {
    Partial,
    Reasoning,
    Plan(Vec<PlanStep>),
    Other(Sign),
}

impl Voice {
    /// A voice that can ask people something.
    pub fn asking(asker: Arc<dyn Asker>) -> Self {
        Self { asker: Some(asker), ..Self::default() }
    }

    /// Ask people, and wait for their answer. `Err`: why there is none.
    pub async fn ask(&self, asking: &Asking) -> Result<Chosen, String> {
        match &self.asker {
            Some(asker) => asker.ask(asking).await,
            None => Err("nobody can be asked here".to_owned()),
        }
    }

    /// The answer has these buttons.
    pub fn buttons(&self, buttons: Value) {
        self.state().extras.buttons = Some(buttons);
    }

    /// The answer is presented like this.
    pub fn presentation(&self, presentation: Value) {
        self.state().extras.presentation = Some(presentation);
    }

    /// What goes with the answer.
    pub fn extras(&self) -> Extras {
        self.state().extras.clone()
    }

    /// The answer goes on with `piece`.
    pub fn say(&self, piece: &str) {
        self.change(|state| {
            append(&mut state.text, piece);
            state.push(Waiting::Partial);
        });
    }

    /// The answer as far as it is written is `text`, whatever it was before.
    pub fn partial(&self, text: &str) {
        self.change(|state| {
            state.text.clear();
            append(&mut state.text, text);
            state.push(Waiting::Partial);
        });
    }

    /// What the agent thinks goes on with `piece`.
    pub fn think(&self, piece: &str) {
        self.change(|state| {
            append(&mut state.thoughts, piece);
            state.push(Waiting::Reasoning);
        });
    }

    /// A part of the answer is finished. The answer holds it too.
    pub fn block(&self, text: &str) {
        self.change(|state| state.push(Waiting::Other(Sign::Block(text.to_owned()))));
    }

    /// News of a tool.
    pub fn tool(&self, tool: ToolProgress) {
        self.change(|state| state.push(Waiting::Other(Sign::Tool(tool))));
    }

    /// The plan as it stands now.
    pub fn plan(&self, steps: Vec<PlanStep>) {
        self.change(|state| state.push(Waiting::Plan(steps)));
    }

    /// Nothing is shown any more.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// The next sign to hand over; `None` after the last one of a closed voice.
    pub async fn next(&self) -> Option<Sign> {
        loop {
            // Asked for before the look, so that nothing that comes meanwhile is missed.
            let news = self.news.notified();
            {
                let mut state = self.state();
                if let Some(sign) = state.pop() {
                    return Some(sign);
                }
                if state.closed {
                    return None;
                }
            }
            news.await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state();
        if !state.closed {
            change(&mut state);
            self.news.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// No answer is longer than the longest; what goes beyond it is not shown.
fn append(text: &mut String, piece: &str) {
    if text.len() + piece.len() <= LONGEST_ANSWER {
        text.push_str(piece);
    }
}

impl State {
    fn push(&mut self, new: Waiting) {
        let kind = std::mem::discriminant(&new);
        if !matches!(new, Waiting::Other(_)) {
            self.waiting.retain(|old| std::mem::discriminant(old) != kind);
        }
        if self.waiting.len() >= WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back(new);
    }

    fn pop(&mut self) -> Option<Sign> {
        Some(match self.waiting.pop_front()? {
            Waiting::Partial => Sign::Partial(self.text.clone()),
            Waiting::Reasoning => Sign::Reasoning(self.thoughts.clone()),
            Waiting::Plan(steps) => Sign::Plan(steps),
            Waiting::Other(sign) => sign,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str) -> ToolProgress {
        ToolProgress { name: name.to_owned(), ..ToolProgress::default() }
    }

    async fn all(voice: &Voice) -> Vec<Sign> {
        voice.close();
        let mut signs = Vec::new();
        while let Some(sign) = voice.next().await {
            signs.push(sign);
        }
        signs
    }

    #[tokio::test]
    async fn the_newest_text_takes_the_place_of_what_waits_and_stays_behind_what_came_before_it() {
        let voice = Voice::default();
        voice.say("a");
        voice.tool(tool("search"));
        voice.say("b");
        voice.say("c");
        voice.tool(tool("read"));
        let expected =
            [Sign::Tool(tool("search")), Sign::Partial("abc".to_owned()), Sign::Tool(tool("read"))];
        assert_eq!(all(&voice).await, expected);
    }

    #[tokio::test]
    async fn what_was_handed_over_is_not_taken_back_and_the_next_has_it_too() {
        let voice = Voice::default();
        voice.say("one");
        assert_eq!(voice.next().await, Some(Sign::Partial("one".to_owned())));
        voice.say(" two");
        voice.partial("another");
        voice.think("hm");
        voice.think(" so");
        let expected = [Sign::Partial("another".to_owned()), Sign::Reasoning("hm so".to_owned())];
        assert_eq!(all(&voice).await, expected);
    }

    #[tokio::test]
    async fn however_much_is_shown_little_waits() {
        let voice = Voice::default();
        for number in 0..1_000 {
            voice.tool(tool(&number.to_string()));
            voice.plan(vec![PlanStep::default(); number]);
            voice.say(&"x".repeat(10_000));
        }
        let signs = all(&voice).await;
        assert_eq!(signs.len(), WAITING);
        let plans: Vec<_> = signs.iter().filter(|sign| matches!(sign, Sign::Plan(_))).collect();
        assert!(matches!(plans.as_slice(), [Sign::Plan(steps)] if steps.len() == 999));
        let Some(Sign::Partial(text)) = signs.last() else { panic!("{:?}", signs.last()) };
        assert!(text.len() <= LONGEST_ANSWER && text.len() > LONGEST_ANSWER - 10_000);
    }

    #[tokio::test]
    async fn who_waits_for_a_sign_is_woken_by_it_and_by_the_end() {
        let voice = std::sync::Arc::new(Voice::default());
        let waits = tokio::spawn({
            let voice = voice.clone();
            async move { (voice.next().await, voice.next().await) }
        });
        tokio::task::yield_now().await;
        voice.block("part");
        tokio::task::yield_now().await;
        voice.close();
        voice.say("too late");
        assert_eq!(waits.await.unwrap(), (Some(Sign::Block("part".to_owned())), None));
    }
}
