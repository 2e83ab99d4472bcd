//! A socket that takes nothing for a while.

use std::time::Duration;

use foca_runtime::{Accepted, Config, Event, Status};

use crate::ending::is_ready;
use crate::sim::{Member, Net, is_accusation};

#[test]
fn a_blocked_socket_loses_nothing_and_accuses_nobody() {
    let (net, mut first, mut second) = two_that_met(Duration::from_secs(4));

    // Longer than a probe and its judgement, shorter than the other one's patience with us.
    let config = Config::simple();
    let blocked = config.probe_period * 2;
    assert!(blocked <= config.probe_period + config.suspicion.least);
    net.socket(0, |socket| socket.is_blocked = true);
    net.run(&mut [&mut first, &mut second], blocked / 2);
    assert_eq!(first.handle.broadcast(b"kept"), Ok(Accepted::Spread));
    net.run(&mut [&mut first, &mut second], blocked / 2);
    assert_eq!(first.handle.driver_stats().sends_blocked, 1);
    assert!(!second.handle.with_broadcasts(|heard| heard.has(b"kept")));

    net.socket(0, |socket| socket.is_blocked = false);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(10));
    let accusations: Vec<_> = first.events().into_iter().filter(is_accusation).collect();
    assert_eq!(accusations, []);
    assert!(second.handle.with_broadcasts(|heard| heard.has(b"kept")));
    let handed_out = first.handle.stats().datagrams_sent;
    assert_eq!(first.handle.driver_stats().datagrams_sent, handed_out);
    for member in [&first, &second] {
        assert_eq!(member.handle.status(), Status::Joined);
    }
}

#[test]
fn the_clock_of_a_probe_starts_when_it_leaves_a_blocked_socket() {
    let (net, mut first, mut second) = two_that_met(MEETING);
    let (probes, void) = block_at_a_probe(&net, &mut first, &mut second);
    net.socket(0, |socket| socket.is_blocked = false);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(5));
    let stats = first.handle.stats();
    assert_eq!(stats.probes_void, void, "it was answered in time");
    assert!(stats.probes_started > probes + 1, "others follow");
}

#[test]
fn who_died_while_the_socket_was_blocked_is_missed() {
    let (net, mut first, mut second) = two_that_met(MEETING);
    block_at_a_probe(&net, &mut first, &mut second);
    let killed = second.handle.identity();
    drop(second);
    net.socket(0, |socket| socket.is_blocked = false);
    // What wakes the driver from here on is the deadline that this `Ping` sets when it leaves.
    net.run(&mut [&mut first], Duration::from_secs(12));
    assert!(first.events().contains(&Event::MemberDown(killed)));
}

#[test]
fn a_goodbye_is_said_when_it_has_left_the_socket() {
    let meeting = Duration::from_secs(4);
    let (net, mut first, mut second) = two_that_met(meeting);
    let start = net.now();
    leave(&net, &mut first, &mut second, Duration::from_secs(60));
    let said = net.now().duration_since(start);
    assert_eq!(second.handle.status(), Status::Alone);

    // The last word is said one period before it is known to be the last.
    let (net, mut first, mut second) = two_that_met(meeting);
    let handle = first.handle.clone();
    let mut left = std::pin::pin!(handle.left());
    let before = said - Config::simple().probe_period - Duration::from_micros(1);
    leave(&net, &mut first, &mut second, before);
    net.socket(0, |socket| socket.is_blocked = true);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(30));
    assert!(first.events().contains(&Event::Left));
    assert!(!is_ready(left.as_mut()), "the last word is still here");
    net.socket(0, |socket| socket.is_blocked = false);
    net.run(&mut [&mut first, &mut second], Duration::from_millis(1));
    assert!(is_ready(left.as_mut()));
}

/// Long enough for all greetings to be over.
const MEETING: Duration = Duration::from_secs(10);

/// Blocks the socket of the first member right before it begins a probe, and lets it begin. Both met
/// for [`MEETING`]. Returns the probes begun by now, and those given up.
fn block_at_a_probe(net: &Net, first: &mut Member, second: &mut Member) -> (u64, u64) {
    let probe = {
        let (net, mut first, mut second) = two_that_met(MEETING);
        let handle = first.handle.clone();
        let probes = handle.stats().probes_started;
        let patience = Duration::from_secs(5);
        net.run_until(&mut [&mut first, &mut second], patience, |_| {
            handle.stats().probes_started > probes
        });
        net.now()
    };
    let before = probe.duration_since(net.now()) - Duration::from_micros(1);
    net.run(&mut [first, second], before);
    let (probes, blocked) = (
        first.handle.stats().probes_started,
        Duration::from_millis(100),
    );
    net.socket(0, |socket| socket.is_blocked = true);
    net.run(&mut [first, second], blocked);
    let stats = first.handle.stats();
    assert_eq!(stats.probes_started, probes + 1);
    assert_eq!(first.handle.driver_stats().sends_blocked, 1);
    (stats.probes_started, stats.probes_void)
}

fn two_that_met(meeting: Duration) -> (Net, Member, Member) {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], meeting);
    first.events();
    (net, first, second)
}

/// Lets the first member leave, until it says that it has left or until `duration` has passed.
fn leave(net: &Net, first: &mut Member, second: &mut Member, duration: Duration) {
    first.handle.leave();
    let handle = first.handle.clone();
    net.run_until(&mut [first, second], duration, |_| {
        std::iter::from_fn(|| handle.try_event()).any(|event| event == Event::Left)
    });
}
