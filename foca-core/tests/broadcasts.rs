//! Custom broadcasts: what is taken, what is passed on, to whom, and what is given up.

use crate::support;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use foca_core::{
    Accepted, BroadcastError, Broadcasts, Config, Instant, Member, Message, State, Timer, Verdict,
};
use foca_sim::Network;
use foca_sim::cluster::views_complete;
use support::stage::{Stage, receivers};
use support::wire::{Packet, packet};
use support::{
    Cluster, Id, addr, announce, at, id, member, millis, node_with, on_both_wires, seconds,
    transmits,
};

/// Items are a subject, a version and padding. Later versions replace earlier ones; version 0 is
/// malformed.
#[derive(Default)]
struct Versions {
    latest: BTreeMap<u8, u8>,
    received: Vec<(Vec<u8>, Option<Id>)>,
    /// Who wants no items.
    refusing: BTreeSet<Id>,
}

#[derive(PartialEq)]
struct Version(u8, u8);

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.0 == other.0).then(|| self.1.cmp(&other.1))
    }
}

impl Broadcasts<Id> for Versions {
    type Key = Version;

    fn receive(&mut self, item: &[u8], from: Option<&Id>) -> Verdict<Version> {
        self.received.push((item.to_vec(), from.copied()));
        let [subject, version, ..] = *item else {
            return Verdict::Malformed;
        };
        let latest = self.latest.entry(subject).or_default();
        if version == 0 {
            Verdict::Malformed
        } else if version <= *latest {
            Verdict::Known
        } else {
            *latest = version;
            Verdict::Spread(Version(subject, version))
        }
    }

    fn wants(&self, peer: &Id) -> bool {
        !self.refusing.contains(peer)
    }
}

/// Three sends of everything.
fn configs() -> [Config; 2] {
    let config = Config::simple().with(|it| it.transmissions = 3.into());
    on_both_wires(&config.expect("valid"))
}

fn stage(config: &Config, others: u16) -> Stage<Versions> {
    Stage::with_broadcasts(config, Versions::default(), others)
}

fn broadcast(stage: &mut Stage<Versions>, item: &[u8]) -> Result<Accepted, BroadcastError> {
    stage.node.broadcast(stage.now, item)
}

fn ack(stage: &mut Stage<Versions>, to: u16) -> Packet<Id> {
    let said = stage.ask(to, Message::Ping { number: 9 });
    assert_eq!(said.len(), 1);
    said.into_iter().next().expect("an answer")
}

fn gossip_with(items: &[&[u8]]) -> Packet<Id> {
    packet(id(1), id(0), Message::Gossip).items(items)
}

#[test]
fn without_a_policy_every_item_is_malformed_and_the_rest_of_the_datagram_counts() {
    for config in configs() {
        let mut stage = Stage::new(&config, 4);
        let refused = stage.node.broadcast(stage.now, b"item");
        assert_eq!(refused, Err(BroadcastError::Malformed));
        let down = [member(4, 0, State::Down)];
        let gossip = gossip_with(&[b"one", b"two"]).members(down);
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        assert_eq!(stage.state(4), Some(State::Down));
        assert_eq!(stage.node.stats().broadcasts_malformed, 2);
        let said = stage.ask(1, Message::Ping { number: 1 });
        assert!(said[0].items.is_empty());
    }
}

#[test]
fn the_policy_decides_what_becomes_of_an_item_of_our_own() {
    for config in configs() {
        let mut stage = stage(&config, 1);
        assert_eq!(broadcast(&mut stage, b""), Err(BroadcastError::Empty));
        assert_eq!(
            broadcast(&mut stage, &[5, 0]),
            Err(BroadcastError::Malformed)
        );
        assert_eq!(broadcast(&mut stage, &[5, 2]), Ok(Accepted::Spread));
        assert_eq!(broadcast(&mut stage, &[5, 2]), Ok(Accepted::Known));
        assert_eq!(broadcast(&mut stage, &[5, 1]), Ok(Accepted::Known));
        let asked: Vec<_> = stage.node.broadcasts().received.clone();
        assert_eq!(asked.len(), 4, "an empty item is none of its business");
        assert!(asked.iter().all(|(_, from)| from.is_none()));
    }
}

