//! A node that hears nobody: it is more likely cut off than that all others died.

use crate::support;

use foca_core::{Config, Event, Message, State, Status};
use support::wire::{packet, receive, sent};
use support::{Id, Node, addr, at, id, knowing, member, on_both_wires, seconds, told};

use State::{Alive, Down};

/// A node with six members that it knows.
fn joined(config: Config) -> Node {
    knowing(config, (1..=6).map(|n| member(n, 0, Alive)))
}

/// Serves the next deadline and drops what the node sends; `false` after a minute.
fn step(node: &mut Node) -> bool {
    let Some(now) = node.poll_timeout().filter(|now| *now <= at(60)) else {
        return false;
    };
    node.handle_timeout(now);
    sent(node, now);
    true
}

fn downs(told: &[Event<Id>]) -> usize {
    let down = |event: &&Event<Id>| matches!(event, Event::MemberDown(_));
    told.iter().filter(down).count()
}

#[test]
fn who_hears_nobody_declares_nobody_down_while_somebody_should_be_there() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = joined(config);
        let (mut suspected, mut waited) = (vec![], 0);
        loop {
            assert!(step(&mut node), "sooner or later everybody is suspected");
            suspected.extend(told(&mut node));
            if !node.members().any(|member| member.state == Alive) {
                break;
            }
            assert_eq!(downs(&suspected), 0);
            waited += usize::from(suspected.len() == 5);
        }
        let expected = (1..=6).filter(|n| suspected.contains(&Event::MemberSuspect(id(*n))));
        assert_eq!(expected.count(), 6);
        assert!(waited > 0, "five were suspected for some time");
    }
}

/// When nobody is left to be heard it is alone, which withdraws its verdicts.
#[test]
fn who_suspects_everybody_is_alone_in_the_end() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = joined(config);
        while node.status() == Status::Joined {
            assert!(step(&mut node));
        }
        let told = told(&mut node);
        assert_eq!(downs(&told), 6);
        assert_eq!(told.last(), Some(&Event::Alone));
    }
}

/// The silent one of several that are heard is the one that is gone.
#[test]
fn who_hears_others_declares_the_silent_one_down_after_its_time() {
    for config in on_both_wires(&Config::simple()) {
        let time = config.probe_period * 14 + config.suspicion.least;
        let mut node = joined(config);
        let mut fell = None;
        while fell.is_none() {
            let now = node.poll_timeout().expect("probing goes on");
            node.handle_timeout(now);
            for (_, sent) in sent(&mut node, now) {
                if let Message::Ping { number } = sent.header.message
                    && sent.header.dst != id(3)
                {
                    let ack = packet(sent.header.dst, id(0), Message::Ack { number });
                    assert_eq!(receive(&mut node, now, &ack), Ok(()));
                }
            }
            let down = node.member(&addr(3)).is_some_and(|it| it.state == Down);
            fell = down.then_some(now);
        }
        assert_eq!(downs(&told(&mut node)), 1);
        assert!(fell <= Some(at(0) + time + seconds(1)), "{fell:?}");
    }
}
