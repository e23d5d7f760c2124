//! A bounded memory of the calls that were made to integrations.

use std::{collections::VecDeque, fmt};

/// How many are remembered.
const MOST: usize = 1024;

/// One call of an integration.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallbackRecord {
    /// `POST` or `GET`.
    pub method: String,
    /// What was called.
    pub url: String,
    /// The headers in the order in which they were sent.
    pub headers: Vec<(String, String)>,
    /// What was sent: a form, or JSON.
    pub body: String,
    /// The status of the answer, or why there was none.
    pub answer: Result<u16, String>,
    /// The body of the answer, as far as the server read it.
    pub answered: String,
}

impl CallbackRecord {
    /// A header's value; names count in any case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

/// Headers and bodies have tokens in them.
impl fmt::Debug for CallbackRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackRecord")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

/// The last calls, oldest first.
#[derive(Debug, Default)]
pub(crate) struct CallbackLog(VecDeque<CallbackRecord>);

impl CallbackLog {
    /// Remembers a call.
    pub(crate) fn push(&mut self, record: CallbackRecord) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(record);
    }

    /// The calls that are remembered.
    pub(crate) fn snapshot(&self) -> Vec<CallbackRecord> {
        self.0.iter().cloned().collect()
    }
}
