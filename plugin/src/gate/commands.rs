//! Text commands of the host, as they are typed in a message.

use host_sdk::protocol::CommandSpec;

/// Names and whether they take arguments, of the commands that every OpenClaw has. A host that has others says so at
/// init.
const USUAL: [(&str, bool); 36] = [
    ("help", false),
    ("commands", false),
    ("status", false),
    ("whoami", false),
    ("id", false),
    ("tools", true),
    ("new", true),
    ("reset", true),
    ("stop", false),
    ("restart", false),
    ("compact", true),
    ("context", true),
    ("usage", true),
    ("model", true),
    ("models", true),
    ("think", true),
    ("thinking", true),
    ("t", true),
    ("verbose", true),
    ("v", true),
    ("reasoning", true),
    ("elevated", true),
    ("queue", true),
    ("activation", true),
    ("send", true),
    ("session", true),
    ("subagents", true),
    ("agents", true),
    ("skill", true),
    ("approve", true),
    ("allowlist", true),
    ("config", true),
    ("debug", true),
    ("bash", true),
    ("tts", true),
    ("plugins", true),
];

/// Words that stop the agent when they are all that is said.
const STOPS: [&str; 24] = [
    "stop",
    "abort",
    "halt",
    "stop openclaw",
    "stop action",
    "stop run",
    "please stop",
    "stop please",
    "stopp",
    "anhalten",
    "aufhören",
    "hör auf",
    "arrete",
    "arrête",
    "detente",
    "detén",
    "para",
    "pare",
    "停止",
    "やめて",
    "止めて",
    "стоп",
    "توقف",
    "रुको",
];

/// The commands of a host.
#[derive(Clone, Debug)]
pub struct Commands {
    known: Vec<CommandSpec>,
}

impl Default for Commands {
    fn default() -> Self {
        let known = |(name, takes_args): &(&str, bool)| CommandSpec {
            name: (*name).to_owned(),
            aliases: Vec::new(),
            takes_args: *takes_args,
        };
        Self { known: USUAL.iter().map(known).collect() }
    }
}

impl Commands {
    /// The commands that a host names.
    #[must_use]
    pub fn new(known: Vec<CommandSpec>) -> Self {
        Self { known }
    }

    /// Is this text, without the bot's mention, a command or a word that stops the agent?
    #[must_use]
    pub fn is_control(&self, text: &str) -> bool {
        let text = text.trim();
        match text.strip_prefix('/') {
            Some(command) => self.is_command(command),
            None => is_stop(text),
        }
    }

    fn is_command(&self, command: &str) -> bool {
        let end = command.find(|c: char| c.is_whitespace() || c == ':').unwrap_or(command.len());
        let (name, args) = command.split_at(end);
        let args = args.trim_start_matches(':').trim();
        let is = |known: &str| known.trim_start_matches('/').eq_ignore_ascii_case(name);
        self.known.iter().any(|known| {
            (args.is_empty() || known.takes_args)
                && (is(&known.name) || known.aliases.iter().any(|alias| is(alias)))
        })
    }
}

fn is_stop(text: &str) -> bool {
    // Longer than any of them: not worth a copy.
    if text.len() > 64 {
        return false;
    }
    let said = text.trim_end_matches(['.', '!', '?', ',', ';', ':', '…', '。', '！', ' ']).to_lowercase();
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    STOPS.contains(&said.as_str())
}

#[cfg(test)]
mod tests {
    use super::Commands;
    use host_sdk::protocol::CommandSpec;

    #[test]
    fn a_command_stands_at_the_beginning_and_has_arguments_only_if_it_takes_some() {
        let commands = Commands::default();
        for text in ["/new", " /NEW ", "/status", "/model gpt-5", "/model: gpt-5", "/new: hello"] {
            assert!(commands.is_control(text), "{text:?}");
        }
        for text in ["new", "say /new", "/newer", "/status of the build", "/", "//new", "/etc/passwd", ""] {
            assert!(!commands.is_control(text), "{text:?}");
        }
    }

    #[test]
    fn a_word_that_stops_the_agent_stands_alone() {
        let commands = Commands::default();
        for text in ["stop", "STOP!!", "Abort.", "halt", "please  stop", "stopp", "停止"] {
            assert!(commands.is_control(text), "{text:?}");
        }
        for text in ["stop it there", "do not stop", "nonstop", "stop\u{0}"] {
            assert!(!commands.is_control(text), "{text:?}");
        }
    }

    #[test]
    fn a_host_has_commands_of_its_own() {
        let aliases = vec!["/d".to_owned()];
        let commands =
            Commands::new(vec![CommandSpec { name: "deploy".to_owned(), aliases, takes_args: false }]);
        assert!(commands.is_control("/deploy") && commands.is_control("/D"));
        assert!(!commands.is_control("/new") && !commands.is_control("/deploy now"));
    }
}
