//! A process that was started again as what it was, without memory, hears how far it had gone.

use crate::support;

use foca_core::{Config, Event, Instant, Member, Message, State};
use foca_sim::cluster::views_complete;
use support::stage::Stage;
use support::wire::{packet, receive};
use support::{
    Id, Node, addr, announce, events, formed, id, knowing, life, member, node, on_both_wires,
    seconds,
};

use State::{Alive, Suspect};

const NOW: Instant = Instant::ZERO;

/// Under `Rules::Foca2` an identity that can be renewed needs no incarnation to be believed when it leaves.
fn native() -> Config {
    Config::lan()
}

fn knowing_itself_alone(config: &Config) -> Node {
    knowing(config.clone(), (1..=5).map(|n| member(n, 0, Alive)))
}

fn praise(incarnation: u32) -> support::wire::Packet<Id> {
    packet(id(1), id(0), Message::Gossip).members([member(0, incarnation, Alive)])
}

#[test]
fn the_goodbye_of_a_process_that_forgot_its_incarnation_is_no_failure() {
    // Where views are compared it may hear of itself in that way as well.
    let config = native().with(|it| it.reconciliation = None).expect("valid");
    for seed in 0..4 {
        let mut network = formed(8, &config, seed, id);
        let accused = |node: &mut Node, now| node.merge(now, [member(5, 4, Suspect)]);
        network.with(&addr(5), accused);
        network.run_for(seconds(60));
        assert_eq!(network.machine(&addr(5)).map(Node::incarnation), Some(5));
        // Gone for too short a time to be missed.
        network.remove(&addr(5));
        network.insert(addr(5), node(id(5), config.clone(), 99));
        announce(&mut network, 5, 0);
        network.run_for(seconds(5));
        assert!(views_complete(&network));
        assert_eq!(network.machine(&addr(5)).map(Node::incarnation), Some(6));
        for n in 0..8 {
            events(&mut network, n);
        }
        network.with(&addr(5), |node, now| node.leave(now));
        network.run_for(seconds(30));
        for n in (0..8).filter(|n| *n != 5) {
            assert_eq!(events(&mut network, n), [Event::MemberLeft(id(5))], "{n}");
        }
    }
}

#[test]
fn plain_addresses_catch_up_on_both_wires() {
    for config in on_both_wires(&native()) {
        let mut network = formed(5, &config, 3, addr);
        let accusation = Member {
            id: addr(4),
            incarnation: 7,
            state: Suspect,
        };
        network.with(&addr(4), |node, now| node.merge(now, [accusation]));
        network.run_for(seconds(10));
        network.remove(&addr(4));
        network.insert(addr(4), node(addr(4), config.clone(), 99));
        announce(&mut network, 4, 0);
        network.run_for(seconds(10));
        let returned = network.machine(&addr(4)).expect("a node");
        assert_eq!(returned.incarnation(), 9);
        assert_eq!(returned.stats().incarnations_resumed, 1);
    }
}

#[test]
fn who_shows_less_than_it_did_hears_its_record_and_nothing_else() {
    let mut stage = Stage::new(&native(), 5);
    stage
        .node
        .merge(NOW, [member(1, 7, Alive), member(2, 3, Alive)]);
    let heard = |stage: &mut Stage, message, incarnation| {
        let said = packet(id(1), id(0), message).incarnation(incarnation);
        assert_eq!(stage.tell_packet(&said), Ok(()));
        let said = stage.said();
        let to_it = said.into_iter().filter(|it| it.header.dst == id(1));
        to_it
            .filter(|it| it.header.message == Message::Gossip)
            .collect::<Vec<_>>()
    };
    let unproven = heard(&mut stage, Message::Ping { number: 0 }, 6);
    assert_eq!(unproven, [], "the answer may take all the bytes there are");
    let mut stage = stage.acquainted();
    stage.node.merge(stage.now, [member(3, 2, Alive)]);
    let told = heard(&mut stage, Message::Ping { number: 1 }, 6);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].members, [member(1, 7, Alive)]);
    assert_eq!(stage.node.stats().members_reminded, 1);
    assert_eq!(heard(&mut stage, Message::Ping { number: 2 }, 7), []);
    let proof = 0;
    let announce = Message::Announce { nonce: 1, proof };
    assert_eq!(heard(&mut stage, announce, 0), []);
    assert_eq!(stage.node.stats().members_reminded, 1);
}

