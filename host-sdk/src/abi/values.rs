//! Borrowed and owned bytes.

use abi_stable::StableAbi;
use std::ffi::c_void;

/// Borrowed bytes, valid for the call only. `ptr` may be null only when `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_str {
    /// First byte.
    pub ptr: *const u8,
    /// Length in bytes.
    pub len: u64,
}

// SAFETY: plain data. Whoever dereferences `ptr` takes on the duty to prove that it is valid.
unsafe impl Send for oc_str {}
// SAFETY: as above.
unsafe impl Sync for oc_str {}

impl oc_str {
    /// No bytes.
    pub const EMPTY: Self = Self { ptr: std::ptr::null(), len: 0 };

    /// Borrow a text. The caller keeps it alive for the call that the value is passed to.
    #[must_use]
    pub const fn new(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() as u64 }
    }

    /// The bytes, or `None` when the pointer is null although the length is not 0, or the length is absurd.
    ///
    /// # Safety
    /// `ptr` must point to `len` readable bytes that nobody changes for the lifetime `'a`.
    #[must_use]
    pub unsafe fn bytes<'a>(self) -> Option<&'a [u8]> {
        if self.len == 0 {
            return Some(&[]);
        }
        let len = usize::try_from(self.len).ok().filter(|len| *len <= isize::MAX.unsigned_abs())?;
        if self.ptr.is_null() {
            return None;
        }
        // SAFETY: not null, length within isize::MAX; validity for 'a is the caller's promise.
        Some(unsafe { std::slice::from_raw_parts(self.ptr, len) })
    }

    /// The bytes as text, or `None` when they are not valid UTF-8 or [`oc_str::bytes`] has none.
    ///
    /// # Safety
    /// As for [`oc_str::bytes`].
    #[must_use]
    pub unsafe fn text<'a>(self) -> Option<&'a str> {
        // SAFETY: the caller's promise is the same.
        unsafe { self.bytes() }.and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

/// Owned bytes that carry their own release function.
#[repr(C)]
#[derive(StableAbi)]
#[allow(non_camel_case_types)]
pub struct oc_buf {
    /// First byte.
    pub ptr: *mut u8,
    /// Length in bytes.
    pub len: u64,
    /// The giver's; not to be touched.
    pub owner: *mut c_void,
    /// Gives the bytes back; called exactly once by the receiver.
    pub release: Option<unsafe extern "C" fn(*mut oc_buf)>,
}

// SAFETY: plain data; the header promises that release may be called from any thread.
unsafe impl Send for oc_buf {}

impl oc_buf {
    /// A buffer that was never filled and needs no release.
    pub const EMPTY: Self =
        Self { ptr: std::ptr::null_mut(), len: 0, owner: std::ptr::null_mut(), release: None };

    /// Hand bytes of ours to the other side.
    #[must_use]
    pub fn from_string(text: String) -> Self {
        if text.is_empty() {
            return Self::EMPTY;
        }
        let boxed: Box<[u8]> = text.into_bytes().into_boxed_slice();
        let len = boxed.len() as u64;
        let ptr = Box::into_raw(boxed).cast::<u8>();
        Self { ptr, len, owner: std::ptr::null_mut(), release: Some(release_boxed) }
    }

    /// Copy the bytes as text (invalid UTF-8 replaced) and release the buffer.
    ///
    /// # Safety
    /// The buffer must be as the other side filled it, and not released yet.
    #[must_use]
    pub unsafe fn into_text(mut self) -> String {
        let borrowed = oc_str { ptr: self.ptr, len: self.len };
        // SAFETY: the giver promises `len` readable bytes until release.
        let text = unsafe { borrowed.bytes() }
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default();
        if let Some(release) = self.release {
            // SAFETY: called once, on the struct that the giver filled.
            unsafe { release(&raw mut self) };
        }
        text
    }
}

/// Releases what [`oc_buf::from_string`] gave away.
unsafe extern "C" fn release_boxed(buf: *mut oc_buf) {
    // SAFETY: the header demands the very struct that was filled; null is tolerated.
    let Some(buf) = (unsafe { buf.as_mut() }) else { return };
    if !buf.ptr.is_null() && buf.release.is_some() {
        let slice = std::ptr::slice_from_raw_parts_mut(buf.ptr, buf.len as usize);
        // SAFETY: ptr and len come from Box::into_raw of a boxed slice of exactly this length.
        drop(unsafe { Box::from_raw(slice) });
    }
    *buf = oc_buf::EMPTY;
}
