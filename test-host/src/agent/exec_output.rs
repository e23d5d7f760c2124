//! What a command writes: its answer, as a text or as one JSON object with buttons; or, when its first line is
//! `{"stream": 1}`, lines that say what happens.

use super::asking::Asking;
use super::script::{Action, line};
use super::{LONGEST_ANSWER, Voice};
use serde::Deserialize;
use serde_json::Value;

/// The first line of a command that streams is not longer, in bytes.
const LONGEST_OPENING: usize = 256;
/// The most that a command that streams may write, in bytes: each of its lines may have the whole answer so far.
const LONGEST_STREAM: usize = 256 << 20;

/// The first line of a command that streams.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Opening {
    stream: u64,
}

/// An answer that is more than text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rich {
    #[serde(default)]
    text: String,
    buttons: Option<Value>,
    presentation: Option<Value>,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// Its answer, if it has one.
    Answer(Option<String>),
    /// It wants to know something first.
    Question(Asking),
}

/// Reads what a command writes.
pub(super) struct Output<'a> {
    voice: &'a Voice,
    mode: Mode,
    /// What is not read yet: the beginning, a line without its end, or all of an answer.
    waiting: Vec<u8>,
    answer: String,
    asking: Option<Asking>,
    read: usize,
    lines: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// The first line is not there yet.
    Open,
    /// All of it is the answer.
    Whole,
    /// Its lines say what happens.
    Stream,
    /// As before, and its last line was there.
    Ended,
}

impl<'a> Output<'a> {
    pub(super) fn new(voice: &'a Voice) -> Self {
        let (waiting, answer) = (Vec::new(), String::new());
        Self { voice, mode: Mode::Open, waiting, answer, asking: None, read: 0, lines: 0 }
    }