#[test]
fn identities_that_are_believed_at_any_incarnation_are_not_told() {
    for (config, told) in on_both_wires(&native()).into_iter().zip([1, 0]) {
        let mut stage = Stage::new(&config, 5).acquainted();
        stage.node.merge(stage.now, [member(1, 7, Alive)]);
        stage.ask(1, Message::Ping { number: 1 });
        assert_eq!(stage.node.stats().members_reminded, told);
    }
}

#[test]
fn what_one_member_is_told_of_itself_is_bounded_per_probe_period() {
    let mut stage = Stage::new(&native(), 5).acquainted();
    stage.node.merge(stage.now, [member(1, u32::MAX, Alive)]);
    stage.pass_in_peace(seconds(20));
    let before = stage.node.stats();
    let gossip = packet(id(1), id(0), Message::Gossip);
    let mut told = vec![];
    for _ in 0..1_000 {
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        told.extend(stage.said());
    }
    // A quarter is kept for small replies.
    let most = usize::from(stage.node.config().replies_max) * 3 / 4 / 8;
    assert_eq!(told.len(), most);
    let bytes = |packet: &support::wire::Packet<Id>| packet.bytes(stage.wire()).len();
    assert!(told.iter().all(|it| bytes(it) <= 3 * bytes(&gossip)));
    let after = stage.node.stats();
    assert_eq!(
        after.members_reminded - before.members_reminded,
        most as u64
    );
    let limited = after.replies_limited - before.replies_limited;
    assert_eq!(limited, 1_000 - most as u64);
}

#[test]
fn praise_beyond_what_we_are_raises_us_one_further_and_costs_no_life() {
    for (config, last) in on_both_wires(&native()).into_iter().zip([u32::MAX, 65_535]) {
        let mut node = knowing_itself_alone(&config);
        let steps = [(9, 10), (10, 10), (11, 12), (last - 1, last), (last, last)];
        for (praised, raised) in steps {
            assert_eq!(receive(&mut node, NOW, &praise(praised)), Ok(()));
            assert_eq!(node.incarnation(), raised);
        }
        assert_eq!(node.stats().incarnations_resumed, 3);
        assert_eq!(node.stats().refutations, 0);
        let mut node = knowing_itself_alone(&config);
        assert_eq!(receive(&mut node, NOW, &praise(last)), Ok(()));
        assert_eq!((node.identity(), node.incarnation()), (&id(0), last));
        let earlier = packet(id(1), id(0), Message::Gossip).members([Member::alive(life(0, 0))]);
        assert_eq!(receive(&mut node, NOW, &earlier), Ok(()));
        assert_eq!(node.incarnation(), last);
    }
}

/// What ends us ends our answers as well.
#[test]
fn who_is_defunct_reminds_nobody() {
    let mut node = node(addr(0), native(), 7);
    let known = Member {
        incarnation: 7,
        ..Member::alive(addr(1))
    };
    node.merge(NOW, [known]);
    let (now, target, number) = support::wire::next_ping(&mut node);
    let from = |message| packet(target, addr(0), message);
    let proof = from(Message::Ack { number }).incarnation(7);
    assert_eq!(receive(&mut node, now, &proof), Ok(()));
    let held = Member {
        incarnation: u32::MAX,
        state: State::Down,
        ..Member::alive(addr(0))
    };
    let accusation = from(Message::TurnUndead { echo: 0 }).members([held]);
    assert_eq!(receive(&mut node, now, &accusation), Ok(()));
    assert_eq!(node.status(), foca_core::Status::Defunct);
    assert_eq!(support::transmits(&mut node, now), []);
}
