//! News travels: on which messages, how often, in which order, and how long it is remembered.

use crate::support;

use std::collections::BTreeSet;
use std::time::Duration;

use foca_core::{Config, Event, Instant, Member, Message, Periodic, State, Timer, Wire};
use support::stage::{Stage, name, receivers};
use support::wire::{Packet, packet};
use support::{Id, id, life, member, millis, on_both_wires, seconds, transmits};

/// Three sends of each piece of news, and nothing periodic.
fn configs() -> [Config; 2] {
    let config = Config::simple().with(|it| it.transmissions = 3.into());
    on_both_wires(&config.expect("valid"))
}

fn gossiping() -> [Config; 2] {
    configs().map(|config| {
        let gossip = Periodic {
            every: millis(200),
            members: 2,
        };
        let changed = config.with(|it| it.periodic_gossip = Some(gossip));
        changed.expect("valid")
    })
}

/// Makes the node say something that may carry news, and returns that.
fn ack(stage: &mut Stage) -> Packet<Id> {
    let said = stage.ask(1, Message::Ping { number: 9 });
    assert_eq!(said.len(), 1);
    said.into_iter().next().expect("an answer")
}

fn acks(stage: &mut Stage, count: usize) -> Vec<Vec<Member<Id>>> {
    (0..count).map(|_| ack(stage).members).collect()
}

#[test]
fn each_change_is_told_so_many_times_and_no_more() {
    for config in configs() {
        let ways: [fn(&mut Stage); 2] = [
            |stage| stage.node.merge(stage.now, [member(7, 2, State::Alive)]),
            |stage| {
                let news = [member(7, 2, State::Alive)];
                assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
            },
        ];
        for learn in ways {
            let mut stage = Stage::new(&config, 4);
            learn(&mut stage);
            let news = vec![member(7, 2, State::Alive)];
            let expected = [news.clone(), news.clone(), news, vec![], vec![]];
            assert_eq!(acks(&mut stage, 5), expected);
        }
    }
}

#[test]
fn a_sender_that_was_unknown_is_news() {
    let [_, foca2] = configs();
    let mut stage = Stage::new(&foca2, 4);
    assert_eq!(stage.tell(7, Message::Gossip), Ok(()));
    assert_eq!(acks(&mut stage, 1), [[Member::alive(id(7))]]);
}

#[test]
fn a_sender_that_raised_its_incarnation_is_news() {
    for config in configs() {
        let mut stage = Stage::new(&config, 4);
        let gossip = packet(id(3), id(0), Message::Gossip).incarnation(6);
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        assert_eq!(acks(&mut stage, 1), [[member(3, 6, State::Alive)]]);
    }
}

#[test]
fn what_changes_nothing_is_not_passed_on() {
    for config in configs() {
        let mut stage = Stage::new(&config, 4);
        let old = [member(3, 0, State::Alive)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &old), Ok(()));
        stage.node.restore(stage.now, [member(8, 0, State::Alive)]);
        stage.node.restore(stage.now, [member(9, 0, State::Down)]);
        stage
            .node
            .restore(stage.now, [member(0, 3, State::Suspect)]);
        assert_eq!(acks(&mut stage, 1), [[]]);
    }
}

#[test]
fn later_news_of_a_member_replaces_earlier_and_starts_anew() {
    for config in configs() {
        let mut stage = Stage::new(&config, 4);
        let (early, late) = (member(7, 0, State::Alive), member(7, 0, State::Suspect));
        stage.node.merge(stage.now, [early]);
        assert_eq!(acks(&mut stage, 2), [[early], [early]]);
        stage.node.merge(stage.now, [late]);
        assert_eq!(acks(&mut stage, 3), [[late], [late], [late]]);
        let renewed = Member::alive(life(7, 1));
        stage.node.merge(stage.now, [renewed]);
        assert_eq!(acks(&mut stage, 3), [[renewed], [renewed], [renewed]]);
        assert_eq!(acks(&mut stage, 1), [[]]);
    }
}

#[test]
fn what_was_told_least_goes_first_the_oldest_of_those_before_others() {
    for config in configs() {
        let mut stage = Stage::new(&config, 4);
        stage.node.merge(stage.now, [Member::alive(id(11))]);
        ack(&mut stage);
        stage
            .node
            .merge(stage.now, [Member::alive(id(12)), Member::alive(id(13))]);
        let order = |packet: Packet<Id>| -> Vec<u16> {
            packet.members.iter().map(|news| name(&news.id)).collect()
        };
        assert_eq!(order(ack(&mut stage)), [12, 13, 11]);
        assert_eq!(order(ack(&mut stage)), [12, 13, 11]);
        assert_eq!(order(ack(&mut stage)), [12, 13]);
        assert_eq!(order(ack(&mut stage)), [0_u16; 0]);
    }
}

