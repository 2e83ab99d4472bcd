//! Drivers find each other, and find out who is gone and how.

use foca_runtime::{Event, Status};
use foca_sim::Link;

use crate::cluster::{acquainted, addr, command, drivers, events, id, seconds};

#[test]
fn five_drivers_join_through_a_seed() {
    let mut network = drivers(1, 5, Link::default());
    network.run_for(seconds(10));
    for number in 0..5 {
        let told = events(&network, number);
        let up: Vec<_> = (0..5)
            .map(id)
            .filter(|id| told.contains(&Event::MemberUp(*id)))
            .collect();
        let others: Vec<_> = (0..5).filter(|other| *other != number).map(id).collect();
        assert_eq!(up, others, "at {number}");
    }
}

#[test]
fn a_crashed_one_is_found_down_by_all() {
    let mut network = acquainted(5);
    let crashed = network.remove(&addr(3)).expect("it is there");
    network.run_for(seconds(60));
    for number in [0, 1, 2, 4] {
        let told = events(&network, number);
        assert_eq!(
            told.last(),
            Some(&Event::MemberDown(id(3))),
            "{number}: {told:?}"
        );
    }
    // It did not live on somewhere else.
    assert_eq!(crashed.handle().members_count(), 4);
}

#[test]
fn one_that_leaves_is_reported_left_and_never_down() {
    let mut network = acquainted(5);
    command(&mut network, 2, |handle| handle.leave());
    network.run_for(seconds(60));
    for number in [0, 1, 3, 4] {
        assert_eq!(events(&network, number), [Event::MemberLeft(id(2))]);
    }
    assert!(events(&network, 2).contains(&Event::Left));
    let left = network.machine(&addr(2)).expect("it is there");
    assert_eq!(left.handle().status(), Status::Left);
}
