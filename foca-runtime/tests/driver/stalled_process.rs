//! A process that does not run for a while, and comes back.

use std::time::Duration;

use foca_runtime::{Instant, Status};

use crate::sim::{Member, Net, is_accusation};

/// Lets the second member run alone for `duration`.
fn stall_first(net: &Net, second: &mut Member, duration: Duration) {
    let end = net.now() + duration;
    loop {
        second.run();
        if net.now() >= end {
            return;
        }
        net.advance(net.next_moment().map_or(end, |moment| moment.min(end)));
    }
}

/// Stalls the first member at each of many moments of its probes, and returns its accusations.
fn accusations_after(stall: Duration, in_between: fn(&Net)) -> Vec<(Instant, String)> {
    let mut accusations = Vec::new();
    let mut stalls_noticed = 0;
    for offset_ms in (0..3_000).step_by(250) {
        let net = Net::new();
        let (mut first, mut second) = (net.member(0), net.member(1));
        let meeting = Duration::from_secs(4) + Duration::from_millis(offset_ms);
        net.run(&mut [&mut first, &mut second], meeting);
        first.events();
        stall_first(&net, &mut second, stall);
        in_between(&net);
        net.run(&mut [&mut first, &mut second], Duration::from_secs(15));
        let events = first.events();
        let accused = events.iter().filter(|event| is_accusation(event));
        accusations.extend(accused.map(|event| (net.now(), format!("{event:?}"))));
        stalls_noticed += first.handle.stats().stalls;
        for member in [&first, &second] {
            assert_eq!(
                member.handle.status(),
                Status::Joined,
                "after a stall at {offset_ms} ms"
            );
        }
    }
    assert!(stalls_noticed > 0);
    accusations
}

#[test]
fn a_stalled_process_accuses_nobody_when_it_comes_back() {
    for stall_ms in [2_000, 10_000] {
        let accusations = accusations_after(Duration::from_millis(stall_ms), |_| {});
        assert_eq!(accusations, []);
    }
}

#[test]
fn nor_does_it_when_the_answers_were_lost_meanwhile() {
    for stall_ms in [2_000, 10_000] {
        let lose = |net: &Net| net.socket(0, |socket| socket.inbox.clear());
        assert_eq!(accusations_after(Duration::from_millis(stall_ms), lose), []);
    }
}