    /// Take what comes next.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), String> {
        self.waiting.extend_from_slice(bytes);
        self.read += bytes.len();
        if self.mode == Mode::Open {
            let line = self.waiting.iter().position(|byte| *byte == b'\n');
            if line.is_some() || self.waiting.len() > LONGEST_OPENING {
                self.open(line)?;
            }
        }
        if self.mode == Mode::Stream || self.mode == Mode::Ended {
            while let Some(end) = self.waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.waiting.drain(..=end).collect();
                self.line(&line)?;
            }
        }
        let streams = matches!(self.mode, Mode::Stream | Mode::Ended);
        if self.waiting.len() > LONGEST_ANSWER || self.answer.len() > LONGEST_ANSWER {
            let what = if streams { "a line or its answer" } else { "its answer" };
            return Err(format!("{what} is longer than 1 MiB, so it was ended"));
        }
        if streams && self.read > LONGEST_STREAM {
            return Err("it wrote more than 256 MiB, so it was ended".to_owned());
        }
        Ok(())
    }

    /// Look at the first line, if there is one, and what it makes of the rest.
    fn open(&mut self, end: Option<usize>) -> Result<(), String> {
        let first = end.and_then(|end| self.waiting.get(..end));
        let opening = first.and_then(|line| serde_json::from_slice::<Opening>(line).ok());
        self.mode = match (opening, end) {
            (Some(Opening { stream: 1 }), Some(end)) => {
                self.waiting.drain(..=end);
                self.lines = 1;
                Mode::Stream
            }
            (Some(Opening { stream }), _) => {
                return Err(format!("it wants to stream in version {stream}; this host knows version 1"));
            }
            (None, _) => Mode::Whole,
        };
        Ok(())
    }

    fn line(&mut self, text: &[u8]) -> Result<(), String> {
        self.lines += 1;
        let text = String::from_utf8_lossy(text);
        if text.trim().is_empty() {
            return Ok(());
        }
        let number = self.lines;
        if self.mode == Mode::Ended {
            return Err(format!("line {number} of its output comes after the end of the turn"));
        }
        let action = line(text.trim()).map_err(|why| format!("line {number} of its output: {why}"))?;
        if let Action::Ask(asking) = action {
            // It is run again with the answer.
            (self.mode, self.asking) = (Mode::Ended, Some(asking));
            return Ok(());
        }
        if action.is_last() {
            self.mode = Mode::Ended;
        }
        action.apply(&mut self.answer, self.voice)
    }

    /// What the command came to, after the end of its output.
    pub(super) fn finish(mut self) -> Result<Said, String> {
        if self.mode == Mode::Open && !self.waiting.is_empty() {
            // Its only line has no end; an answer is trimmed anyway.
            self.take(b"\n")?;
        }
        let rest = std::mem::take(&mut self.waiting);
        match self.mode {
            Mode::Open | Mode::Whole => self.whole(&String::from_utf8_lossy(&rest)),
            Mode::Stream | Mode::Ended => self.line(&rest)?,
        }
        if let Some(asking) = self.asking {
            return Ok(Said::Question(asking));
        }
        let answer = self.answer.trim();
        Ok(Said::Answer((!answer.is_empty()).then(|| answer.to_owned())))
    }

    /// All of the output is the answer.
    fn whole(&mut self, text: &str) {
        let rich = serde_json::from_str::<Rich>(text.trim()).ok();
        match rich.filter(|rich| rich.buttons.is_some() || rich.presentation.is_some()) {
            Some(Rich { text, buttons, presentation }) => {
                self.answer = text;
                buttons.into_iter().for_each(|buttons| self.voice.buttons(buttons));
                presentation.into_iter().for_each(|shown| self.voice.presentation(shown));
            }
            None => text.clone_into(&mut self.answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::Sign;

    /// What becomes of an output, however it is cut in pieces; the signs are those of the whole one.
    async fn read(output: &str) -> (Result<Option<String>, String>, Vec<Sign>) {
        let (mut answers, mut signs) = (Vec::new(), Vec::new());
        for size in [1, 3, output.len().max(1)] {
            let voice = Voice::default();
            let mut reader = Output::new(&voice);
            let taken = output.as_bytes().chunks(size).try_for_each(|part| reader.take(part));
            let said = taken.and_then(|()| reader.finish());
            answers.push(said.map(|said| match said {
                Said::Answer(answer) => answer,
                Said::Question(asking) => Some(format!("asks {}", asking.text)),
            }));
            voice.close();
            signs.clear();
            while let Some(sign) = voice.next().await {
                signs.push(sign);
            }
        }
        assert!(answers.windows(2).all(|two| two[0] == two[1]), "{answers:?}");
        (answers.remove(0), signs)
    }

    #[tokio::test]
    async fn without_an_opening_everything_is_the_answer() {
        let long = "x".repeat(LONGEST_OPENING * 3);
        for text in ["hello", "{\"text\": \"a\"}\n{\"b\": 1}", "{\"stream\": true}\nx", "é", &long] {
            assert_eq!(read(text).await, (Ok(Some(text.to_owned())), vec![]));
        }
        assert_eq!(read(" \n").await.0, Ok(None));
        assert_eq!(read("").await.0, Ok(None));
    }

    #[tokio::test]
    async fn the_lines_of_a_stream_are_shown_and_make_the_answer() {
        let output = "{\"stream\": 1}\n{\"tool\": {\"name\": \"search\"}}\r\n\n{\"text\": \"Grüß \"}\n{\"text\": \"dich\"}";
        let (answer, signs) = read(output).await;
        assert_eq!(answer, Ok(Some("Grüß dich".to_owned())));
        assert!(
            matches!(signs.as_slice(), [Sign::Tool(tool), Sign::Partial(text)] if tool.name == "search" && text == "Grüß dich"),
            "{signs:?}"
        );
        let output = "{\"stream\": 1}\n{\"partial\": \"a\"}\n{\"final\": \"b\"}\n";
        assert_eq!(read(output).await.0, Ok(Some("b".to_owned())));
        assert_eq!(read("{\"stream\": 1}\n").await.0, Ok(None));
        assert_eq!(read("{\"stream\": 1}").await.0, Ok(None));
    }

    #[tokio::test]
    async fn a_wrong_line_fails_with_its_number() {
        for (rest, words) in [
            ("{\"text\": \"a\"}\nhello\n", "line 3 of its output: expected value"),
            ("{\"txt\": 1}\n", "line 2 of its output: unknown field `txt`"),
            ("{\"text\": \"a\", \"after_ms\": 1}\n", "line 2 of its output: times are for scripts"),
            ("{\"final\": \"a\"}\n{\"text\": \"b\"}\n", "line 3 of its output comes after the end"),
            ("{\"fail\": \"no idea\"}\n", "no idea"),
        ] {
            let why = read(&format!("{{\"stream\": 1}}\n{rest}")).await.0.unwrap_err();
            assert!(why.contains(words), "{rest}: {why}");
        }
        assert!(read("{\"stream\": 2}\n").await.0.unwrap_err().contains("knows version 1"));
    }

    #[tokio::test]
    async fn a_question_ends_the_command() {
        let ask = "{\"stream\": 1}\n{\"ask\": {\"text\": \"Which?\", \"options\": [\"a\", \"b\"]}}\n";
        assert_eq!(read(ask).await.0, Ok(Some("asks Which?".to_owned())));
        let more = format!("{ask}{{\"text\": \"x\"}}\n");
        assert!(read(&more).await.0.unwrap_err().contains("line 3 of its output comes after the end"));
        let one = "{\"stream\": 1}\n{\"ask\": {\"text\": \"Which?\", \"options\": [\"a\"]}}\n";
        assert!(read(one).await.0.unwrap_err().contains("2 to 4"));
    }

    #[test]
    fn an_answer_may_have_buttons() {
        let rows = serde_json::json!([[{ "text": "Yes", "callback_data": "yes" }]]);
        for output in [
            format!("{{\"text\": \"Deploy?\", \"buttons\": {rows}}}\n"),
            format!("{{\"stream\": 1}}\n{{\"buttons\": {rows}}}\n{{\"final\": \"Deploy?\"}}\n"),
        ] {
            let voice = Voice::default();
            let mut reader = Output::new(&voice);
            reader.take(output.as_bytes()).unwrap();
            assert_eq!(reader.finish(), Ok(Said::Answer(Some("Deploy?".to_owned()))), "{output}");
            assert_eq!(voice.extras().buttons.as_ref(), Some(&rows), "{output}");
        }
        let voice = Voice::default();
        let mut reader = Output::new(&voice);
        reader.take(b"{\"text\": \"a\"}").unwrap();
        assert_eq!(reader.finish(), Ok(Said::Answer(Some("{\"text\": \"a\"}".to_owned()))));
    }

    #[test]
    fn neither_an_answer_nor_a_line_is_endless() {
        let voice = Voice::default();
        for opening in ["", "{\"stream\": 1}\n"] {
            let mut reader = Output::new(&voice);
            reader.take(opening.as_bytes()).unwrap();
            let block = [b'y'; 8192];
            let why = (0..1000).find_map(|_| reader.take(&block).err()).unwrap();
            assert!(why.contains("longer than 1 MiB"), "{why}");
        }
    }
}
