//! The library stays mapped until the process ends.
//!
//! The runtime and TLS register thread-local destructors on whatever thread first used them. If a host unloaded the
//! library those destructors would run in unmapped code, so the library pins itself: the loader is asked once, at the
//! first call of the entry function. On ELF systems the linker flag `-z nodelete` says the same from the start, but a
//! build script must not forget it.

use std::sync::Once;

/// Pin the library that this code is part of.
pub(super) fn pin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(imp::pin);
}

#[cfg(unix)]
mod imp {
    use std::ffi::{c_char, c_int, c_void};

    #[repr(C)]
    struct DlInfo {
        file_name: *const c_char,
        base: *mut c_void,
        symbol_name: *const c_char,
        symbol: *mut c_void,
    }
    const RTLD_LAZY: c_int = 0x1;
    #[cfg(target_vendor = "apple")]
    const PIN: c_int = 0x10 | 0x80; // RTLD_NOLOAD | RTLD_NODELETE
    #[cfg(any(target_os = "freebsd", target_os = "dragonfly"))]
    const PIN: c_int = 0x2000 | 0x1000;
    #[cfg(not(any(target_vendor = "apple", target_os = "freebsd", target_os = "dragonfly")))]
    const PIN: c_int = 0x4 | 0x1000;

    unsafe extern "C" {
        fn dladdr(address: *const c_void, info: *mut DlInfo) -> c_int;
        fn dlopen(path: *const c_char, mode: c_int) -> *mut c_void;
    }

    pub(super) fn pin() {
        let mut info = DlInfo {
            file_name: std::ptr::null(),
            base: std::ptr::null_mut(),
            symbol_name: std::ptr::null(),
            symbol: std::ptr::null_mut(),
        };
        let here = pin as fn() as *const c_void;
        // SAFETY: `info` is valid for writes; the address is one of ours.
        if unsafe { dladdr(here, &raw mut info) } != 0 && !info.file_name.is_null() {
            // SAFETY: the loader's own name of a library that is loaded; the handle is leaked on purpose.
            let _ = unsafe { dlopen(info.file_name, RTLD_LAZY | PIN) };
        }
    }
}

#[cfg(windows)]
mod imp {
    use std::ffi::c_void;

    const FROM_ADDRESS: u32 = 0x4;
    const PIN: u32 = 0x1;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetModuleHandleExW(flags: u32, name: *const u16, module: *mut *mut c_void) -> i32;
    }

    pub(super) fn pin() {
        let mut module = std::ptr::null_mut();
        let here = pin as fn() as *const u16;
        // SAFETY: with FROM_ADDRESS the name is an address inside the module; `module` is valid for writes.
        let _ = unsafe { GetModuleHandleExW(FROM_ADDRESS | PIN, here, &raw mut module) };
    }
}
