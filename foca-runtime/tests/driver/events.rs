//! Events that nobody reads in time.

use std::time::Duration;

use foca_runtime::{Event, NodeId};

use crate::sim::{Member, Net};

#[test]
fn events_that_do_not_fit_are_told_as_lost() {
    const OTHERS: u16 = 6;
    let net = Net::new();
    let mut first = net.member_with(0, |config| config.events_max(2));
    let mut others: Vec<Member> = (1..=OTHERS).map(|n| net.member(n)).collect();
    let mut all: Vec<&mut Member> = others.iter_mut().collect();
    all.push(&mut first);
    net.run(&mut all, Duration::from_secs(5));
    assert_eq!(first.handle.members_count(), usize::from(OTHERS));

    // One `MemberUp` each and one `Joined` happened: two are there, the others are counted.
    let lost = u64::from(OTHERS) + 1 - 2;
    let events = first.events();
    assert!(
        matches!(events.as_slice(), [Event::MemberUp(_), Event::Joined, Event::Lost(n)] if *n == lost),
        "{events:?}"
    );
    assert_eq!(first.handle.driver_stats().events_lost, lost);

    // After the loss was read, events arrive again.
    others[0].handle.leave();
    let mut all: Vec<&mut Member> = others.iter_mut().collect();
    all.push(&mut first);
    net.run(&mut all, Duration::from_secs(5));
    assert_eq!(
        first.events(),
        [Event::MemberLeft(NodeId::new(Net::addr(1), 1))]
    );
}
