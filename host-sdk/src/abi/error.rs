//! The error struct that callers provide.

use super::values::oc_buf;
use abi_stable::StableAbi;

/// Why a call failed. Filled by the callee only when it returns a negative status.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_error {
    /// `sizeof(oc_error)` as the caller knows it.
    pub struct_size: u32,
    /// The negative status that was returned.
    pub code: i32,
    /// `OC_ERROR_*`.
    pub flags: u32,
    /// 0.
    pub reserved: u32,
    /// Milliseconds to wait before a retry, -1 when unknown.
    pub retry_after_ms: i64,
    /// One sentence for a person.
    pub message: oc_buf,
    /// The error as a JSON object, or empty.
    pub detail_json: oc_buf,
}

impl oc_error {
    /// Storage as a caller provides it.
    #[must_use]
    pub const fn zeroed() -> Self {
        Self {
            struct_size: size_of::<Self>() as u32,
            code: 0,
            flags: 0,
            reserved: 0,
            retry_after_ms: -1,
            message: oc_buf::EMPTY,
            detail_json: oc_buf::EMPTY,
        }
    }
}
