//! A driver with endless work gives way, and still serves its deadlines.

use std::time::Duration;

use foca_runtime::RECEIVES_PER_ROUND_MAX;

use crate::sim::Net;

#[test]
fn a_flood_is_read_in_portions_and_starves_nobody() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let probes_before = first.handle.stats().probes_started;
    let asked_before = net.socket(0, |socket| socket.receives);

    net.socket(0, |socket| socket.flood = Some(b"junk".to_vec()));
    first.poll();
    assert!(first.is_woken(), "it has to ask for the next turn itself");
    let asked = net.socket(0, |socket| socket.receives) - asked_before;
    assert_eq!(asked, RECEIVES_PER_ROUND_MAX as u64);
    assert_eq!(first.handle.driver_stats().yields, 1);

    for _ in 0..30 {
        net.advance(net.now() + Duration::from_millis(100));
        first.poll();
        second.run();
    }
    assert!(first.handle.stats().probes_started > probes_before);
    assert!(first.handle.stats().datagrams_rejected.total() >= asked);
}

#[test]
fn a_driver_with_nothing_to_do_waits() {
    let net = Net::new();
    let mut first = net.member(0);
    first.run();
    let asked = net.socket(0, |socket| socket.receives);
    first.poll();
    assert!(!first.is_woken());
    assert_eq!(net.socket(0, |socket| socket.receives), asked + 1);
    assert!(net.next_moment().is_some_and(|moment| moment > net.now()));
}
