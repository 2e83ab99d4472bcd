//! Several real drivers on one simulated network.

use std::time::Duration;

use foca_runtime::{Event, Status};

use crate::sim::{Member, Net};

fn run(net: &Net, members: &mut [Member], duration: Duration) {
    let mut all: Vec<&mut Member> = members.iter_mut().collect();
    net.run(&mut all, duration);
}

#[test]
fn drivers_form_a_cluster_and_notice_who_goes() {
    let net = Net::new();
    net.lose_every(10);
    let mut members: Vec<Member> = (0..5).map(|n| net.member(n)).collect();
    run(&net, &mut members, Duration::from_secs(60));
    for member in &members {
        assert_eq!(member.handle.members_count(), 4, "{:?}", member.handle);
        member.events();
    }

    // One process dies without a word, one says goodbye.
    let killed = members.remove(4).handle.identity();
    let leaver = members.remove(3);
    leaver.handle.leave();
    let left = leaver.handle.identity();
    members.push(leaver);
    run(&net, &mut members, Duration::from_secs(60));
    assert_eq!(members[3].handle.status(), Status::Left);
    for member in &members[..3] {
        let events = member.events();
        assert!(events.contains(&Event::MemberDown(killed)), "{events:?}");
        assert!(events.contains(&Event::MemberLeft(left)), "{events:?}");
        assert_eq!(member.handle.members_count(), 2);
    }
}

#[test]
fn the_only_other_member_is_missed_when_it_dies() {
    // Nothing but the probe's own deadlines wakes the driver, and sending is what sets them.
    let net = Net::new();
    let mut first = net.member(0);
    let mut second = net.member(1);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let killed = second.handle.identity();
    drop(second);
    net.run(&mut [&mut first], Duration::from_secs(12));
    let events = first.events();
    assert!(events.contains(&Event::MemberDown(killed)), "{events:?}");
    assert_eq!(first.handle.status(), Status::Alone);
}

#[test]
fn two_halves_that_never_met_find_each_other_by_their_seeds() {
    let net = Net::new();
    // They know the first member as a seed that does not answer at the start.
    let seeds = [Net::addr(0), Net::addr(3)];
    let mut members = vec![
        net.member_with(2, |config| config.seeds(seeds)),
        net.member(3),
    ];
    run(&net, &mut members, Duration::from_secs(20));
    assert!(
        members
            .iter()
            .all(|member| member.handle.members_count() == 1)
    );
    members.push(net.member(0));
    members.push(net.member(1));
    // It has no seed but itself: it is found, it does not look.
    run(&net, &mut members, Duration::from_secs(90));
    for member in &members {
        assert_eq!(member.handle.members_count(), 3, "{:?}", member.handle);
    }
}

#[test]
fn equal_seeds_give_equal_runs() {
    let trace = || {
        let net = Net::new();
        net.lose_every(7);
        let mut members: Vec<Member> = (0..4).map(|n| net.member(n)).collect();
        run(&net, &mut members, Duration::from_secs(30));
        let told = |member: &Member| (member.events(), member.handle.stats());
        members.iter().map(told).collect::<Vec<_>>()
    };
    assert_eq!(trace(), trace());
}
