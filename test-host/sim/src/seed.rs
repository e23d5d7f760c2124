//! The world that tests and demos begin with.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    errors::ApiError,
    ids::Id,
    state::{ChannelKind, NewChannel, NewUser, World},
};

/// The password of every seeded person.
const PASSWORD: &str = "Passw0rd!x";
const PEOPLE: [&str; 3] = ["alice", "bob", "mallory"];
const BOTS: [&str; 2] = ["openclaw", "alerts"];
const CHANNELS: [(&str, &str, ChannelKind); 3] = [
    ("general", "General", ChannelKind::Open),
    ("ops", "Ops", ChannelKind::Open),
    ("secret", "Secret", ChannelKind::Private),
];

/// Somebody with a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The user id.
    pub id: String,
    /// A session's or an access token's secret.
    pub token: String,
}

/// What was seeded, by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Seed {
    /// The system admin.
    pub admin: Account,
    /// The team `lab`.
    pub team_id: String,
    /// The people `alice`, `bob` and `mallory`, the bots `openclaw` and `alerts`.
    pub users: BTreeMap<String, Account>,
    /// The channels `general`, `ops` and `secret`.
    pub channels: BTreeMap<String, String>,
    /// What every person logs in with.
    pub password: String,
}

impl Seed {
    /// The id of a person or bot, empty for an unknown name.
    #[must_use]
    pub fn user_id(&self, name: &str) -> &str {
        self.users.get(name).map(|account| account.id.as_str()).unwrap_or_default()
    }

    /// The token of a person or bot, empty for an unknown name.
    #[must_use]
    pub fn token(&self, name: &str) -> &str {
        self.users.get(name).map(|account| account.token.as_str()).unwrap_or_default()
    }

    /// The id of a channel, empty for an unknown name.
    #[must_use]
    pub fn channel(&self, name: &str) -> &str {
        self.channels.get(name).map(String::as_str).unwrap_or_default()
    }
}

/// Makes the world.
pub(crate) fn seed(world: &mut World) -> Result<Seed, ApiError> {
    let admin = person(world, "admin")?;
    let team_id = match world.team_by_name("lab") {
        Some(team) => team.id,
        None => world.create_team(admin, "lab", "Lab", "O")?,
    };
    let admin_token = world.open_session(admin);
    let mut users = Vec::new();
    for name in PEOPLE {
        let id = person(world, name)?;
        world.add_team_member(team_id, id, Some(admin))?;
        users.push((name, id, world.open_session(id)));
    }
    for name in BOTS {
        let id = match world.user_by_name(name) {
            Some(user) => user.id,
            None => world.create_bot(admin, name, name, "bot")?,
        };
        let token = world.create_token(id, "bot")?.token;
        world.add_team_member(team_id, id, Some(admin))?;
        users.push((name, id, token));
    }
    let mut channels = BTreeMap::new();
    for (name, display_name, kind) in CHANNELS {
        let id = match world.channel_by_name(Some(team_id), name) {
            Some(channel) => channel.id,
            None => world.create_channel(
                admin,
                NewChannel {
                    team_id: Some(team_id),
                    kind,
                    name: name.to_owned(),
                    display_name: display_name.to_owned(),
                    header: String::new(),
                    purpose: String::new(),
                    creator_id: Some(admin),
                },
            )?,
        };
        for (_, user_id, _) in &users {
            world.add_channel_member(admin, id, *user_id)?;
        }
        channels.insert(name.to_owned(), id.to_string());
    }
    let account = |id: Id, token: String| Account { id: id.to_string(), token };
    Ok(Seed {
        admin: account(admin, admin_token),
        team_id: team_id.to_string(),
        users: users.into_iter().map(|(name, id, token)| (name.to_owned(), account(id, token))).collect(),
        channels,
        password: PASSWORD.to_owned(),
    })
}

fn person(world: &mut World, name: &str) -> Result<Id, ApiError> {
    match world.user_by_name(name) {
        Some(user) => Ok(user.id),
        None => world.create_user(NewUser {
            username: name.to_owned(),
            email: format!("{name}@example.com"),
            password: PASSWORD.to_owned(),
            ..NewUser::default()
        }),
    }
}
