//! The mirror of `include/openclaw_channel.h`: the same names, fields, order and numbers.
//!
//! The header is the normative text and says what each function promises; a compiled C program compares sizes,
//! offsets and constants of the two in the tests. Nothing but the mirror and its layout check lives here.

mod error;
mod layout;
mod status;
mod tables;
mod values;

pub use error::oc_error;
pub use layout::{ChannelModule, ChannelModuleRef};
pub use status::*;
pub use tables::{
    ENTRY_SYMBOL, EntryFn, oc_channel, oc_channel_api, oc_completion, oc_entry_request, oc_event, oc_host,
    oc_log_record,
};
pub use values::{oc_buf, oc_str};
