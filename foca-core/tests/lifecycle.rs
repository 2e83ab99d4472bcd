//! A cluster forms, loses a member, sees one leave, and one come back.

use crate::support;

use foca_core::{Config, Event, State, Status};
use foca_sim::cluster::views_complete;
use support::{addr, announce, at, events, formed, id, node, seconds, starting, state};

fn both_wires() -> [Config; 2] {
    [Config::lan(), Config::lan().foca2()]
}

#[test]
fn members_that_announce_to_one_find_each_other() {
    for config in both_wires() {
        for seed in 0..10 {
            let mut network = starting(8, &config, seed, id);
            assert!(!views_complete(&network));
            assert!(
                network.run_until_condition(at(60), views_complete),
                "seed {seed}"
            );
            let told = events(&mut network, 3);
            let ups = told
                .iter()
                .filter(|event| matches!(event, Event::MemberUp(_)))
                .count();
            assert_eq!((ups, told.len()), (7, 8), "{told:?}");
            assert!(told.contains(&Event::Joined));
        }
    }
}

#[test]
fn a_crashed_member_is_declared_down_by_everybody() {
    for config in both_wires() {
        let mut network = formed(8, &config, 1, id);
        network.remove(&addr(5));
        network.run_for(seconds(40));
        for n in (0..8).filter(|n| *n != 5) {
            assert_eq!(state(&network, n, 5), Some(State::Down));
            let told = events(&mut network, n);
            // The verdict may be heard before the suspicion.
            let [suspicion @ .., verdict] = &told[..] else {
                panic!("{n} was told nothing");
            };
            assert_eq!(*verdict, Event::MemberDown(id(5)));
            assert!(
                matches!(suspicion, [] | [Event::MemberSuspect(_)]),
                "{told:?}"
            );
        }
    }
}

#[test]
fn leaving_is_told_from_failing_on_the_native_wire_only() {
    for (config, farewell) in both_wires()
        .into_iter()
        .zip([Event::MemberLeft(id(2)), Event::MemberDown(id(2))])
    {
        let mut network = formed(8, &config, 2, id);
        network.with(&addr(2), |node, now| node.leave(now));
        network.run_for(seconds(4));
        assert_eq!(events(&mut network, 2), [Event::Left]);
        network.remove(&addr(2));
        network.run_for(seconds(30));
        for n in (0..8).filter(|n| *n != 2) {
            assert_eq!(
                events(&mut network, n),
                std::slice::from_ref(&farewell),
                "{n}"
            );
        }
    }
}

#[test]
fn a_member_restarted_as_a_later_life_replaces_the_earlier() {
    for config in both_wires() {
        let mut network = formed(5, &config, 3, id);
        network.remove(&addr(4));
        let later = support::Id { life: 7, ..id(4) };
        network.insert(addr(4), node(later, config.clone(), 99));
        announce(&mut network, 4, 1);
        assert!(network.run_until_condition(at(400), views_complete));
        network.run_for(seconds(30));
        assert!(views_complete(&network));
        for n in 0..4 {
            assert_eq!(
                events(&mut network, n),
                [Event::Renamed {
                    from: id(4),
                    to: later
                }]
            );
        }
    }
}

#[test]
fn a_restarted_plain_address_comes_back_after_crash_or_leave() {
    for config in both_wires() {
        for leaves in [false, true] {
            let mut network = formed(4, &config, 4, addr);
            if leaves {
                network.with(&addr(3), |node, now| node.leave(now));
                network.run_for(seconds(5));
            }
            network.remove(&addr(3));
            network.run_for(seconds(60));
            assert!((0..3).all(|n| state(&network, n, 3).is_some_and(|it| !it.is_active())));
            network.insert(addr(3), node(addr(3), config.clone(), 99));
            announce(&mut network, 3, 0);
            let deadline = network.now() + seconds(60);
            assert!(
                network.run_until_condition(deadline, views_complete),
                "{leaves}"
            );
            network.run_for(seconds(60));
            assert!(views_complete(&network));
            assert_eq!(
                network.machine(&addr(3)).map(|it| it.status()),
                Some(Status::Joined)
            );
        }
    }
}
