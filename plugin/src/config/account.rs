//! One account, ready to be started or saying why it is not.

use super::env::{Env, TOKEN_VARIABLE, URL_VARIABLE};
use super::section::Section;
use host_sdk::protocol::{AccountStatus, Error, ValueSource};
use mattermost_client::{ServerUrl, Token};

/// The id of the account that environment variables apply to.
pub(super) const DEFAULT_ID: &str = "default";

/// When a message in a channel is for the bot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChatMode {
    /// When the bot is mentioned.
    #[default]
    OnCall,
    /// Always.
    OnMessage,
    /// When it starts with a trigger prefix, or mentions the bot.
    OnChar,
}

/// When a message in a channel is for the bot, with everything that decides it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mention {
    /// The chat mode, or what `requireMention` makes of it.
    pub mode: ChatMode,
    /// The trigger prefixes of [`ChatMode::OnChar`].
    pub prefixes: Vec<String>,
}

/// Who may write to the bot directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DmPolicy {
    /// Who has been paired.
    #[default]
    Pairing,
    /// Who is listed in `allowFrom`.
    Allowlist,
    /// Everybody.
    Open,
    /// Nobody.
    Disabled,
}

impl DmPolicy {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pairing => "pairing",
            Self::Allowlist => "allowlist",
            Self::Open => "open",
            Self::Disabled => "disabled",
        }
    }
}

/// Who is heard in channels and groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupPolicy {
    /// Who is listed in `groupAllowFrom`, or else in `allowFrom`.
    Allowlist,
    /// Everybody.
    Open,
    /// Nobody.
    Disabled,
}

/// Who is heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// In direct messages.
    pub dm: DmPolicy,
    /// In channels and groups; `None` when it is not configured.
    pub group: Option<GroupPolicy>,
    /// User ids for direct messages, normalised.
    pub allow_from: Vec<String>,
    /// User ids for channels and groups, normalised.
    pub group_allow_from: Vec<String>,
}

/// One account.
#[derive(Clone, Debug)]
pub struct AccountConfig {
    /// Its canonical id.
    pub id: String,
    /// Its display name.
    pub name: Option<String>,
    /// Neither the section nor the account says `enabled: false`.
    pub enabled: bool,
    /// The bot's token.
    pub token: Option<Token>,
    /// Where the token comes from.
    pub token_source: ValueSource,
    /// The server.
    pub server: Option<ServerUrl>,
    /// Where the server's address comes from.
    pub server_source: ValueSource,
    /// Who is heard.
    pub policies: Policies,
    /// When it is meant.
    pub mention: Mention,
    /// Why it cannot be started, with the way out.
    pub problem: Option<Error>,
}

impl AccountConfig {
    /// Read an account. What is wrong becomes its `problem`; the other accounts are not affected.
    pub(super) fn read(id: &str, section: &Section<'_>, root_enabled: bool, env: &Env) -> Self {
        let mut account = Self {
            id: id.to_owned(),
            name: None,
            enabled: root_enabled,
            token: None,
            token_source: ValueSource::None,
            server: None,
            server_source: ValueSource::None,
            policies: Policies::default(),
            mention: Mention::default(),
            problem: None,
        };
        if let Err(problem) = account.fill(section, env) {
            account.problem = Some(problem);
        }
        account
    }

    fn fill(&mut self, section: &Section<'_>, env: &Env) -> Result<(), Error> {
        self.enabled = self.enabled && section.boolean("enabled")? != Some(false);
        self.name = section.text("name")?;
        self.policies = policies(section)?;
        self.mention = mention(section)?;
        let fallback = |variable: &str| (self.id == DEFAULT_ID).then(|| env.get(variable)).flatten();

        let (server, path, source) = match section.text("baseUrl")?.filter(|url| !url.trim().is_empty()) {
            Some(url) => (Some(url), section.path_for("baseUrl"), ValueSource::Config),
            None => (fallback(URL_VARIABLE), URL_VARIABLE.to_owned(), ValueSource::Env),
        };
        let (token, token_source) = match section.secret("botToken", env)? {
            Some(token) => (Some(token), ValueSource::Config),
            None => (fallback(TOKEN_VARIABLE), ValueSource::Env),
        };
        if let Some(server) = server {
            self.server_source = source;
            self.server = Some(
                ServerUrl::parse(&server)
                    .map_err(|error| Error::config(&path, format!("{path}: {error}")))?,
            );
        }
        if let Some(token) = token {
            self.token_source = token_source;
            let path = match token_source {
                ValueSource::Env => TOKEN_VARIABLE.to_owned(),
                _ => section.path_for("botToken"),
            };
            self.token =
                Some(Token::new(&token).map_err(|error| Error::config(&path, format!("{path}: {error}")))?);
        }
        self.missing(section)
    }

