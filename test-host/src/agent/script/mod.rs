//! An agent that plays a script, to see and to test what a streaming agent looks like.

mod play;
mod read;
mod steps;

pub use play::Script;
pub(super) use steps::{Action, line};

/// The built-in script.
const DEMO: &str = include_str!("demo.json5");

/// What the demo of streaming asks.
pub const DEMO_QUESTION: &str = "What is for lunch?";

/// What the built-in script answers to a question.
pub fn demo_answer(question: &str) -> String {
    // It is in this program, so only its own tests can find that it is none.
    Script::built_in().map(|script| script.whole_answer(question)).unwrap_or_default()
}
