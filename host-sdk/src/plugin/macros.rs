//! The macro that gives a channel its exported symbols.

/// Export a [`Channel`](crate::plugin::Channel) from a `cdylib`.
///
/// ```ignore
/// host_sdk::export_channel!(MyChannel);
/// ```
///
/// Defines `openclaw_channel_entry_v1`, the flat `openclaw_*` functions and the `abi_stable` root module. Use it
/// once, in a module that allows `unsafe_code`, and build with `panic = "unwind"`.
#[macro_export]
macro_rules! export_channel {
    ($channel:ty) => {
        #[cfg(panic = "abort")]
        compile_error!(
            "a channel plugin must be built with panic = \"unwind\": a panic must not end the host"
        );

        static OPENCLAW_CHANNEL_API: $crate::abi::oc_channel_api = $crate::abi::oc_channel_api {
            init: Some(openclaw_init),
            handle: Some(openclaw_handle),
            send: Some(openclaw_send),
            poll: Some(openclaw_poll),
            wake_fd: Some(openclaw_wake_fd),
            query: Some(openclaw_query),
            shutdown: Some(openclaw_shutdown),
            destroy: Some(openclaw_destroy),
            ..$crate::plugin::ffi::table::<$channel>($crate::__build_json!())
        };

        /// The entry symbol; see `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_channel_entry_v1(
            request: *const $crate::abi::oc_entry_request,
            error: *mut $crate::abi::oc_error,
        ) -> *const $crate::abi::oc_channel_api {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::entry(&OPENCLAW_CHANNEL_API, request, error) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_init(
            host: *const $crate::abi::oc_host,
            init_json: $crate::abi::oc_str,
            out: *mut *mut $crate::abi::oc_channel,
            error: *mut $crate::abi::oc_error,
        ) -> i32 {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::init::<$channel>(host, init_json, out, error) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_handle(
            channel: *mut $crate::abi::oc_channel,
            request_id: u64,
            request_json: $crate::abi::oc_str,
            error: *mut $crate::abi::oc_error,
        ) -> i32 {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::handle(channel, request_id, request_json, error) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_send(
            channel: *mut $crate::abi::oc_channel,
            request_id: u64,
            message_json: $crate::abi::oc_str,
            error: *mut $crate::abi::oc_error,
        ) -> i32 {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::send(channel, request_id, message_json, error) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_poll(
            channel: *mut $crate::abi::oc_channel,
            timeout_ms: u32,
            out: *mut $crate::abi::oc_buf,
        ) -> i32 {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::poll(channel, timeout_ms, out) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_wake_fd(channel: *mut $crate::abi::oc_channel) -> i64 {
            $crate::plugin::ffi::wake_fd(channel)
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_query(
            request_json: $crate::abi::oc_str,
            response_json: *mut $crate::abi::oc_buf,
        ) -> i32 {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::query::<$channel>(request_json, response_json) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_shutdown(
            channel: *mut $crate::abi::oc_channel,
            timeout_ms: u32,
            error: *mut $crate::abi::oc_error,
        ) -> i32 {
            // SAFETY: the caller's promise is the same.
            unsafe { $crate::plugin::ffi::shutdown(channel, timeout_ms, error) }
        }

        /// See `openclaw_channel.h`.
        ///
        /// # Safety
        /// As the header says.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn openclaw_destroy(channel: *mut $crate::abi::oc_channel) {
            $crate::plugin::ffi::destroy(channel)
        }

        extern "C" fn openclaw_root_module() -> $crate::abi_stable::library::RootModuleResult {
            fn module() -> $crate::abi::ChannelModuleRef {
                use $crate::abi_stable::prefix_type::PrefixTypeTrait;
                $crate::abi::ChannelModule { api: &OPENCLAW_CHANNEL_API }.leak_into_prefix()
            }
            $crate::abi_stable::library::__call_root_module_loader(module)
        }

        // The attribute macro of abi_stable expands to a form that edition 2024 refuses; this is what it would say.
        /// The root module of `abi_stable`, for the layout check of Rust hosts.
        #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
        pub static OPENCLAW_ROOT_MODULE: $crate::abi_stable::library::LibHeader =
            // SAFETY: `openclaw_root_module` returns the erased form of this very module type.
            unsafe {
                $crate::abi_stable::library::LibHeader::from_constructor::<$crate::abi::ChannelModuleRef>(
                    openclaw_root_module,
                    $crate::abi_stable::library::CheckTypeLayout::Yes,
                )
            };
    };
}

/// What the table says of the build.
#[doc(hidden)]
#[macro_export]
macro_rules! __build_json {
    () => {
        if cfg!(debug_assertions) {
            concat!(r#"{"protocol":1,"profile":"debug","package":""#, env!("CARGO_PKG_NAME"), r#""}"#)
        } else {
            concat!(r#"{"protocol":1,"profile":"release","package":""#, env!("CARGO_PKG_NAME"), r#""}"#)
        }
    };
}
