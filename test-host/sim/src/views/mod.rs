//! How things look on the wire, by server version. Fields stand in the order of the real server's structs.

mod channels;
mod commands;
mod files;
mod posts;
mod teams;
mod threads;
mod users;

pub(crate) use channels::{ChannelMemberView, channel_view, member_view, unread_view};
pub(crate) use commands::{command_view, public_command_view};
pub(crate) use files::{FileView, file_view};
pub(crate) use posts::{
    PostView, Shown, post_list, post_text, post_text_without_metadata, post_view, reaction_view,
};
pub(crate) use teams::{team_member_view, team_view};
pub(crate) use threads::thread_view;
pub(crate) use users::{Audience, UserView, bot_view, token_view, user_view};
