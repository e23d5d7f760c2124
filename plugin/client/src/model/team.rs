//! Teams.

use serde::{Deserialize, Serialize};

use super::or_default;

/// A team: channels live in teams, direct and group messages do not. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// 26 characters, unique on the server.
    pub id: String,
    /// The name in URLs, lower case.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// The name that people see.
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
    /// When the team was archived; 0 while it is active.
    #[serde(default, deserialize_with = "or_default")]
    pub delete_at: i64,
}

/// That a user belongs to a team.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamMember {
    /// The team.
    #[serde(default, deserialize_with = "or_default")]
    pub team_id: String,
    /// The member.
    #[serde(default, deserialize_with = "or_default")]
    pub user_id: String,
    /// Roles in the team, separated by spaces.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: String,
    /// When the user left, in milliseconds since 1970; 0 for a current member.
    #[serde(default, deserialize_with = "or_default")]
    pub delete_at: i64,
}
