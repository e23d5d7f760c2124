//! People and bots.

use serde_json::json;

use super::{Bot, ChannelKind, Post, User, World, posts::SystemPost};
use crate::{
    clock::now_ms,
    errors::ApiError,
    ids::Id,
    views::{Audience, user_view},
    ws::{Broadcast, Event},
};

/// A person to be made.
#[derive(Debug, Default)]
pub(crate) struct NewUser {
    pub(crate) username: String,
    pub(crate) email: String,
    pub(crate) password: String,
    pub(crate) nickname: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
}

/// The fields of a person that a patch names.
#[derive(Debug, Default)]
pub(crate) struct UserPatch {
    pub(crate) username: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) nickname: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) position: Option<String>,
    pub(crate) locale: Option<String>,
}

impl World {
    /// Makes a person; the first one is the system admin.
    pub(crate) fn create_user(&mut self, new: NewUser) -> Result<Id, ApiError> {
        check_username(&new.username)?;
        if !new.email.contains('@') {
            return Err(ApiError::bad("model.user.is_valid.email.app_error", "Invalid email."));
        }
        if new.password.len() < 5 {
            return Err(ApiError::bad(
                "model.user.is_valid.pwd_min_length.app_error",
                "Your password must contain at least 5 characters.",
            ));
        }
        let email = new.email.to_lowercase();
        if self.users.values().any(|user| user.email == email) {
            return Err(ApiError::bad(
                "app.user.save.email_exists.app_error",
                "An account with that email already exists.",
            ));
        }
        let is_admin = self.users.values().all(|user| user.bot.is_some());
        self.insert_user(new, email, is_admin, None)
    }

    /// Makes a bot, which greets its owner in a direct channel.
    pub(crate) fn create_bot(
        &mut self,
        owner_id: Id,
        username: &str,
        display_name: &str,
        description: &str,
    ) -> Result<Id, ApiError> {
        check_username(username)?;
        let now = now_ms();
        let bot = Bot {
            owner_id,
            display_name: display_name.to_owned(),
            description: description.to_owned(),
            create_at: now,
            update_at: now,
            delete_at: 0,
        };
        let new = NewUser {
            username: username.to_owned(),
            first_name: display_name.to_owned(),
            ..NewUser::default()
        };
        let email = format!("{}@localhost", username.to_lowercase());
        let id = self.insert_user(new, email, false, Some(bot))?;
        let channel_id = self.direct_channel(id, owner_id)?;
        self.post_system(SystemPost {
            user_id: id,
            channel_id,
            kind: "add_bot_teams_channels",
            message: "Please add me to teams and channels you want me to interact in. \
                      To do this, use the browser or Mattermost Desktop App."
                .to_owned(),
            props: json!({}),
            mention: None,
        });
        Ok(id)
    }

    fn insert_user(
        &mut self,
        new: NewUser,
        email: String,
        is_admin: bool,
        bot: Option<Bot>,
    ) -> Result<Id, ApiError> {
        let username = new.username.to_lowercase();
        if self.usernames.contains_key(&username) {
            return Err(ApiError::bad(
                "app.user.save.username_exists.app_error",
                "An account with that username already exists.",
            ));
        }
        let id = Id::new();
        let now = now_ms();
        self.usernames.insert(username.clone(), id);
        let user = User {
            id,
            create_at: now,
            update_at: now,
            delete_at: 0,
            username,
            email,
            password: new.password,
            nickname: new.nickname,
            first_name: new.first_name,
            last_name: new.last_name,
            position: String::new(),
            locale: "en".to_owned(),
            is_admin,
            bot,
            status: "offline",
            activity_at: now,
        };
        self.users.insert(id, user);
        self.publish(&Event::new("new_user", json!({ "user_id": id }), Broadcast::everyone()));
        Ok(id)
    }

    /// The user with this name.
    pub(crate) fn user_by_name(&self, username: &str) -> Option<&User> {
        self.users.get(self.usernames.get(&username.to_lowercase())?)
    }

    /// The user with this id.
    pub(crate) fn user(&self, id: Id) -> Result<&User, ApiError> {
        self.users.get(&id).ok_or(ApiError::no_user())
    }

    /// A name for messages, empty if there is no such user.
    pub(crate) fn username(&self, id: Id) -> String {
        self.users.get(&id).map(|user| user.username.clone()).unwrap_or_default()
    }

