//! Mixed clusters.

use std::net::SocketAddr;

use foca_codec::PostcardCodec;
use foca_core::{Config, State};
use foca_sim::Network;

use super::identity::{Id, Name, addr, id};
use super::ours::ours;
use super::peer::{Make, News, Peer};
use super::published_2::{lan, theirs};
use super::seconds;

pub type Cluster<I = Id> = Network<Box<dyn Peer<I>>>;

/// Four of each make, in turn.
pub const MIXED: [Make; 8] = {
    use Make::{Ours, Theirs};
    [Ours, Theirs, Ours, Theirs, Ours, Theirs, Ours, Theirs]
};

/// How members of each make are configured.
#[derive(Clone, Debug)]
pub struct Configs {
    pub ours: Config,
    pub theirs: foca::Config,
}

impl Configs {
    /// What each crate recommends for eight members on a local network.
    pub fn lan() -> Self {
        Self {
            ours: Config::lan().foca2(),
            theirs: lan(8),
        }
    }

    /// The same with so many transmissions that news and items practically never miss a member.
    ///
    /// Gossip is a lottery: with what is recommended for eight members, about 3 items in 100 miss a
    /// member among ours, 11 among theirs, 7 in a mixed cluster; and 7 in 100 members suspected by
    /// theirs do not hear of it in time to refute it.
    pub fn steady() -> Self {
        const TRANSMISSIONS: u8 = 12;
        let ours = Config::lan()
            .foca2()
            .with(|settings| settings.transmissions = TRANSMISSIONS.into());
        Self {
            ours: ours.expect("a valid configuration"),
            theirs: foca::Config {
                max_transmissions: TRANSMISSIONS.try_into().expect("not zero"),
                ..lan(8)
            },
        }
    }

    /// A member of this make.
    pub fn peer<I: Name>(&self, make: Make, identity: I, seed: u64) -> Box<dyn Peer<I>> {
        match make {
            Make::Ours => Box::new(ours(identity, self.ours.clone(), PostcardCodec, seed)),
            Make::Theirs => Box::new(theirs(identity, self.theirs.clone(), seed)),
        }
    }

    /// Members of these makes that know nobody.
    pub fn strangers<I: Name>(&self, makes: &[Make], seed: u64, name: fn(u8) -> I) -> Cluster<I> {
        let mut network = Network::new(seed);
        for (make, n) in makes.iter().zip(0..) {
            let peer = self.peer(*make, name(n), seed * 1_000 + u64::from(n));
            network.insert(addr(n), peer);
        }
        network
    }

    /// Members of these makes that found each other; their news of that are taken.
    pub fn formed(&self, makes: &[Make], seed: u64) -> Cluster {
        let mut network = self.strangers(makes, seed, id);
        announce_all(&mut network, (seed % makes.len() as u64) as u8);
        settle(&mut network);
        network
    }
}

/// Everybody else announces to the member with this number.
pub fn announce_all<I: Name>(network: &mut Cluster<I>, through: u8) {
    for from in addrs(network) {
        if from != addr(through) {
            network.with(&from, |peer, now| peer.announce(now, addr(through)));
        }
    }
}

/// Runs until all views are complete and forgets the news of that.
pub fn settle<I: Name>(network: &mut Cluster<I>) {
    let deadline = network.now() + seconds(180);
    assert!(
        network.run_until_condition(deadline, complete),
        "everybody finds everybody within three minutes: {}",
        describe(network)
    );
    for addr in addrs(network) {
        network.with(&addr, |peer, _| peer.news());
    }
}

/// Whether everybody lists everybody else in their current lives, and nobody besides.
pub fn complete<I: Name>(network: &Cluster<I>) -> bool {
    network
        .machines()
        .all(|(observer, peer)| lists(peer.as_ref(), others(network, observer)))
}

/// The identities of all members but the one at this address.
pub fn others<I: Name>(network: &Cluster<I>, but: &SocketAddr) -> Vec<I> {
    let mut identities: Vec<I> = network
        .machines()
        .filter(|(addr, _)| *addr != but)
        .map(|(_, peer)| peer.identity())
        .collect();
    identities.sort();
    identities
}

/// Whether a member lists exactly these identities, which are sorted.
pub fn lists<I: Name>(peer: &dyn Peer<I>, identities: Vec<I>) -> bool {
    let mut active = peer.active();
    active.sort();
    active == identities
}

/// Whether everybody else holds this address in this state.
pub fn all_believe<I: Name>(network: &Cluster<I>, subject: SocketAddr, state: State) -> bool {
    network
        .machines()
        .filter(|(addr, _)| **addr != subject)
        .all(|(_, peer)| {
            peer.member(subject)
                .is_some_and(|member| member.state == state)
        })
}

pub fn addrs<I: Name>(network: &Cluster<I>) -> Vec<SocketAddr> {
    network.machines().map(|(addr, _)| *addr).collect()
}

/// Takes the news of all members: who was told what.
pub fn news<I: Name>(network: &mut Cluster<I>) -> Vec<(SocketAddr, News<I>)> {
    let mut all = Vec::new();
    for addr in addrs(network) {
        let told = network
            .with(&addr, |peer, _| peer.news())
            .unwrap_or_default();
        all.extend(told.into_iter().map(|news| (addr, news)));
    }
    all
}

/// Fails if a member could not read what another sent, or was driven wrongly.
pub fn assert_no_complaints<I: Name>(network: &Cluster<I>) {
    for (addr, peer) in network.machines() {
        let complaints = peer.complaints();
        assert!(
            complaints.is_empty(),
            "{addr} of {:?}: {complaints:?}",
            peer.make()
        );
    }
}

/// Who lists whom, to read when a test fails.
pub fn describe<I: Name>(network: &Cluster<I>) -> String {
    let mut text = format!("at {}", network.now());
    for (addr, peer) in network.machines() {
        let mut active = peer.active();
        active.sort();
        text += &format!(
            "\n{addr} {:?} as {:?}: {active:?}",
            peer.make(),
            peer.identity()
        );
    }
    text
}
