//! Networks of members of `foca-core` that all know each other from the start.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Event, Foca, Instant, Member, NoBroadcasts, Setup};

use crate::random::Dice;
use crate::{Entry, Journal, Link, Machine, Network, Watched};

/// Who a member is.
pub(super) type Id = SocketAddrV4;

/// A member that writes down what it reports.
pub(super) type Node = Watched<Id, PostcardCodec, NoBroadcasts>;

/// Members numbered from 0, in a network, with what they reported.
pub(super) struct Cluster<M: Machine = Node> {
    pub(super) network: Network<M>,
    pub(super) journal: Journal<Id>,
    /// For whatever the experiment draws, apart from network and members.
    pub(super) random: Dice,
    size: usize,
}

impl Cluster {
    /// So many members that do nothing else.
    pub(super) fn new(
        seed: u64,
        size: usize,
        link: Link,
        config: impl Fn(usize) -> Config,
    ) -> Self {
        Self::of(seed, size, link, config, |member, _| member)
    }
}

impl<M: Machine<Addr = Id>> Cluster<M> {
    /// So many machines, each made of a member and a seed. Members are configured by their number, and socket
    /// buffers lose nothing. A run is a function of the seed.
    pub(super) fn of(
        seed: u64,
        size: usize,
        link: Link,
        config: impl Fn(usize) -> Config,
        machine: impl Fn(Node, u64) -> M,
    ) -> Self {
        let mut cluster = Self {
            network: Network::new(seed)
                .with_link(link)
                .with_socket_buffer(usize::MAX),
            journal: Journal::new(),
            random: Dice::new(seed ^ EXPERIMENT_STREAM),
            size,
        };
        for number in 0..size {
            // Members draw from streams of their own, whatever their number.
            let node_seed = cluster.random.below(u64::MAX);
            let node = cluster.node(number, config(number), node_seed);
            cluster.network.insert(id(number), machine(node, node_seed));
        }
        cluster
    }

    fn node(&self, number: usize, config: Config, seed: u64) -> Node {
        let setup = Setup {
            identity: id(number),
            config,
            codec: PostcardCodec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed,
        };
        let mut foca = Foca::new(setup, Instant::ZERO)
            .unwrap_or_else(|error| unreachable!("a socket address fits any datagram: {error}"));
        let others = (0..self.size).filter(|other| *other != number);
        foca.restore(Instant::ZERO, others.map(|other| Member::alive(id(other))));
        self.journal.watch(foca)
    }

    /// A moment within so much time, drawn in microseconds.
    pub(super) fn moment(&mut self, within: Duration) -> Duration {
        let micros = u64::try_from(within.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.random.below(micros))
    }

    /// Lets members run for so long plus a moment within the second time, and forgets what they
    /// reported meanwhile.
    pub(super) fn settle(&mut self, least: Duration, within: Duration) {
        let more = self.moment(within);
        self.network.run_for(least + more);
        let _ = self.journal.take();
    }

    /// Runs until somebody reports what is asked for, at most until `deadline`.
    pub(super) fn first(
        &mut self,
        deadline: Instant,
        wanted: impl Fn(&Event<Id>) -> bool,
    ) -> Option<Entry<Id>> {
        let journal = self.journal.clone();
        let mut found = None;
        let _ = self.network.run_until_condition(deadline, |_| {
            found = journal
                .take()
                .into_iter()
                .find(|entry| wanted(&entry.event));
            found.is_some()
        });
        found
    }
}

/// The member with this number.
pub(super) fn id(number: usize) -> Id {
    let host = u32::try_from(number).unwrap_or(u32::MAX);
    SocketAddrV4::new(Ipv4Addr::from(FIRST_ADDRESS + host), 7946)
}

/// The number of this member.
pub(super) fn number(id: &Id) -> usize {
    (u32::from(*id.ip()) - FIRST_ADDRESS) as usize
}

/// 10.0.0.1
const FIRST_ADDRESS: u32 = 0x0a00_0001;

/// Keeps what the experiment draws apart from what the network draws under the same seed.
const EXPERIMENT_STREAM: u64 = 0x7061_7065_7200_0000;
