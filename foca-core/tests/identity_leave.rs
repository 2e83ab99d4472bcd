//! Leaving: who hears it, when it has been said often enough, and what becomes of the node.

use crate::support;

use std::collections::BTreeSet;

use foca_core::{
    AnnounceError, BroadcastError, Config, Event, Instant, Message, Reject, State, Status,
};
use support::wire::{exchange, packet, receive, sent};
use support::{addr, at, id, knowing, member, on_both_wires, told};

use State::{Alive, Down, Left, Suspect};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::lan())
}

#[test]
fn the_goodbye_goes_to_distinct_members_at_once_and_then_until_it_was_told_enough() {
    for (config, farewell) in configs().into_iter().zip([Left, Down]) {
        let mut node = knowing(config, (1..=8).map(|n| member(n, 0, Alive)));
        node.leave(NOW);
        assert_eq!(node.status(), Status::Left);
        let first = sent(&mut node, NOW);
        let to: BTreeSet<_> = first.iter().map(|(to, _)| *to).collect();
        assert_eq!(to.len(), node.config().indirect_probes);
        assert_eq!(first.len(), to.len());
        let mut goodbyes = 0;
        let mut check = |datagrams: Vec<(_, support::wire::Packet<_>)>| {
            for (_, sent) in datagrams {
                assert_eq!(sent.header.message, Message::Gossip);
                assert_eq!(sent.members, [member(0, 0, farewell)]);
                goodbyes += 1;
            }
        };
        check(first);
        while let Some(now) = node.poll_timeout() {
            assert_eq!(node.poll_event(), None);
            node.handle_timeout(now);
            check(sent(&mut node, now));
        }
        assert_eq!(goodbyes, usize::from(node.pace().transmissions));
        assert_eq!(told(&mut node), [Event::Left]);
    }
}

#[test]
fn without_periodic_gossip_the_goodbye_is_repeated_all_the_same() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        node.leave(NOW);
        let mut goodbyes = sent(&mut node, NOW).len();
        while let Some(now) = node.poll_timeout() {
            node.handle_timeout(now);
            goodbyes += sent(&mut node, now).len();
        }
        assert_eq!(goodbyes, usize::from(node.pace().transmissions));
        assert_eq!(told(&mut node), [Event::Left]);
    }
}

#[test]
fn a_node_that_nobody_knows_has_left_at_once() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Down)]);
        node.leave(NOW);
        assert_eq!(told(&mut node), [Event::Left]);
        assert_eq!((node.poll_timeout(), sent(&mut node, NOW)), (None, vec![]));
        node.leave(NOW);
        assert_eq!(told(&mut node), [], "leaving twice is leaving once");
    }
}

#[test]
fn a_node_that_left_answers_nothing_and_starts_nothing() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        node.leave(NOW);
        sent(&mut node, NOW);
        let ping = packet(id(1), id(0), Message::Ping { number: 1 });
        assert_eq!(receive(&mut node, NOW, &ping), Err(Reject::Stopped));
        let announced = node.announce(NOW, &addr(1));
        assert_eq!(announced, Err(AnnounceError::Stopped));
        let spread = node.broadcast(NOW, b"item");
        assert_eq!(spread, Err(BroadcastError::Stopped));
        assert_eq!(sent(&mut node, NOW), []);
    }
}

#[test]
fn what_waited_to_be_sent_is_not_sent_after_the_goodbye() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        let ping = packet(id(1), id(0), Message::Ping { number: 1 });
        assert_eq!(receive(&mut node, NOW, &ping), Ok(()));
        node.leave(NOW);
        let kinds = sent(&mut node, NOW);
        assert!(
            kinds
                .iter()
                .all(|(_, it)| it.header.message == Message::Gossip)
        );
    }
}

/// Who has left does not speak for itself any more.
#[test]
fn a_goodbye_that_somebody_missed_is_told_again() {
    let holding = || knowing(Config::simple(), [member(1, 0, Alive), member(2, 3, Left)]);
    let ping = packet(id(1), id(0), Message::Ping { number: 1 });
    let answer_to = |news| {
        let mut node = holding();
        exchange(&mut node, NOW, &ping.clone().members([news]))[0]
            .1
            .members
            .clone()
    };
    for (incarnation, state) in [(3, Down), (1, Down), (3, Suspect), (1, Suspect)] {
        let told = answer_to(member(2, incarnation, state));
        assert_eq!(told, [member(2, 3, Left)], "{state:?} {incarnation}");
    }
    assert_eq!(answer_to(member(2, 3, Alive)), [], "nobody missed it");
    let mut node = holding();
    assert_eq!(told(&mut node), []);
    let earlier = packet(id(1), id(0), Message::Gossip).members([member(2, 4, Down)]);
    assert_eq!(receive(&mut node, NOW, &earlier), Ok(()));
    assert_eq!(
        node.member(&addr(2)),
        Some(&member(2, 4, Down)),
        "later news stands"
    );
}

/// What a node knew it still knows, and it can take part again.
#[test]
fn a_node_that_left_can_join_again() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        node.leave(NOW);
        while let Some(now) = node.poll_timeout() {
            node.handle_timeout(now);
            sent(&mut node, now);
        }
        assert_eq!(told(&mut node), [Event::Left]);
        assert_eq!(node.set_identity(at(60), id(0)), Ok(()));
        assert_eq!(node.status(), Status::Joined);
        assert_eq!(told(&mut node), [Event::Joined]);
        let gossip = sent(&mut node, at(60));
        assert_eq!(gossip[0].1.members, [member(0, 1, Alive)]);
    }
}