#[test]
fn as_much_news_rides_along_as_fits_and_the_rest_rides_next() {
    for config in configs() {
        let bytes_max = 120;
        let config = config.with(|it| it.datagram_bytes_max = bytes_max);
        let mut stage = Stage::new(&config.expect("valid"), 4).acquainted();
        let wire = stage.wire();
        let everybody = || (20..80).map(|n| Member::alive(id(n)));
        stage.node.merge(stage.now, everybody());
        let member_bytes = {
            let one = packet(id(1), id(0), Message::Gossip).members([Member::alive(id(20))]);
            let two = one.clone().members([Member::alive(id(21))]);
            two.bytes(wire).len() - one.bytes(wire).len()
        };
        let mut told = vec![0; 80];
        for _ in 0..200 {
            let said = ack(&mut stage);
            let bytes = said.bytes(wire).len();
            let left: usize = told[20..].iter().map(|times| 3 - times).sum();
            if left >= 12 {
                assert!(
                    bytes <= bytes_max && bytes + member_bytes > bytes_max,
                    "{bytes}"
                );
            }
            for news in said.members {
                told[usize::from(name(&news.id))] += 1;
            }
            stage.now = stage.now + millis(100);
        }
        assert!(told[20..].iter().all(|times| *times == 3), "{told:?}");
    }
}

#[test]
fn every_message_of_a_probe_and_gossip_carry_news() {
    for config in gossiping() {
        let config = config
            .with(|it| it.transmissions = 100.into())
            .expect("valid");
        let mut stage = Stage::new(&config, 4);
        let news = Member::alive(id(7));
        stage.node.merge(stage.now, [news]);
        let number = 1;
        let (origin, target) = (id(1), id(1));
        let mut said = Vec::new();
        for message in [
            Message::Ping { number },
            Message::PingReq { target, number },
            Message::IndirectPing { origin, number },
            Message::IndirectAck { target, number },
        ] {
            said.extend(stage.ask(2, message));
        }
        said.extend(stage.pass(config.probe_period * 2));
        let mut kinds = BTreeSet::new();
        for packet in said {
            assert!(packet.members.contains(&news), "{packet:?}");
            let text = format!("{:?}", packet.header.message);
            kinds.insert(text.split(' ').next().map(str::to_owned));
        }
        let with_nack = usize::from(config.wire == Wire::Native);
        assert_eq!(kinds.len(), 7 + with_nack, "{kinds:?}");
    }
}

#[test]
fn an_announce_is_its_header_and_nothing_else() {
    for config in configs() {
        let mut stage = Stage::new(&config, 4);
        stage.node.merge(stage.now, [Member::alive(id(7))]);
        assert_eq!(stage.node.announce(stage.now, &id(99).addr), Ok(()));
        let said = stage.said();
        assert_eq!(said.len(), 1);
        let bare = packet(id(0), id(99), said[0].header.message.clone());
        assert_eq!(said[0], bare);
        assert_eq!(acks(&mut stage, 4)[2].len(), 1, "no send was spent on it");
    }
}

#[test]
fn a_turn_undead_says_what_is_held_against_its_receiver_and_nothing_else() {
    let [native, foca2] = configs();
    for (config, accusation) in [
        (native, vec![member(3, 4, State::Down)]),
        // Renewing identities need not know, and published peers expect nothing there.
        (foca2, vec![]),
    ] {
        let mut stage = Stage::new(&config, 4);
        let down = [member(3, 4, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &down), Ok(()));
        let said = stage.ask(3, Message::Gossip);
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].header.message, Message::TurnUndead { echo: 0 });
        assert_eq!(said[0].members, accusation);
        assert_eq!(acks(&mut stage, 4)[2].len(), 1, "no send was spent on it");
    }
}

#[test]
fn the_number_of_members_needs_more_room_than_itself() {
    let [_, foca2] = configs();
    let header_bytes = {
        let message = Message::Ack { number: 9 };
        packet(id(0), id(1), message).payload(foca2.wire).len()
    };
    for (room, expected_bytes) in [(0, 0), (1, 0), (2, 0), (3, 2), (9, 2), (1_000, 2)] {
        let mut stage = Stage::new(&foca2, 4);
        assert_eq!(stage.tell(1, Message::Ping { number: 9 }), Ok(()));
        let mut out = vec![0; header_bytes + room];
        let transmit = stage.node.poll_transmit(stage.now, &mut out);
        let len = transmit.map(|it| it.len);
        assert_eq!(len, Some(header_bytes + expected_bytes), "{room}");
    }
}

#[test]
fn without_news_the_native_wire_saves_the_number_of_members() {
    let [native, foca2] = configs();
    for (config, saved) in [(native, true), (foca2, false)] {
        let mut stage = Stage::new(&config, 4);
        assert_eq!(stage.tell(1, Message::Ping { number: 9 }), Ok(()));
        let sent = transmits(&mut stage.node, stage.now);
        let bare = packet(id(0), id(1), Message::Ack { number: 9 }).bytes(config.wire);
        assert_eq!(sent[0].1.len() == bare.len(), saved);
    }
}

