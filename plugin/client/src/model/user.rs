//! People and bots.

use serde::{Deserialize, Serialize};

use super::or_default;

/// A person or a bot. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// 26 characters, unique on the server.
    pub id: String,
    /// The name behind `@`, lower case.
    #[serde(default, deserialize_with = "or_default")]
    pub username: String,
    /// As entered by the user; often empty.
    #[serde(default, deserialize_with = "or_default")]
    pub nickname: String,
    /// As entered by the user; often empty. For a bot it is its display name.
    #[serde(default, deserialize_with = "or_default")]
    pub first_name: String,
    /// As entered by the user; often empty.
    #[serde(default, deserialize_with = "or_default")]
    pub last_name: String,
    /// Empty when the server hides it.
    #[serde(default, deserialize_with = "or_default")]
    pub email: String,
    /// System-wide roles, separated by spaces: `system_user system_admin`.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: String,
    /// Like `en`.
    #[serde(default, deserialize_with = "or_default")]
    pub locale: String,
    /// Whether this is a bot account.
    #[serde(default, deserialize_with = "or_default")]
    pub is_bot: bool,
    /// When the account was made.
    #[serde(default, deserialize_with = "or_default")]
    pub create_at: i64,
    /// Grows with every change of the account, also when it is disabled or enabled.
    #[serde(default, deserialize_with = "or_default")]
    pub update_at: i64,
    /// When the account was disabled; 0 while it is active.
    #[serde(default, deserialize_with = "or_default")]
    pub delete_at: i64,
}
