//! Clusters of members on any level, which join through member 0.

use std::net::SocketAddr;
use std::time::Duration;

use foca_runtime::{Config, Event, Node, NodeConfig, NodeId, PostcardCodec, State};
use foca_sim::levels::{DriverMachine, Level};
use foca_sim::{Link, Machine, Network};

pub(crate) type Driver = DriverMachine<NodeId, PostcardCodec>;
pub(crate) type Any = Level<NodeId, PostcardCodec>;

pub(crate) fn addr(number: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, number], 7_000))
}

pub(crate) fn id(number: u8) -> NodeId {
    NodeId::new(addr(number), 1)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(crate) fn config(number: u8) -> NodeConfig<NodeId, PostcardCodec> {
    NodeConfig::new(id(number), PostcardCodec)
        .config(Config::simple())
        .random_seed(u64::from(number) + 1)
        .seeds([addr(0)])
}

pub(crate) fn driver<M: Machine>(number: u8, network: &Network<M>) -> Driver {
    Driver::start(config(number), network.now()).expect("a valid configuration")
}

pub(crate) fn node<M: Machine>(number: u8, network: &Network<M>) -> Node<NodeId, PostcardCodec> {
    Node::new(config(number), network.now()).expect("a valid configuration")
}

/// So many drivers that have just been started.
pub(crate) fn drivers(seed: u64, members: u8, link: Link) -> Network<Driver> {
    let mut network = Network::new(seed).with_link(link);
    for number in 0..members {
        let driver = driver(number, &network);
        network.insert(addr(number), driver);
    }
    network
}

/// So many drivers that know each other, their events read.
pub(crate) fn acquainted(members: u8) -> Network<Driver> {
    let mut network = drivers(1, members, Link::default());
    let deadline = network.now() + seconds(30);
    let all_know_all = network.run_until_condition(deadline, |network| {
        network
            .machines()
            .all(|(_, driver)| driver.handle().members_count() + 1 == usize::from(members))
    });
    assert!(all_know_all);
    for number in 0..members {
        events(&network, number);
    }
    network
}

/// What a member reported and nobody has read yet.
pub(crate) fn events(network: &Network<Driver>, number: u8) -> Vec<Event<NodeId>> {
    let driver = network.machine(&addr(number)).expect("it is there");
    std::iter::from_fn(|| driver.handle().try_event()).collect()
}

/// In which state a member remembers another.
pub(crate) fn state(network: &Network<Driver>, observer: u8, subject: u8) -> Option<State> {
    let driver = network.machine(&addr(observer)).expect("it is there");
    let member = driver.handle().member(addr(subject))?;
    Some(member.state)
}

pub(crate) fn command<R>(
    network: &mut Network<Driver>,
    number: u8,
    command: impl FnOnce(&foca_runtime::Handle<NodeId, PostcardCodec>) -> R,
) -> R {
    let give = |driver: &mut Driver, now| driver.command(now, command);
    network.with(&addr(number), give).expect("it is there")
}