#[test]
fn a_new_item_replaces_those_it_makes_obsolete_and_no_others() {
    for config in configs() {
        let mut stage = stage(&config, 1);
        for item in [[5, 1], [6, 1], [5, 2]] {
            assert_eq!(broadcast(&mut stage, &item), Ok(Accepted::Spread));
        }
        let said = stage.said();
        assert_eq!(said[0].items, [vec![6, 1], vec![5, 2]]);
    }
}

#[test]
fn received_items_are_judged_with_their_sender_and_passed_on_once_new() {
    for config in configs() {
        let mut stage = stage(&config, 4);
        let gossip = gossip_with(&[&[5, 1], &[5, 0], &[6, 1]]);
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        let from = |item: &[u8]| (item.to_vec(), Some(id(1)));
        let received = &stage.node.broadcasts().received;
        assert_eq!(*received, [from(&[5, 1]), from(&[5, 0]), from(&[6, 1])]);
        assert_eq!(stage.node.stats().broadcasts_malformed, 1);
        assert_eq!(ack(&mut stage, 2).items, [vec![5, 1], vec![6, 1]]);
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        assert_eq!(ack(&mut stage, 2).items.len(), 2);
        assert_eq!(ack(&mut stage, 2).items.len(), 2);
        assert!(
            ack(&mut stage, 2).items.is_empty(),
            "what was known was not queued"
        );
    }
}

#[test]
fn broadcast_messages_carry_items_and_no_members() {
    for config in configs() {
        let mut stage = stage(&config, 9);
        stage.node.merge(stage.now, [Member::alive(id(30))]);
        assert_eq!(broadcast(&mut stage, &[5, 1]), Ok(Accepted::Spread));
        let said = stage.said();
        let to: BTreeSet<_> = receivers(&said, |it| *it == Message::Broadcast)
            .into_iter()
            .collect();
        assert_eq!((said.len(), to.len()), (3, 3));
        for sent in said {
            assert_eq!(sent.items, [vec![5, 1]]);
            assert!(sent.members.is_empty());
        }
    }
}

#[test]
fn broadcasting_stops_when_nothing_is_left_to_send() {
    for config in configs() {
        let config = config
            .with(|it| it.transmissions = 2.into())
            .expect("valid");
        let mut stage = stage(&config, 9);
        assert_eq!(broadcast(&mut stage, &[5, 1]), Ok(Accepted::Spread));
        assert_eq!(stage.said().len(), 2, "three were meant to hear it");
        assert_eq!(stage.node.stats().unsendable, 0);
    }
}

#[test]
fn an_item_of_our_own_sets_a_round_of_gossip_where_none_was_due() {
    for config in configs() {
        let gossip = foca_core::Periodic {
            every: millis(200),
            members: 2,
        };
        let config = config.with(|it| {
            it.periodic_gossip = Some(gossip);
            it.probe_period = seconds(60);
            it.transmissions = 9.into();
        });
        let mut stage = stage(&config.expect("valid"), 9);
        stage.pass_in_peace(seconds(5));
        let due = stage.node.next_timer();
        assert!(due.is_some_and(|(_, timer)| timer != Timer::Gossip));
        assert_eq!(broadcast(&mut stage, &[5, 1]), Ok(Accepted::Spread));
        let (at, timer) = stage.node.next_timer().expect("a timer");
        assert_eq!(timer, Timer::Gossip);
        assert!(at <= stage.now + gossip.every);
        let said = stage.pass(gossip.every);
        assert!(said.iter().any(|it| it.header.message == Message::Gossip));
    }
}

#[test]
fn items_stay_out_of_datagrams_to_members_that_want_none_but_news_does_not() {
    for config in configs() {
        let policy = Versions {
            refusing: BTreeSet::from([id(1)]),
            ..Versions::default()
        };
        let mut stage = Stage::with_broadcasts(&config, policy, 2);
        stage.node.merge(stage.now, [Member::alive(id(30))]);
        assert_eq!(broadcast(&mut stage, &[5, 1]), Ok(Accepted::Spread));
        let said = stage.said();
        assert!(!receivers(&said, |it| *it == Message::Broadcast).contains(&1));
        let to_refusing = ack(&mut stage, 1);
        assert!(to_refusing.items.is_empty());
        assert_eq!(to_refusing.members.len(), 1);
        assert_eq!(ack(&mut stage, 2).items.len(), 1);
    }
}

