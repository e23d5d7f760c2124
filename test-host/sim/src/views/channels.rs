//! Channels and their members.

use serde::Serialize;
use serde_json::Value;

use crate::{
    ids::{Id, serialize_or_empty},
    options::Version,
    state::{Channel, ChannelMember},
};

/// A channel.
#[derive(Debug, Serialize)]
pub(crate) struct ChannelView<'a> {
    id: Id,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
    #[serde(serialize_with = "serialize_or_empty")]
    team_id: Option<Id>,
    #[serde(rename = "type")]
    kind: &'static str,
    display_name: &'a str,
    name: &'a str,
    header: &'a str,
    purpose: &'a str,
    last_post_at: i64,
    total_msg_count: i64,
    extra_update_at: i64,
    #[serde(serialize_with = "serialize_or_empty")]
    creator_id: Option<Id>,
    scheme_id: Value,
    props: Value,
    group_constrained: Value,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    modern: Option<ModernChannel>,
}

/// What later versions added.
#[derive(Debug, Serialize)]
struct ModernChannel {
    autotranslation: bool,
    shared: Option<bool>,
    total_msg_count_root: i64,
    policy_id: Value,
    last_root_post_at: i64,
    banner_info: Value,
    policy_enforced: bool,
    policy_is_active: bool,
    default_category_name: &'static str,
}

/// A channel as members see it.
pub(crate) fn channel_view(channel: &Channel, version: Version) -> ChannelView<'_> {
    let modern = ModernChannel {
        autotranslation: false,
        shared: channel.kind.is_conversation().then_some(false),
        total_msg_count_root: channel.total_msg_count_root,
        policy_id: Value::Null,
        last_root_post_at: channel.last_root_post_at,
        banner_info: Value::Null,
        policy_enforced: false,
        policy_is_active: false,
        default_category_name: "",
    };
    ChannelView {
        id: channel.id,
        create_at: channel.create_at,
        update_at: channel.update_at,
        delete_at: channel.delete_at,
        team_id: channel.team_id,
        kind: channel.kind.letter(),
        display_name: &channel.display_name,
        name: &channel.name,
        header: &channel.header,
        purpose: &channel.purpose,
        last_post_at: channel.last_post_at,
        total_msg_count: channel.total_msg_count,
        extra_update_at: 0,
        creator_id: channel.creator_id,
        scheme_id: Value::Null,
        props: Value::Null,
        group_constrained: Value::Null,
        modern: version.is_modern().then_some(modern),
    }
}

/// A membership of a channel.
#[derive(Debug, Serialize)]
pub(crate) struct ChannelMemberView {
    channel_id: Id,
    user_id: Id,
    roles: &'static str,
    last_viewed_at: i64,
    msg_count: i64,
    mention_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mention_count_root: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgent_mention_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_count_root: Option<i64>,
    notify_props: MemberNotifyProps,
    last_update_at: i64,
    scheme_guest: bool,
    scheme_user: bool,
    scheme_admin: bool,
    explicit_roles: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    autotranslation_disabled: Option<bool>,
}

#[derive(Debug, Serialize)]
struct MemberNotifyProps {
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_auto_follow_threads: Option<&'static str>,
    desktop: &'static str,
    email: &'static str,
    ignore_channel_mentions: &'static str,
    mark_unread: &'static str,
    push: &'static str,
}

/// A membership as the API shows it.
pub(crate) fn member_view(
    channel_id: Id,
    user_id: Id,
    member: &ChannelMember,
    version: Version,
) -> ChannelMemberView {
    let modern = version.is_modern();
    ChannelMemberView {
        channel_id,
        user_id,
        roles: if member.is_admin { "channel_user channel_admin" } else { "channel_user" },
        last_viewed_at: member.last_viewed_at,
        msg_count: member.msg_count,
        mention_count: member.mention_count,
        mention_count_root: modern.then_some(member.mention_count_root),
        urgent_mention_count: modern.then_some(0),
        msg_count_root: modern.then_some(member.msg_count_root),
        notify_props: MemberNotifyProps {
            channel_auto_follow_threads: modern.then_some("off"),
            desktop: "default",
            email: "default",
            ignore_channel_mentions: "default",
            mark_unread: "all",
            push: "default",
        },
        last_update_at: member.last_update_at,
        scheme_guest: false,
        scheme_user: true,
        scheme_admin: member.is_admin,
        explicit_roles: "",
        autotranslation_disabled: modern.then_some(false),
    }
}

/// What of a channel a member has not read.
#[derive(Debug, Serialize)]
pub(crate) struct UnreadView {
    #[serde(serialize_with = "serialize_or_empty")]
    team_id: Option<Id>,
    channel_id: Id,
    msg_count: i64,
    mention_count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    mention_count_root: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    urgent_mention_count: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_count_root: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notify_props: Option<MemberNotifyProps>,
}

/// The unread counts of a member.
pub(crate) fn unread_view(channel: &Channel, member: &ChannelMember, version: Version) -> UnreadView {
    let modern = version.is_modern();
    UnreadView {
        team_id: channel.team_id,
        channel_id: channel.id,
        msg_count: channel.total_msg_count - member.msg_count,
        mention_count: member.mention_count,
        mention_count_root: modern.then_some(member.mention_count_root),
        urgent_mention_count: modern.then_some(0),
        msg_count_root: modern.then_some(channel.total_msg_count_root - member.msg_count_root),
        notify_props: None,
    }
}
