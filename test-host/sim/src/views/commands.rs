//! Slash commands.

use serde::Serialize;

use crate::{options::Version, state::Command};

/// A command.
#[derive(Debug, Serialize)]
pub(crate) struct CommandView<'a> {
    id: &'a str,
    token: &'a str,
    create_at: i64,
    update_at: i64,
    delete_at: i64,
    creator_id: &'a str,
    team_id: &'a str,
    trigger: &'a str,
    method: &'a str,
    username: &'a str,
    icon_url: &'a str,
    auto_complete: bool,
    auto_complete_desc: &'a str,
    auto_complete_hint: &'a str,
    display_name: &'a str,
    description: &'a str,
    url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    plugin_id: Option<&'a str>,
}

/// A command as those see it who may manage it.
pub(crate) fn command_view(command: &Command, version: Version) -> CommandView<'_> {
    let wording = &command.wording;
    CommandView {
        id: command.id.as_str(),
        token: &command.token,
        create_at: command.create_at,
        update_at: command.update_at,
        delete_at: 0,
        creator_id: command.creator_id.as_str(),
        team_id: command.team_id.as_str(),
        trigger: &wording.trigger,
        method: &wording.method,
        username: &wording.username,
        icon_url: &wording.icon_url,
        auto_complete: wording.auto_complete,
        auto_complete_desc: &wording.auto_complete_desc,
        auto_complete_hint: &wording.auto_complete_hint,
        display_name: &wording.display_name,
        description: &wording.description,
        url: &wording.url,
        plugin_id: version.is_modern().then_some(""),
    }
}

/// A command as everybody sees it: without its token and where it goes.
pub(crate) fn public_command_view(command: &Command, version: Version) -> CommandView<'_> {
    let hidden = CommandView { token: "", creator_id: "", ..command_view(command, version) };
    CommandView { method: "", url: "", username: "", icon_url: "", ..hidden }
}
