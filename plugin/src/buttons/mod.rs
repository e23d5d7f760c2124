//! Interactive buttons, the sending half: how they are written, named, signed, and put into a post. Pure.
//!
//! The rules are those of OpenClaw's page on Mattermost, "Interactive buttons".

mod attachment;
mod author;
mod card;
mod figures;
mod ids;
pub mod keys;
mod presentation;
mod script;
mod shown;
mod sign;

pub use attachment::{
    Binding, Button, ButtonAttachments, LONGEST_LABEL, MOST_BUTTONS, MOST_CONTEXT, Style, attachments,
    build_button_attachments, check_all,
};
pub use card::Card;
pub use ids::{ids, long_ids};
pub use script::{Script, hints, sign};
use shown::shown;
pub use sign::{NotSigned, Signer};
