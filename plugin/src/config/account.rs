//! One account, ready to be started or saying why it is not.

use super::access::Policies;
use super::acks::Acks;
use super::actions::Actions;
use super::check::Problem;
use super::env::{Env, TOKEN_VARIABLE, URL_VARIABLE};
use super::features::{Commands, Interactions};
use super::gateway::Gateway;
use super::history::History;
use super::mention::Mention;
use super::node::Layers;
use super::own::{AllowBots, Own, ReactionNotifications};
use super::secret::{self, Secret};
use super::section::Section;
use super::sending::{self, ChunkMode, DmChannelRetry, Streaming, Tables};
use super::sessions::Sessions;
use super::threading::Threading;
use host_sdk::protocol::{AccountStatus, Error, TokenStatus, ValueSource};
use mattermost_client::{NetworkPolicy, RefusedAddress, ServerUrl, Token};

/// The id of the account that environment variables apply to.
pub(super) const DEFAULT_ID: &str = "default";

/// What an account is read with besides its own keys.
pub(super) struct Around<'a> {
    pub env: &'a Env,
    /// The whole section is missing.
    pub section_missing: bool,
    /// `accounts` names at most one.
    pub only_account: bool,
    pub default_account: &'a str,
    /// What is wrong with the account's object, and with what it takes from the section.
    pub problems: &'a [Problem],
}

/// Where a key stands. All places are equal: an account that moves within the file does the same as before.
#[derive(Clone, Debug)]
pub struct Place(pub String);

impl PartialEq for Place {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

/// One account. Two of them are equal when nothing that the account does differs.
#[derive(Clone, Debug, PartialEq)]
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
    /// Whether the token is there.
    pub token_status: TokenStatus,
    /// The server.
    pub server: Option<ServerUrl>,
    /// Where the server's address comes from.
    pub server_source: ValueSource,
    /// Who is heard.
    pub policies: Policies,
    /// When it is meant.
    pub mention: Mention,
    /// Whether answers make threads.
    pub threading: Threading,
    /// How much of what was written before goes along.
    pub history: History,
    /// The size limit of the files that are read, in bytes.
    pub media_max_bytes: u64,
    /// The size limit of the files that are posted, in bytes, where one is configured.
    pub media_max_configured: Option<u64>,
    /// Which conversation a message continues.
    pub sessions: Sessions,
    /// Commands written as text are obeyed: the top-level `commands.text`.
    pub commands_text: bool,
    /// Whether other bots are heard.
    pub bots: AllowBots,
    /// Which reactions the agent is told of.
    pub reactions: ReactionNotifications,
    /// Files of earlier messages of a thread go along.
    pub thread_files: bool,
    /// Code points per post, as servers count them; no server takes more than [`crate::text::LONGEST`].
    pub text_chunk_limit: usize,
    /// Where longer answers are cut.
    pub chunk_mode: ChunkMode,
    /// What becomes of tables.
    pub tables: Tables,
    /// What answers begin with, OpenClaw's template variables as they are written; `auto` means the agent's name.
    pub response_prefix: Option<String>,
    /// What is shown before an answer is there.
    pub streaming: Streaming,
    /// What the agent may do besides sending.
    pub actions: Actions,
    /// Which emojis show that a message was heard, and how far the work on it is.
    pub acks: Acks,
    /// What the agent is told that it can use, such as `inlineButtons`.
    pub capabilities: Vec<String>,
    /// The server's slash commands.
    pub commands: Commands,
    /// Where clicks on buttons arrive.
    pub interactions: Interactions,
    /// How long buttons can be clicked, in milliseconds; `None`: as long as they are there.
    pub buttons_expire_ms: Option<i64>,
    /// The host's HTTP server.
    pub gateway: Gateway,
    /// The server may have an address in a private network.
    pub private_network: bool,
    /// Where the key stands that allows it.
    pub private_network_key: Place,
    /// Why the server's address, as it is written, is not connected to.
    pub refused: Option<RefusedAddress>,
    /// How often the opening of a direct channel is tried.
    pub dm_channel_retry: DmChannelRetry,
    /// Commands in the chat may change the configuration; `None`: the host decides.
    pub config_writes: Option<bool>,
    /// Everything that is wrong with it.
    pub problems: Vec<Error>,
    /// The same as one error: why it cannot be started, with the way out.
    pub problem: Option<Error>,
}

