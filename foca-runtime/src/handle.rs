//! What the application holds: questions and commands, from anywhere.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use foca_codec::PostcardCodec;
use foca_core::{
    Accepted, AnnounceError, BroadcastError, Broadcasts, Codec, Config, ConfigError, Event,
    IdentityError, Member, NoBroadcasts, Stats, Status,
};

use crate::events::EventQueue;
use crate::shared::{Goodbye, Phase, Shared};
use crate::{DriverStats, Events, NodeId, Peer};

/// A running member, to ask and to command. Clones speak of the same member.
///
/// Every method but [`next_event`](Self::next_event) and [`left`](Self::left) answers at once, from
/// async code, plain threads, `Drop` and foreign functions alike: it locks the node, at most for as
/// long as one datagram or one deadline takes, and wakes the driver to send what follows from it. Never call one from
/// inside a [`Broadcasts`] policy or a `tracing` subscriber, which run under that lock.
///
/// The member does not depend on its handles: when the last one is dropped it goes on until its
/// [`Driver`](crate::Driver) is dropped. Once the driver has ended, for whatever reason, questions
/// still tell what was known last, and `join` and `broadcast` say `Stopped`.
pub struct Handle<I: Peer = NodeId, C: Codec<I> = PostcardCodec, B: Broadcasts<I> = NoBroadcasts>(
    Arc<Shared<I, C, B>>,
);

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Handle<I, C, B> {
    pub(crate) const fn new(shared: Arc<Shared<I, C, B>>) -> Self {
        Self(shared)
    }

    /// Announces this node to an address, once. An address that should be tried again when the
    /// datagram is lost belongs among the [`seeds`](crate::NodeConfig::seeds).
    ///
    /// # Errors
    ///
    /// If there is no point in it.
    pub fn join(&self, addr: impl Into<I::Addr>) -> Result<(), AnnounceError> {
        let addr = addr.into();
        self.0.command(|state, now| match state.phase {
            Phase::Running => state.node.join(now, &addr),
            Phase::Stopping | Phase::Ended => Err(AnnounceError::Stopped),
        })
    }

    /// Starts to say goodbye; [`left`](Self::left) and `Event::Left` tell when it has been said.
    pub fn leave(&self) {
        self.0.command(|state, now| state.node.leave(now));
    }

    /// Waits until the goodbye of [`leave`](Self::leave) has left the socket, or the driver ended.
    /// Give it a bound: a socket can stay blocked.
    pub async fn left(&self) {
        let watch = self.0.goodbye.watch();
        let said = |goodbye: &mut Goodbye| match goodbye {
            Goodbye::Unsaid => Poll::Pending,
            Goodbye::Said | Goodbye::Cut => Poll::Ready(()),
        };
        poll_fn(|cx| watch.poll(cx, said)).await;
    }

    /// Spreads an item of the application through the cluster.
    ///
    /// # Errors
    ///
    /// If the item cannot be spread.
    pub fn broadcast(&self, item: &[u8]) -> Result<Accepted, BroadcastError> {
        self.0.command(|state, now| match state.phase {
            Phase::Running => state.node.broadcast(now, item),
            Phase::Stopping | Phase::Ended => Err(BroadcastError::Stopped),
        })
    }

    /// Changes how the protocol behaves.
    ///
    /// # Errors
    ///
    /// If our identity does not fit into datagrams of the new size.
    pub fn set_config(&self, config: Config) -> Result<(), ConfigError> {
        self.0
            .command(|state, now| state.node.set_config(now, config))
    }

    /// Continues as somebody else, also after leaving or being declared down for good.
    ///
    /// # Errors
    ///
    /// If that identity cannot be adopted.
    pub fn set_identity(&self, next: I) -> Result<(), IdentityError> {
        self.0.command(|state, now| {
            state.node.set_identity(now, next)?;
            if state.phase == Phase::Running {
                self.0.goodbye.with(|goodbye| *goodbye = Goodbye::Unsaid);
            }
            Ok(())
        })
    }

    /// Ends the driver as soon as it runs, without a goodbye: [`leave`](Self::leave) first. Its
    /// future completes, and the events end.
    pub fn stop(&self) {
        self.0.command(|state, _| {
            if state.phase == Phase::Running {
                state.phase = Phase::Stopping;
            }
        });
    }

    /// Waits for the next event; `None` when the driver has ended and everything was read.
    ///
    /// Every event goes to one reader, see [`Events`].
    pub async fn next_event(&self) -> Option<Event<I>> {
        self.events().next().await
    }

    /// The next event if there is one.
    #[must_use]
    pub fn try_event(&self) -> Option<Event<I>> {
        self.0.events.with(EventQueue::pop)
    }

    /// The events as a stream, which shares the one queue with every other reader.
    #[must_use]
    pub fn events(&self) -> Events<I> {
        Events::new(self.0.events.watch())
    }

    /// Who this node is.
    #[must_use]
    pub fn identity(&self) -> I {
        self.0.lock().node.identity().clone()
    }

    /// What this node is to the cluster.
    #[must_use]
    pub fn status(&self) -> Status {
        self.0.lock().node.status()
    }

    /// How the protocol behaves.
    #[must_use]
    pub fn config(&self) -> Config {
        self.0.lock().node.config().clone()
    }

    /// What is known of the member at an address.
    #[must_use]
    pub fn member(&self, addr: impl Into<I::Addr>) -> Option<Member<I>> {
        self.0.lock().node.member(&addr.into()).cloned()
    }

    /// Active members, without this node, in no particular order.
    #[must_use]
    pub fn members(&self) -> Vec<Member<I>> {
        self.0.lock().node.members().cloned().collect()
    }

    /// Number of active members, without this node.
    #[must_use]
    pub fn members_count(&self) -> usize {
        self.0.lock().node.members().len()
    }

    /// Every member remembered, without this node: keep it, and give it to
    /// [`NodeConfig::saved`](crate::NodeConfig::saved) after a restart.
    #[must_use]
    pub fn all_members(&self) -> Vec<Member<I>> {
        self.0.lock().node.all_members().cloned().collect()
    }

    /// Looks into the application's broadcast policy. Take out what is needed and return: the
    /// member stands still meanwhile.
    pub fn with_broadcasts<R>(&self, look: impl FnOnce(&mut B) -> R) -> R {
        look(self.0.lock().node.broadcasts_mut())
    }

    /// Counters of the protocol.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.lock().node.stats()
    }

    /// Counters of the driver.
    #[must_use]
    pub fn driver_stats(&self) -> DriverStats {
        let stats = self.0.lock().stats;
        DriverStats {
            events_lost: self.0.events.with(|queue| queue.lost()),
            ..stats
        }
    }

    /// Whether the driver has ended: stopped, failed, or dropped.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.lock().phase == Phase::Ended
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Clone for Handle<I, C, B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> fmt::Debug for Handle<I, C, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        f.debug_struct("Handle")
            .field("identity", state.node.identity())
            .field("status", &state.node.status())
            .field("members", &state.node.members().len())
            .finish_non_exhaustive()
    }
}
