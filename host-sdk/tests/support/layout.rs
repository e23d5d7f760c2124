//! The mirror's layout as data: every struct, field and constant of the header.
#![allow(dead_code, unreachable_pub)]

use host_sdk::abi;

/// A struct of the border.
pub struct Struct {
    pub name: &'static str,
    pub size: usize,
    /// Name, offset, size.
    pub fields: Vec<(&'static str, usize, usize)>,
}

/// The size of what `project` leads to.
fn size_of_field<T, F>(_project: impl FnOnce(&T) -> &F) -> usize {
    size_of::<F>()
}

macro_rules! structs {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        vec![$(Struct {
            name: stringify!($name),
            size: size_of::<abi::$name>(),
            fields: vec![$((
                stringify!($field),
                std::mem::offset_of!(abi::$name, $field),
                size_of_field(|it: &abi::$name| &it.$field),
            )),*],
        }),*]
    };
}

macro_rules! constants {
    ($($name:ident),* $(,)?) => { vec![$((stringify!($name), i128::from(abi::$name))),*] };
}

/// Every struct with every field, in the order of the header.
pub fn structs() -> Vec<Struct> {
    structs! {
        oc_str { ptr, len }
        oc_buf { ptr, len, owner, release }
        oc_error { struct_size, code, flags, reserved, retry_after_ms, message, detail_json }
        oc_event { struct_size, reserved, json }
        oc_completion { struct_size, status, request_id, json }
        oc_log_record { struct_size, level, time_ms, target, message, fields_json }
        oc_host { struct_size, abi_minor, host_data, on_event, on_complete, log, get_extension }
        oc_channel_api {
            struct_size, abi_minor, magic, flags, reserved, id, name, version, build_json,
            init, handle, send, poll, wake_fd, query, shutdown, destroy, get_extension,
        }
        oc_entry_request { struct_size, abi_min, abi_max, reserved, host_name, host_version }
    }
}

/// Every numeric constant, in the order of the header.
pub fn constants() -> Vec<(&'static str, i128)> {
    constants![
        OC_ABI_MAJOR,
        OC_ABI_MINOR,
        OC_MAGIC,
        OC_OK,
        OC_PENDING,
        OC_EMPTY,
        OC_E_INVALID_ARGUMENT,
        OC_E_VERSION_MISMATCH,
        OC_E_NOT_SUPPORTED,
        OC_E_CONFIG,
        OC_E_AUTH,
        OC_E_NETWORK,
        OC_E_TIMEOUT,
        OC_E_RATE_LIMITED,
        OC_E_NOT_FOUND,
        OC_E_FORBIDDEN,
        OC_E_TOO_LARGE,
        OC_E_CLOSED,
        OC_E_CANCELLED,
        OC_E_BUSY,
        OC_E_INTERNAL,
        OC_E_PANIC,
        OC_ERROR_RETRYABLE,
        OC_ERROR_PERMANENT,
        OC_FLAG_NEVER_UNLOAD,
        OC_FLAG_THREAD_SAFE,
        OC_LOG_ERROR,
        OC_LOG_WARN,
        OC_LOG_INFO,
        OC_LOG_DEBUG,
        OC_LOG_TRACE,
    ]
}

/// The header, comments and all.
pub fn header() -> String {
    std::fs::read_to_string(include_folder().join("openclaw_channel.h")).unwrap()
}

/// The folder of the header.
pub fn include_folder() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../include")
}