impl AccountConfig {
    /// Read an account. What is wrong becomes its `problem`; the other accounts are not affected.
    pub(super) fn read(id: &str, layers: &Layers<'_>, around: &Around<'_>, section: &Section<'_>) -> Self {
        let merged = layers.merged;
        let own = Own::read(layers.config, id);
        let mut account = Self {
            id: id.to_owned(),
            name: merged.text("name").map(str::to_owned),
            enabled: layers.root.flag("enabled") != Some(false) && merged.flag("enabled") != Some(false),
            token: None,
            token_source: ValueSource::None,
            token_status: TokenStatus::Missing,
            server: None,
            server_source: ValueSource::None,
            policies: Policies::read(layers, around.section_missing),
            mention: Mention::read(layers, around.only_account),
            threading: Threading::read(layers),
            history: History::read(layers),
            media_max_bytes: sending::media_max(layers).unwrap_or(sending::MEDIA),
            media_max_configured: sending::media_max(layers),
            sessions: Sessions::read(layers, id, around.default_account),
            commands_text: layers.config.node("commands").flag("text") != Some(false),
            bots: own.bots,
            reactions: own.reactions,
            thread_files: own.thread_files,
            text_chunk_limit: sending::text_chunk_limit(layers),
            chunk_mode: sending::chunk_mode(layers),
            tables: sending::tables(layers),
            response_prefix: sending::response_prefix(layers),
            streaming: Streaming::read(merged.node("streaming")),
            actions: Actions::read(layers, id),
            acks: Acks::read(layers.config),
            capabilities: merged.texts("capabilities").unwrap_or_default(),
            commands: Commands::read(layers),
            interactions: Interactions::read(layers),
            buttons_expire_ms: own.buttons_expire_ms(),
            gateway: Gateway::read(layers.config, around.env),
            private_network: merged.node("network").flag("dangerouslyAllowPrivateNetwork") == Some(true),
            private_network_key: Place(section.path_for("network.dangerouslyAllowPrivateNetwork")),
            refused: None,
            dm_channel_retry: DmChannelRetry::read(merged.node("dmChannelRetry")),
            config_writes: merged.flag("configWrites"),
            problems: Vec::new(),
            problem: None,
        };
        account.problems.extend(around.problems.iter().map(|problem| problem.error.clone()));
        let sound = |key: &str| !around.problems.iter().any(|problem| problem.key == key);
        let server = if sound("baseUrl") { account.find_server(section, around.env) } else { Ok(()) };
        let token = if sound("botToken") { account.find_token(section, around.env) } else { Ok(()) };
        // Nobody misses what an account that is switched off does not have.
        if account.enabled {
            let unsound = !sound("baseUrl") || !sound("botToken");
            let whole = server.is_ok() && token.is_ok() && !unsound;
            let missing = if whole { account.missing(section) } else { Ok(()) };
            account.problems.extend([server, token, missing].into_iter().filter_map(Result::err));
            account.check_address();
        }
        account.problem = combine(&account.problems);
        account
    }

    fn fallback(&self, variable: &str, env: &Env) -> Option<String> {
        (self.id == DEFAULT_ID).then(|| env.get(variable)).flatten()
    }

    fn find_server(&mut self, section: &Section<'_>, env: &Env) -> Result<(), Error> {
        let written = section.get("baseUrl").and_then(|(value, path)| Some((value.as_str()?, path)));
        let (server, path, source) = match written.filter(|(url, _)| !url.trim().is_empty()) {
            Some((url, path)) => (Some(url.to_owned()), path, ValueSource::Config),
            None => (self.fallback(URL_VARIABLE, env), URL_VARIABLE.to_owned(), ValueSource::Env),
        };
        if let Some(server) = server {
            self.server_source = source;
            let read = ServerUrl::parse(&server);
            self.server = Some(read.map_err(|error| Error::config(&path, format!("{path}: {error}")))?);
        }
        Ok(())
    }

    /// An address that will never be connected to needs no attempt.
    fn check_address(&mut self) {
        let Some(server) = &self.server else { return };
        if let Err(refused) = self.network().check_url(&server.rest("")) {
            let told = format!("the Mattermost account \"{}\": {refused}", self.id);
            self.problems.push(Error::config(&self.private_network_key.0, told));
            self.refused = Some(refused);
        }
    }

    /// Where the account's server may be.
    #[must_use]
    pub fn network(&self) -> NetworkPolicy {
        match self.private_network {
            true => NetworkPolicy::unrestricted(),
            false => NetworkPolicy::public().lifted_by(&self.private_network_key.0),
        }
    }

    fn find_token(&mut self, section: &Section<'_>, env: &Env) -> Result<(), Error> {
        let written = section.get("botToken");
        let (token, path, source) =
            match written.map(|(value, path)| (secret::resolve(value, &path, env), path)) {
                Some((Secret::Text(token), path)) => (Some(token), path, ValueSource::Config),
                Some((Secret::Unavailable(error), _)) => {
                    // Another token, from the environment, would be another bot.
                    self.token_source = ValueSource::Config;
                    self.token_status = TokenStatus::ConfiguredUnavailable;
                    return Err(error);
                }
                Some((Secret::Missing, _)) | None => {
                    (self.fallback(TOKEN_VARIABLE, env), TOKEN_VARIABLE.to_owned(), ValueSource::Env)
                }
            };
        if let Some(token) = token {
            self.token_source = source;
            let read = Token::new(&token);
            self.token = Some(read.map_err(|error| Error::config(&path, format!("{path}: {error}")))?);
            self.token_status = TokenStatus::Available;
        }
        Ok(())
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
            configured: self.problem.is_none() && self.token.is_some() && self.server.is_some(),
            problem: self.problem.clone(),
            base_url: self.server.as_ref().map(ToString::to_string),
            base_url_source: self.server_source,
            token_source: self.token_source,
            token_status: self.token_status,
            dm_policy: Some(self.policies.dm.as_str().to_owned()),
            ..AccountStatus::default()
        }
    }
}

/// All problems as one error at the place of the first.
pub(super) fn combine(problems: &[Error]) -> Option<Error> {
    let mut first = problems.first()?.clone();
    let texts: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    first.message = texts.join("; ");
    Some(first)
}