#[test]
fn periodic_gossip_goes_to_random_active_members_while_there_is_news() {
    for config in gossiping() {
        let config = config
            .with(|it| it.transmissions = 60.into())
            .expect("valid");
        let mut stage = Stage::new(&config, 9);
        stage.node.merge(stage.now, [member(9, 0, State::Down)]);
        let said = stage.pass_in_peace(seconds(4));
        let gossip = receivers(&said, |message| *message == Message::Gossip);
        assert!(
            (20..=42).contains(&gossip.len()),
            "{} in 20 rounds",
            gossip.len()
        );
        let distinct: BTreeSet<_> = gossip.into_iter().collect();
        assert_eq!(distinct, (1..=8).collect());
    }
}

#[test]
fn periodic_gossip_is_silent_without_news_but_goes_on() {
    for config in gossiping() {
        let mut stage = Stage::new(&config, 9);
        let is_gossip = |message: &Message<Id>| *message == Message::Gossip;
        let said = stage.pass_in_peace(seconds(5));
        assert!(receivers(&said, is_gossip).is_empty());
        stage.node.merge(stage.now, [Member::alive(id(30))]);
        let said = stage.pass_in_peace(millis(400));
        assert!(!receivers(&said, is_gossip).is_empty());
    }
}

/// Moments at which gossip is due within so many seconds during which everybody answers.
fn rounds(stage: &mut Stage, during: u64) -> Vec<Instant> {
    let (end, mut rounds) = (stage.now + seconds(during), vec![]);
    while let Some((at, timer)) = stage.node.next_timer().filter(|(at, _)| *at <= end) {
        if timer == Timer::Gossip {
            rounds.push(at);
        }
        stage.next().iter().for_each(|ping| stage.answer(ping));
    }
    rounds
}

#[test]
fn without_news_no_round_is_due_and_later_ones_keep_in_step_with_earlier_ones() {
    for config in gossiping() {
        let mut stage = Stage::new(&config, 9);
        let step_us = stage.node.pace().gossip.expect("gossip").as_micros() as u64;
        let first = rounds(&mut stage, 5);
        // One that finds nothing is the last one.
        assert_eq!(first.len(), 1);
        for news in 0..20 {
            stage
                .node
                .merge(stage.now, [member(30, news, State::Alive)]);
            let merged = stage.now;
            let rounds = rounds(&mut stage, 5);
            let wait = rounds[0].duration_since(merged).as_micros() as u64;
            assert!((1..=step_us).contains(&wait), "{wait}");
            for round in &rounds {
                let since = round.duration_since(first[0]).as_micros() as u64;
                assert_eq!(since % step_us, 0);
            }
            let busy = rounds.len() as u8;
            assert!(
                (2..=stage.node.pace().transmissions + 1).contains(&busy),
                "{busy}"
            );
            stage.pass_in_peace(Duration::from_micros(7_919));
        }
    }
}

#[test]
fn news_that_cannot_wait_goes_to_as_many_as_help_with_probes() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let accusation = [member(0, 0, State::Suspect)];
        assert_eq!(stage.tell_with(1, Message::Broadcast, &[]), Ok(()));
        assert_eq!(stage.said(), []);
        assert_eq!(stage.tell_with(1, Message::Gossip, &accusation), Ok(()));
        let said = stage.said();
        let to: BTreeSet<_> = receivers(&said, |it| *it == Message::Gossip)
            .into_iter()
            .collect();
        assert_eq!((said.len(), to.len()), (3, 3));
        assert!(said.iter().all(|packet| packet.header.incarnation == 1));
    }
}

#[test]
fn the_dead_are_forgotten_after_their_time_and_no_earlier() {
    for config in configs() {
        let config = config.with(|it| it.forget_after = Some(seconds(60)));
        let mut stage = Stage::new(&config.expect("valid"), 4);
        // One that was active, one that was unknown.
        let down = [member(4, 0, State::Down), member(7, 0, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &down), Ok(()));
        assert_eq!(stage.events(), [Event::MemberDown(id(4))]);
        stage.pass_in_peace(seconds(30));
        // Hearing of it again does not make it last longer, nor does a verdict on a later refutation.
        assert_eq!(stage.tell_with(1, Message::Gossip, &down), Ok(()));
        let again = [member(4, 1, State::Down), member(7, 1, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &again), Ok(()));
        stage.pass_in_peace(seconds(30) - Duration::from_micros(1));
        assert_eq!(stage.state(4), Some(State::Down));
        assert_eq!(stage.state(7), Some(State::Down));
        stage.pass_in_peace(Duration::from_micros(1));
        assert_eq!((stage.state(4), stage.state(7)), (None, None));
        assert_eq!(stage.node.members().len(), 3, "the others stay");
        assert_eq!(stage.events(), [], "it is no event");
    }
}

#[test]
fn the_dead_are_remembered_for_ever_if_so_configured() {
    for config in configs() {
        let config = config.with(|it| it.forget_after = None).expect("valid");
        let mut stage = Stage::new(&config, 4);
        let down = [member(4, 0, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &down), Ok(()));
        stage.pass_in_peace(seconds(100_000));
        assert_eq!(stage.state(4), Some(State::Down));
    }
}
