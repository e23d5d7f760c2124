//! Numbers: versions, status codes, flags, levels.

/// The ABI's major version; part of the entry symbol's name.
pub const OC_ABI_MAJOR: u32 = 1;
/// The newest minor of ABI 1 that this crate knows.
pub const OC_ABI_MINOR: u32 = 0;
/// `"OCCHANv1"` as a big-endian number.
pub const OC_MAGIC: u64 = 0x4f43_4348_414e_7631;

/// Done.
pub const OC_OK: i32 = 0;
/// Accepted: exactly one completion follows.
pub const OC_PENDING: i32 = 1;
/// Nothing arrived within the time.
pub const OC_EMPTY: i32 = 2;
/// The call or its JSON is wrong.
pub const OC_E_INVALID_ARGUMENT: i32 = -1;
/// No ABI minor that both sides know.
pub const OC_E_VERSION_MISMATCH: i32 = -2;
/// Understood, but not done by this channel or version.
pub const OC_E_NOT_SUPPORTED: i32 = -3;
/// The configuration is wrong or incomplete.
pub const OC_E_CONFIG: i32 = -4;
/// The remote server refused the credentials.
pub const OC_E_AUTH: i32 = -5;
/// The remote server could not be reached, or the connection broke.
pub const OC_E_NETWORK: i32 = -6;
/// No answer in time.
pub const OC_E_TIMEOUT: i32 = -7;
/// The remote server asks to slow down.
pub const OC_E_RATE_LIMITED: i32 = -8;
/// The account, target or object does not exist.
pub const OC_E_NOT_FOUND: i32 = -9;
/// Not allowed.
pub const OC_E_FORBIDDEN: i32 = -10;
/// Over a documented limit.
pub const OC_E_TOO_LARGE: i32 = -11;
/// The instance is shut down, or never was one.
pub const OC_E_CLOSED: i32 = -12;
/// Ended by a cancel request or by shutdown.
pub const OC_E_CANCELLED: i32 = -13;
/// A queue is full; nothing was taken.
pub const OC_E_BUSY: i32 = -14;
/// A fault of the plugin.
pub const OC_E_INTERNAL: i32 = -15;
/// A fault of the plugin that was caught at the border.
pub const OC_E_PANIC: i32 = -16;

/// Flag of `oc_error`: the same call may succeed later.
pub const OC_ERROR_RETRYABLE: u32 = 1;
/// Flag of `oc_error`: the same call will not succeed without a change elsewhere.
pub const OC_ERROR_PERMANENT: u32 = 2;

/// Flag of `oc_channel_api`: the library pins itself.
pub const OC_FLAG_NEVER_UNLOAD: u32 = 1;
/// Flag of `oc_channel_api`: thread-safe functions may run at the same time.
pub const OC_FLAG_THREAD_SAFE: u32 = 2;

/// Level of `oc_log_record`.
pub const OC_LOG_ERROR: i32 = 1;
/// Level of `oc_log_record`.
pub const OC_LOG_WARN: i32 = 2;
/// Level of `oc_log_record`.
pub const OC_LOG_INFO: i32 = 3;
/// Level of `oc_log_record`.
pub const OC_LOG_DEBUG: i32 = 4;
/// Level of `oc_log_record`.
pub const OC_LOG_TRACE: i32 = 5;
