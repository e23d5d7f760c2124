//! The wake-up descriptor: readable exactly while something waits to be polled.

#[cfg(unix)]
mod imp {
    use std::io::{ErrorKind, Read, Write};
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
            while readable != self.raised {
                let done = if readable {
                    self.our_end.write(&[1]).map(drop)
                } else {
                    self.host_end.read(&mut [0; 8]).map(drop)
                };
                match done.map_err(|error| error.kind()) {
                    // Would block: the byte is there already, or the host took it although it must not. Either way
                    // the descriptor is now as it should be.
                    Ok(()) | Err(ErrorKind::WouldBlock) => self.raised = readable,
                    Err(ErrorKind::Interrupted) => {}
                    // The host closed what is not its own; it has to use the time limit of `poll`.
                    Err(_) => return,
                }
            }
        }

        pub(in crate::plugin) fn descriptor(&self) -> i64 {
            i64::from(self.host_end.as_raw_fd())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::Wake;
        use std::io::{Read, Write};

        fn readable(wake: &Wake) -> bool {
            let mut byte = [0];
            let peek = wake.host_end.try_clone().unwrap();
            let got = (&peek).read(&mut byte).is_ok();
            if got {
                (&wake.our_end).write_all(&byte).unwrap();
            }
            got
        }

        #[test]
        fn the_descriptor_is_readable_exactly_while_it_is_raised() {
            let mut wake = Wake::new().unwrap();
            for _ in 0..3 {
                assert!(!readable(&wake));
                wake.set(true);
                wake.set(true);
                assert!(readable(&wake));
                wake.set(false);
            }
            assert!(!readable(&wake));
        }

        #[test]
        fn a_host_that_takes_the_byte_is_woken_again_next_time() {
            let mut wake = Wake::new().unwrap();
            wake.set(true);
            assert_eq!((&wake.host_end).read(&mut [0; 8]).unwrap(), 1);
            wake.set(false);
            wake.set(true);
            assert!(readable(&wake));
        }

        #[test]
        fn a_closed_other_end_is_survived() {
            let mut wake = Wake::new().unwrap();
            wake.host_end.shutdown(std::net::Shutdown::Both).unwrap();
            wake.set(true);
            wake.set(false);
            wake.set(true);
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
