//! Teams and their members.

use serde::Serialize;
use serde_json::Value;

use crate::{ids::Id, options::Version, state::Team};

/// A team.
#[derive(Debug, Serialize)]
pub(crate) struct TeamView<'a> {
    id: Id,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
    display_name: &'a str,
    name: &'a str,
    description: &'a str,
    email: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    company_name: &'a str,
    allowed_domains: &'a str,
    invite_id: Id,
    allow_open_invite: bool,
    scheme_id: Value,
    group_constrained: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy_id: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_limits_archived: Option<bool>,
}

/// A team as members see it.
pub(crate) fn team_view(team: &Team, version: Version) -> TeamView<'_> {
    let modern = version.is_modern();
    TeamView {
        id: team.id,
        create_at: team.create_at,
        update_at: team.update_at,
        delete_at: team.delete_at,
        display_name: &team.display_name,
        name: &team.name,
        description: &team.description,
        email: &team.email,
        kind: &team.kind,
        company_name: "",
        allowed_domains: "",
        invite_id: team.invite_id,
        allow_open_invite: false,
        scheme_id: Value::Null,
        group_constrained: Value::Null,
        policy_id: modern.then_some(Value::Null),
        cloud_limits_archived: modern.then_some(false),
    }
}

/// A membership of a team.
#[derive(Debug, Serialize)]
pub(crate) struct TeamMemberView {
    team_id: Id,
    user_id: Id,
    roles: &'static str,
    delete_at: i64,
    scheme_guest: bool,
    scheme_user: bool,
    scheme_admin: bool,
    explicit_roles: &'static str,
}

/// A membership as the API shows it.
pub(crate) fn team_member_view(team_id: Id, user_id: Id, is_admin: bool) -> TeamMemberView {
    TeamMemberView {
        team_id,
        user_id,
        roles: if is_admin { "team_user team_admin" } else { "team_user" },
        delete_at: 0,
        scheme_guest: false,
        scheme_user: true,
        scheme_admin: is_admin,
        explicit_roles: "",
    }
}
