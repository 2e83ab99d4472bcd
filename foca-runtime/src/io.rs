//! Everything an executor has to provide.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use foca_core::Instant;

use crate::Clock;

/// A datagram socket, a timer and a clock.
///
/// Every `poll_` method that returns `Pending` has arranged for the task of `cx` to be woken. The
/// implementation neither retries, nor judges errors, nor delays anything: that is the
/// [`Driver`](crate::Driver)'s part.
pub trait Io {
    /// The time. It must never run backwards.
    fn now(&self) -> Instant;

    /// Receives one datagram to the front of `buf` and returns its length and its source.
    ///
    /// It must not be `Pending` while a datagram waits in the socket: an answer that has arrived
    /// counts, even if its deadline passed while the process was busy. An implementation that only
    /// asks a cached readiness flag of its executor breaks this.
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>>;

    /// Hands one datagram to the socket.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<()>>;

    /// Ready when `deadline` has passed. A call with another deadline replaces the one before.
    fn poll_sleep(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()>;

    /// The clock behind [`now`](Self::now), for commands given outside the driver.
    ///
    /// Without one, commands are dated with the time at which the driver ran last.
    fn clock(&self) -> Option<Clock> {
        None
    }
}

/// Tries an operation on a non-blocking socket, and again whenever the executor calls it ready.
///
/// # Errors
///
/// Those of `attempt` that are not [`io::ErrorKind::WouldBlock`], and those of `poll_ready`.
pub fn poll_nonblocking<T>(
    mut attempt: impl FnMut() -> io::Result<T>,
    mut poll_ready: impl FnMut() -> Poll<io::Result<()>>,
) -> Poll<io::Result<T>> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(poll_ready())?,
            result => return Poll::Ready(result),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_tried_until_it_would_block_and_is_not_ready() {
        let mut attempts = 0;
        let mut answers = [Poll::Ready(Ok(())), Poll::Pending].into_iter();
        let outcome: Poll<io::Result<()>> = poll_nonblocking(
            || {
                attempts += 1;
                Err(io::ErrorKind::WouldBlock.into())
            },
            || answers.next().expect("asked twice"),
        );
        assert!(outcome.is_pending());
        assert_eq!(attempts, 2);
    }

    #[test]
    fn what_succeeds_at_once_asks_nobody() {
        let outcome = poll_nonblocking(|| Ok(7), || unreachable!("readiness was not needed"));
        assert!(matches!(outcome, Poll::Ready(Ok(7))));
    }

    #[test]
    fn errors_of_both_sides_come_through() {
        let broken = || Err::<(), _>(io::Error::from(io::ErrorKind::BrokenPipe));
        let outcome = poll_nonblocking(broken, || Poll::Pending);
        assert!(matches!(outcome, Poll::Ready(Err(e)) if e.kind() == io::ErrorKind::BrokenPipe));
        let full = || Err::<(), _>(io::Error::from(io::ErrorKind::WouldBlock));
        let gone = || Poll::Ready(Err(io::Error::from(io::ErrorKind::NotConnected)));
        let outcome = poll_nonblocking(full, gone);
        assert!(matches!(outcome, Poll::Ready(Err(e)) if e.kind() == io::ErrorKind::NotConnected));
    }
}
