//! What a socket can complain about while it still works.

use std::io::ErrorKind;
use std::time::Duration;

use foca_runtime::{RECEIVE_ERRORS_MAX, RECEIVE_PAUSE, SocketError, Status};

use crate::sim::{Net, is_accusation};

const TRANSIENT: [(ErrorKind, SocketError); 8] = [
    (ErrorKind::ConnectionRefused, SocketError::Refused),
    (ErrorKind::ConnectionReset, SocketError::Reset),
    (ErrorKind::WouldBlock, SocketError::WouldBlock),
    (ErrorKind::HostUnreachable, SocketError::Unreachable),
    (ErrorKind::NetworkUnreachable, SocketError::Unreachable),
    (ErrorKind::NetworkDown, SocketError::Unreachable),
    (ErrorKind::PermissionDenied, SocketError::Denied),
    (ErrorKind::Interrupted, SocketError::Interrupted),
];

#[test]
fn errors_that_pass_are_counted_and_end_nothing() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let probes_before = first.handle.stats().probes_started;
    first.events();
    for (kind, _) in TRANSIENT {
        net.socket(0, |socket| {
            socket.receive_errors.push_back(kind);
            socket.sends_fail = Some(kind);
        });
        net.run(&mut [&mut first, &mut second], Duration::from_millis(1_500));
        net.socket(0, |socket| socket.sends_fail = None);
        net.run(&mut [&mut first, &mut second], Duration::from_millis(1_500));
    }
    assert!(first.outcome.is_none());
    assert_eq!(first.handle.status(), Status::Joined);
    // What never left accuses nobody.
    let accusations: Vec<_> = first.events().into_iter().filter(is_accusation).collect();
    assert_eq!(accusations, []);
    assert!(first.handle.stats().probes_started > probes_before + 4);
    let stats = first.handle.driver_stats();
    for (kind, counted) in TRANSIENT {
        let expected = TRANSIENT
            .iter()
            .filter(|(_, other)| *other == counted)
            .count() as u64;
        assert_eq!(stats.receive_errors.of(counted), expected, "{kind}");
        assert!(stats.send_errors.of(counted) > 0, "{kind}");
    }
    assert_eq!(stats.receive_errors.total(), TRANSIENT.len() as u64);
}

#[test]
fn no_error_on_sending_ends_the_driver_because_peers_choose_destinations() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.socket(0, |socket| {
        socket.sends_fail = Some(ErrorKind::InvalidInput)
    });
    net.run(&mut [&mut first, &mut second], Duration::from_secs(10));
    assert!(first.outcome.is_none());
    assert!(
        first
            .handle
            .driver_stats()
            .send_errors
            .of(SocketError::Other)
            > 0
    );
    net.socket(0, |socket| socket.sends_fail = None);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(40));
    assert_eq!(second.handle.status(), Status::Joined);
}

#[test]
fn a_socket_that_only_fails_costs_little_and_is_asked_again() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let asked_before = net.socket(0, |socket| socket.receives);
    net.socket(0, |socket| {
        socket.receives_fail = Some(ErrorKind::ConnectionReset)
    });
    let failing = Duration::from_secs(2);
    net.run(&mut [&mut first], failing);
    let asked = net.socket(0, |socket| socket.receives) - asked_before;
    // Once per pause, and once more per deadline, of which there are a handful a second.
    let pauses = failing.div_duration_f64(RECEIVE_PAUSE) as u64;
    let bound = (pauses + 20) * RECEIVE_ERRORS_MAX as u64;
    assert!(asked <= bound, "{asked} of at most {bound}");
    assert!(first.handle.driver_stats().receive_pauses >= pauses / 2);

    net.socket(0, |socket| socket.receives_fail = None);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(20));
    assert_eq!(first.handle.status(), Status::Joined);
}
