//! What the network does to a process, its driver lives through.

use std::time::Duration;

use foca_runtime::{Event, State};
use foca_sim::Link;

use crate::cluster::{acquainted, addr, driver, drivers, events, id, seconds, state};

#[test]
fn drivers_find_each_other_through_loss() {
    let link = Link {
        loss_per_million: 300_000,
        ..Link::default()
    };
    let mut network = drivers(5, 5, link);
    network.run_for(seconds(60));
    assert!(network.stats().datagrams_lost > 0);
    for (addr, driver) in network.machines() {
        assert_eq!(driver.handle().members_count(), 4, "at {addr}");
    }
}

#[test]
fn a_long_pause_is_found_out_and_forgiven() {
    let mut network = acquainted(5);
    network.pause(&addr(4));
    network.run_for(seconds(30));
    assert_eq!(state(&network, 0, 4), Some(State::Down));
    assert!(events(&network, 4).is_empty());
    network.resume(&addr(4));
    network.run_for(seconds(30));
    for number in 0..4 {
        assert_eq!(state(&network, number, 4), Some(State::Alive), "{number}");
    }
}

#[test]
fn whoever_wakes_late_reads_before_it_judges() {
    let mut network = acquainted(5);
    network.run_for(seconds(10));
    network.pause(&addr(4));
    network.run_for(Duration::from_millis(2_500));
    events(&network, 4);
    network.resume(&addr(4));
    network.run_for(seconds(10));
    let accused = |event: &Event<_>| matches!(event, Event::MemberSuspect(_));
    assert!(!events(&network, 4).iter().any(accused));
}

#[test]
fn a_blocked_socket_takes_nothing_while_the_timers_run() {
    let mut network = acquainted(5);
    network.run_for(seconds(10));
    let blocked = |network: &foca_sim::Network<_>| {
        let driver: &crate::cluster::Driver = network.machine(&addr(1)).expect("it is there");
        driver.handle().driver_stats().sends_blocked
    };
    assert_eq!(blocked(&network), 0);
    let before = network.node_stats(&addr(1)).expect("it is there");
    network.block(&addr(1));
    network.run_for(seconds(3));
    assert_eq!(blocked(&network), 1);
    let during = network.node_stats(&addr(1)).expect("it is there");
    assert_eq!(during.datagrams_sent, before.datagrams_sent);
    network.unblock(&addr(1));
    network.run_for(seconds(20));
    // Nobody is accused for what never left the socket.
    let accused = |event: &Event<_>| matches!(event, Event::MemberSuspect(_));
    assert!(!events(&network, 1).iter().any(accused));
    assert_eq!(blocked(&network), 1);
    let after = network.node_stats(&addr(1)).expect("it is there");
    assert!(after.datagrams_sent > during.datagrams_sent);
}

#[test]
fn a_restart_is_a_later_life() {
    let mut network = acquainted(3);
    network.remove(&addr(2));
    network.run_for(seconds(1));
    let mut restarted = driver(2, &network);
    let next = foca_runtime::NodeId::new(addr(2), 2);
    restarted
        .command(network.now(), |handle| handle.set_identity(next))
        .expect("a later life");
    network.insert(addr(2), restarted);
    network.run_for(seconds(10));
    let renamed = Event::Renamed {
        from: id(2),
        to: next,
    };
    assert!(events(&network, 0).contains(&renamed));
}

/// What has arrived is read before anybody is judged for silence, however long reading takes.
#[test]
fn a_slow_one_accuses_nobody_whose_answer_waits() {
    let mut network = acquainted(8);
    network.slow(&addr(3), Duration::from_millis(250));
    network.run_for(seconds(120));
    let accused = |event: &Event<_>| matches!(event, Event::MemberSuspect(_));
    let slow = events(&network, 3);
    assert!(!slow.iter().any(accused), "{slow:?}");
}
