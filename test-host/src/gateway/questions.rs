//! What the plugins ask the host.

use super::house::House;
use super::start::Channel;
use crate::failure::Failure;
use crate::pairing::{Ask, Checked, Store};
use crate::settings::Settings;
use host_sdk::protocol::{
    ChoiceOutcome, HandleRequest, HostAnswer, HostReply, HostRequest, PairingAnswer, PairingQuestion,
    Question, SkillList,
};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Questions that are looked up at the same time; a slow disk gets no more.
const AT_ONCE: usize = 8;

/// Answers the questions of all channels. Cheap to clone.
#[derive(Clone)]
pub struct Questions {
    settings: Arc<Settings>,
    house: House,
    at_once: Arc<Semaphore>,
}

impl Questions {
    /// Answers from what these settings name.
    pub fn new(settings: &Settings, house: House) -> Self {
        Self { settings: Arc::new(settings.clone()), house, at_once: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Answer a question, later: whoever reads events does not wait for a disk.
    pub fn answer(&self, channel: Arc<Channel>, request: HostRequest) {
        let this = self.clone();
        // It holds nothing that has to be cleaned up, so nobody waits for its end.
        tokio::spawn(async move {
            let HostRequest { request_id, account_id, question } = request;
            let answer = match question {
                Question::Pairing(question) => this.pairing(&channel, account_id.clone(), question).await,
                Question::Models(question) => {
                    HostAnswer::Models(this.house.models.list(&question.session_key))
                }
                Question::Skills(_) => this.skills().await,
                Question::Chosen(chosen) => {
                    let outcome = this.house.inquiries.choose(&chosen);
                    HostAnswer::Chosen(ChoiceOutcome { outcome })
                }
                _ => HostAnswer::Unknown {},
            };
            let reply = HandleRequest::HostReply(HostReply { request_id, answer });
            if let Err(error) = channel.instance.handle(&reply).await {
                tracing::warn!("{} {account_id}: an answer of the host was not taken: {error}", channel.id);
            }
        });
    }

    async fn skills(&self) -> HostAnswer {
        // Never closed.
        let _turn = self.at_once.acquire().await;
        let (settings, house) = (self.settings.clone(), self.house.clone());
        let looked_up = tokio::task::spawn_blocking(move || house.skills(&settings)).await;
        match looked_up {
            Ok(skills) => HostAnswer::Skills(SkillList { skills }),
            Err(error) => HostAnswer::Failed { reason: error.to_string() },
        }
    }

    async fn pairing(&self, channel: &Channel, account_id: String, question: PairingQuestion) -> HostAnswer {
        // Never closed.
        let _turn = self.at_once.acquire().await;
        let who = name(&question);
        let (settings, id, account) = (self.settings.clone(), channel.id.clone(), account_id.clone());
        let looked_up = tokio::task::spawn_blocking(move || check(&settings, &id, &account, &question)).await;
        let answer = looked_up.unwrap_or_else(|error| Err(Failure::system("the pairings", &error)));
        match answer {
            Ok(answer) => {
                if let (true, Some(code)) = (answer.created, &answer.code) {
                    tracing::info!("{} {account_id}: {who} asks to be let in, code {code}", channel.id);
                }
                HostAnswer::Pairing(answer)
            }
            Err(failure) => {
                tracing::error!("{} {account_id}: {}{}", channel.id, failure.what, failure.way_out());
                HostAnswer::Failed { reason: failure.what }
            }
        }
    }
}

/// For the log: the name comes from a stranger, so nothing of it may look like another line.
fn name(question: &PairingQuestion) -> String {
    match &question.sender_name {
        Some(name) => format!("@{}", name.chars().filter(|c| !c.is_control()).take(64).collect::<String>()),
        None => question.sender_id.clone(),
    }
}

fn check(
    settings: &Settings,
    channel: &str,
    account_id: &str,
    question: &PairingQuestion,
) -> Result<PairingAnswer, Failure> {
    let ask =
        Ask { account_id, sender_id: &question.sender_id, sender_name: question.sender_name.as_deref() };
    let checked = Store::new(&settings.state_dir, channel)?.check(&ask, question.create)?;
    Ok(match checked {
        Checked::Approved => PairingAnswer { approved: true, ..PairingAnswer::default() },
        Checked::Nothing => PairingAnswer::default(),
        Checked::Waiting { code, created } => PairingAnswer {
            approved: false,
            created,
            approve_command: Some(settings.command_line(&format!("pairing approve {channel} {code}"))),
            code: Some(code),
        },
    })
}
