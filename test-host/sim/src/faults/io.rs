//! A TCP connection that obeys its line.

use std::{
    io::{Error, ErrorKind, IoSlice, Result},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

use super::{
    ADMIN_ROOT, Faults, Line,
    lines::{Flow, reset},
};

/// How long a connection that is to be refused may take to say that it wants the admin API.
const FIRST_WORDS: Duration = Duration::from_millis(250);

/// A TCP connection that passes bytes, holds them or ends, as its line says.
#[derive(Debug)]
pub(crate) struct FaultyIo {
    /// Gone only while it is dropped.
    stream: Option<TcpStream>,
    line: Arc<Line>,
    faults: Faults,
    /// Whether callers of the admin API are let through.
    has_admin: bool,
}

impl FaultyIo {
    /// What becomes of an accepted connection; `None` if it was refused.
    pub(crate) async fn accept(stream: TcpStream, faults: Faults, has_admin: bool) -> Option<Self> {
        let line = match faults.lines().open() {
            Some(line) => line,
            None if has_admin && wants_admin(&stream).await => faults.lines().open_exempt(),
            None => {
                reset(&stream);
                return None;
            }
        };
        Some(Self { stream: Some(stream), line, faults, has_admin })
    }

    /// The line that it obeys.
    pub(crate) fn line(&self) -> Arc<Line> {
        Arc::clone(&self.line)
    }

    /// Whether bytes pass now.
    fn poll_open(&self, context: &mut Context<'_>) -> Poll<Result<()>> {
        if self.has_admin
            && matches!(self.line.flow(), Flow::Stalled | Flow::Silent)
            && let Some(stream) = &self.stream
        {
            let mut first = [0; FIRST_BYTES];
            let mut buffer = ReadBuf::new(&mut first);
            if stream.poll_peek(context, &mut buffer).is_ready() && is_admin(buffer.filled()) {
                self.faults.lines().exempt(&self.line);
            }
        }
        match self.line.flow() {
            Flow::Open => Poll::Ready(Ok(())),
            Flow::Stalled | Flow::Silent => Poll::Pending,
            Flow::Closed | Flow::Reset => Poll::Ready(Err(Error::from(ErrorKind::ConnectionReset))),
        }
    }

    fn poll_writable(&mut self, context: &mut Context<'_>) -> Poll<Result<Pin<&mut TcpStream>>> {
        self.line.writer.register(context.waker());
        match self.line.flow() {
            Flow::Open => self.stream(),
            Flow::Stalled | Flow::Silent => Poll::Pending,
            Flow::Closed | Flow::Reset => Poll::Ready(Err(Error::from(ErrorKind::ConnectionReset))),
        }
    }

    fn stream(&mut self) -> Poll<Result<Pin<&mut TcpStream>>> {
        let stream = self.stream.as_mut().map(Pin::new);
        Poll::Ready(stream.ok_or_else(|| Error::from(ErrorKind::NotConnected)))
    }
}

impl AsyncRead for FaultyIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        // Before the look at the flow, so that no change is missed between the two.
        self.line.reader.register(context.waker());
        ready!(self.poll_open(context))?;
        ready!(self.stream())?.poll_read(context, buffer)
    }
}

impl AsyncWrite for FaultyIo {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        ready!(self.poll_writable(context))?.poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        ready!(self.poll_writable(context))?.poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_writable(context))?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(self.poll_writable(context))?.poll_shutdown(context)
    }
}

impl Drop for FaultyIo {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            self.faults.lines().give_up(&self.line, stream);
        }
    }
}

/// How many bytes tell a call of the admin API from others: the longest method, a blank, the path's beginning.
const FIRST_BYTES: usize = "DELETE ".len() + ADMIN_ROOT.len();

/// Whether a connection begins with a call of the admin API.
async fn wants_admin(stream: &TcpStream) -> bool {
    let mut first = [0; FIRST_BYTES];
    match timeout(FIRST_WORDS, stream.peek(&mut first)).await {
        Ok(Ok(read)) => first.get(..read).is_some_and(is_admin),
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Whether these are the first bytes of a call of the admin API. A request line comes in one piece.
fn is_admin(first: &[u8]) -> bool {
    ["GET ", "POST ", "DELETE "].into_iter().any(|method| {
        first.strip_prefix(method.as_bytes()).is_some_and(|path| path.starts_with(ADMIN_ROOT.as_bytes()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_of_the_admin_api_are_known_by_their_first_bytes() {
        assert!(is_admin(b"POST /_sim/faults"));
        assert!(is_admin(b"DELETE /_sim/"));
        for other in [b"POST /api/v4/posts".as_slice(), b"GET /_si", b"", b"\x81\x85\x01"] {
            assert!(!is_admin(other));
        }
    }
}
