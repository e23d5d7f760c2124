//! Whether somebody who does something is heard: the same rules as for messages.

use super::people::Person;
use crate::account::{Deps, NotTold, ask_pairing};
use crate::config::{AccountConfig, AllowBots};
use crate::gate::{Access, Admission, Refusal, Subject, access, may_command};
use host_sdk::protocol::ChatKind;

/// Whether a stranger who may be paired gets a pairing request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// No: he is only looked up.
    Look,
    /// Yes, as by a message.
    Create,
}

/// Whether somebody is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// He is.
    Heard {
        /// Why: a reason code.
        access: String,
        /// He may give commands.
        commands: bool,
    },
    /// Only if he was paired, and he was not.
    Stranger {
        /// The code of his request, if he has one.
        code: Option<String>,
        /// The request was made now.
        created: bool,
        /// The command that approves it, where it is not the usual one.
        approve_command: Option<String>,
    },
    /// He is not, by the rules: a reason code.
    Refused(&'static str),
    /// The host cannot tell at the moment.
    NotNow,
}

/// Is this person heard in a conversation of this kind?
pub(crate) async fn standing(
    deps: &Deps,
    account: &AccountConfig,
    kind: ChatKind,
    person: &Person,
    bot_id: Option<&str>,
    pairing: Pairing,
) -> Standing {
    // A bot that answers itself never ends.
    if bot_id == Some(person.id.as_str()) || (person.is_bot && account.bots == AllowBots::Off) {
        return Standing::Refused("bot");
    }
    let username = Some(person.username.as_str()).filter(|name| !name.is_empty() && !person.is_bot);
    let subject = Subject { id: &person.id, username };
    let heard = |admission: Admission, paired: bool| Standing::Heard {
        access: admission.code().to_owned(),
        commands: may_command(&account.policies, kind, subject, paired),
    };
    match access(&account.policies, kind, subject) {
        Access::Admitted(admission) => heard(admission, false),
        Access::Refused(refusal) => Standing::Refused(refusal.code()),
        Access::IfPaired => {
            let create = pairing == Pairing::Create;
            match ask_pairing(deps, &account.id, &person.id, username, create).await {
                Ok(answer) if answer.approved => heard(Admission::DmPaired, true),
                Ok(answer) => Standing::Stranger {
                    code: answer.code,
                    created: answer.created,
                    approve_command: answer.approve_command,
                },
                Err(NotTold::Never) => Standing::Refused(Refusal::DmNotPaired.code()),
                Err(NotTold::NotNow) => Standing::NotNow,
            }
        }
    }
}
