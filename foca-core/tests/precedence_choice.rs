//! Who is chosen: to be probed, in turn; for anything else, at random.

use crate::support;

use std::collections::BTreeSet;

use foca_core::{Config, Instant, Member, Message, Periodic, Settings, State, Status};
use support::wire::{Packet, packet, receive, sent};
use support::{Id, Node, addr, id, knowing, member, millis, on_both_wires, seconds, told};

use State::{Alive, Down, Left, Suspect};

type Sent = (std::net::SocketAddr, Packet<Id>);

/// Whom the node probes until so many probes have begun; every `Ping` is answered.
fn probed(node: &mut Node, probes: usize) -> Vec<Id> {
    let mut probed = vec![];
    while probed.len() < probes {
        let now = node.poll_timeout().expect("probing goes on");
        node.handle_timeout(now);
        for (_, sent) in sent(node, now) {
            if let Message::Ping { number } = sent.header.message {
                let target = sent.header.dst;
                probed.push(target);
                let ack = packet(target, *node.identity(), Message::Ack { number });
                assert_eq!(receive(node, now, &ack), Ok(()));
            }
        }
    }
    probed
}

fn set(ids: &[Id]) -> BTreeSet<Id> {
    ids.iter().copied().collect()
}

/// What the node sends in the given time, leaving out its probes.
fn sent_within(node: &mut Node, until: Instant) -> Vec<(Instant, Vec<Sent>)> {
    let mut rounds = vec![];
    while let Some(now) = node.poll_timeout().filter(|at| *at <= until) {
        node.handle_timeout(now);
        let mut sent = sent(node, now);
        sent.retain(|(_, it)| {
            let probe = matches!(
                it.header.message,
                Message::Ping { .. } | Message::PingReq { .. }
            );
            !probe
        });
        rounds.push((now, sent));
    }
    rounds.retain(|(_, sent)| !sent.is_empty());
    rounds
}

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

#[test]
fn every_round_probes_each_active_member_once_in_an_order_of_its_own() {
    for config in configs() {
        let config = config.with(|settings| settings.suspicion = seconds(3_600).into());
        let alive = (1..=5).map(|n| member(n, 0, Alive));
        let others = [
            member(6, 0, Suspect),
            member(7, 0, Down),
            member(8, 0, Left),
        ];
        let mut node = knowing(config.expect("valid settings"), alive.chain(others));
        let active: BTreeSet<_> = (1..=6).map(id).collect();
        let mut orders = BTreeSet::new();
        for _ in 0..20 {
            let round = probed(&mut node, 6);
            assert_eq!(
                set(&round),
                active,
                "the suspect is probed, the down are not"
            );
            orders.insert(round);
        }
        assert!(orders.len() > 15, "{} orders in 20 rounds", orders.len());
    }
}

#[test]
fn members_that_come_and_go_do_not_cost_others_their_turn() {
    for config in configs() {
        let mut node = knowing(config, (1..=6).map(|n| member(n, 0, Alive)));
        let mut round = probed(&mut node, 3);
        let goes = (1..=6).map(id).find(|id| !round.contains(id));
        let goes = goes.expect("three have yet to be probed");
        node.merge(
            Instant::ZERO,
            [
                Member {
                    id: goes,
                    incarnation: 0,
                    state: Down,
                },
                member(7, 0, Alive),
            ],
        );
        round.extend(probed(&mut node, 3));
        let expected: BTreeSet<_> = (1..=7).map(id).filter(|id| *id != goes).collect();
        assert_eq!(
            set(&round),
            expected,
            "the newcomer has the turn of the one that went"
        );
        let next = probed(&mut node, 6);
        assert_eq!(next.len(), set(&next).len());
        assert!(next.contains(&id(7)));
    }
}

#[test]
fn the_only_active_member_is_probed_every_time() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Down), member(2, 0, Alive)]);
        assert_eq!(probed(&mut node, 5), [id(2); 5]);
    }
}

#[test]
fn nobody_is_probed_while_nobody_is_active() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Down), member(2, 0, Left)]);
        assert_eq!(node.status(), Status::Alone);
        for _ in 0..20 {
            let now = node.poll_timeout().expect("a lonely node keeps looking");
            node.handle_timeout(now);
            for (_, sent) in sent(&mut node, now) {
                assert!(matches!(sent.header.message, Message::Announce { .. }));
            }
        }
    }
}

fn periodic(every: std::time::Duration, members: usize) -> Option<Periodic> {
    Some(Periodic { every, members })
}

/// Eight active members and four that are not, at a node with these settings.
fn crowd(config: &Config, change: impl FnOnce(&mut Settings)) -> Node {
    let config = config.with(change).expect("valid settings");
    let active = (1..=8).map(|n| member(n, 0, if n % 2 == 0 { Alive } else { Suspect }));
    let inactive = [
        member(11, 0, Down),
        member(12, 0, Left),
        member(13, 0, Down),
        member(14, 0, Down),
    ];
    let mut node = knowing(config, active.chain(inactive));
    assert!(told(&mut node).is_empty());
    node
}

#[test]
fn random_choices_are_distinct_and_no_more_than_wanted() {
    for config in configs() {
        for wanted in [1, 3, 8, 9, 255] {
            let mut node = crowd(&config, |settings| {
                settings.suspicion = seconds(3_600).into();
                settings.periodic_announce = periodic(millis(700), wanted);
            });
            let rounds = sent_within(&mut node, support::at(60));
            assert!(rounds.len() > 80, "{}", rounds.len());
            let mut chosen = BTreeSet::new();
            for (at, round) in rounds {
                let to: BTreeSet<_> = round.iter().map(|(to, _)| *to).collect();
                assert_eq!(to.len(), round.len(), "distinct at {at}");
                assert_eq!(to.len(), wanted.min(8));
                chosen.extend(to);
            }
            let active: BTreeSet<_> = (1..=8).map(addr).collect();
            assert_eq!(chosen, active, "each active member is chosen at some time");
        }
    }
}

#[test]
fn random_choices_among_the_down_take_nobody_else() {
    for config in configs() {
        let mut node = crowd(&config, |settings| {
            settings.suspicion = seconds(3_600).into();
            settings.periodic_announce_to_down = periodic(millis(700), 2);
        });
        let mut chosen = BTreeSet::new();
        for (_, round) in sent_within(&mut node, support::at(60)) {
            let to: BTreeSet<_> = round.iter().map(|(to, _)| *to).collect();
            assert_eq!(to.len(), 2);
            chosen.extend(to);
        }
        let left_counts = node.config().wire == foca_core::Wire::Foca2;
        let down: BTreeSet<_> = (11..=14)
            .filter(|n| *n != 12 || left_counts)
            .map(addr)
            .collect();
        assert_eq!(chosen, down);
    }
}

/// The largest number that can be set asks for everybody.
#[test]
fn wanting_more_members_than_there_are_means_all_of_them() {
    for config in configs() {
        let mut node = crowd(&config, |settings| {
            settings.suspicion = seconds(3_600).into();
            settings.periodic_announce = periodic(seconds(1), usize::MAX);
            settings.periodic_announce_to_down = periodic(seconds(1), usize::MAX);
            settings.periodic_gossip = periodic(seconds(1), usize::MAX);
        });
        let rounds = sent_within(&mut node, support::at(5));
        let to: BTreeSet<_> = rounds
            .iter()
            .flat_map(|(_, round)| round.iter().map(|(to, _)| *to))
            .collect();
        assert!(to.len() >= 11, "{to:?}");
    }
}
