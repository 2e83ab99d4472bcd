//! Simulated sockets on one network, a virtual clock, and members that run on them.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::Future as _;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use foca_runtime::testing::Heard;
use foca_runtime::{
    Config, Driver, Event, Handle, Instant, Io, NodeConfig, NodeId, PostcardCodec, start,
};

/// Wake-ups of a driver by itself, without time passing, that count as spinning.
const SELF_WAKES_MAX: usize = 1_000;

/// Where every clock starts: long after zero, so that nobody takes zero for a time.
const START: Instant = Instant::from_micros(1_000_000_000);

pub(crate) type MemberHandle = Handle<NodeId, PostcardCodec, Heard>;
pub(crate) type MemberEvent = Event<NodeId>;
type MemberConfig = NodeConfig<NodeId, PostcardCodec, Heard>;
type MemberDriver = Driver<SimIo, NodeId, PostcardCodec, Heard>;

/// The network, its clock and all its sockets.
#[derive(Clone)]
pub(crate) struct Net(Rc<RefCell<State>>);

struct State {
    now: Instant,
    latency: Duration,
    /// Each `loss_every`th datagram is lost; 0 loses none.
    loss_every: u64,
    sent: u64,
    flying: BTreeMap<(Instant, u64), (SocketAddr, Datagram)>,
    sockets: BTreeMap<SocketAddr, Socket>,
}

type Datagram = (Vec<u8>, SocketAddr);

/// One socket: what it holds, and what is wrong with it.
#[derive(Default)]
pub(crate) struct Socket {
    pub(crate) inbox: VecDeque<Datagram>,
    pub(crate) wakes_at: Option<Instant>,
    pub(crate) receive_errors: VecDeque<io::ErrorKind>,
    pub(crate) receives_fail: Option<io::ErrorKind>,
    pub(crate) sends_fail: Option<io::ErrorKind>,
    pub(crate) is_blocked: bool,
    /// Datagrams for this socket are kept in `held` on their way.
    pub(crate) is_held: bool,
    pub(crate) held: Vec<Datagram>,
    /// Delivered again and again, so that the socket never runs dry.
    pub(crate) flood: Option<Vec<u8>>,
    pub(crate) receives: u64,
    receiver: Option<Waker>,
    sender: Option<Waker>,
    sleeper: Option<Waker>,
}

impl Socket {
    fn is_readable(&self) -> bool {
        let errors = self.receives_fail.is_some() || !self.receive_errors.is_empty();
        errors || self.flood.is_some() || !self.inbox.is_empty()
    }

    /// Wakes whoever can go on.
    fn notify(&mut self, now: Instant) {
        let readable = self.is_readable().then(|| self.receiver.take());
        let writable = (!self.is_blocked).then(|| self.sender.take());
        let due = self.wakes_at.is_some_and(|at| at <= now);
        let slept = due.then(|| self.sleeper.take());
        for waker in [readable, writable, slept].into_iter().flatten().flatten() {
            waker.wake();
        }
    }
}

impl Net {
    pub(crate) fn new() -> Self {
        Self(Rc::new(RefCell::new(State {
            now: START,
            latency: Duration::from_millis(1),
            loss_every: 0,
            sent: 0,
            flying: BTreeMap::new(),
            sockets: BTreeMap::new(),
        })))
    }

    pub(crate) fn lose_every(&self, loss_every: u64) {
        self.0.borrow_mut().loss_every = loss_every;
    }

    /// The address of the `n`th socket.
    pub(crate) fn addr(n: u16) -> SocketAddr {
        SocketAddr::from(([10, 0, 0, 1], 7_000 + n))
    }

    pub(crate) fn now(&self) -> Instant {
        self.0.borrow().now
    }

    pub(crate) fn io(&self, n: u16) -> SimIo {
        self.0
            .borrow_mut()
            .sockets
            .insert(Self::addr(n), Socket::default());
        SimIo {
            net: self.clone(),
            addr: Self::addr(n),
        }
    }

    /// Starts the `n`th member, in a hurry, with the first as its seed.
    pub(crate) fn member(&self, n: u16) -> Member {
        self.member_with(n, |config| config.seeds([Self::addr(0)]))
    }

    /// Starts the `n`th member, without seeds unless `change` adds some.
    pub(crate) fn member_with(
        &self,
        n: u16,
        change: impl FnOnce(MemberConfig) -> MemberConfig,
    ) -> Member {
        let config = NodeConfig::new(NodeId::new(Self::addr(n), 1), PostcardCodec)
            .config(Config::simple())
            .broadcasts(Heard::default())
            .random_seed(u64::from(n) + 1);
        let (handle, driver) = start(change(config), self.io(n)).expect("a valid configuration");
        Member {
            handle,
            driver: Some(driver),
            outcome: None,
            wake: Arc::new(WakeFlag(AtomicBool::new(true))),
        }
    }

    pub(crate) fn socket<R>(&self, n: u16, access: impl FnOnce(&mut Socket) -> R) -> R {
        let mut state = self.0.borrow_mut();
        let now = state.now;
        let socket = state.sockets.get_mut(&Self::addr(n)).expect("a socket");
        let outcome = access(socket);
        socket.notify(now);
        outcome
    }

    /// Lets what was held on its way to the `n`th socket arrive.
    pub(crate) fn release(&self, n: u16) {
        self.socket(n, |socket| {
            socket.is_held = false;
            socket.inbox.extend(socket.held.drain(..));
        });
    }

