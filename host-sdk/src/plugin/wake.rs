//! The wake-up descriptor: readable exactly while something waits to be polled.

#[cfg(unix)]
mod imp {
    use std::io::{Read, Write};
    use std::os::fd::AsRawFd;
    use std::os::unix::net::UnixStream;

    /// A socket pair of which the host watches one end. It carries one byte or none, never data.
    pub(in crate::plugin) struct Wake {
        host_end: UnixStream,
        our_end: UnixStream,
        raised: bool,
    }

    impl Wake {
        pub(in crate::plugin) fn new() -> std::io::Result<Self> {
            let (host_end, our_end) = UnixStream::pair()?;
            host_end.set_nonblocking(true)?;
            our_end.set_nonblocking(true)?;
            Ok(Self { host_end, our_end, raised: false })
        }

        /// Make the descriptor readable or not. Called under the lock of the queues that it speaks for.
        pub(in crate::plugin) fn set(&mut self, readable: bool) {
            if readable == self.raised {
                return;
            }
            let done = if readable {
                self.our_end.write(&[1]).is_ok()
            } else {
                self.host_end.read(&mut [0; 8]).is_ok()
            };
            if done {
                self.raised = readable;
            }
        }

        pub(in crate::plugin) fn descriptor(&self) -> i64 {
            i64::from(self.host_end.as_raw_fd())
        }
    }
}

#[cfg(not(unix))]
mod imp {
    /// There is no such descriptor here; hosts use the time limit of `poll`.
    pub(in crate::plugin) struct Wake;

    impl Wake {
        pub(in crate::plugin) fn new() -> std::io::Result<Self> {
            Ok(Self)
        }
        pub(in crate::plugin) fn set(&mut self, _readable: bool) {}
        pub(in crate::plugin) fn descriptor(&self) -> i64 {
            -1
        }
    }
}

pub(super) use imp::Wake;
