//! Questions of agents that people answer by a button. The first answer counts.

use super::start::Channel;
use crate::agent::{Asker, Asking, Chosen};
use host_sdk::protocol::{Choice, ChosenAnswer, InboundMessage, Outbound};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Questions that may be open at once; turns that run are fewer.
const OPEN: usize = 1_024;

/// The questions that wait for an answer. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Inquiries {
    open: Arc<Mutex<HashMap<String, Waiting>>>,
}

#[derive(Debug)]
struct Waiting {
    options: Vec<String>,
    answer: oneshot::Sender<Chosen>,
}

impl Inquiries {
    fn open(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody chose. An option that the question does not have is no answer.
    pub fn choose(&self, chosen: &ChosenAnswer) -> Choice {
        let mut open = self.open();
        let Some(waiting) = open.get(&chosen.question_id) else { return Choice::Closed };
        let index = usize::try_from(chosen.option_index).unwrap_or(usize::MAX);
        let Some(option) = waiting.options.get(index).cloned() else { return Choice::Denied };
        let by = chosen.sender_name.clone().unwrap_or_else(|| chosen.sender_id.clone());
        let Some(waiting) = open.remove(&chosen.question_id) else { return Choice::Closed };
        // Whoever asked may have given up at this moment.
        match waiting.answer.send(Chosen { index, option, by }) {
            Ok(()) => Choice::Answered,
            Err(_) => Choice::Closed,
        }
    }

    /// Who asks in the conversation of a message.
    pub fn of_turn(&self, channel: Arc<Channel>, message: &InboundMessage) -> Arc<dyn Asker> {
        Arc::new(OfTurn {
            inquiries: self.clone(),
            channel,
            message: message.clone(),
            number: AtomicU32::new(0),
        })
    }

    fn wait(&self, question_id: &str, options: &[String]) -> Result<Open<'_>, String> {
        let (answer, receiver) = oneshot::channel();
        let mut open = self.open();
        if open.len() >= OPEN {
            return Err("too many questions are open".to_owned());
        }
        open.insert(question_id.to_owned(), Waiting { options: options.to_vec(), answer });
        drop(open);
        Ok(Open { inquiries: self, question_id: question_id.to_owned(), answer: receiver })
    }
}

/// A question that waits. It is closed when nobody waits for it any more.
struct Open<'a> {
    inquiries: &'a Inquiries,
    question_id: String,
    answer: oneshot::Receiver<Chosen>,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.inquiries.open().remove(&self.question_id);
    }
}

struct OfTurn {
    inquiries: Inquiries,
    channel: Arc<Channel>,
    message: InboundMessage,
    number: AtomicU32,
}

impl Asker for OfTurn {
    fn ask<'a>(
        &'a self,
        asking: &'a Asking,
    ) -> Pin<Box<dyn Future<Output = Result<Chosen, String>> + Send + 'a>> {
        Box::pin(async move {
            let number = self.number.fetch_add(1, Ordering::Relaxed);
            // A turn that begins again asks the same question: it is posted once, and its buttons are still good.
            let question_id = format!("{}:q{number}", self.message.event_id);
            let mut open = self.inquiries.wait(&question_id, &asking.options)?;
            let question = Outbound {
                target: self.message.reply.target.clone(),
                thread_root_id: self.message.reply.thread_root_id.clone(),
                account_id: Some(self.message.account_id.clone()),
                delivery_id: Some(format!("question:{question_id}")),
                text: asking.text.clone(),
                presentation: Some(presentation(&question_id, asking)),
                ..Outbound::default()
            };
            let sent = self.channel.instance.send(&question).await;
            sent.map_err(|error| format!("the question cannot be sent: {error}"))?;
            match tokio::time::timeout(asking.limit, &mut open.answer).await {
                Ok(Ok(chosen)) => Ok(chosen),
                Ok(Err(_)) => Err("the question was closed".to_owned()),
                Err(_) => Err(format!("nobody answered the question within {} s", asking.limit.as_secs())),
            }
        })
    }
}

/// The question as OpenClaw's hosts present one.
fn presentation(question_id: &str, asking: &Asking) -> Value {
    let buttons: Vec<Value> = asking
        .options
        .iter()
        .enumerate()
        .map(|(index, option)| {
            let action = json!({ "type": "question", "questionId": question_id, "optionIndex": index });
            json!({ "label": option, "action": action })
        })
        .collect();
    json!({ "textMode": "fallback", "blocks": [{ "type": "buttons", "buttons": buttons }] })
}

#[cfg(test)]
mod tests {
    use super::Inquiries;
    use host_sdk::protocol::{Choice, ChosenAnswer};

    fn chosen(question_id: &str, option_index: u32, name: &str) -> ChosenAnswer {
        ChosenAnswer {
            question_id: question_id.to_owned(),
            option_index,
            sender_name: Some(name.to_owned()),
            ..ChosenAnswer::default()
        }
    }

    #[tokio::test]
    async fn the_first_answer_counts_and_the_question_is_closed() {
        let inquiries = Inquiries::default();
        let options = ["Red".to_owned(), "Blue".to_owned()];
        let mut open = inquiries.wait("q", &options).unwrap();
        assert_eq!(inquiries.choose(&chosen("other", 0, "alice")), Choice::Closed);
        assert_eq!(inquiries.choose(&chosen("q", 2, "alice")), Choice::Denied, "there is no such option");
        assert_eq!(inquiries.choose(&chosen("q", 1, "alice")), Choice::Answered);
        assert_eq!(inquiries.choose(&chosen("q", 0, "bob")), Choice::Closed);
        let answer = (&mut open.answer).await.unwrap();
        assert_eq!((answer.option.as_str(), answer.by.as_str()), ("Blue", "alice"));
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_is_closed() {
        let inquiries = Inquiries::default();
        drop(inquiries.wait("q", &["Red".to_owned()]).unwrap());
        assert_eq!(inquiries.choose(&chosen("q", 0, "alice")), Choice::Closed);
        assert!(inquiries.open().is_empty());
    }
}
