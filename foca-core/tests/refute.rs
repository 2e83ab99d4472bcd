//! Refuting a suspicion of ourselves.

use crate::support;

use std::collections::BTreeSet;

use foca_core::{Config, Event, Instant, Member, Message, Rules, State, Status};
use support::wire::{Packet, exchange, packet, receive, sent};
use support::{Id, Node, addr, at, id, knowing, life, member, millis, node, on_both_wires, told};

use State::{Alive, Down, Suspect};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

/// A node with five members that it knows.
fn joined(config: Config) -> Node {
    knowing(config, (1..=5).map(|n| member(n, 0, Alive)))
}

/// News from member 1 about whoever node 0 is.
fn gossip(news: impl IntoIterator<Item = Member<Id>>) -> Packet<Id> {
    packet(id(1), id(0), Message::Gossip).members(news)
}

#[test]
fn a_suspicion_is_refuted_by_one_more_than_it_says() {
    for config in configs() {
        let mut node = joined(config);
        for (suspected_at, refuted_at) in [(0, 1), (1, 2), (9, 10), (10, 11)] {
            let news = gossip([member(0, suspected_at, Suspect)]);
            assert_eq!(receive(&mut node, NOW, &news), Ok(()));
            assert_eq!(node.incarnation(), refuted_at);
        }
        assert_eq!(node.identity(), &id(0));
        assert_eq!(node.stats().refutations, 4);
        assert_eq!(told(&mut node), []);
    }
}

/// It stands in the header, and it travels on from member to member as news.
#[test]
fn the_refutation_is_told_at_once_to_distinct_members_as_news_about_ourselves() {
    for config in configs() {
        let mut node = joined(config);
        let sent = exchange(&mut node, NOW, &gossip([member(0, 4, Suspect)]));
        let to: BTreeSet<_> = sent.iter().map(|(to, _)| *to).collect();
        assert_eq!((to.len(), sent.len()), (3, 3));
        for (_, sent) in sent {
            assert_eq!(sent.header.message, Message::Gossip);
            assert_eq!(sent.header.incarnation, 5);
            assert_eq!(sent.members, [member(0, 5, Alive)]);
        }
    }
}

#[test]
fn a_refutation_ends_the_suspicion_at_whoever_hears_it() {
    for config in configs() {
        let mut observer = knowing(config.clone(), [member(9, 4, Suspect)]);
        let mut suspect = node(id(9), config, 2);
        suspect.restore(NOW, [member(0, 0, Alive)]);
        let news = packet(id(0), id(9), Message::Gossip).members([member(9, 4, Suspect)]);
        for (to, sent) in exchange(&mut suspect, NOW, &news) {
            assert_eq!(to, addr(0));
            assert_eq!(receive(&mut observer, NOW, &sent), Ok(()));
        }
        assert_eq!(observer.member(&addr(9)), Some(&member(9, 5, Alive)));
        assert_eq!(told(&mut observer), [Event::MemberRefuted(id(9))]);
    }
}

/// Who talks without knowing that it is suspected has refuted nothing.
#[test]
fn talking_is_not_refuting() {
    for config in configs() {
        let mut node = knowing(config, [member(9, 4, Suspect)]);
        for message in [Message::Gossip, Message::Ping { number: 1 }] {
            let talk = packet(id(9), id(0), message).incarnation(4);
            let sent = exchange(&mut node, NOW, &talk);
            assert_eq!(node.member(&addr(9)), Some(&member(9, 4, Suspect)));
            let told = sent.iter().any(|(to, it)| {
                *to == addr(9) && it.members.first() == Some(&member(9, 4, Suspect))
            });
            assert!(told, "it hears of the suspicion first: {sent:?}");
        }
    }
}

/// A suspicion of what we no longer are: no raise, and not a single datagram.
#[test]
fn a_stale_suspicion_causes_nothing() {
    for config in configs() {
        let mut node = joined(config);
        node.merge(NOW, [member(0, 200, Suspect)]);
        settle(&mut node);
        let stale = (0..100).map(|incarnation| member(0, incarnation, Suspect));
        assert_eq!(exchange(&mut node, NOW, &gossip(stale)), []);
        assert_eq!(node.incarnation(), 201);
    }
}

#[test]
fn stale_verdicts_and_praise_of_what_we_were_cause_nothing_either() {
    let mut node = joined(Config::simple());
    node.merge(NOW, [member(0, 200, Suspect)]);
    settle(&mut node);
    let news = (0..30).flat_map(|incarnation| {
        [
            member(0, incarnation, Down),
            member(0, incarnation, State::Left),
            member(0, 171 + incarnation, Alive),
        ]
    });
    assert_eq!(exchange(&mut node, NOW, &gossip(news)), []);
    assert_eq!(node.incarnation(), 201);
}

/// Sends until the node has nothing left to say about what happened so far.
fn settle(node: &mut Node) {
    while !sent(node, NOW).is_empty() || has_news(node) {}
}

fn has_news(node: &mut Node) -> bool {
    let ping = packet(id(1), id(0), Message::Ping { number: 1 });
    let answers = exchange(node, NOW, &ping);
    answers.iter().any(|(_, it)| !it.members.is_empty())
}

