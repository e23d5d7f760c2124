//! What the server calls outside: the integrations of slash commands, buttons and dialogs.

mod call_log;
mod click;
mod client;
mod cookie;
mod dialogs;
mod execute;
mod go_json;
mod links;
mod mentions;
mod response;
mod secrets;
mod trigger;

pub(crate) use call_log::CallbackLog;
pub use call_log::CallbackRecord;
pub(crate) use click::{Click, click};
pub(crate) use cookie::ActionCookie;
pub(crate) use dialogs::{DialogSubmission, OpenDialog, open_dialog, submit_dialog};
pub(crate) use execute::{Execution, answer_later, execute};
pub(crate) use response::CommandResponse;
pub(crate) use secrets::Secrets;
