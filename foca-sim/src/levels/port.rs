//! The socket, the timer and the clock of a driver, as the network has them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use foca_core::Instant;
use foca_runtime::{Clock, Io};

/// What lies between a driver and the network. Clones are the same port: the driver owns one, and
/// the machine around it another.
#[derive(Clone)]
pub(super) struct Port {
    socket: Rc<RefCell<Socket>>,
    /// In microseconds; handles read it from wherever they are.
    now: Arc<AtomicU64>,
}

#[derive(Default)]
struct Socket {
    arrived: Queue<()>,
    leaving: Queue<SocketAddr>,
    /// Whether the network takes datagrams at this moment.
    is_open: bool,
    wakes_at: Option<Instant>,
    receiver: Option<Waker>,
    sender: Option<Waker>,
}

/// Datagrams in one run of bytes, first in, first out, each with something said of it.
struct Queue<T> {
    bytes: Vec<u8>,
    taken: usize,
    lens: VecDeque<(T, usize)>,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            taken: 0,
            lens: VecDeque::new(),
        }
    }
}

impl<T> Queue<T> {
    fn push(&mut self, what: T, datagram: &[u8]) {
        if self.lens.is_empty() {
            self.bytes.clear();
            self.taken = 0;
        }
        self.bytes.extend_from_slice(datagram);
        self.lens.push_back((what, datagram.len()));
    }

    /// Copies the first to the front of `out`; the rest of one that is too long is cut off, as
    /// sockets do.
    fn pop(&mut self, out: &mut [u8]) -> Option<(T, usize)> {
        let (what, len) = self.lens.pop_front()?;
        let copied = len.min(out.len());
        out[..copied].copy_from_slice(&self.bytes[self.taken..][..copied]);
        self.taken += len;
        Some((what, copied))
    }

    fn is_empty(&self) -> bool {
        self.lens.is_empty()
    }
}

/// The side of the network.
impl Port {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            socket: Rc::default(),
            now: Arc::new(AtomicU64::new(now.as_micros())),
        }
    }

    pub(super) fn set_now(&self, now: Instant) {
        self.now.store(now.as_micros(), Ordering::Relaxed);
    }

    /// Puts a datagram where the driver receives it.
    pub(super) fn deliver(&self, datagram: &[u8]) {
        let mut socket = self.socket.borrow_mut();
        socket.arrived.push((), datagram);
        wake(&mut socket.receiver);
    }

    /// Datagrams that the driver has not received yet.
    pub(super) fn arrived(&self) -> usize {
        self.socket.borrow().arrived.lens.len()
    }

    /// Takes datagrams from the driver from now on, or none any more.
    pub(super) fn set_open(&self, is_open: bool) {
        let mut socket = self.socket.borrow_mut();
        socket.is_open = is_open;
        if is_open {
            wake(&mut socket.sender);
        }
    }

    /// The next datagram that the driver sent, copied to the front of `out`.
    pub(super) fn take(&self, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        self.socket.borrow_mut().leaving.pop(out)
    }

    pub(super) fn has_sent(&self) -> bool {
        !self.socket.borrow().leaving.is_empty()
    }

    /// Forgets the deadline: a driver that is polled names it again if it still has it.
    pub(super) fn reset_timer(&self) {
        self.socket.borrow_mut().wakes_at = None;
    }

    pub(super) fn wakes_at(&self) -> Option<Instant> {
        self.socket.borrow().wakes_at
    }
}

/// The side of the driver.
impl Io for Port {
    fn now(&self) -> Instant {
        Instant::from_micros(self.now.load(Ordering::Relaxed))
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let mut socket = self.socket.borrow_mut();
        let Some(((), len)) = socket.arrived.pop(buf) else {
            socket.receiver = Some(cx.waker().clone());
            return Poll::Pending;
        };
        Poll::Ready(Ok((len, SOURCE)))
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<()>> {
        let mut socket = self.socket.borrow_mut();
        if !socket.is_open {
            socket.sender = Some(cx.waker().clone());
            return Poll::Pending;
        }
        socket.leaving.push(to, datagram);
        Poll::Ready(Ok(()))
    }

    fn poll_sleep(&mut self, _: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        // Nobody needs to be woken: the network asks the machine for its deadline.
        let is_over = deadline <= self.now();
        self.socket.borrow_mut().wakes_at = (!is_over).then_some(deadline);
        if is_over {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    fn clock(&self) -> Option<Clock> {
        let now = Arc::clone(&self.now);
        Some(Clock::new(move || {
            Instant::from_micros(now.load(Ordering::Relaxed))
        }))
    }
}

/// Who sent a datagram is not told to machines: members believe what is written inside.
const SOURCE: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}
