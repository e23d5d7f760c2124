//! The commands that the gateway answers itself, without the agent: the few that every OpenClaw host has and that mean
//! something here.

use crate::agent::{Agent, session};
use crate::models::{Models, full};
use host_sdk::protocol::InboundMessage;

/// Models that are listed in one answer.
const LISTED: usize = 50;

/// The answer to a command of somebody who may give one; `None`: the message is for the agent.
pub fn answer(message: &InboundMessage, agent: &dyn Agent, models: &Models) -> Option<String> {
    if !message.command.is_control || !message.command.authorized {
        return None;
    }
    let text = message.text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let session = session(message);
    match (word.to_lowercase().as_str(), rest.trim()) {
        ("/model", "" | "status" | "list") => Some(current(models, &session)),
        ("/model", asked) => Some(choose(models, &session, asked)),
        ("/models", provider) => Some(list(models, &session, provider)),
        ("/status", _) => Some(status(message, agent, models, &session)),
        ("/help" | "/commands", _) => Some(HELP.to_owned()),
        ("/new" | "/reset", _) => {
            agent.forget(message);
            Some("A new session begins: what was said before is forgotten.".to_owned())
        }
        _ => None,
    }
}

const HELP: &str = "Commands of this host:\n\
    - `/status`: the session and its model\n\
    - `/model [provider/model]`: show or change the session's model\n\
    - `/models [provider]`: the models that there are\n\
    - `/new`: begin a new session\n\
    - `/help`: this list\n\
    Everything else is for the agent.";

fn current(models: &Models, session: &str) -> String {
    match models.current(session) {
        Some(name) => format!(
            "Model: {}\nChange it by `/model <provider/model>`; `/models` lists them.",
            code(&full(&name))
        ),
        None => {
            "This host knows no models: its agent uses none, and the configuration names none.".to_owned()
        }
    }
}

fn choose(models: &Models, session: &str, asked: &str) -> String {
    match models.choose(session, asked) {
        Some(name) => format!("Model set to {} for this session.", code(&full(&name))),
        None => format!("Model {} is not allowed. `/models` lists those that are.", code(&shown(asked))),
    }
}

fn list(models: &Models, session: &str, provider: &str) -> String {
    let all = models.list(session).providers;
    if provider.is_empty() {
        let lines: Vec<String> = all
            .iter()
            .take(LISTED)
            .map(|known| format!("- {} ({})", code(&known.id), known.models.len()))
            .collect();
        return match lines.is_empty() {
            true => current(models, session),
            false => {
                format!("Providers:\n{}\n`/models <provider>` lists the models of one.", lines.join("\n"))
            }
        };
    }
    let Some(known) = all.iter().find(|known| known.id.eq_ignore_ascii_case(provider)) else {
        return format!(
            "The provider {} is not known. `/models` lists those that are.",
            code(&shown(provider))
        );
    };
    let mut lines: Vec<String> = known
        .models
        .iter()
        .take(LISTED)
        .map(|model| format!("- {}", code(&format!("{}/{model}", known.id))))
        .collect();
    let more = known.models.len().saturating_sub(LISTED);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    format!("Models of {}:\n{}", code(&known.id), lines.join("\n"))
}

fn status(message: &InboundMessage, agent: &dyn Agent, models: &Models, session: &str) -> String {
    let model = models.current(session).map_or_else(|| "none".to_owned(), |name| code(&full(&name)));
    let agent_id = match message.session.agent_id.as_str() {
        "" => "main",
        id => id,
    };
    format!(
        "{} {}\nAgent: {} ({})\nModel: {model}\nSession: {}",
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        code(agent_id),
        agent.name(),
        code(session)
    )
}

/// What somebody wrote, short enough to be repeated.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// Text that is no markup and means nobody.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

#[cfg(test)]
mod tests {
    use super::answer;
    use crate::agent::{Agent, Answer, Turn, Voice};
    use crate::models::Models;
    use host_sdk::protocol::{CommandFacts, InboundMessage, SessionFacts};
    use serde_json::json;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Default)]
    struct Forgetful(AtomicBool);

    impl Agent for Forgetful {
        fn answer<'a>(&'a self, _: Turn<'a>, _: &'a Voice) -> Answer<'a> {
            Box::pin(async { Ok(None) })
        }

        fn name(&self) -> &'static str {
            "test"
        }

        fn forget(&self, _: &InboundMessage) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    fn message(text: &str, authorized: bool) -> InboundMessage {
        InboundMessage {
            text: text.to_owned(),
            command: CommandFacts {
                is_control: text.trim_start().starts_with('/'),
                authorized,
                native: false,
            },
            session: SessionFacts { key: "s".to_owned(), ..SessionFacts::default() },
            ..InboundMessage::default()
        }
    }

    #[test]
    fn a_command_of_somebody_who_may_give_one_is_answered_here() {
        let models = json!([{ "id": "a" }, { "id": "b" }]);
        let models = Models::read(
            &json!({ "models": { "providers": { "openai": { "models": models } } } }),
            Some("a"),
        );
        let agent = Forgetful::default();
        let said = |text: &str| answer(&message(text, true), &agent, &models).unwrap_or_default();
        assert!(said("/model").starts_with("Model: `openai/a`\n"));
        assert_eq!(said(" /Model  openai/b "), "Model set to `openai/b` for this session.");
        assert!(said("/status").contains("Model: `openai/b`") && said("/status").contains("(test)"));
        assert_eq!(said("/model x`@all"), "Model `x'@all` is not allowed. `/models` lists those that are.");
        assert_eq!(
            said("/models"),
            "Providers:\n- `openai` (2)\n`/models <provider>` lists the models of one."
        );
        assert_eq!(said("/models OpenAI"), "Models of `openai`:\n- `openai/a`\n- `openai/b`");
        assert!(said("/models else").contains("is not known"));
        assert!(said("/help").contains("/new"));
        assert!(!agent.0.load(Ordering::Relaxed));
        assert!(said("/new").contains("new session"));
        assert!(agent.0.load(Ordering::Relaxed));
    }

    #[test]
    fn everything_else_is_for_the_agent() {
        let (agent, models) = (Forgetful::default(), Models::read(&json!({}), None));
        for (text, authorized) in
            [("/model", false), ("/think high", true), ("model", true), ("stop", true), ("", true)]
        {
            assert_eq!(answer(&message(text, authorized), &agent, &models), None, "{text}");
        }
        assert!(answer(&message("/model", true), &agent, &models).unwrap().contains("knows no models"));
    }
}
