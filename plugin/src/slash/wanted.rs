//! The slash commands that an account wants in each team. Pure.
//!
//! The commands are those of OpenClaw's page on Mattermost, "Native slash commands"; which exist is what its plugin
//! registers.

use host_sdk::protocol::Skill;
use std::collections::HashSet;

/// What every command of ours begins with, so that it stands in nobody's way.
pub(super) const PREFIX: &str = "oc_";
/// The longest description that a server takes, in bytes.
const DESCRIPTION: usize = 128;
/// The longest trigger that a server takes, in bytes.
const TRIGGER: usize = 128;
/// Commands of a team. A server shows all of them to whoever types a slash.
const MOST: usize = 256;

/// A command that is to stand in each team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The word behind the slash, as the server has it.
    pub trigger: String,
    /// The host's command that it stands for, without a slash.
    pub command: String,
    /// What it does, for people.
    pub description: String,
    /// What may follow it; empty: nothing.
    pub hint: String,
}

/// Trigger without prefix, description, hint.
const BUILT_IN: [(&str, &str, &str); 9] = [
    ("status", "Show the session's status: model, usage, how long it runs", ""),
    ("model", "Show or change the session's model", "[model-name] [--runtime runtime]"),
    ("models", "Look through the models that there are", "[provider]"),
    ("new", "Begin a new session", ""),
    ("help", "Show the commands that there are", ""),
    ("think", "Set how much the model thinks", "[off|low|medium|high]"),
    ("reasoning", "Show the model's reasoning, or do not", "[on|off]"),
    ("verbose", "Tell more about what is going on, or less", "[on|off]"),
    (
        "queue",
        "Set what becomes of messages while a run is going on",
        "[steer|followup|collect|interrupt] [debounce:2s] [cap:N] [drop:old|new|summarize]",
    ),
];

/// All of them: the host's own, then its skills. Of several with one trigger the first counts; a skill whose name no
/// trigger can have is left out.
pub(super) fn wanted(skills: &[Skill]) -> Vec<Wanted> {
    let built_in = BUILT_IN.iter().map(|(name, description, hint)| Wanted {
        trigger: format!("{PREFIX}{name}"),
        command: (*name).to_owned(),
        description: cut(description),
        hint: (*hint).to_owned(),
    });
    let mut seen = HashSet::new();
    let all = built_in.chain(skills.iter().filter_map(of_skill));
    all.filter(|wanted| seen.insert(wanted.trigger.clone())).take(MOST).collect()
}

fn of_skill(skill: &Skill) -> Option<Wanted> {
    let name = skill.name.trim();
    let name = name.strip_prefix('/').unwrap_or(name);
    if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '/') {
        return None;
    }
    // Servers keep triggers in lower case.
    let lower = name.to_lowercase();
    let trigger = if lower.starts_with(PREFIX) { lower } else { format!("{PREFIX}{lower}") };
    if trigger.len() > TRIGGER {
        return None;
    }
    let description = match skill.description.trim() {
        "" => format!("Run the skill {name}"),
        description => description.to_owned(),
    };
    Some(Wanted {
        trigger,
        command: name.to_owned(),
        description: cut(&description),
        hint: "[args]".to_owned(),
    })
}

/// As much as a server takes, without half a character and without control characters.
fn cut(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let end = (0..=DESCRIPTION.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or_default()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{MOST, Wanted, cut, wanted};
    use host_sdk::protocol::Skill;

    fn skill(name: &str, description: &str) -> Skill {
        Skill { name: name.to_owned(), description: description.to_owned() }
    }

    fn find<'a>(all: &'a [Wanted], trigger: &str) -> &'a Wanted {
        all.iter().find(|wanted| wanted.trigger == trigger).unwrap_or_else(|| panic!("no {trigger}"))
    }

    #[test]
    fn the_hosts_own_commands_are_always_there() {
        let all = wanted(&[]);
        let triggers: Vec<&str> = all.iter().map(|wanted| wanted.trigger.as_str()).collect();
        assert_eq!(
            triggers,
            [
                "oc_status",
                "oc_model",
                "oc_models",
                "oc_new",
                "oc_help",
                "oc_think",
                "oc_reasoning",
                "oc_verbose",
                "oc_queue"
            ]
        );
        assert_eq!(find(&all, "oc_model").command, "model");
        assert_eq!(find(&all, "oc_think").hint, "[off|low|medium|high]");
        assert_eq!(find(&all, "oc_new").hint, "");
    }

    #[test]
    fn a_skill_is_a_command_once_and_keeps_a_name_that_begins_as_ours_do() {
        let all = wanted(&[
            skill("deploy", "Deploy the site"),
            skill("deploy", "another"),
            skill("oc_night", ""),
            skill(" ", "blank"),
            skill("", "blank"),
            skill("two words", "no trigger can have that"),
            skill("a/b", "nor that"),
            skill("STATUS", "taken by the host's own"),
            skill("Loud", "x"),
            skill(&"x".repeat(200), "too long"),
        ]);
        assert_eq!(all.len(), 9 + 3);
        let deploy = find(&all, "oc_deploy");
        assert_eq!((deploy.description.as_str(), deploy.hint.as_str()), ("Deploy the site", "[args]"));
        let night = find(&all, "oc_night");
        assert_eq!(
            (night.command.as_str(), night.description.as_str()),
            ("oc_night", "Run the skill oc_night")
        );
        assert_eq!(find(&all, "oc_loud").command, "Loud");
        assert_eq!(find(&all, "oc_status").command, "status");
    }

    #[test]
    fn a_description_is_cut_between_characters() {
        assert_eq!(cut(&"a".repeat(200)).len(), 128);
        let (four, three) = (cut(&"😀".repeat(40)), cut(&format!("a{}", "€".repeat(60))));
        assert_eq!((four.len(), four.chars().count()), (128, 32));
        assert_eq!((three.len(), three.chars().count()), (127, 43));
        assert_eq!(cut("two\nlines\t"), "two lines ");
    }

    #[test]
    fn there_are_never_too_many() {
        let skills: Vec<Skill> = (0..1_000).map(|n| skill(&format!("s{n}"), "")).collect();
        assert_eq!(wanted(&skills).len(), MOST);
    }
}
