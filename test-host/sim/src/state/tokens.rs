//! Sessions and personal access tokens.

use super::{Token, World};
use crate::{clock::now_ms, errors::ApiError, ids::Id};

impl World {
    /// The user whom `token` speaks for, if it is valid.
    pub(crate) fn token_user(&self, token: &str) -> Option<Id> {
        let token = self.tokens.get(token)?;
        let user = self.users.get(&token.user_id)?;
        (token.is_active && user.delete_at == 0).then_some(user.id)
    }

    /// Checks a password and opens a session; the user and the session's secret.
    pub(crate) fn login(&mut self, login_id: &str, password: &str) -> Result<(Id, String), ApiError> {
        const WRONG: ApiError = ApiError::new(
            axum::http::StatusCode::UNAUTHORIZED,
            "api.user.login.invalid_credentials_email_username",
            "Enter a valid email or username and/or password.",
        );
        let login_id = login_id.to_lowercase();
        let by_name = self.usernames.get(&login_id).copied();
        let id = by_name
            .or_else(|| self.users.values().find(|user| user.email == login_id).map(|user| user.id))
            .ok_or(WRONG)?;
        let user = self.user(id)?;
        if user.bot.is_some() || user.password != password {
            return Err(WRONG);
        }
        if user.delete_at != 0 {
            return Err(ApiError::new(
                axum::http::StatusCode::UNAUTHORIZED,
                "api.user.login.inactive.app_error",
                "Login failed because your account has been deactivated. Please contact an administrator.",
            ));
        }
        Ok((id, self.insert_token(id, "", true).token))
    }

    /// The secret of some token of a user, for what is done in their name without a request.
    pub(crate) fn any_token(&self, user_id: Id) -> Option<String> {
        let active = self.tokens.values().find(|token| token.user_id == user_id && token.is_active)?;
        Some(active.token.clone())
    }

    /// Opens a session without a password.
    pub(crate) fn open_session(&mut self, user_id: Id) -> String {
        self.insert_token(user_id, "", true).token
    }

    /// Makes a personal access token.
    pub(crate) fn create_token(&mut self, user_id: Id, description: &str) -> Result<Token, ApiError> {
        self.user(user_id)?;
        Ok(self.insert_token(user_id, description, false))
    }

    fn insert_token(&mut self, user_id: Id, description: &str, is_session: bool) -> Token {
        let token = Token {
            id: Id::new(),
            token: Id::new().to_string(),
            user_id,
            description: description.to_owned(),
            is_active: true,
            is_session,
        };
        self.token_ids.insert(token.id, token.token.clone());
        self.tokens.insert(token.token.clone(), token.clone());
        if let Some(user) = self.users.get_mut(&user_id) {
            user.activity_at = now_ms();
        }
        token
    }

    /// The access token with this id.
    pub(crate) fn token_by_id(&self, id: Id) -> Option<&Token> {
        self.tokens.get(self.token_ids.get(&id)?)
    }

    /// The access tokens of a user, oldest id first.
    pub(crate) fn tokens_of(&self, user_id: Id) -> Vec<&Token> {
        let mut tokens: Vec<_> =
            self.tokens.values().filter(|token| token.user_id == user_id && !token.is_session).collect();
        tokens.sort_by_key(|token| token.id);
        tokens
    }

    /// Forgets a token for good.
    pub(crate) fn revoke_token(&mut self, id: Id) -> bool {
        match self.token_ids.remove(&id) {
            Some(secret) => self.tokens.remove(&secret).is_some(),
            None => false,
        }
    }

    /// Forgets a token by its secret.
    pub(crate) fn revoke_secret(&mut self, secret: &str) -> bool {
        match self.tokens.remove(secret) {
            Some(token) => self.token_ids.remove(&token.id).is_some(),
            None => false,
        }
    }

    /// Switches a token off or on.
    pub(crate) fn set_token_active(&mut self, id: Id, active: bool) -> bool {
        let token = self.token_ids.get(&id).and_then(|secret| self.tokens.get_mut(secret));
        match token {
            Some(token) => {
                token.is_active = active;
                true
            }
            None => false,
        }
    }

    /// Ends all logins of a user; access tokens stay.
    pub(crate) fn end_sessions(&mut self, user_id: Id) {
        let ended: Vec<Id> = self
            .tokens
            .values()
            .filter(|token| token.user_id == user_id && token.is_session)
            .map(|token| token.id)
            .collect();
        for id in ended {
            self.revoke_token(id);
        }
    }

    /// Notes that a user did something over REST.
    pub(crate) fn touch(&mut self, user_id: Id) {
        if let Some(user) = self.users.get_mut(&user_id) {
            user.activity_at = now_ms();
        }
    }
}