    /// The error that names everything that is missing at once.
    fn missing(&self, section: &Section<'_>) -> Result<(), Error> {
        let values = [
            (self.token.is_none(), "botToken", TOKEN_VARIABLE),
            (self.server.is_none(), "baseUrl", URL_VARIABLE),
        ];
        let missing: Vec<(&str, &str)> = values
            .into_iter()
            .filter(|(missing, ..)| *missing)
            .map(|(_, key, variable)| (key, variable))
            .collect();
        let Some((first, _)) = missing.first() else { return Ok(()) };
        let keys: Vec<&str> = missing.iter().map(|(key, _)| *key).collect();
        let paths: Vec<String> = keys.iter().map(|key| section.path_for(key)).collect();
        let or = if self.id == DEFAULT_ID {
            let variables: Vec<&str> = missing.iter().map(|(_, variable)| *variable).collect();
            format!(", or in the environment {}", variables.join(" and "))
        } else {
            " (environment variables apply only to the account \"default\")".to_owned()
        };
        Err(Error::config(
            section.path_for(first),
            format!(
                "the Mattermost account \"{}\" has no {}: set {}{or}",
                self.id,
                keys.join(" and no "),
                paths.join(" and ")
            ),
        ))
    }

    /// The account as it is before a start.
    #[must_use]
    pub fn status(&self) -> AccountStatus {
        AccountStatus {
            account_id: self.id.clone(),
            name: self.name.clone(),
            enabled: self.enabled,
            configured: self.problem.is_none(),
            problem: self.problem.clone(),
            base_url: self.server.as_ref().map(ToString::to_string),
            base_url_source: self.server_source,
            token_source: self.token_source,
            dm_policy: Some(match self.policies.dm {
                // Said as it is, so that nobody reads protection where there is none yet.
                DmPolicy::Pairing => "pairing (not enforced)".to_owned(),
                policy => policy.as_str().to_owned(),
            }),
            ..AccountStatus::default()
        }
    }
}

fn policies(section: &Section<'_>) -> Result<Policies, Error> {
    let dm = section.choice(
        "dmPolicy",
        &[
            ("pairing", DmPolicy::Pairing),
            ("allowlist", DmPolicy::Allowlist),
            ("open", DmPolicy::Open),
            ("disabled", DmPolicy::Disabled),
        ],
    )?;
    let group = section.choice(
        "groupPolicy",
        &[
            ("allowlist", GroupPolicy::Allowlist),
            ("open", GroupPolicy::Open),
            ("disabled", GroupPolicy::Disabled),
        ],
    )?;
    let ids = |key| section.list(key).map(|list| normalise(list.unwrap_or_default()));
    Ok(Policies {
        dm: dm.unwrap_or_default(),
        group,
        allow_from: ids("allowFrom")?,
        group_allow_from: ids("groupAllowFrom")?,
    })
}

fn mention(section: &Section<'_>) -> Result<Mention, Error> {
    let mode = section.choice(
        "chatmode",
        &[("oncall", ChatMode::OnCall), ("onmessage", ChatMode::OnMessage), ("onchar", ChatMode::OnChar)],
    )?;
    // The legacy key counts only where the new one is not set.
    let legacy = match section.boolean("requireMention")? {
        Some(false) => ChatMode::OnMessage,
        _ => ChatMode::OnCall,
    };
    let mut prefixes: Vec<String> = section.list("oncharPrefixes")?.unwrap_or_default();
    prefixes.iter_mut().for_each(|prefix| *prefix = prefix.trim().to_owned());
    prefixes.retain(|prefix| !prefix.is_empty());
    if prefixes.is_empty() {
        prefixes = vec![">".to_owned(), "!".to_owned()];
    }
    Ok(Mention { mode: mode.unwrap_or(legacy), prefixes })
}

/// `mattermost:@Id`, `user:id`, ` id ` all mean `id`. Blank entries are left out.
fn normalise(entries: Vec<String>) -> Vec<String> {
    let one = |entry: String| {
        let entry = entry.trim().to_lowercase();
        let entry =
            entry.strip_prefix("mattermost:").or_else(|| entry.strip_prefix("user:")).unwrap_or(&entry);
        entry.strip_prefix('@').unwrap_or(entry).trim().to_owned()
    };
    entries.into_iter().map(one).filter(|entry| !entry.is_empty()).collect()
}
