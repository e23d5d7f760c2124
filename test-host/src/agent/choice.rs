//! The agents by their names on the command line.

use super::echo::Echo;
use super::exec::Exec;
use super::openai::{Endpoint, OpenAi};
use super::script::Script;
use super::{Agent, Hidden};
use crate::failure::Failure;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// How long one turn of a command may take when nothing is said.
const COMMAND: Duration = Duration::from_secs(120);
/// And one of a model, which shows that it is alive.
const MODEL: Duration = Duration::from_secs(600);

/// An agent as it is named on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Says what it heard.
    Echo,
    /// Runs a command for each message.
    Exec(String),
    /// Asks a model.
    OpenAi {
        /// The model.
        model: String,
        /// Where it is; missing: as the environment says.
        base_url: Option<String>,
    },
    /// Plays a file, or the built-in script.
    Script(Option<PathBuf>),
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// One turn; missing: as is usual for the agent.
    pub turn: Option<Duration>,
    /// The silence of an endpoint.
    pub idle: Duration,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rest) =
            text.split_once(':').map_or((text, None), |(name, rest)| (name, Some(rest.trim())));
        match (name, rest) {
            ("echo", None) => Ok(Self::Echo),
            ("exec", Some(command)) if !command.is_empty() => Ok(Self::Exec(command.to_owned())),
            ("exec", _) => Err("exec: needs a command, for example exec:./agent.sh".to_owned()),
            ("openai", Some(model)) if !model.is_empty() => openai(model),
            ("openai", _) => Err("openai: needs a model, for example openai:gpt-4o-mini".to_owned()),
            ("script", None | Some("demo")) => Ok(Self::Script(None)),
            ("script", Some(file)) if !file.is_empty() => Ok(Self::Script(Some(file.into()))),
            ("script", _) => Err("script: needs a file; `script` alone plays the built-in script".to_owned()),
            _ => Err("an agent is `echo`, `exec:CMD`, `openai:MODEL`, `openai:MODEL@URL`, `script` or \
                      `script:FILE`"
                .to_owned()),
        }
    }
}

/// Names of models may have `:` and `@` in them, so it takes a whole URL to be one.
fn openai(text: &str) -> Result<Choice, String> {
    let url = ["@http://", "@https://"].iter().filter_map(|start| text.rfind(start)).max();
    let Some(at) = url else {
        // A name may begin with one, `@cf/meta/llama-3`; further behind it stands for a URL.
        if text.get(1..).is_some_and(|rest| rest.contains('@')) {
            return Err("the URL behind @ begins with http:// or https://, as in \
                        openai:llama3@http://127.0.0.1:11434/v1"
                .to_owned());
        }
        return Ok(Choice::OpenAi { model: text.to_owned(), base_url: None });
    };
    let (model, url) = text.split_at(at);
    if model.is_empty() {
        return Err("openai: needs a model before the @".to_owned());
    }
    let url = url.trim_start_matches('@');
    Endpoint::check(url).map_err(|why| format!("the URL behind @ {why}"))?;
    Ok(Choice::OpenAi { model: model.to_owned(), base_url: Some(url.to_owned()) })
}

impl Choice {
    /// The agent. A command does not see the environment variables `hidden`.
    pub fn agent(&self, limits: Limits, hidden: Hidden) -> Result<Arc<dyn Agent>, Failure> {
        Ok(match self {
            Self::Echo => Arc::new(Echo),
            Self::Exec(command) => {
                Arc::new(Exec::new(command.clone(), limits.turn.unwrap_or(COMMAND), hidden))
            }
            Self::OpenAi { model, base_url } => {
                let endpoint = Endpoint::from_environment(base_url.as_deref())?;
                let limit = limits.turn.unwrap_or(MODEL);
                Arc::new(OpenAi::new(model.clone(), endpoint, limit, limits.idle)?)
            }
            Self::Script(None) => Arc::new(Script::built_in()?),
            Self::Script(Some(file)) => Arc::new(Script::read(file)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openai(model: &str, base_url: Option<&str>) -> Choice {
        Choice::OpenAi { model: model.to_owned(), base_url: base_url.map(str::to_owned) }
    }

    #[test]
    fn a_models_name_may_look_like_anything_but_a_url() {
        let parsed = |text: &str| text.parse::<Choice>().unwrap();
        assert_eq!(parsed("openai:gpt-4o-mini"), openai("gpt-4o-mini", None));
        assert_eq!(parsed("openai:llama3:8b"), openai("llama3:8b", None));
        assert_eq!(parsed("openai:@cf/meta/llama-3"), openai("@cf/meta/llama-3", None));
        let local = "http://127.0.0.1:11434/v1";
        assert_eq!(parsed(&format!("openai:llama3:8b@{local}")), openai("llama3:8b", Some(local)));
        assert_eq!(parsed(&format!("openai:@cf/x@{local}")), openai("@cf/x", Some(local)));
    }

    #[test]
    fn scripts_are_files_or_the_built_in_one() {
        assert_eq!("script".parse(), Ok(Choice::Script(None)));
        assert_eq!("script:demo".parse(), Ok(Choice::Script(None)));
        assert_eq!("script:./a.json5".parse(), Ok(Choice::Script(Some("./a.json5".into()))));
    }

    #[test]
    fn what_is_no_agent_is_told_with_the_way_out() {
        for (text, words) in [
            ("parrot", "an agent is `echo`"),
            ("echo:x", "an agent is `echo`"),
            ("exec:", "exec: needs a command"),
            ("openai", "openai: needs a model"),
            ("openai:gpt@localhost:1234", "begins with http://"),
            ("openai:@http://localhost", "needs a model"),
            ("openai:m@http://", "the URL behind @ is not a URL"),
            ("openai:m@https://me:secret@host/v1", "must not have a name or password"),
            ("script:", "script: needs a file"),
        ] {
            let error = text.parse::<Choice>().unwrap_err();
            assert!(error.contains(words) && !error.contains("secret"), "{text}: {error}");
        }
    }
}