    /// Moves the clock to `now` and delivers what has arrived by then.
    pub(crate) fn advance(&self, now: Instant) {
        let mut state = self.0.borrow_mut();
        assert!(now >= state.now, "the clock runs backwards");
        state.now = now;
        while let Some(entry) = state.flying.first_entry()
            && entry.key().0 <= now
        {
            let (to, datagram) = entry.remove();
            match state.sockets.get_mut(&to) {
                Some(socket) if socket.is_held => socket.held.push(datagram),
                Some(socket) => socket.inbox.push_back(datagram),
                None => {}
            }
        }
        for socket in state.sockets.values_mut() {
            socket.notify(now);
        }
    }

    /// When something happens next, if nobody does anything. Deadlines that nobody serves, because
    /// their member does not run, are none.
    pub(crate) fn next_moment(&self) -> Option<Instant> {
        let state = self.0.borrow();
        let arrival = state.flying.keys().map(|(at, _)| *at).next();
        let wakes = state.sockets.values().filter_map(|socket| socket.wakes_at);
        wakes
            .chain(arrival)
            .filter(|moment| *moment > state.now)
            .min()
    }

    /// Runs members until `duration` has passed.
    pub(crate) fn run(&self, members: &mut [&mut Member], duration: Duration) {
        self.run_until(members, duration, |_| false);
    }

    /// Runs members until `done` at some moment, or until `duration` has passed.
    pub(crate) fn run_until(
        &self,
        members: &mut [&mut Member],
        duration: Duration,
        mut done: impl FnMut(Instant) -> bool,
    ) {
        let end = self.now() + duration;
        loop {
            members.iter_mut().for_each(|member| member.run());
            if done(self.now()) || self.now() >= end {
                return;
            }
            self.advance(
                self.next_moment()
                    .map_or(end, |moment| moment.clamp(self.now(), end)),
            );
        }
    }
}

/// A handle and its driver, polled by hand.
pub(crate) struct Member {
    pub(crate) handle: MemberHandle,
    pub(crate) driver: Option<MemberDriver>,
    pub(crate) outcome: Option<io::Result<()>>,
    wake: Arc<WakeFlag>,
}

struct WakeFlag(AtomicBool);

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Member {
    /// Polls the driver once, unless it was dropped or has completed.
    pub(crate) fn poll(&mut self) {
        self.wake.0.store(false, Ordering::Relaxed);
        let (Some(driver), None) = (&mut self.driver, &self.outcome) else {
            return;
        };
        let waker = Waker::from(Arc::clone(&self.wake));
        if let Poll::Ready(outcome) = Pin::new(driver).poll(&mut Context::from_waker(&waker)) {
            self.outcome = Some(outcome);
        }
    }

    /// Whether the driver was woken since it was polled last.
    pub(crate) fn is_woken(&self) -> bool {
        self.wake.0.load(Ordering::Relaxed)
    }

    /// Polls the driver for as long as it is woken, as an executor does.
    pub(crate) fn run(&mut self) {
        for _ in 0..SELF_WAKES_MAX {
            if !self.is_woken() {
                return;
            }
            self.poll();
        }
        panic!("the driver of {:?} spins", self.handle);
    }

    pub(crate) fn events(&self) -> Vec<MemberEvent> {
        std::iter::from_fn(|| self.handle.try_event()).collect()
    }

    pub(crate) fn timers_first(self) -> Self {
        Self {
            driver: self.driver.map(MemberDriver::with_timers_first),
            ..self
        }
    }
}

/// Whether an event holds something against a member.
pub(crate) fn is_accusation(event: &MemberEvent) -> bool {
    matches!(event, Event::MemberSuspect(_) | Event::MemberDown(_))
}

pub(crate) struct SimIo {
    net: Net,
    addr: SocketAddr,
}

impl SimIo {
    fn socket<R>(&self, access: impl FnOnce(&mut Socket) -> R) -> R {
        let mut state = self.net.0.borrow_mut();
        access(state.sockets.get_mut(&self.addr).expect("a socket"))
    }
}

impl Io for SimIo {
    fn now(&self) -> Instant {
        self.net.now()
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.socket(|socket| {
            socket.receives += 1;
            if let Some(kind) = socket.receive_errors.pop_front().or(socket.receives_fail) {
                return Poll::Ready(Err(kind.into()));
            }
            let flood = || socket.flood.clone().map(|junk| (junk, Net::addr(999)));
            let Some((datagram, from)) = socket.inbox.pop_front().or_else(flood) else {
                socket.receiver = Some(cx.waker().clone());
                return Poll::Pending;
            };
            buf[..datagram.len()].copy_from_slice(&datagram);
            Poll::Ready(Ok((datagram.len(), from)))
        })
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<()>> {
        if self.socket(|socket| socket.is_blocked) {
            self.socket(|socket| socket.sender = Some(cx.waker().clone()));
            return Poll::Pending;
        }
        if let Some(kind) = self.socket(|socket| socket.sends_fail) {
            return Poll::Ready(Err(kind.into()));
        }
        let mut state = self.net.0.borrow_mut();
        state.sent += 1;
        let (sent, at) = (state.sent, state.now + state.latency);
        if state.loss_every == 0 || sent % state.loss_every != 0 {
            let datagram = (datagram.to_vec(), self.addr);
            state.flying.insert((at, sent), (to, datagram));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_sleep(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let is_over = deadline <= self.now();
        self.socket(|socket| {
            socket.wakes_at = (!is_over).then_some(deadline);
            socket.sleeper = (!is_over).then(|| cx.waker().clone());
        });
        if is_over {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }
}

impl Drop for SimIo {
    fn drop(&mut self) {
        self.net.0.borrow_mut().sockets.remove(&self.addr);
    }
}
