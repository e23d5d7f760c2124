//! What has to be done in a team so that the wanted commands stand there. Pure: what stands there and what is wanted go
//! in, steps come out.

use super::wanted::{PREFIX, Wanted};
use crate::config::callback_path;
use mattermost_client::Command;
use std::collections::HashSet;

/// What the account knows when it looks at a team.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// The bot's user id.
    pub bot_id: &'a str,
    pub team_id: &'a str,
    /// Where the server is to call.
    pub url: &'a str,
    /// The commands that this account made, by their ids.
    pub made: &'a HashSet<String>,
    /// The commands of other accounts of this process, by their ids.
    pub others: &'a HashSet<String>,
}

/// One step. They are independent of each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It stands there as it should.
    Keep { wanted: Wanted, found: Command },
    /// It stands there with another address, method or wording: it is changed, and where that fails made anew.
    Update { wanted: Wanted, found: Command },
    /// It stands there and the server does not say by which token it calls: it is made anew.
    Recreate { wanted: Wanted, found: Command },
    /// It is not there.
    Create { wanted: Wanted },
    /// The trigger is somebody else's.
    Foreign { trigger: String },
    /// There are more of it than one; these are left alone.
    Extra { trigger: String, count: usize },
    /// Ours, and not wanted any more.
    Remove { found: Command },
}

/// The steps for one team.
pub(super) fn plan(wanted: &[Wanted], existing: &[Command], known: Known<'_>) -> Vec<Step> {
    let here: Vec<&Command> = existing
        .iter()
        .filter(|command| {
            command.delete_at == 0 && command.team_id == known.team_id && !command.id.is_empty()
        })
        .collect();
    let mut steps = Vec::with_capacity(wanted.len());
    for wanted in wanted {
        let same = || here.iter().copied().filter(|command| command.trigger == wanted.trigger);
        let mut own = same().filter(|command| command.creator_id == known.bot_id);
        let Some(found) = own.next() else {
            steps.push(match same().next() {
                Some(_) => Step::Foreign { trigger: wanted.trigger.clone() },
                None => Step::Create { wanted: wanted.clone() },
            });
            continue;
        };
        let extra = own.count();
        if extra > 0 {
            steps.push(Step::Extra { trigger: wanted.trigger.clone(), count: extra });
        }
        let (wanted, found) = (wanted.clone(), found.clone());
        steps.push(if !is_as_wanted(&wanted, &found, known.url) {
            Step::Update { wanted, found }
        } else if found.token.is_empty() {
            Step::Recreate { wanted, found }
        } else {
            Step::Keep { wanted, found }
        });
    }
    let triggers: HashSet<&str> = wanted.iter().map(|wanted| wanted.trigger.as_str()).collect();
    let unwanted = here.into_iter().filter(|command| {
        command.creator_id == known.bot_id
            && !triggers.contains(command.trigger.as_str())
            && is_ours(command, known)
    });
    steps.extend(unwanted.map(|found| Step::Remove { found: found.clone() }));
    steps
}

fn is_as_wanted(wanted: &Wanted, found: &Command, url: &str) -> bool {
    found.url == url
        && found.method == "P"
        && found.auto_complete
        && found.description == wanted.description
        && found.auto_complete_desc == wanted.description
        && found.auto_complete_hint == wanted.hint
}

/// Whether we made a command of the bot: it is remembered, or looks as ours do. Somebody who has the bot's token may
/// have made others.
fn is_ours(command: &Command, known: Known<'_>) -> bool {
    let looks_so = || {
        let (path, own) = (callback_path(&command.url), callback_path(known.url));
        command.trigger.starts_with(PREFIX) && own.is_some() && path == own
    };
    !known.others.contains(&command.id) && (known.made.contains(&command.id) || looks_so())
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
