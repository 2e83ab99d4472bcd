//! What the scenarios share: an identity that renews, and clusters in virtual time.
#![allow(dead_code, unreachable_pub, reason = "each scenario uses its part")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{
    Broadcasts, Codec, Config, Event, Foca, Identity, Instant, Member, NoBroadcasts, Setup, State,
};
use foca_sim::Network;
use serde::{Deserialize, Serialize};

/// An address and a number that renewing raises.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Id {
    pub addr: SocketAddr,
    pub life: u16,
}

impl Identity for Id {
    type Addr = SocketAddr;

    fn addr(&self) -> &SocketAddr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.life.into()
    }

    fn renew(&self) -> Option<Self> {
        Some(Self {
            life: self.life.checked_add(1)?,
            ..*self
        })
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self {
            addr: *addr,
            life: 0,
        }
    }
}

pub type Node<I = Id, B = NoBroadcasts> = Foca<I, PostcardCodec, B>;
pub type Cluster<I = Id, B = NoBroadcasts> = Network<Node<I, B>>;

pub const SECOND: Duration = Duration::from_secs(1);

pub fn addr(n: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, (n >> 8) as u8, n as u8), 7_000))
}

pub fn id(n: u16) -> Id {
    Id {
        addr: addr(n),
        life: 0,
    }
}

pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The same without doubt in itself: probes that fail do not slow the next.
pub fn confident(config: &Config) -> Config {
    let confident = config.with(|it| it.detector.local_health = None);
    confident.expect("valid")
}

/// The same configuration where a suspicion ends with its time, and no question comes before the verdict.
pub fn by_time_alone(config: &Config) -> Config {
    let by_time_alone = config.with(|it| it.detector.own_question = false);
    by_time_alone.expect("valid")
}

pub fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}

pub fn node_with<I, B>(identity: I, config: Config, broadcasts: B, seed: u64) -> Node<I, B>
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    let envelope = Box::new(CheckedEnvelope::default());
    let setup = Setup {
        identity,
        config,
        codec: PostcardCodec,
        broadcasts,
        envelope,
        seed,
    };
    Foca::new(setup, Instant::ZERO).expect("an identity that fits")
}

pub fn node<I>(identity: I, config: Config, seed: u64) -> Node<I>
where
    I: Identity,
    PostcardCodec: Codec<I>,
{
    node_with(identity, config, NoBroadcasts, seed)
}

/// A network of so many members that all announce to the first, without time having passed.
pub fn starting<I>(members: u16, config: &Config, seed: u64, name: fn(u16) -> I) -> Cluster<I>
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
{
    let mut network = Network::new(seed);
    for n in 0..members {
        let node = node(name(n), config.clone(), seed * 1_000 + u64::from(n));
        network.insert(addr(n), node);
    }
    for n in 1..members {
        announce(&mut network, n, 0);
    }
    network
}

/// The same after everybody has found everybody.
pub fn formed<I>(members: u16, config: &Config, seed: u64, name: fn(u16) -> I) -> Cluster<I>
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
{
    let mut network = starting(members, config, seed, name);
    let complete = network.run_until_condition(at(300), foca_sim::cluster::views_complete);
    assert!(
        complete,
        "{members} members find each other within five minutes"
    );
    for n in 0..members {
        events(&mut network, n);
    }
    network
}

pub fn announce<I, B>(network: &mut Cluster<I, B>, from: u16, to: u16)
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    let result = network.with(&addr(from), |node, now| node.announce(now, &addr(to)));
    assert_eq!(result, Some(Ok(())));
}

/// Takes all events that wait at a node.
pub fn events<I, B>(network: &mut Cluster<I, B>, n: u16) -> Vec<Event<I>>
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    let take = |node: &mut Node<I, B>, _| std::iter::from_fn(|| node.poll_event()).collect();
    network
        .with(&addr(n), take)
        .expect("a node at this address")
}

/// What `observer` believes of `subject`.
pub fn state<I, B>(network: &Cluster<I, B>, observer: u16, subject: u16) -> Option<State>
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    Some(
        network
            .machine(&addr(observer))?
            .member(&addr(subject))?
            .state,
    )
}

/// All datagrams that wait at a node that is in no network: receiver and bytes.
pub fn transmits<I, B>(node: &mut Node<I, B>, now: Instant) -> Vec<(I::Addr, Vec<u8>)>
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    let mut out = [0; 2_000];
    let mut all = Vec::new();
    while let Some(transmit) = node.poll_transmit(now, &mut out) {
        let (to, len) = (transmit.to.clone(), transmit.len);
        all.push((to, out[..len].to_vec()));
    }
    all
}

pub fn member(n: u16, incarnation: u32, state: State) -> Member<Id> {
    Member {
        id: id(n),
        incarnation,
        state,
    }
}

pub mod body;
pub mod view;
pub mod wire;

/// The same settings once per wire: `Native`, then `Foca2`, each with the rules of its own.
pub fn on_both_wires(config: &Config) -> [Config; 2] {
    [config.clone(), config.foca2()]
}

/// A later life of the address of `id(n)`.
pub fn life(n: u16, life: u16) -> Id {
    Id { life, ..id(n) }
}

/// Node 0, which knows these members, with nothing left to tell or to send about it.
pub fn knowing(config: Config, members: impl IntoIterator<Item = Member<Id>>) -> Node {
    let mut node = node(id(0), config, 1);
    node.restore(Instant::ZERO, members);
    while node.poll_event().is_some() {}
    node
}

/// Takes all events that wait at a node that is in no network.
pub fn told<I, B>(node: &mut Node<I, B>) -> Vec<Event<I>>
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    std::iter::from_fn(|| node.poll_event()).collect()
}

/// An identity as long as its name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Wide {
    pub addr: SocketAddr,
    pub life: u8,
    pub name: String,
}

impl Identity for Wide {
    type Addr = SocketAddr;

    fn addr(&self) -> &SocketAddr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.life.into()
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self {
            addr: *addr,
            life: 0,
            name: String::new(),
        }
    }
}

pub mod stage;
