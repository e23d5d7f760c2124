//! One bot's login: its client, and who the bot is.

use super::post_size::{PostSize, SURE};
use crate::config::AccountConfig;
use crate::directory::Names;
use crate::error::from_client;
use crate::text::Look;
use host_sdk::protocol::{BotIdentity, Error, ErrorCode};
use mattermost_client::{Client, Options};
use std::sync::{Arc, Mutex, OnceLock};

/// One configured account, with what is made of it once.
#[derive(Debug)]
pub struct Account {
    /// Its configuration.
    pub config: Arc<AccountConfig>,
    client: OnceLock<Client>,
    bot: Mutex<Option<BotIdentity>>,
    /// What the server said of names and ids.
    pub(crate) names: Names,
    post_size: PostSize,
}

impl Account {
    /// The account of a configuration; nothing is asked yet.
    #[must_use]
    pub fn new(config: &AccountConfig) -> Self {
        Self {
            config: Arc::new(config.clone()),
            client: OnceLock::new(),
            bot: Mutex::default(),
            names: Names::default(),
            post_size: PostSize::default(),
        }
    }

    /// The account's client.
    ///
    /// # Errors
    /// The account's problem, or that it is switched off.
    pub fn client(&self) -> Result<Client, Error> {
        self.client_audited_as("mattermost-api")
    }

    /// The same; what is refused because of where it would go is noted under this name.
    pub(super) fn client_audited_as(&self, audit: &'static str) -> Result<Client, Error> {
        if let Some(problem) = &self.config.problem {
            if let Some(refused) = &self.config.refused {
                refused.audit(audit);
            }
            return Err(problem.clone());
        }
        let id = &self.config.id;
        if !self.config.enabled {
            return Err(Error::new(
                ErrorCode::Config,
                format!("the Mattermost account \"{id}\" is switched off: set enabled to true"),
            ));
        }
        if let Some(client) = self.client.get() {
            return Ok(client.audited_as(audit));
        }
        // An account without a problem has both.
        let (Some(server), Some(token)) = (self.config.server.clone(), self.config.token.clone()) else {
            return Err(Error::new(
                ErrorCode::Internal,
                format!("account \"{id}\" lost its server or token"),
            ));
        };
        let options = Options::default().network(self.config.network());
        let client = Client::new(server, token, options).map_err(|error| from_client(&error))?;
        Ok(self.client.get_or_init(|| client).audited_as(audit))
    }

    /// How the account posts, as far as its server has said how long a post may be.
    #[must_use]
    pub fn look(&self) -> Look {
        Look::of(&self.config, self.post_size.known())
    }

    /// How the account posts a text. Asks the server how long a post may be if that matters and it has not said so; an
    /// answer that takes more than two seconds is not waited for.
    pub async fn look_for(&self, text: &str) -> Look {
        let look = self.look();
        // Bytes are an upper bound of characters, and cheap to ask.
        if look.limit > SURE
            && text.len() > SURE
            && let Ok(client) = self.client()
        {
            return Look::of(&self.config, self.post_size.ask(&client).await);
        }
        look
    }

    /// Whether the server takes only ids of 26 characters for buttons. Asks it if it has not said how old it is; an answer
    /// that takes more than two seconds is not waited for.
    pub async fn wants_long_ids(&self) -> bool {
        match self.client() {
            Ok(client) => self.post_size.wants_long_ids(&client).await,
            Err(_) => false,
        }
    }

    /// Who the bot is, as far as the server said.
    #[must_use]
    pub fn known_bot(&self) -> Option<BotIdentity> {
        self.bot.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Note who the bot is.
    pub fn remember_bot(&self, bot: &BotIdentity) {
        *self.bot.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some(bot.clone());
    }

    /// Who the bot is; asks the server when it has not said so yet.
    ///
    /// # Errors
    /// The server's.
    pub async fn bot(&self) -> Result<BotIdentity, Error> {
        if let Some(bot) = self.known_bot() {
            return Ok(bot);
        }
        let user = self.client()?.me().await.map_err(|error| from_client(&error))?;
        let bot = BotIdentity { id: user.id, username: user.username };
        self.remember_bot(&bot);
        Ok(bot)
    }
}