#[test]
fn many_suspicions_in_one_datagram_are_refuted_together() {
    for config in configs() {
        let mut node = joined(config);
        let rising = (0..100).map(|incarnation| member(0, incarnation, Suspect));
        let sent = exchange(&mut node, NOW, &gossip(rising));
        assert_eq!(node.incarnation(), 100);
        assert!(sent.len() <= 12, "{} datagrams for one", sent.len());
        assert!(sent.iter().all(|(_, it)| it.header.incarnation == 100));
    }
}

/// Whoever accuses us without end does not make us send without end.
#[test]
fn defences_are_bounded_per_probe_period() {
    for config in configs() {
        let period = config.probe_period;
        let mut node = joined(config);
        let mut sent_in_all = 0;
        for step in 0..1_000_u32 {
            let now = NOW + period * step / 1_000;
            let news = gossip([member(0, step, Suspect)]);
            sent_in_all += exchange(&mut node, now, &news).len();
        }
        assert_eq!(sent_in_all, 12, "four rounds of three");
        assert_eq!(node.incarnation(), 1_000, "each is refuted all the same");
        assert_eq!(node.stats().defences_postponed, 1_000 - 4);
        let now = NOW + period + millis(1);
        let next = exchange(&mut node, now, &gossip([member(0, 1_000, Suspect)]));
        assert_eq!(next.len(), 3, "a new period");
    }
}

#[test]
fn incarnations_end_at_65_535_under_the_rules_of_foca() {
    let mut node = joined(Config::simple().foca2());
    let suspicion = |incarnation| gossip([member(0, incarnation, Suspect)]);
    assert_eq!(receive(&mut node, NOW, &suspicion(65_534)), Ok(()));
    assert_eq!((node.identity(), node.incarnation()), (&id(0), 65_535));
    assert_eq!(receive(&mut node, NOW, &suspicion(65_535)), Ok(()));
    assert_eq!((node.identity(), node.incarnation()), (&life(0, 1), 0));
    assert_eq!(told(&mut node), [Event::Renewed(life(0, 1))]);
}

/// The rules decide, not the bytes: a member of the other wire could not follow.
#[test]
fn incarnations_end_at_65_535_on_the_native_wire_too_while_migrating() {
    let config = Config::simple().with(|settings| settings.rules = Rules::Foca2);
    let mut node = joined(config.expect("valid settings"));
    let news = gossip([member(0, 65_535, Suspect)]);
    assert_eq!(receive(&mut node, NOW, &news), Ok(()));
    assert_eq!((node.identity(), node.incarnation()), (&life(0, 1), 0));
}

#[test]
fn incarnations_end_at_32_bits_under_native_rules() {
    let mut node = joined(Config::simple());
    let suspicion = |incarnation| gossip([member(0, incarnation, Suspect)]);
    assert_eq!(receive(&mut node, NOW, &suspicion(65_535)), Ok(()));
    assert_eq!(node.incarnation(), 65_536);
    assert_eq!(receive(&mut node, NOW, &suspicion(u32::MAX - 1)), Ok(()));
    assert_eq!((node.identity(), node.incarnation()), (&id(0), u32::MAX));
    assert_eq!(receive(&mut node, NOW, &suspicion(u32::MAX)), Ok(()));
    assert_eq!((node.identity(), node.incarnation()), (&life(0, 1), 0));
}

#[test]
fn an_identity_that_cannot_renew_is_defunct_when_its_incarnations_are_used_up() {
    for (config, last) in configs().into_iter().zip([u32::MAX, 65_535]) {
        let mut node = node(addr(0), config, 1);
        node.restore(NOW, [Member::alive(addr(1))]);
        told(&mut node);
        let suspicion = Member {
            id: addr(0),
            incarnation: last,
            state: Suspect,
        };
        let news = packet(addr(1), addr(0), Message::Gossip).members([suspicion]);
        assert_eq!(receive(&mut node, NOW, &news), Ok(()));
        assert_eq!(node.status(), Status::Defunct);
        assert_eq!(told(&mut node), [Event::Defunct]);
    }
}

/// What a node restores is neither passed on nor announced, whoever it is about.
#[test]
fn restored_state_is_not_passed_on() {
    for config in configs() {
        let mut restored = node(life(0, 1), config, 1);
        let saved = [
            Member::alive(life(0, 1)),
            member(0, 3, Down),
            member(1, 0, Alive),
            member(2, 0, Suspect),
            member(3, 0, Down),
        ];
        restored.restore(NOW, saved);
        assert_eq!(sent(&mut restored, NOW), []);
        let ping = packet(id(1), life(0, 1), Message::Ping { number: 1 });
        let answers = exchange(&mut restored, at(1), &ping);
        assert_eq!(answers[0].1.members, []);
        restored.merge(at(1), [member(4, 0, Alive)]);
        let answers = exchange(&mut restored, at(1), &ping);
        assert_eq!(answers[0].1.members, [member(4, 0, Alive)], "merged is");
    }
}
