//! What handles ask for happens at the time at which they ask.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foca_runtime::{AnnounceError, Event, NodeConfig, NodeId, PostcardCodec};
use foca_sim::Network;

use crate::cluster::{Driver, acquainted, addr, command, events, id, seconds};

/// Two members without seeds.
fn strangers() -> Network<Driver> {
    let mut network = Network::new(3);
    for number in 0..2 {
        let config = NodeConfig::new(id(number), PostcardCodec).random_seed(number.into());
        let driver = Driver::start(config, network.now()).expect("a valid configuration");
        network.insert(addr(number), driver);
    }
    network
}

#[test]
fn a_join_leaves_at_the_instant_of_the_command() {
    let mut network = strangers();
    network.run_for(seconds(100));
    let sent_before = network.stats().datagrams_sent;
    let joined = command(&mut network, 0, |handle| handle.join(addr(1)));
    assert_eq!(joined, Ok(()));
    assert_eq!(network.stats().datagrams_sent, sent_before + 1);
    network.run_for(seconds(1));
    assert!(events(&network, 0).contains(&Event::MemberUp(id(1))));
    assert!(events(&network, 1).contains(&Event::MemberUp(id(0))));
}

#[test]
fn another_identity_is_told_to_the_others() {
    let mut network = acquainted(3);
    let next = NodeId::new(addr(1), 2);
    let adopted = command(&mut network, 1, |handle| handle.set_identity(next));
    assert_eq!(adopted, Ok(()));
    network.run_for(seconds(10));
    let renamed = Event::Renamed {
        from: id(1),
        to: next,
    };
    assert!(events(&network, 0).contains(&renamed));
    assert!(events(&network, 2).contains(&renamed));
}

#[test]
fn a_subscriber_is_woken_in_virtual_time() {
    let mut network = acquainted(3);
    let handle = network.machine(&addr(0)).expect("it is there").handle();
    let handle = handle.clone();
    let mut next = pin!(handle.next_event());
    let mut poll = || next.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(poll(), Poll::Pending);
    command(&mut network, 1, |handle| handle.leave());
    network.run_for(Duration::from_secs(5));
    assert_eq!(poll(), Poll::Ready(Some(Event::MemberLeft(id(1)))));
}

#[test]
fn whoever_waits_for_the_goodbye_is_told_when_it_was_said() {
    let mut network = acquainted(3);
    let handle = network.machine(&addr(1)).expect("it is there").handle();
    let handle = handle.clone();
    let mut left = pin!(handle.left());
    let mut poll = || left.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    network.block(&addr(1));
    command(&mut network, 1, |handle| handle.leave());
    network.run_for(seconds(5));
    assert_eq!(poll(), Poll::Pending);
    network.unblock(&addr(1));
    network.run_for(seconds(5));
    assert_eq!(poll(), Poll::Ready(()));
}

#[test]
fn a_stopped_one_says_and_hears_nothing_more() {
    let mut network = acquainted(3);
    command(&mut network, 1, |handle| handle.stop());
    let sent = network.node_stats(&addr(1)).expect("it is there");
    network.run_for(seconds(60));
    assert_eq!(
        network.node_stats(&addr(1)).map(|s| s.datagrams_sent),
        Some(sent.datagrams_sent)
    );
    let stopped = network.machine(&addr(1)).expect("it is there");
    assert!(matches!(stopped.outcome(), Some(Ok(()))));
    assert!(stopped.handle().has_ended());
    let joined = command(&mut network, 1, |handle| handle.join(addr(0)));
    assert_eq!(joined, Err(AnnounceError::Stopped));
    assert_eq!(events(&network, 0).last(), Some(&Event::MemberDown(id(1))));
}
