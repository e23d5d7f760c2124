//! Users, bots, tokens.

use serde::Serialize;

use crate::{
    ids::Id,
    options::Version,
    state::{Token, User},
};

/// Who looks at a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The user.
    Own,
    /// A system admin.
    Admin,
    /// Anybody else.
    Other,
}

/// A user.
#[derive(Debug, Serialize)]
pub(crate) struct UserView<'a> {
    id: Id,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_data: Option<&'a str>,
    auth_service: &'a str,
    email: &'a str,
    nickname: &'a str,
    first_name: &'a str,
    last_name: &'a str,
    position: &'a str,
    roles: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_props: Option<NotifyProps>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_password_update: Option<i64>,
    locale: &'a str,
    timezone: Timezone,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_bot: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bot_description: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disable_welcome_email: Option<bool>,
}

#[derive(Debug, Serialize)]
struct NotifyProps {
    channel: &'static str,
    comments: &'static str,
    desktop: &'static str,
    desktop_sound: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    desktop_threads: Option<&'static str>,
    email: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_threads: Option<&'static str>,
    first_name: &'static str,
    mention_keys: String,
    push: &'static str,
    push_status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    push_threads: Option<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Timezone {
    automatic_timezone: &'static str,
    manual_timezone: &'static str,
    use_automatic_timezone: &'static str,
}

/// A user as `audience` sees them.
pub(crate) fn user_view(user: &User, audience: Audience, version: Version) -> UserView<'_> {
    let modern = version.is_modern();
    let threads = modern.then_some("all");
    let notify_props = NotifyProps {
        channel: "true",
        comments: "never",
        desktop: "mention",
        desktop_sound: "true",
        desktop_threads: threads,
        email: "true",
        email_threads: threads,
        first_name: "false",
        mention_keys: if modern { String::new() } else { format!("{0},@{0}", user.username) },
        push: "mention",
        push_status: if modern { "online" } else { "away" },
        push_threads: threads,
    };
    let private = audience != Audience::Other;
    UserView {
        id: user.id,
        create_at: user.create_at,
        update_at: user.update_at,
        delete_at: user.delete_at,
        username: &user.username,
        auth_data: (!modern || audience != Audience::Own).then_some(""),
        auth_service: "",
        email: &user.email,
        nickname: &user.nickname,
        first_name: &user.first_name,
        last_name: &user.last_name,
        position: &user.position,
        roles: user.roles(),
        notify_props: private.then_some(notify_props),
        last_password_update: private.then_some(user.create_at),
        locale: &user.locale,
        timezone: Timezone { automatic_timezone: "", manual_timezone: "", use_automatic_timezone: "true" },
        remote_id: (modern && user.bot.is_none()).then_some(""),
        is_bot: user.bot.as_ref().map(|_| true),
        bot_description: user
            .bot
            .as_ref()
            .map(|bot| bot.description.as_str())
            .filter(|text| !text.is_empty()),
        disable_welcome_email: modern.then_some(false),
    }
}

/// A bot as the bots' routes show it.
#[derive(Debug, Serialize)]
pub(crate) struct BotView<'a> {
    user_id: Id,
    username: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    display_name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    owner_id: Id,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
}

/// The bot that a user is, if it is one.
pub(crate) fn bot_view(user: &User) -> Option<BotView<'_>> {
    let bot = user.bot.as_ref()?;
    Some(BotView {
        user_id: user.id,
        username: &user.username,
        display_name: &bot.display_name,
        description: &bot.description,
        owner_id: bot.owner_id,
        create_at: bot.create_at,
        update_at: bot.update_at,
        delete_at: bot.delete_at,
    })
}

/// A personal access token.
#[derive(Debug, Serialize)]
pub(crate) struct TokenView<'a> {
    id: Id,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    user_id: Id,
    description: &'a str,
    is_active: bool,
}

/// A token; its secret is shown only when it is made.
pub(crate) fn token_view(token: &Token, with_secret: bool) -> TokenView<'_> {
    TokenView {
        id: token.id,
        token: with_secret.then_some(token.token.as_str()),
        user_id: token.user_id,
        description: &token.description,
        is_active: token.is_active,
    }
}
