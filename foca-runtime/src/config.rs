//! Everything a node is made of, with a default for all that can have one.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use foca_codec::{CheckedEnvelope, ClusterTag};
use foca_core::{Broadcasts, Codec, Config, Envelope, Identity, Member, NoBroadcasts};

use crate::{Peer, StartError};

/// Events that wait to be read, unless set otherwise.
pub const EVENTS_MAX_DEFAULT: usize = 16_384;

/// Time between two attempts to reach a seed that is no active member, unless set otherwise.
pub const SEED_PERIOD_DEFAULT: Duration = Duration::from_secs(60);

/// What [`start`](crate::start) makes a node of.
#[must_use]
pub struct NodeConfig<I: Identity, C: Codec<I>, B: Broadcasts<I> = NoBroadcasts> {
    pub(crate) identity: I,
    pub(crate) config: Config,
    pub(crate) codec: C,
    pub(crate) broadcasts: B,
    pub(crate) envelope: Box<dyn Envelope>,
    pub(crate) random_seed: u64,
    pub(crate) seeds: Vec<I::Addr>,
    pub(crate) seed_period: Duration,
    pub(crate) saved: Vec<Member<I>>,
    pub(crate) events_max: usize,
}

impl<I: Identity, C: Codec<I>> NodeConfig<I, C> {
    /// A node that knows nobody, in the cluster [`ClusterTag::DEFAULT`], configured for a local
    /// network: [`Config::lan`].
    pub fn new(identity: I, codec: C) -> Self {
        Self {
            identity,
            config: Config::lan(),
            codec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::new(ClusterTag::DEFAULT)),
            random_seed: entropy(),
            seeds: Vec::new(),
            seed_period: SEED_PERIOD_DEFAULT,
            saved: Vec::new(),
            events_max: EVENTS_MAX_DEFAULT,
        }
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> NodeConfig<I, C, B> {
    /// Sets how the protocol behaves.
    pub fn config(self, config: Config) -> Self {
        Self { config, ..self }
    }

    /// Names the cluster: datagrams of clusters with another name are rejected.
    ///
    /// This keeps neighbours apart that share a network. It keeps nobody out who means to come in.
    /// Replaces the envelope.
    pub fn cluster(self, name: &str) -> Self {
        self.envelope(CheckedEnvelope::new(ClusterTag::from_name(name)))
    }

    /// Sets what goes around datagrams on `Wire::Native`.
    pub fn envelope(self, envelope: impl Envelope + 'static) -> Self {
        Self {
            envelope: Box::new(envelope),
            ..self
        }
    }

    /// Sets what the application spreads through the cluster.
    pub fn broadcasts<P: Broadcasts<I>>(self, broadcasts: P) -> NodeConfig<I, C, P> {
        NodeConfig {
            identity: self.identity,
            config: self.config,
            codec: self.codec,
            broadcasts,
            envelope: self.envelope,
            random_seed: self.random_seed,
            seeds: self.seeds,
            seed_period: self.seed_period,
            saved: self.saved,
            events_max: self.events_max,
        }
    }

    /// Adds addresses to join: at the start, again while alone, and every
    /// [`seed_period`](Self::seed_period) those that are no active members.
    ///
    /// The node's own address may be among them, so that all nodes can share one list.
    pub fn seeds(mut self, addrs: impl IntoIterator<Item = impl Into<I::Addr>>) -> Self {
        self.seeds.extend(addrs.into_iter().map(Into::into));
        self
    }

    /// Sets the time between two attempts to reach a seed that is no active member.
    pub fn seed_period(self, seed_period: Duration) -> Self {
        Self {
            seed_period,
            ..self
        }
    }

    /// Adds members remembered from before a restart, from
    /// [`Handle::all_members`](crate::Handle::all_members).
    pub fn saved(mut self, members: impl IntoIterator<Item = Member<I>>) -> Self {
        self.saved.extend(members);
        self
    }

    /// Sets how many events can wait to be read. What does not fit is told as `Event::Lost`.
    pub fn events_max(self, events_max: usize) -> Self {
        Self { events_max, ..self }
    }

    /// Sets the source of all randomness, to repeat a run exactly.
    ///
    /// The default is unpredictable, and has to be: peers prove by numbers derived from it that
    /// they receive at their address.
    pub fn random_seed(self, random_seed: u64) -> Self {
        Self {
            random_seed,
            ..self
        }
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> NodeConfig<I, C, B> {
    pub(crate) fn check(&self) -> Result<(), StartError> {
        let addr = self.identity.peer_addr();
        if addr.ip().is_unspecified() || addr.port() == 0 {
            return Err(StartError::Unreachable(addr));
        }
        if self.events_max == 0 {
            return Err(StartError::EventsMax);
        }
        if self.seed_period.is_zero() {
            return Err(StartError::SeedPeriod);
        }
        Ok(())
    }
}

/// A number that outsiders cannot predict: the hash of nothing under keys that the standard library
/// derives from the system's random source.
fn entropy() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NodeId;
    use foca_codec::PostcardCodec;

    #[test]
    fn what_cannot_work_is_named() {
        let node = |addr: &str| {
            NodeConfig::new(
                NodeId::new(addr.parse().expect("an address"), 1),
                PostcardCodec,
            )
        };
        let unreachable =
            |addr: &str| Err(StartError::Unreachable(addr.parse().expect("an address")));
        assert_eq!(node("127.0.0.1:7000").check(), Ok(()));
        assert_eq!(node("0.0.0.0:7000").check(), unreachable("0.0.0.0:7000"));
        assert_eq!(node("[::]:7000").check(), unreachable("[::]:7000"));
        assert_eq!(node("127.0.0.1:0").check(), unreachable("127.0.0.1:0"));
        let node = || node("127.0.0.1:7000");
        assert_eq!(node().events_max(0).check(), Err(StartError::EventsMax));
        assert_eq!(
            node().seed_period(Duration::ZERO).check(),
            Err(StartError::SeedPeriod)
        );
    }

    #[test]
    fn every_node_draws_other_numbers() {
        let mut drawn: Vec<u64> = (0..64).map(|_| entropy()).collect();
        drawn.push(std::thread::spawn(entropy).join().unwrap());
        drawn.sort_unstable();
        drawn.dedup();
        assert_eq!(drawn.len(), 65);
    }
}
