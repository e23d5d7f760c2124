//! Asking the server whether a command still stands there.

use super::checks::{Begin, Checks, Key, Verdict};
use super::matching::Served;
use super::secret::Fingerprint;
use crate::account::Deps;
use crate::brake::Brake;
use crate::quoted::quoted;
use mattermost_client::{Client, Command, Error};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long the server may take for each of the two questions.
const PATIENCE: Duration = Duration::from_secs(1);

/// What a call may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// Go on.
    Stands,
    /// Go on; the server does not let the bot see its commands, so what is remembered decided.
    NotShown,
    /// No: the command was removed, or is another one now.
    Gone,
    /// It cannot be said at the moment.
    Unknown,
}

#[derive(Default)]
struct State {
    checks: Checks,
    asking: HashMap<Key, watch::Receiver<Option<Verdict>>>,
}

/// Asks about commands. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Live {
    state: Arc<Mutex<State>>,
}

/// A question that is under way. However it ends, those who wait for it go on.
struct Asking {
    live: Live,
    key: Key,
    verdict: Verdict,
    told: watch::Sender<Option<Verdict>>,
}

impl Asking {
    /// The answer.
    fn say(&mut self, verdict: Verdict) {
        self.verdict = verdict;
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        let mut state = self.live.lock();
        state.asking.remove(&self.key);
        state.checks.end(&self.key, self.verdict, Instant::now());
        drop(state);
        self.told.send_replace(Some(self.verdict));
    }
}

impl Live {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forget what was said of an account's commands.
    pub(super) fn forget(&self, account_id: &str) {
        self.lock().checks.forget(account_id);
    }

    /// Whether a command still stands there as it is known.
    pub(super) async fn check(
        &self,
        deps: &Deps,
        account_id: &str,
        client: &Client,
        served: &Served,
    ) -> Checked {
        let key = (account_id.to_owned(), served.id.clone());
        let mut answer = {
            let mut state = self.lock();
            match state.checks.begin(&key, Instant::now()) {
                Begin::Refuse => return Checked::Gone,
                Begin::TooMany { told } => {
                    if told {
                        tracing::warn!(account = %account_id, "slash validation lookup rate-limited for /{}", quoted(&served.trigger));
                    }
                    return Checked::Unknown;
                }
                Begin::Join => match state.asking.get(&key) {
                    Some(answer) => answer.clone(),
                    None => return Checked::Unknown,
                },
                Begin::Ask => {
                    let (told, answer) = watch::channel(None);
                    state.asking.insert(key.clone(), answer.clone());
                    let asking = Asking { live: self.clone(), key, verdict: Verdict::Unknown, told };
                    ask(deps, account_id, client, served, asking);
                    answer
                }
            }
        };
        let verdict = match answer.wait_for(Option::is_some).await {
            Ok(verdict) => verdict.unwrap_or(Verdict::Unknown),
            Err(_) => Verdict::Unknown,
        };
        match verdict {
            Verdict::Stands => Checked::Stands,
            Verdict::NotShown => Checked::NotShown,
            Verdict::Gone => Checked::Gone,
            Verdict::Unknown => Checked::Unknown,
        }
    }
}

/// The question outlives its asker: others may wait for it.
fn ask(deps: &Deps, account_id: &str, client: &Client, served: &Served, mut asking: Asking) {
    let brake = deps.brakes.of(client.server().as_str());
    let (account_id, client, served) = (account_id.to_owned(), client.clone(), served.clone());
    deps.context.spawn(async move {
        let verdict = look(&account_id, &client, &brake, &served).await;
        asking.say(verdict);
    });
}

async fn look(account_id: &str, client: &Client, brake: &Brake, served: &Served) -> Verdict {
    let trigger = quoted(&served.trigger);
    let one = async {
        brake.ready().await;
        client.command(&served.id).await.inspect_err(|error| brake.heed(error))
    };
    let why = match tokio::time::timeout(PATIENCE, one).await {
        Ok(Ok(command)) if command.delete_at == 0 => return judge(served, &command),
        Ok(Ok(_)) => "it is deleted".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    // Old servers do not have the first question, and new ones hide from it what the bot may not see.
    tracing::debug!(account = %account_id, "slash command registration check failed for /{trigger} ({}), using team list fallback", quoted(&why));
    let all = async {
        brake.ready().await;
        client.commands(&served.team_id).await.inspect_err(|error| brake.heed(error))
    };
    let why = match tokio::time::timeout(PATIENCE, all).await {
        Ok(Ok(commands)) => {
            let found = commands.iter().find(|command| command.id == served.id && command.delete_at == 0);
            return found.map_or(Verdict::Gone, |command| judge(served, command));
        }
        Ok(Err(error)) if is_not_allowed(&error) => return Verdict::NotShown,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    tracing::info!(account = %account_id, "slash command registration check failed for /{trigger}: {}", quoted(&why));
    Verdict::Unknown
}

/// Whether the server refused because the bot has no right to it.
pub(super) fn is_not_allowed(error: &Error) -> bool {
    error.status() == Some(403)
}

fn judge(served: &Served, found: &Command) -> Verdict {
    let same = found.id == served.id
        && found.team_id == served.team_id
        && found.trigger == served.trigger
        && found.url == served.url
        && found.method == "P"
        && !found.token.is_empty()
        && Fingerprint::of(&found.token).is(served.token);
    if same { Verdict::Stands } else { Verdict::Gone }
}

#[cfg(test)]
mod tests {
    use super::judge;
    use crate::slash::checks::Verdict;
    use crate::slash::matching::Served;
    use crate::slash::secret::Fingerprint;
    use mattermost_client::Command;

    #[test]
    fn a_command_that_differs_in_anything_that_counts_is_another_one() {
        let served = Served {
            id: "1".to_owned(),
            team_id: "t".to_owned(),
            trigger: "oc_new".to_owned(),
            url: "https://gw.example.com/c".to_owned(),
            command: "new".to_owned(),
            token: Fingerprint::of("token"),
        };
        let right = Command {
            id: "1".to_owned(),
            team_id: "t".to_owned(),
            trigger: "oc_new".to_owned(),
            url: "https://gw.example.com/c".to_owned(),
            method: "P".to_owned(),
            token: "token".to_owned(),
            ..Command::default()
        };
        assert_eq!(judge(&served, &right), Verdict::Stands);
        let worded = Command { description: "another".to_owned(), ..right.clone() };
        assert_eq!(judge(&served, &worded), Verdict::Stands, "words do not count");
        for wrong in [
            Command { id: "2".to_owned(), ..right.clone() },
            Command { team_id: "u".to_owned(), ..right.clone() },
            Command { trigger: "oc_help".to_owned(), ..right.clone() },
            Command { url: "https://elsewhere.example.com/c".to_owned(), ..right.clone() },
            Command { method: "G".to_owned(), ..right.clone() },
            Command { token: "rotated".to_owned(), ..right.clone() },
            Command { token: String::new(), ..right },
        ] {
            assert_eq!(judge(&served, &wrong), Verdict::Gone, "{wrong:?}");
        }
    }
}
