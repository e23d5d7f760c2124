//! Which command asks for which picker. Pure.

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `/model`: the current one.
    Summary,
    /// `/models`: who offers some.
    Providers,
    /// `/models <provider>`: the models of one.
    Models(String),
}

/// Whether the text of a command asks for a picker. With anything else behind it the command is the host's.
#[must_use]
pub(crate) fn asked(text: &str) -> Option<Asked> {
    let mut words = text.split_whitespace();
    let (command, provider, more) = (words.next()?.to_lowercase(), words.next(), words.next());
    match (command.as_str(), provider, more) {
        ("/model", None, None) => Some(Asked::Summary),
        ("/models", None, None) => Some(Asked::Providers),
        ("/models", Some(provider), None) => Some(Asked::Models(provider.to_lowercase())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, asked};

    #[test]
    fn only_the_bare_commands_ask_for_a_picker() {
        let openai = || Some(Asked::Models("openai".to_owned()));
        for (text, expected) in [
            ("/model", Some(Asked::Summary)),
            ("  /MODEL \n", Some(Asked::Summary)),
            ("/models", Some(Asked::Providers)),
            ("/Models   OpenAI ", openai()),
            ("/models\topenai", openai()),
            ("/model openai/gpt-5", None),
            ("/model status", None),
            ("/models openai 2", None),
            ("/modelsx", None),
            ("model", None),
            ("say /model", None),
            ("/", None),
            ("", None),
        ] {
            assert_eq!(asked(text), expected, "{text:?}");
        }
    }
}
