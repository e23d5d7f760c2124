//! Arguments, right ones by default.

use super::callbacks::Callbacks;
use crate::abi::{self, oc_error, oc_str};
use std::marker::PhantomData;
use std::sync::Arc;

/// A text argument, which need not be text.
#[derive(Clone, Copy)]
pub struct Arg<'a> {
    pub(super) raw: oc_str,
    borrowed: PhantomData<&'a [u8]>,
}

impl<'a> Arg<'a> {
    /// Any bytes.
    #[must_use]
    pub fn bytes(bytes: &'a [u8]) -> Self {
        let raw = oc_str { ptr: bytes.as_ptr(), len: bytes.len() as u64 };
        Self { raw, borrowed: PhantomData }
    }

    /// A null pointer with a length.
    #[must_use]
    pub fn null(len: u64) -> Self {
        Self { raw: oc_str { ptr: std::ptr::null(), len }, borrowed: PhantomData }
    }
}

impl<'a> From<&'a str> for Arg<'a> {
    fn from(text: &'a str) -> Self {
        Self::bytes(text.as_bytes())
    }
}

impl<'a> From<&'a String> for Arg<'a> {
    fn from(text: &'a String) -> Self {
        Self::bytes(text.as_bytes())
    }
}

/// The handle of an instance, or anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Handle(pub(super) usize);

impl Handle {
    /// The null pointer.
    pub const NULL: Self = Self(0);

    /// A number that no init returned.
    #[must_use]
    pub const fn made_up(number: usize) -> Self {
        Self(number)
    }

    /// Whether it is the null pointer.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
}

/// The `oc_error` that a call gets.
#[derive(Clone, Copy, Debug)]
pub enum ErrorArg {
    /// A null pointer.
    Null,
    /// A struct that claims this size, whatever its real one.
    Claiming(u32),
}

impl Default for ErrorArg {
    fn default() -> Self {
        Self::Claiming(size_of::<oc_error>() as u32)
    }
}

/// What the entry function is given.
#[derive(Clone, Copy, Debug)]
pub struct EntryArgs {
    /// The size that the request claims; `None` passes a null request.
    pub struct_size: Option<u32>,
    /// Lowest minor.
    pub abi_min: u32,
    /// Highest minor.
    pub abi_max: u32,
}

impl Default for EntryArgs {
    fn default() -> Self {
        Self {
            struct_size: Some(size_of::<abi::oc_entry_request>() as u32),
            abi_min: 0,
            abi_max: abi::OC_ABI_MINOR,
        }
    }
}

/// What init is given beside the JSON.
#[derive(Clone)]
pub struct HostArgs {
    /// The size that the host struct claims; `None` passes a null host.
    pub struct_size: Option<u32>,
    /// The minor that the host claims to have been given.
    pub abi_minor: u32,
    /// Set `on_event`.
    pub on_event: bool,
    /// Set `on_complete`.
    pub on_complete: bool,
    /// Set `log`.
    pub log: bool,
    /// Pass a place for the handle; otherwise null.
    pub out: bool,
    /// Who gets the callbacks.
    pub callbacks: Arc<Callbacks>,
}

impl HostArgs {
    /// A host that polls.
    #[must_use]
    pub fn pull() -> Self {
        Self {
            struct_size: Some(size_of::<abi::oc_host>() as u32),
            abi_minor: abi::OC_ABI_MINOR,
            on_event: false,
            on_complete: false,
            log: false,
            out: true,
            callbacks: Arc::new(Callbacks::default()),
        }
    }

    /// A host that is called back.
    #[must_use]
    pub fn push(callbacks: Arc<Callbacks>) -> Self {
        Self { on_event: true, on_complete: true, log: true, callbacks, ..Self::pull() }
    }
}
