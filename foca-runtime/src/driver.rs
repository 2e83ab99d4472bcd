//! The one loop: between a socket, a clock and a node.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use foca_codec::PostcardCodec;
use foca_core::{Broadcasts, Codec, Instant, NoBroadcasts, Unsent};

use crate::shared::{Goodbye, Phase, Shared};
use crate::{Io, NodeId, Peer, SocketError};

/// Datagrams read before timers are looked at: more than any socket buffer of usual size holds, so
/// that an answer which has arrived is seen before its deadline is judged.
pub const RECEIVES_PER_ROUND_MAX: usize = 4_096;

/// Datagrams sent before the socket is read again.
pub const SENDS_PER_ROUND_MAX: usize = 1_024;

/// Rounds before the driver gives way to other tasks of its executor. It does so after one round that
/// reached one of the bounds above.
pub const ROUNDS_PER_POLL_MAX: usize = 8;

/// Errors in a row on receiving before it is suspended for [`RECEIVE_PAUSE`].
pub const RECEIVE_ERRORS_MAX: usize = 64;

/// How long receiving is suspended after too many errors in a row.
pub const RECEIVE_PAUSE: Duration = Duration::from_millis(10);

/// Longest datagram that UDP can deliver, in bytes.
const BUFFER_BYTES: usize = 65_536;

/// The future that makes a member run, for any executor; see [`start`](crate::start).
///
/// One round of it:
///
/// 1. read datagrams until there are none, at most [`RECEIVES_PER_ROUND_MAX`]: what has arrived
///    must be known before anybody is judged for silence;
/// 2. if the clock has passed the deadline, serve it, else set the timer: the clock decides,
///    because an executor may deliver its timer late, or not yet;
/// 3. send until there is nothing to send or the socket is full, at most [`SENDS_PER_ROUND_MAX`].
///    A datagram that the socket does not take is kept, and the protocol is told, so that nobody
///    is accused for the time it waits here;
/// 4. publish events to a bounded queue;
/// 5. if nothing was done and no handle touched the node, wait to be woken.
///
/// It completes with `Ok` after [`Handle::stop`](crate::Handle::stop), and with the error if
/// receiving fails in a way that does not pass by itself ([`SocketError::is_transient`]). Errors on
/// sending are counted and cost one datagram, because destinations come from the network. However it
/// ends, also by being dropped, the stream of events ends with it.
#[must_use = "a member runs while its driver is polled: spawn it"]
pub struct Driver<T, I: Peer = NodeId, C: Codec<I> = PostcardCodec, B: Broadcasts<I> = NoBroadcasts>
{
    shared: Arc<Shared<I, C, B>>,
    io: T,
    received: Box<[u8]>,
    outgoing: Box<[u8]>,
    /// What lies at the front of `outgoing` because the socket did not take it.
    unsent: Option<(SocketAddr, usize)>,
    receive_again: Option<Instant>,
    has_left: bool,
    order: Order,
}

/// Which of the first two steps of a round comes first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Order {
    ReadFirst,
    #[cfg(feature = "testing")]
    TimersFirst,
}

/// What a step or a round came to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Work {
    /// There was nothing to do; whoever will have something has the waker.
    Nothing,
    /// Something was done, which may have consequences.
    Done,
    /// As much was done as may be done at once, and there is more.
    Plenty,
}

impl<T: Io, I: Peer, C: Codec<I>, B: Broadcasts<I>> Driver<T, I, C, B> {
    pub(crate) fn new(shared: Arc<Shared<I, C, B>>, io: T) -> Self {
        Self {
            shared,
            io,
            received: vec![0; BUFFER_BYTES].into(),
            outgoing: vec![0; BUFFER_BYTES].into(),
            unsent: None,
            receive_again: None,
            has_left: false,
            order: Order::ReadFirst,
        }
    }

