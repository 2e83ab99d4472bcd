//! One member without any I/O: the protocol, its seeds, and the notice of rejected datagrams.

use std::net::SocketAddr;

use foca_core::{
    Accepted, AnnounceError, BroadcastError, Broadcasts, Codec, Config, ConfigError, Event, Foca,
    IdentityError, Instant, Member, NoBroadcasts, Reject, Setup, Stats, Status, Unsent,
};

use crate::notice::Notice;
use crate::seeds::Seeds;
use crate::{NodeConfig, Peer, StartError};

/// A cluster member as a state machine, with the verbs of [`Foca`] and its contract: `now` never
/// runs backwards, and after any number of inputs and commands the outputs are drained in the order
/// `poll_transmit`, `poll_event`, `poll_timeout`.
///
/// Use it directly to run a member where [`Driver`](crate::Driver) does not fit.
pub struct Node<I: Peer, C: Codec<I>, B: Broadcasts<I> = NoBroadcasts> {
    foca: Foca<I, C, B>,
    seeds: Seeds<I::Addr>,
    notice: Notice,
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Node<I, C, B> {
    /// Makes a node. Its first deadline is `now` if there are seeds to announce to.
    ///
    /// # Errors
    ///
    /// If something configured cannot work.
    pub fn new(config: NodeConfig<I, C, B>, now: Instant) -> Result<Self, StartError> {
        config.check()?;
        // An address may be written in several ways; members are compared as identities have it.
        let seeds = config
            .seeds
            .iter()
            .map(|addr| I::placeholder(addr).addr().clone());
        let seeds = Seeds::new(now, seeds, config.seed_period, config.random_seed);
        let setup = Setup {
            identity: config.identity,
            config: config.config,
            codec: config.codec,
            broadcasts: config.broadcasts,
            envelope: config.envelope,
            seed: config.random_seed,
        };
        let mut foca = Foca::new(setup, now)?;
        foca.restore(now, config.saved);
        Ok(Self {
            foca,
            seeds,
            notice: Notice::default(),
        })
    }

    /// Takes in a datagram.
    ///
    /// # Errors
    ///
    /// Why it was rejected; nothing changed but counters, and a log line at most once per
    /// [`NOTICE_INTERVAL`](crate::NOTICE_INTERVAL).
    pub fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) -> Result<(), Reject> {
        let verdict = self.foca.handle_datagram(now, datagram);
        if let Err(reject) = verdict {
            self.notice.record(now, reject);
        }
        self.observe(now);
        verdict
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.foca.poll_timeout().is_some_and(|due| due <= now) {
            self.foca.handle_timeout(now);
        }
        self.notice.handle_timeout(now);
        let is_active = |member: &Member<I>| member.state.is_active();
        let is_wanted = |addr: &I::Addr| !self.foca.member(addr).is_some_and(is_active);
        let config = self.foca.config();
        for addr in self.seeds.handle_timeout(now, config, is_wanted) {
            // Our own address is refused, and a full outbox costs one attempt of many.
            let _ = self.foca.announce(now, &addr);
        }
        // Afterwards, so that members remembered from before do not put off the first attempt.
        self.observe(now);
    }

    /// Takes note that the last datagram of [`poll_transmit`](Self::poll_transmit) has not left.
    pub fn handle_unsent(&mut self, now: Instant, why: Unsent) {
        self.foca.handle_unsent(now, why);
    }

    /// Takes note that the datagram reported as [`Unsent::Blocked`] has left just now.
    pub fn handle_sent(&mut self, now: Instant) {
        self.foca.handle_sent(now);
    }

    /// Announces this node to an address, once. Addresses to be tried again are seeds.
    ///
    /// # Errors
    ///
    /// If there is no point in it.
    pub fn join(&mut self, now: Instant, addr: &I::Addr) -> Result<(), AnnounceError> {
        self.foca.announce(now, I::placeholder(addr).addr())
    }

    /// Starts to say goodbye; `Event::Left` tells when it has been said.
    pub fn leave(&mut self, now: Instant) {
        self.foca.leave(now);
        self.observe(now);
    }

    /// Continues as somebody else.
    ///
    /// # Errors
    ///
    /// If that identity cannot be adopted.
    pub fn set_identity(&mut self, now: Instant, next: I) -> Result<(), IdentityError> {
        self.foca.set_identity(now, next)?;
        self.observe(now);
        Ok(())
    }

    /// Changes how the protocol behaves.
    ///
    /// # Errors
    ///
    /// If our identity does not fit into datagrams of the new size.
    pub fn set_config(&mut self, now: Instant, config: Config) -> Result<(), ConfigError> {
        self.foca.set_config(now, config)
    }

    /// Spreads an item of the application through the cluster.
    ///
    /// # Errors
    ///
    /// If the item cannot be spread.
    pub fn broadcast(&mut self, now: Instant, item: &[u8]) -> Result<Accepted, BroadcastError> {
        self.foca.broadcast(now, item)
    }

    /// Writes the next datagram to the front of `out`; returns where it goes and its length.
    #[must_use]
    pub fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        let transmit = self.foca.poll_transmit(now, out)?;
        Some((transmit.to.clone().into(), transmit.len))
    }

    /// The next thing that happened.
    #[must_use]
    pub fn poll_event(&mut self) -> Option<Event<I>> {
        self.foca.poll_event()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let others = [self.seeds.poll_timeout(), self.notice.poll_timeout()];
        self.foca
            .poll_timeout()
            .into_iter()
            .chain(others.into_iter().flatten())
            .min()
    }

    /// Who this node is.
    pub fn identity(&self) -> &I {
        self.foca.identity()
    }

    /// What this node is to the cluster.
    pub fn status(&self) -> Status {
        self.foca.status()
    }

    /// How the protocol behaves.
    pub fn config(&self) -> &Config {
        self.foca.config()
    }

    /// What is known of the member at an address.
    pub fn member(&self, addr: &I::Addr) -> Option<&Member<I>> {
        self.foca.member(I::placeholder(addr).addr())
    }

    /// Active members, without this node.
    pub fn members(&self) -> impl ExactSizeIterator<Item = &Member<I>> {
        self.foca.members()
    }

    /// Every member remembered, without this node: what a restarted node wants to know.
    pub fn all_members(&self) -> impl Iterator<Item = &Member<I>> {
        self.foca.all_members()
    }

    /// The application's broadcast policy.
    pub fn broadcasts_mut(&mut self) -> &mut B {
        self.foca.broadcasts_mut()
    }

    /// Counters of the protocol.
    pub fn stats(&self) -> Stats {
        self.foca.stats()
    }

    fn observe(&mut self, now: Instant) {
        self.seeds
            .observe(now, self.foca.status(), self.foca.config());
    }
}
