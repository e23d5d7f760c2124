//! What is asked of the operating system.

use std::time::Duration;

/// Whether a descriptor becomes readable within a time. False for -1.
#[cfg(unix)]
#[must_use]
pub fn readable(descriptor: i64, within: Duration) -> bool {
    use std::ffi::{c_int, c_short};
    // `nfds_t` is an unsigned long on Linux and an unsigned int on the BSDs and macOS; 1 fits either.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    type Count = std::ffi::c_ulong;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    type Count = std::ffi::c_uint;
    #[repr(C)]
    struct PollFd {
        fd: c_int,
        events: c_short,
        revents: c_short,
    }
    unsafe extern "C" {
        fn poll(fds: *mut PollFd, count: Count, timeout: c_int) -> c_int;
    }
    const POLLIN: c_short = 1;
    let Ok(fd) = c_int::try_from(descriptor) else { return false };
    if fd < 0 {
        return false;
    }
    let mut watched = PollFd { fd, events: POLLIN, revents: 0 };
    let timeout = c_int::try_from(within.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: one struct, valid for reads and writes.
    unsafe { poll(&raw mut watched, 1, timeout) == 1 && watched.revents & POLLIN != 0 }
}

/// There are no such descriptors here.
#[cfg(not(unix))]
#[must_use]
pub fn readable(_descriptor: i64, _within: Duration) -> bool {
    false
}