    /// Changes what `patch` names and tells everybody.
    pub(crate) fn patch_user(&mut self, id: Id, patch: UserPatch) -> Result<(), ApiError> {
        if let Some(username) = &patch.username {
            check_username(username)?;
            let username = username.to_lowercase();
            if self.usernames.get(&username).is_some_and(|other| *other != id) {
                return Err(ApiError::bad(
                    "app.user.save.username_exists.app_error",
                    "An account with that username already exists.",
                ));
            }
            let old = self.username(id);
            self.usernames.remove(&old);
            self.usernames.insert(username, id);
        }
        let user = self.users.get_mut(&id).ok_or(ApiError::no_user())?;
        let UserPatch { username, email, nickname, first_name, last_name, position, locale } = patch;
        let fields = [
            (&mut user.username, username.map(|name| name.to_lowercase())),
            (&mut user.email, email),
            (&mut user.nickname, nickname),
            (&mut user.first_name, first_name),
            (&mut user.last_name, last_name),
            (&mut user.position, position),
            (&mut user.locale, locale),
        ];
        for (field, value) in fields {
            if let Some(value) = value {
                *field = value;
            }
        }
        user.update_at = now_ms();
        self.publish_user_updated(id);
        Ok(())
    }

    /// Gives or takes the system admin's role.
    pub(crate) fn set_admin(&mut self, id: Id, is_admin: bool) -> Result<(), ApiError> {
        let user = self.users.get_mut(&id).ok_or(ApiError::no_user())?;
        user.is_admin = is_admin;
        user.update_at = now_ms();
        self.publish_user_updated(id);
        Ok(())
    }

    /// Disables or enables a user; a disabled one has no sessions.
    pub(crate) fn set_active(&mut self, id: Id, active: bool) -> Result<(), ApiError> {
        let now = now_ms();
        let user = self.users.get_mut(&id).ok_or(ApiError::no_user())?;
        user.update_at = now;
        user.delete_at = if active { 0 } else { now };
        if let Some(bot) = &mut user.bot {
            bot.update_at = now;
            bot.delete_at = user.delete_at;
        }
        if !active {
            self.end_sessions(id);
        }
        self.publish_user_updated(id);
        Ok(())
    }

    /// Changes a bot's names.
    pub(crate) fn patch_bot(
        &mut self,
        id: Id,
        username: Option<String>,
        display_name: Option<String>,
        description: Option<String>,
    ) -> Result<(), ApiError> {
        self.patch_user(
            id,
            UserPatch { username, first_name: display_name.clone(), ..UserPatch::default() },
        )?;
        if let Some(bot) = self.users.get_mut(&id).and_then(|user| user.bot.as_mut()) {
            bot.update_at = now_ms();
            if let Some(display_name) = display_name {
                bot.display_name = display_name;
            }
            if let Some(description) = description {
                bot.description = description;
            }
        }
        Ok(())
    }

    /// Sets what others see of a user's presence.
    pub(crate) fn set_status(&mut self, id: Id, status: &'static str) {
        let Some(user) = self.users.get_mut(&id) else { return };
        if user.status == status {
            return;
        }
        user.status = status;
        let data = json!({ "status": status, "user_id": id });
        self.publish(&Event::new("status_change", data, Broadcast::user(id)).droppable());
    }

    /// The name of a post's author as a `posted` frame shows it.
    pub(crate) fn sender_name(&self, post: &Post) -> String {
        if post.is_system() { "System".to_owned() } else { format!("@{}", self.username(post.user_id)) }
    }

    /// The name of a channel as a `posted` frame shows it.
    pub(crate) fn shown_channel_name(&self, post: &Post) -> String {
        match self.channels.get(&post.channel_id) {
            Some(channel) if channel.kind == ChannelKind::Direct => {
                format!("@{}", self.username(post.user_id))
            }
            Some(channel) => channel.display_name.clone(),
            None => String::new(),
        }
    }

    fn publish_user_updated(&self, id: Id) {
        let Some(user) = self.users.get(&id) else { return };
        let version = self.version;
        let event = |audience, broadcast| {
            let data = json!({ "user": user_view(user, audience, version) });
            Event::new("user_updated", data, broadcast)
        };
        if version.is_modern() {
            self.publish(&event(Audience::Other, Broadcast::everyone().omit(id).sanitized()));
            self.publish(&event(Audience::Admin, Broadcast::everyone().omit(id).sensitive()));
            self.publish(&event(Audience::Own, Broadcast::user(id)));
        } else {
            self.publish(&event(Audience::Other, Broadcast::everyone()));
        }
    }
}

fn check_username(name: &str) -> Result<(), ApiError> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    if fits {
        return Ok(());
    }
    Err(ApiError::bad(
        "model.user.is_valid.username.app_error",
        "Username must begin with a letter and contain between 3 and 22 characters including numbers, \
         lowercase letters, and the symbols \".\", \"-\", and \"_\".",
    ))
}
