//! The highest level: the driver that runs in production, on a socket and a clock of the network.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use foca_core::{Broadcasts, Codec, Instant, NoBroadcasts};
use foca_runtime::{
    Driver, Handle, NodeConfig, NodeId, Peer, PostcardCodec, RECEIVES_PER_ROUND_MAX, StartError,
    start,
};

use super::port::Port;
use super::wake::Flag;
use crate::Machine;

/// Polls of a driver in a row before it is taken to spin: it wakes itself and never waits.
pub const POLLS_AT_ONCE_MAX: u32 = 10_000;

/// A [`Driver`] with its [`Handle`], polled by the network as an executor would.
///
/// What the network does to a process the driver sees as it would see it in a process:
///
/// - datagrams wait in the socket until it runs, and it reads them before it looks at its timers, also
///   where each takes its time ([`Network::slow`](crate::Network::slow));
/// - while the machine is blocked ([`Network::block`](crate::Network::block)) the socket takes
///   nothing: the datagram at hand waits, and the protocol is told so;
/// - [`Io::now`](foca_runtime::Io::now) and the time of commands are the clock of the machine, its
///   jumps included.
///
/// Set [`NodeConfig::random_seed`]: by default it is unpredictable, and no two runs would be equal.
pub struct DriverMachine<
    I: Peer = NodeId,
    C: Codec<I> = PostcardCodec,
    B: Broadcasts<I> = NoBroadcasts,
> {
    handle: Handle<I, C, B>,
    driver: Driver<Port, I, C, B>,
    /// What the driver came to, once it has ended.
    outcome: Option<io::Result<()>>,
    port: Port,
    woken: Arc<Flag>,
    now: Instant,
    /// It is time to run, and the network has not asked for datagrams since.
    is_due: bool,
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> DriverMachine<I, C, B> {
    /// Makes a member that begins to run at `now`, when it is inserted into a network.
    ///
    /// # Errors
    ///
    /// If something configured cannot work.
    pub fn start(config: NodeConfig<I, C, B>, now: Instant) -> Result<Self, StartError> {
        let port = Port::new(now);
        let (handle, driver) = start(config, port.clone())?;
        Ok(Self {
            handle,
            driver,
            outcome: None,
            port,
            woken: Flag::up(),
            now,
            is_due: false,
        })
    }

    /// The handle, for questions and for events. Give commands with [`command`](Self::command): the
    /// network does not notice what is done behind its back, and the member's clock shows when it
    /// ran last.
    #[must_use]
    pub const fn handle(&self) -> &Handle<I, C, B> {
        &self.handle
    }

    /// Gives a command at `now`, from inside [`Network::with`](crate::Network::with), which has the
    /// driver run at once.
    pub fn command<R>(&mut self, now: Instant, command: impl FnOnce(&Handle<I, C, B>) -> R) -> R {
        self.set_now(now);
        command(&self.handle)
    }

    /// What the driver came to, once it has ended: it was stopped, or its socket failed.
    #[must_use]
    pub const fn outcome(&self) -> Option<&io::Result<()>> {
        self.outcome.as_ref()
    }

    fn set_now(&mut self, now: Instant) {
        self.now = now;
        self.port.set_now(now);
    }

    /// Whether the driver would be polled by an executor.
    fn is_ready(&self) -> bool {
        self.outcome.is_none() && (self.is_due || self.woken.is_up())
    }

    /// Polls the driver for as long as it is woken and nothing stands ready to be sent.
    fn run(&mut self) {
        let mut polls = 0;
        while self.is_ready() && !self.port.has_sent() {
            polls += 1;
            assert!(
                polls <= POLLS_AT_ONCE_MAX,
                "the driver of {:?} spins at {}",
                self.handle,
                self.now
            );
            self.poll();
        }
    }

    fn poll(&mut self) {
        self.is_due = false;
        self.woken.lower();
        self.port.reset_timer();
        let waker = self.woken.waker();
        let polled = Pin::new(&mut self.driver).poll(&mut Context::from_waker(&waker));
        if let Poll::Ready(outcome) = polled {
            self.outcome = Some(outcome);
        }
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Machine for DriverMachine<I, C, B> {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.set_now(now);
        if self.outcome.is_none() {
            self.port.deliver(datagram);
        }
    }

    /// The network asks for datagrams next, unless the machine is blocked, and only then is it known
    /// whether the socket takes any. So the driver runs there; and here if nobody asked since the
    /// last call.
    fn handle_timeout(&mut self, now: Instant) {
        self.set_now(now);
        if std::mem::replace(&mut self.is_due, true) {
            self.port.set_open(false);
            self.run();
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        self.set_now(now);
        self.port.set_open(true);
        self.run();
        let taken = self.port.take(out);
        if taken.is_none() {
            self.port.set_open(false);
        }
        taken
    }

    fn poll_timeout(&self) -> Option<Instant> {
        match (&self.outcome, self.is_ready()) {
            (Some(_), _) => None,
            (None, true) => Some(self.now),
            (None, false) => self.port.wakes_at(),
        }
    }

    /// As the driver does, within its bound.
    fn reads_on(&self) -> bool {
        self.port.arrived() < RECEIVES_PER_ROUND_MAX
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> fmt::Debug for DriverMachine<I, C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DriverMachine")
            .field("handle", &self.handle)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
