//! What survives a crash: how far each channel was read, what the host has not settled, what was accepted for sending.

mod records;

pub use records::{
    AccountMark, Change, ChannelMark, Delivery, DeliveryState, OpenEvent, Retention, Snapshot,
};
