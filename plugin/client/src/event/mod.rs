//! The frames of the event stream.

mod envelope;
mod frame;
mod server_event;
mod types;

pub use self::frame::{Frame, FrameError, Reply};
pub use self::server_event::ServerEvent;
pub use self::types::{
    Broadcast, ChannelChange, ChannelNotice, Hello, MembershipChange, PostChange, Posted, ReactionChange,
    TypingNotice, UserChange,
};