#[test]
fn each_item_is_sent_so_many_times_least_sent_first() {
    for config in configs() {
        let mut stage = stage(&config, 2);
        let gossip = gossip_with(&[&[1, 1]]);
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        assert_eq!(ack(&mut stage, 2).items, [vec![1, 1]]);
        assert_eq!(stage.tell_packet(&gossip_with(&[&[2, 1]])), Ok(()));
        assert_eq!(ack(&mut stage, 2).items, [vec![2, 1], vec![1, 1]]);
        assert_eq!(ack(&mut stage, 2).items, [vec![2, 1], vec![1, 1]]);
        assert_eq!(ack(&mut stage, 2).items, [vec![2, 1]]);
        assert!(ack(&mut stage, 2).items.is_empty());
    }
}

#[test]
fn an_item_that_does_not_fit_behind_news_waits_for_a_datagram_with_room() {
    for config in configs() {
        let config = config
            .with(|it| it.datagram_bytes_max = 150)
            .expect("valid");
        let mut stage = stage(&config, 2).acquainted();
        let mut item = vec![7; 80];
        item[..2].copy_from_slice(&[5, 1]);
        assert_eq!(stage.tell_packet(&gossip_with(&[&item])), Ok(()));
        stage
            .node
            .merge(stage.now, (40..48).map(|n| Member::alive(id(n))));
        for _ in 0..3 {
            let said = ack(&mut stage, 2);
            assert!(said.items.is_empty() && !said.members.is_empty());
        }
        for _ in 0..3 {
            assert_eq!(ack(&mut stage, 2).items, [item.as_slice()]);
        }
        assert!(ack(&mut stage, 2).items.is_empty());
        assert_eq!(stage.node.stats().broadcasts_unfit, 0);
    }
}

#[test]
fn a_small_item_overtakes_a_large_one_that_does_not_fit() {
    for config in configs() {
        let config = config
            .with(|it| it.datagram_bytes_max = 150)
            .expect("valid");
        let mut stage = stage(&config, 2).acquainted();
        let mut large = vec![7; 80];
        large[..2].copy_from_slice(&[5, 1]);
        assert_eq!(stage.tell_packet(&gossip_with(&[&large])), Ok(()));
        assert_eq!(stage.tell_packet(&gossip_with(&[&[6, 1]])), Ok(()));
        let news = (40..45).map(|n| Member::alive(id(n)));
        stage.node.merge(stage.now, news);
        let said = ack(&mut stage, 2);
        assert_eq!(said.items, [vec![6, 1]]);
        assert_eq!(said.members.len(), 5);
    }
}

#[test]
fn an_item_that_can_never_fit_is_refused_at_the_door() {
    for config in configs() {
        let mut stage = stage(&config, 9);
        let mut refused = vec![1; config.datagram_bytes_max];
        let longest = loop {
            refused.pop();
            let before = stage.node.broadcasts().received.len();
            match broadcast(&mut stage, &refused) {
                Ok(accepted) => break accepted,
                Err(error) => assert_eq!(error, BroadcastError::TooLong),
            }
            assert_eq!(stage.node.broadcasts().received.len(), before);
            assert_eq!(stage.said(), []);
        };
        assert_eq!(longest, Accepted::Spread);
        let said = transmits(&mut stage.node, stage.now);
        assert_eq!(said.len(), 3, "the longest that is taken is sent");
        for (_, bytes) in said {
            let spare = config.datagram_bytes_max - bytes.len();
            assert!(spare <= 16, "{spare} bytes could have been used");
        }
    }
}

