//! What Mattermost sends, read tolerantly: unknown keys are skipped and `null` counts as absent, because server
//! versions differ in both. Only the id of a thing is required.

mod api_error;
mod channel;
mod config;
mod file;
mod post;
mod reaction;
mod team;
mod tolerant;
mod user;

pub use self::api_error::ApiErrorBody;
pub use self::channel::{Channel, ChannelMember, ChannelType};
pub use self::config::{ClientConfig, SystemStatus};
pub use self::file::FileInfo;
pub(crate) use self::file::FileUpload;
pub use self::post::{Post, PostList, PostMetadata, Props};
pub use self::reaction::Reaction;
pub use self::team::{Team, TeamMember};
pub(crate) use self::tolerant::or_default;
pub use self::user::User;
