//! Sockets and timers of tokio, as the driver wants to see them.

use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use foca_runtime::{Clock, Instant, Io, poll_nonblocking};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::runtime;
use tokio::time::{self, Sleep};

/// A bound socket with a timer and a clock. Its origin of time is its making.
pub struct TokioIo {
    /// The same socket twice: to try, and to wait on. Tokio's own methods trust what its reactor saw
    /// last, and find nothing while a datagram waits if the reactor has not run since.
    socket: std::net::UdpSocket,
    reactor: UdpSocket,
    origin: time::Instant,
    sleep: Pin<Box<Sleep>>,
}

impl TokioIo {
    /// Takes a socket that the caller has bound, and perhaps set up in ways of its own.
    ///
    /// # Errors
    ///
    /// Those of the system, and if it is not called within a tokio runtime.
    ///
    /// # Panics
    ///
    /// If the runtime was built without I/O or time.
    pub fn new(socket: std::net::UdpSocket) -> io::Result<Self> {
        runtime::Handle::try_current().map_err(io::Error::other)?;
        socket.set_nonblocking(true)?;
        let reactor = UdpSocket::from_std(socket.try_clone()?)?;
        let origin = time::Instant::now();
        Ok(Self {
            socket,
            reactor,
            origin,
            sleep: Box::pin(time::sleep_until(origin)),
        })
    }

    /// Where the socket is bound, with the port that the system chose if none was given.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }
}

impl Io for TokioIo {
    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        match self.socket.recv_from(buf) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => poll_nonblocking(
                || {
                    self.reactor
                        .try_io(Interest::READABLE, || self.socket.recv_from(buf))
                },
                || self.reactor.poll_recv_ready(cx),
            ),
            outcome => Poll::Ready(outcome),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<()>> {
        let send = || self.socket.send_to(datagram, to).map(|_| ());
        match send() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => poll_nonblocking(
                || self.reactor.try_io(Interest::WRITABLE, send),
                || self.reactor.poll_send_ready(cx),
            ),
            outcome => Poll::Ready(outcome),
        }
    }

    fn poll_sleep(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let since_origin = Duration::from_micros(deadline.as_micros());
        // Later than can be told is later than anybody waits.
        if let Some(deadline) = self.origin.checked_add(since_origin)
            && deadline != self.sleep.deadline()
        {
            self.sleep.as_mut().reset(deadline);
        }
        self.sleep.as_mut().poll(cx)
    }

    fn clock(&self) -> Option<Clock> {
        let origin = self.origin;
        Some(Clock::new(move || Instant::ZERO + origin.elapsed()))
    }
}