#[test]
fn an_item_of_the_longest_length_reaches_everybody() {
    for config in on_both_wires(&Config::lan()) {
        let mut network: Cluster<Id, Versions> = Network::new(3);
        for n in 0..8 {
            let node = node_with(id(n), config.clone(), Versions::default(), n.into());
            network.insert(addr(n), node);
        }
        (1..8).for_each(|n| announce(&mut network, n, 0));
        assert!(network.run_until_condition(at(60), views_complete));
        network.run_for(seconds(10));
        let mut item = vec![1; config.datagram_bytes_max];
        let too_long = Some(Err(BroadcastError::TooLong));
        while network.with(&addr(0), |node, now| node.broadcast(now, &item)) == too_long {
            item.pop();
        }
        network.run_for(seconds(30));
        for (at, node) in network.machines() {
            assert_eq!(
                node.broadcasts().latest.get(&1),
                Some(&1),
                "{at} on {:?}",
                config.wire
            );
        }
    }
}

#[test]
fn an_item_too_long_for_the_datagrams_to_a_certain_peer_does_not_wait_for_ever() {
    use std::net::SocketAddr;
    let peer: SocketAddr = "[2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:60000"
        .parse()
        .expect("an address");
    let peer = Id {
        addr: peer,
        life: u16::MAX,
    };
    for config in configs() {
        let mut stage = stage(&config, 0);
        stage.node.restore(stage.now, [Member::alive(peer)]);
        let mut stage = stage.acquainted();
        let mut item = vec![1; config.datagram_bytes_max];
        while broadcast(&mut stage, &item) == Err(BroadcastError::TooLong) {
            item.pop();
        }
        assert_eq!(transmits(&mut stage.node, stage.now), [], "it does not fit");
        let ping = packet(peer, id(0), Message::Ping { number: 1 });
        for _ in 0..3 {
            assert_eq!(stage.tell_packet(&ping), Ok(()));
            let sent = transmits(&mut stage.node, stage.now);
            assert!(sent[0].1.len() < 100, "it went without the item");
        }
        assert_eq!(stage.node.stats().broadcasts_unfit, 3);
        stage.node.restore(stage.now, [Member::alive(id(1))]);
        let mut stage = stage.acquainted();
        assert!(ack(&mut stage, 1).items.is_empty(), "it was given up");
    }
}

#[test]
fn a_full_store_drops_the_item_that_was_sent_most_and_counts_it() {
    for config in configs() {
        let config = config.with(|it| it.broadcasts_max = 3).expect("valid");
        let mut stage = stage(&config, 2);
        assert_eq!(stage.tell_packet(&gossip_with(&[&[1, 1]])), Ok(()));
        ack(&mut stage, 2);
        let more = gossip_with(&[&[2, 1], &[3, 1], &[4, 1]]);
        assert_eq!(stage.tell_packet(&more), Ok(()));
        assert_eq!(stage.node.stats().broadcasts_dropped, 1);
        let items = ack(&mut stage, 2).items;
        assert_eq!(items, [vec![2, 1], vec![3, 1], vec![4, 1]]);
    }
}

#[test]
fn items_of_a_sender_that_is_held_down_are_not_taken() {
    for config in configs() {
        let mut stage = stage(&config, 2);
        let down = [member(1, 0, State::Down)];
        assert_eq!(stage.tell_with(2, Message::Gossip, &down), Ok(()));
        assert_eq!(stage.tell_packet(&gossip_with(&[&[5, 1]])), Ok(()));
        assert!(stage.node.broadcasts().received.is_empty());
    }
}

#[test]
fn after_leaving_nothing_is_broadcast() {
    for config in configs() {
        let mut stage = stage(&config, 2);
        stage.node.leave(stage.now);
        assert_eq!(broadcast(&mut stage, &[5, 1]), Err(BroadcastError::Stopped));
        assert!(stage.node.broadcasts().received.is_empty());
    }
}

#[test]
fn what_a_small_buffer_cannot_hold_is_kept() {
    for config in configs() {
        let mut stage = stage(&config, 1);
        assert_eq!(
            stage.tell_packet(&gossip_with(&[&[5, 1, 7, 7, 7, 7]])),
            Ok(())
        );
        assert_eq!(stage.tell(1, Message::Ping { number: 9 }), Ok(()));
        let mut out = [0; 44];
        let len = stage
            .node
            .poll_transmit(Instant::ZERO, &mut out)
            .map(|it| it.len)
            .expect("an answer that fits without the item");
        assert!(len <= 44);
        assert_eq!(ack(&mut stage, 1).items.len(), 1);
    }
}
