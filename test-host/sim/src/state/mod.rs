//! What the server knows: users, tokens, teams, channels, posts, files.

mod attachments;
mod changes;
mod channel_members;
mod channels;
mod command_hooks;
mod commands;
mod ephemerals;
mod files;
mod lag;
mod mentions;
mod model;
mod pages;
mod pending;
mod permissions;
mod post_edits;
mod posts;
mod settings;
mod teams;
mod threads;
mod tokens;
mod users;
mod world;

pub(crate) use attachments::{Action, Integration, Integrations, complete};
pub(crate) use channels::{ChannelPatch, NewChannel};
pub(crate) use command_hooks::{CommandHooks, Place};
pub(crate) use commands::{Command, CommandWording};
pub(crate) use files::NewFile;
pub(crate) use model::*;
pub(crate) use pages::{Anchor, PostPage};
pub(crate) use pending::Claim;
pub(crate) use post_edits::PostPatch;
pub(crate) use posts::NewPost;
pub(crate) use settings::{AllowedInternal, Settings};
pub(crate) use users::{NewUser, UserPatch};
pub(crate) use world::World;