    /// The same driver with its first two steps swapped: the defect that tests must notice.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn with_timers_first(self) -> Self {
        let mut driver = self;
        driver.order = Order::TimersFirst;
        driver
    }

    fn round(&mut self, cx: &mut Context<'_>) -> io::Result<Work> {
        let work = match self.order {
            Order::ReadFirst => self.receive(cx)?.max(self.serve_timers(cx)),
            #[cfg(feature = "testing")]
            Order::TimersFirst => self.serve_timers(cx).max(self.receive(cx)?),
        };
        let work = work.max(self.send(cx));
        self.publish();
        Ok(work)
    }

    fn receive(&mut self, cx: &mut Context<'_>) -> io::Result<Work> {
        if self.is_receiving_suspended() {
            return Ok(Work::Nothing);
        }
        self.receive_again = None;
        let mut work = Work::Nothing;
        let mut errors = 0;
        for _ in 0..RECEIVES_PER_ROUND_MAX {
            let Poll::Ready(outcome) = self.io.poll_recv(cx, &mut self.received) else {
                return Ok(work);
            };
            work = Work::Done;
            match outcome {
                Ok((len, _)) => {
                    errors = 0;
                    self.take_in(len);
                }
                Err(error) => {
                    self.survive(error)?;
                    errors += 1;
                    if errors == RECEIVE_ERRORS_MAX {
                        self.suspend_receiving();
                        return Ok(work);
                    }
                }
            }
        }
        Ok(Work::Plenty)
    }

    fn take_in(&mut self, len: usize) {
        let now = self.io.now();
        let datagram = self.received.get(..len).unwrap_or_default();
        let mut state = self.shared.lock();
        let now = state.advance(now);
        state.stats.datagrams_received += 1;
        // Whatever is wrong with it is counted and, within bounds, logged by the node.
        let _ = state.node.handle_datagram(now, datagram);
    }

    /// Counts an error on receiving, unless it is the end.
    fn survive(&self, error: io::Error) -> io::Result<()> {
        let kind = SocketError::of(&error);
        if !kind.is_transient() {
            return Err(error);
        }
        tracing::trace!(%error, "receiving failed");
        self.shared.lock().stats.receive_errors.count(kind);
        Ok(())
    }

    fn suspend_receiving(&mut self) {
        self.receive_again = Some(self.io.now() + RECEIVE_PAUSE);
        self.shared.lock().stats.receive_pauses += 1;
    }

    /// A deadline ends the suspension early: nobody is judged before the socket was asked.
    fn is_receiving_suspended(&self) -> bool {
        let Some(again) = self.receive_again else {
            return false;
        };
        let due = self.shared.lock().node.poll_timeout();
        self.io.now() < due.map_or(again, |due| due.min(again))
    }

    fn serve_timers(&mut self, cx: &mut Context<'_>) -> Work {
        let due = {
            let now = self.io.now();
            let mut state = self.shared.lock();
            let now = state.advance(now);
            let due = state.node.poll_timeout();
            if due.is_some_and(|due| due <= now) {
                state.node.handle_timeout(now);
                return Work::Done;
            }
            due
        };
        match due.into_iter().chain(self.receive_again).min() {
            Some(deadline) if self.io.poll_sleep(cx, deadline).is_ready() => Work::Done,
            Some(_) | None => Work::Nothing,
        }
    }

    fn send(&mut self, cx: &mut Context<'_>) -> Work {
        let mut work = Work::Nothing;
        for _ in 0..SENDS_PER_ROUND_MAX {
            let waited = self.unsent.take();
            let Some((to, len)) = waited.or_else(|| self.next_datagram()) else {
                return work;
            };
            let outcome = self.io.poll_send(cx, &self.outgoing[..len], to);
            if let Poll::Ready(Err(error)) = &outcome {
                tracing::trace!(%error, %to, "sending failed");
            }
            let now = self.io.now();
            let mut state = self.shared.lock();
            let now = state.advance(now);
            match outcome {
                Poll::Pending => {
                    self.unsent = Some((to, len));
                    if waited.is_none() {
                        state.stats.sends_blocked += 1;
                        state.node.handle_unsent(now, Unsent::Blocked);
                    }
                    return work;
                }
                Poll::Ready(Ok(())) => {
                    state.stats.datagrams_sent += 1;
                    if waited.is_some() {
                        state.node.handle_sent(now);
                    }
                }
                Poll::Ready(Err(error)) => {
                    state.stats.send_errors.count(SocketError::of(&error));
                    state.node.handle_unsent(now, Unsent::Failed);
                }
            }
            work = Work::Done;
        }
        Work::Plenty
    }

    fn next_datagram(&mut self) -> Option<(SocketAddr, usize)> {
        let now = self.io.now();
        let mut state = self.shared.lock();
        let now = state.advance(now);
        state.node.poll_transmit(now, &mut self.outgoing)
    }

    fn publish(&mut self) {
        self.has_left |= self.shared.publish();
        if self.has_left && self.unsent.is_none() {
            self.has_left = false;
            self.shared
                .goodbye
                .change(|goodbye| *goodbye = Goodbye::Said);
        }
    }
}

impl<T: Io + Unpin, I: Peer, C: Codec<I>, B: Broadcasts<I>> Future for Driver<T, I, C, B> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let driver = self.get_mut();
        for _ in 0..ROUNDS_PER_POLL_MAX {
            match driver.shared.begin_round() {
                Phase::Running => {}
                Phase::Stopping => {
                    driver.publish();
                    driver.shared.end();
                    return Poll::Ready(Ok(()));
                }
                Phase::Ended => return Poll::Ready(Ok(())),
            }
            match driver.round(cx) {
                Ok(Work::Done) => {}
                Ok(Work::Plenty) => break,
                Ok(Work::Nothing) if driver.shared.park(cx.waker()) => return Poll::Pending,
                Ok(Work::Nothing) => {}
                Err(error) => {
                    tracing::debug!(%error, "the socket failed");
                    driver.publish();
                    driver.shared.end();
                    return Poll::Ready(Err(error));
                }
            }
        }
        driver.shared.lock().stats.yields += 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl<T, I: Peer, C: Codec<I>, B: Broadcasts<I>> fmt::Debug for Driver<T, I, C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("unsent", &self.unsent)
            .finish_non_exhaustive()
    }
}

impl<T, I: Peer, C: Codec<I>, B: Broadcasts<I>> Drop for Driver<T, I, C, B> {
    fn drop(&mut self) {
        self.shared.end();
    }
}
