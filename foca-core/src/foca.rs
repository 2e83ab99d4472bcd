//! The facade: verbs in, verbs out.

use alloc::boxed::Box;

use crate::decay::Accuser;
use crate::log::trace;
use crate::machine::{Machine, Parts};
use crate::members::Source;
use crate::{
    AnnounceError, BroadcastError, Broadcasts, Codec, Config, ConfigError, Envelope, Event,
    Identity, IdentityError, Instant, MAGIC, Member, NoBroadcasts, Pace, Reject, Rejects, Stats,
    Status, Timer, Wire,
};

/// Everything a node is made of.
pub struct Setup<I: Identity, C: Codec<I>, B: Broadcasts<I> = NoBroadcasts> {
    /// Who we are.
    pub identity: I,
    /// How we behave.
    pub config: Config,
    /// How identities become bytes.
    pub codec: C,
    /// What the application spreads.
    pub broadcasts: B,
    /// What goes around `Wire::Native` datagrams.
    pub envelope: Box<dyn Envelope>,
    /// Source of all randomness: equal seeds and equal inputs give equal outputs.
    ///
    /// Must differ between nodes and be unpredictable to outsiders: cookies and probe numbers, which
    /// prove that a peer receives at its address, are derived from it.
    pub seed: u64,
}

/// A datagram that was written to the caller's buffer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
pub struct Transmit<'a, A> {
    /// Where to send it.
    pub to: &'a A,
    /// Its length, from the start of the buffer, in bytes.
    pub len: usize,
}

/// Why a datagram that `poll_transmit` handed out has not left.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unsent {
    /// The socket takes nothing now; the caller keeps the datagram and will call `handle_sent`.
    Blocked,
    /// It never will: the socket refused it.
    Failed,
}

/// What became of a custom broadcast.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Accepted {
    /// It is being spread.
    Spread,
    /// The policy knew it already; nothing is sent.
    Known,
}

/// A member of a cluster, as a state machine that does no input or output of its own.
///
/// # The contract
///
/// 1. **Input**: hand every datagram to [`handle_datagram`](Self::handle_datagram); when the time
///    that [`poll_timeout`](Self::poll_timeout) names has come, call
///    [`handle_timeout`](Self::handle_timeout). Read what waits in the socket before serving a
///    deadline: an answer that has arrived must beat its own time-out.
/// 2. **Commands**: [`announce`](Self::announce), [`leave`](Self::leave) and the other methods with
///    a `now`, at any moment.
/// 3. **Output**: after any number of the above, call [`poll_transmit`](Self::poll_transmit) until
///    it returns `None` or the socket takes no more, then [`poll_event`](Self::poll_event) until
///    `None`, then arm a timer for [`poll_timeout`](Self::poll_timeout).
/// 4. **Questions** change nothing.
///
/// `now` must not go backwards; a moment earlier than the last one is taken as the last one.
/// Equal seeds and equal calls give equal results, for ever.
///
/// Datagrams are assembled when they leave, so they carry the freshest news and news is spent only
/// on datagrams that exist. The clock of a probe starts when its `Ping` is handed out; tell
/// [`handle_unsent`](Self::handle_unsent) if it then could not be sent.
pub struct Foca<I: Identity, C: Codec<I>, B: Broadcasts<I> = NoBroadcasts> {
    envelope: Box<dyn Envelope>,
    /// The latest `now`, and the receiver of the datagram handed out last.
    latest: Instant,
    receiver: Option<I>,
    machine: Machine<I, C, B>,
    rejected: Rejects,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Foca<I, C, B> {
    /// A node that knows nobody.
    ///
    /// # Errors
    ///
    /// [`ConfigError::DatagramTooSmallForIdentity`] if no datagram could carry our identity.
    pub fn new(setup: Setup<I, C, B>, now: Instant) -> Result<Self, ConfigError> {
        let Setup {
            identity,
            config,
            codec,
            broadcasts: policy,
            envelope,
            seed,
        } = setup;
        let envelope_bytes = (envelope.prefix_bytes(), envelope.suffix_bytes());
        let parts = Parts {
            identity,
            config,
            codec,
            policy,
            seed,
        };
        Ok(Self {
            machine: Machine::new(parts, envelope_bytes)?,
            envelope,
            latest: now,
            receiver: None,
            rejected: Rejects::default(),
        })
    }

    /// Takes in a datagram.
    ///
    /// # Errors
    ///
    /// Why it was not accepted. Nothing changed then, except for the counter of that reason.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Result<(), Reject> {
        let now = self.advance(now);
        let result = self.open_and_handle(now, datagram);
        if let Err(reject) = result {
            trace!(%reject, bytes = datagram.len(), "rejected");
            self.rejected.count(reject);
        }
        result
    }

