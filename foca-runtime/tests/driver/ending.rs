//! However a driver ends, its events end with it.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foca_runtime::{AnnounceError, BroadcastError, Event, NodeId, Status};

use crate::sim::{Member, Net};

pub(crate) fn is_ready(future: Pin<&mut impl Future>) -> bool {
    future
        .poll(&mut Context::from_waker(Waker::noop()))
        .is_ready()
}

fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

fn two_that_met(net: &Net) -> (Member, Member) {
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    assert_eq!(first.handle.status(), Status::Joined);
    (first, second)
}

/// Reads what is queued, and asserts that the end follows.
fn assert_ended(member: &Member, queued: &[Event<NodeId>]) {
    let mut events = member.handle.events();
    for event in queued {
        assert_eq!(now_or_never(events.next()), Some(Some(event.clone())));
    }
    for _ in 0..2 {
        assert_eq!(now_or_never(events.next()), Some(None));
    }
    assert!(member.handle.has_ended());
    assert_eq!(
        member.handle.join(Net::addr(1)),
        Err(AnnounceError::Stopped)
    );
    assert_eq!(
        member.handle.broadcast(b"late"),
        Err(BroadcastError::Stopped)
    );
}

#[test]
fn stopping_completes_the_driver_and_ends_the_events() {
    let net = Net::new();
    let (mut first, _second) = two_that_met(&net);
    let queued = [Event::MemberUp(NodeId::new(Net::addr(1), 1)), Event::Joined];
    first.handle.stop();
    assert!(first.is_woken());
    first.poll();
    assert!(matches!(first.outcome, Some(Ok(()))));
    assert_ended(&first, &queued);
}

#[test]
fn dropping_the_driver_ends_the_events() {
    let net = Net::new();
    let (mut first, _second) = two_that_met(&net);
    first.events();
    let handle = first.handle.clone();
    let mut waiting = pin!(handle.next_event());
    assert!(!is_ready(waiting.as_mut()));
    first.driver = None;
    assert!(is_ready(waiting));
    assert_ended(&first, &[]);
}

#[test]
fn a_socket_that_is_gone_ends_the_driver_with_its_error() {
    let net = Net::new();
    let (mut first, _second) = two_that_met(&net);
    first.events();
    net.socket(0, |socket| {
        socket.receive_errors.push_back(io::ErrorKind::NotConnected)
    });
    first.poll();
    let outcome = first.outcome.as_ref().expect("an end");
    let error = outcome.as_ref().expect_err("an error");
    assert_eq!(error.kind(), io::ErrorKind::NotConnected);
    assert_ended(&first, &[]);
}

#[test]
fn who_waits_for_a_goodbye_is_told_that_there_will_be_none() {
    let net = Net::new();
    let (mut first, _second) = two_that_met(&net);
    let handle = first.handle.clone();
    let mut left = pin!(handle.left());
    assert!(!is_ready(left.as_mut()));
    first.driver = None;
    assert!(is_ready(left));
}

#[test]
fn a_member_outlives_its_handles() {
    let net = Net::new();
    let (first, mut second) = two_that_met(&net);
    let Member {
        handle, mut driver, ..
    } = first;
    drop(handle);
    let end = net.now() + Duration::from_secs(30);
    while net.now() < end {
        let driver = Pin::new(driver.as_mut().expect("a driver"));
        assert!(!is_ready(driver));
        second.run();
        net.advance(net.next_moment().expect("somebody waits for something"));
    }
    assert_eq!(second.handle.status(), Status::Joined);
}
