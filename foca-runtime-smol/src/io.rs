//! Sockets and timers of async-io, as the driver wants to see them.

use std::future::Future as _;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{self, Duration};

use async_io::{Async, Timer};
use foca_runtime::{Clock, Instant, Io, poll_nonblocking};

/// A bound socket with a timer and a clock. Its origin of time is its making.
pub struct SmolIo {
    socket: Async<UdpSocket>,
    origin: time::Instant,
    timer: Timer,
    armed: Option<Instant>,
}

impl SmolIo {
    /// Takes a socket that the caller has bound, and perhaps set up in ways of its own.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn new(socket: UdpSocket) -> io::Result<Self> {
        let socket = Async::new(socket)?;
        Ok(Self {
            socket,
            origin: time::Instant::now(),
            timer: Timer::never(),
            armed: None,
        })
    }

    /// Where the socket is bound, with the port that the system chose if none was given.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get_ref().local_addr()
    }
}

impl Io for SmolIo {
    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        poll_nonblocking(
            || self.socket.get_ref().recv_from(buf),
            || self.socket.poll_readable(cx),
        )
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<()>> {
        poll_nonblocking(
            || self.socket.get_ref().send_to(datagram, to).map(|_| ()),
            || self.socket.poll_writable(cx),
        )
    }

    fn poll_sleep(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        if self.armed != Some(deadline) {
            let since_origin = Duration::from_micros(deadline.as_micros());
            // Later than can be told is later than anybody waits.
            match self.origin.checked_add(since_origin) {
                Some(at) => self.timer.set_at(at),
                None => self.timer = Timer::never(),
            }
            self.armed = Some(deadline);
        }
        Pin::new(&mut self.timer)
            .poll(cx)
            .map(|_| self.armed = None)
    }

    fn clock(&self) -> Option<Clock> {
        let origin = self.origin;
        Some(Clock::new(move || Instant::ZERO + origin.elapsed()))
    }
}