    /// Does what is due at `now`. Harmless when nothing is.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.advance(now);
        self.machine.handle_timeout(now);
    }

    /// The datagram that [`poll_transmit`](Self::poll_transmit) handed out last has not left.
    ///
    /// With [`Unsent::Blocked`] the clock it started stops until [`handle_sent`](Self::handle_sent);
    /// do not call `poll_transmit` meanwhile. With [`Unsent::Failed`] it accuses nobody.
    pub fn handle_unsent(&mut self, now: Instant, why: Unsent) {
        let now = self.advance(now);
        self.machine.unsent(now, why);
    }

    /// The datagram reported as [`Unsent::Blocked`] left just now.
    pub fn handle_sent(&mut self, now: Instant) {
        let now = self.advance(now);
        self.machine.sent_late(now);
    }

    /// Asks whoever is at this address to take us in.
    ///
    /// # Errors
    ///
    /// See [`AnnounceError`]; nothing is sent then.
    pub fn announce(&mut self, now: Instant, to: &I::Addr) -> Result<(), AnnounceError> {
        let now = self.advance(now);
        self.machine.announce(now, to)
    }

    /// Says goodbye and stops taking part.
    ///
    /// Keep driving the node until [`Event::Left`] tells that the goodbye has been told as often as
    /// it is going to be, or for as long as you care to wait.
    pub fn leave(&mut self, now: Instant) {
        let now = self.advance(now);
        self.machine.leave(now);
    }

    /// Goes on under another identity: a later life of our address, or another address.
    ///
    /// After leaving, or after being declared down for good, this is the way back; the current
    /// identity will do then too.
    ///
    /// # Errors
    ///
    /// See [`IdentityError`]; nothing changed then.
    pub fn set_identity(&mut self, now: Instant, next: I) -> Result<(), IdentityError> {
        let now = self.advance(now);
        self.machine.set_identity(now, next)
    }

    /// Goes on with another configuration, periods included.
    ///
    /// # Errors
    ///
    /// [`ConfigError::DatagramTooSmallForIdentity`]; nothing changed then.
    pub fn set_config(&mut self, now: Instant, config: Config) -> Result<(), ConfigError> {
        let now = self.advance(now);
        self.machine.set_config(now, config)
    }

    /// Spreads an item through the cluster, if the policy wants it spread.
    ///
    /// # Errors
    ///
    /// See [`BroadcastError`]; nothing is spread then.
    pub fn broadcast(&mut self, now: Instant, item: &[u8]) -> Result<Accepted, BroadcastError> {
        let now = self.advance(now);
        self.machine.broadcast(now, item)
    }

    /// Takes in what this node knew before a restart.
    ///
    /// It is not passed on and revives nobody who is known to be down; suspicions start anew.
    pub fn restore(&mut self, now: Instant, saved: impl IntoIterator<Item = Member<I>>) {
        let now = self.advance(now);
        self.machine.take_in(now, saved, Source::Restored);
    }

    /// Takes in what another node knows, as if it had been gossiped: it is passed on.
    pub fn merge(&mut self, now: Instant, foreign: impl IntoIterator<Item = Member<I>>) {
        let now = self.advance(now);
        self.machine
            .take_in(now, foreign, Source::Rumour(Accuser::UNKNOWN));
    }

    /// Writes the next datagram to `out`, which should hold `datagram_bytes_max` bytes.
    ///
    /// `None` when nothing waits. A datagram that does not fit `out` is dropped and counted in
    /// `unsendable`.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<Transmit<'_, I::Addr>> {
        let now = self.advance(now);
        let (receiver, len) = self.machine.next_datagram(now, out)?;
        if self.machine.config.wire == Wire::Native {
            self.envelope.seal(&mut out[..len]);
        }
        Some(Transmit {
            to: self.receiver.insert(receiver).addr(),
            len,
        })
    }

    /// The next event, in the order in which they happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<I>> {
        self.machine.members.pop_event()
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called; `None` for never.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.machine.next_timer().map(|(at, _)| at)
    }

    /// When [`handle_timeout`](Self::handle_timeout) wants to be called, and why.
    #[must_use]
    pub fn next_timer(&self) -> Option<(Instant, Timer)> {
        self.machine.next_timer()
    }

    /// Who we are.
    pub const fn identity(&self) -> &I {
        &self.machine.id
    }

    /// Our own logical clock.
    pub const fn incarnation(&self) -> u32 {
        self.machine.incarnation
    }

    /// What we are to the cluster.
    pub const fn status(&self) -> Status {
        self.machine.status
    }

    /// How we behave.
    pub const fn config(&self) -> &Config {
        &self.machine.config
    }

    /// What the settings that follow the cluster come to at its present size.
    pub const fn pace(&self) -> &Pace {
        &self.machine.members.pace
    }

    /// The policy about custom broadcasts.
    pub const fn broadcasts(&self) -> &B {
        &self.machine.policy
    }

    /// The policy about custom broadcasts, to change it.
    pub const fn broadcasts_mut(&mut self) -> &mut B {
        &mut self.machine.policy
    }

    /// What is known of an address other than our own, whatever its state.
    pub fn member(&self, addr: &I::Addr) -> Option<&Member<I>> {
        let table = &self.machine.members.table;
        table.find(addr).map(|slot| &table[slot].member)
    }

    /// The active members (`Alive` and `Suspect`) without ourselves, in no particular order.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Member<I>> {
        self.machine.members.table.active()
    }

    /// Everybody remembered, whatever the state, without ourselves, in no particular order.
    pub fn all_members(&self) -> impl Iterator<Item = &Member<I>> {
        self.machine
            .members
            .table
            .active()
            .chain(self.machine.members.table.inactive())
    }

    /// Counters since the start.
    pub fn stats(&self) -> Stats {
        let machine = &self.machine;
        Stats {
            datagrams_rejected: self.rejected,
            updates_applied: machine.members.applied,
            updates_ignored: machine.members.ignored,
            members_refused: machine.members.refused,
            compared_news_untold: machine.members.untold,
            news_known: machine.reconcile.known.dropped,
            returns_forgotten: machine.members.patience.forgotten,
            outbox_full: machine.outbox.refused,
            checks_refused: machine.doubts.refused,
            smoothed_rtt: machine.round_trips.smoothed().unwrap_or_default(),
            suspicions_confirmed: machine.members.suspicions.confirmed,
            suspicions_repeated: machine.members.suspicions.repeated,
            members_damped: machine.members.damping.damped,
            damped_ignored: machine.members.damping.ignored,
            dampings_refused: machine.members.damping.refused,
            watches_refused: machine.members.damping.unwatched,
            events_lost: machine.members.events.lost,
            broadcasts_dropped: machine.items.dropped,
            broadcasts_unfit: machine.items.unfit,
            local_health: machine.local_health(),
            ..machine.stats
        }
    }

    fn open_and_handle(&mut self, now: Instant, datagram: &[u8]) -> Result<(), Reject> {
        if datagram.len() > self.machine.config.datagram_bytes_max {
            return Err(Reject::TooLong);
        }
        let native = datagram.starts_with(&MAGIC);
        match native {
            true if self.machine.accepts(Wire::Native) => {
                let payload = self.envelope.open(datagram)?;
                self.machine
                    .handle(now, Wire::Native, payload, datagram.len())
            }
            false if self.machine.accepts(Wire::Foca2) => {
                self.machine
                    .handle(now, Wire::Foca2, datagram, datagram.len())
            }
            _ if datagram.len() < MAGIC.len() => Err(Reject::TooShort),
            _ => Err(Reject::WrongWire),
        }
    }

    fn advance(&mut self, now: Instant) -> Instant {
        self.latest = self.latest.max(now);
        self.latest
    }
}
