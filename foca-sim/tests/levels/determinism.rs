//! A run is a function of its seed, on every level.

use foca_runtime::Config;
use foca_sim::{Link, Machine, Network};

use crate::cluster::{addr, driver, drivers, node, seconds};

fn lossy() -> Link {
    Link {
        loss_per_million: 100_000,
        ..Link::default()
    }
}

/// Everything that can happen to the process of a driver.
fn eventful(seed: u64) -> (u64, u64) {
    let mut network = drivers(seed, 6, lossy());
    network.run_for(seconds(5));
    network.pause(&addr(1));
    network.block(&addr(2));
    network.run_for(seconds(5));
    network.resume(&addr(1));
    network.unblock(&addr(2));
    network.remove(&addr(3));
    network.jump_clock(&addr(4), seconds(3));
    network.with(&addr(5), |driver, now| {
        driver.command(now, |handle| handle.leave());
    });
    network.run_for(seconds(20));
    (network.trace_hash(), network.stats().events)
}

#[test]
fn the_same_seed_gives_the_same_run_and_another_seed_another() {
    assert_eq!(eventful(7), eventful(7));
    assert_ne!(eventful(7), eventful(8));
}

fn trace<M: Machine<Addr = std::net::SocketAddr>>(make: impl Fn(u8, &Network<M>) -> M) -> u64 {
    let mut network = Network::new(11).with_link(lossy());
    for number in 0..5 {
        let machine = make(number, &network);
        network.insert(addr(number), machine);
    }
    network.run_for(seconds(60));
    assert!(network.stats().datagrams_delivered > 100);
    network.trace_hash()
}

/// Where nothing goes wrong with the socket, the loop around a node adds nothing to what it does.
#[test]
fn a_driver_says_at_every_moment_what_its_node_would_say() {
    assert_eq!(trace(driver), trace(node));
}

#[test]
fn clocks_that_jump_are_the_clocks_of_commands() {
    let mut network = drivers(1, 2, Link::default());
    network.run_for(seconds(2));
    network.jump_clock(&addr(1), seconds(40));
    network.with(&addr(1), |driver, now| {
        assert_eq!(now, foca_runtime::Instant::ZERO + seconds(42));
        let changed = driver.command(now, |handle| handle.set_config(Config::lan()));
        assert_eq!(changed, Ok(()));
    });
    network.run_for(seconds(2));
    let driver = network.machine(&addr(1)).expect("it is there");
    assert_eq!(driver.handle().members_count(), 1);
}
