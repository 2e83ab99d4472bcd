//! Joining: who is asked, who is taken in, and what is meant for us at all.

use crate::support;

use foca_core::{
    AnnounceError, Config, Event, Instant, Member, Message, Reject, State, Status, Wire,
};
use support::wire::{Packet, exchange, packet, receive, sent};
use support::{Id, addr, id, knowing, life, member, node, on_both_wires, told};

use State::{Alive, Down};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

/// Every kind of message that a peer could send, with third parties that exist nowhere.
fn every_kind() -> [Message<Id>; 13] {
    let (target, origin, number) = (id(77), id(77), 5);
    [
        Message::Ping { number },
        Message::Ack { number },
        Message::PingReq { target, number },
        Message::IndirectPing { origin, number },
        Message::IndirectAck { target, number },
        Message::ForwardedAck { origin, number },
        Message::Nack { origin, number },
        Message::Announce { nonce: 0, proof: 0 },
        Message::Feed { echo: 0 },
        Message::Gossip,
        Message::Broadcast,
        Message::TurnUndead { echo: 0 },
        Message::Challenge { echo: 0, cookie: 0 },
    ]
}

fn kinds_of(wire: Wire) -> impl Iterator<Item = Message<Id>> {
    let ours = |it: &Message<Id>| matches!(it, Message::Challenge { .. } | Message::Nack { .. });
    let spoken = move |it: &Message<Id>| wire == Wire::Native || !ours(it);
    every_kind().into_iter().filter(spoken)
}

#[test]
fn announcing_sends_a_header_and_changes_nothing_else() {
    for config in configs() {
        let wire = config.wire;
        let mut node = node(id(0), config, 1);
        node.merge(NOW, [member(5, 0, Down)]);
        assert_eq!(node.announce(NOW, &addr(9)), Ok(()));
        let sent = sent(&mut node, NOW);
        let [(to, announce)] = &sent[..] else {
            panic!("{sent:?}");
        };
        assert_eq!(to, &addr(9));
        let Message::Announce { nonce, proof: 0 } = announce.header.message else {
            panic!("{announce:?}");
        };
        assert_eq!(nonce != 0, wire == Wire::Native);
        assert_eq!(announce.header.dst, id(9));
        assert_eq!((&announce.members[..], announce.items.len()), (&[][..], 0));
        assert_eq!(node.member(&addr(9)), None);
        assert_eq!((node.status(), told(&mut node)), (Status::Alone, vec![]));
    }
}

/// Announce, challenge, announce with the proof, feed: each step as it is on the wire.
#[test]
fn a_native_join_takes_two_round_trips_and_proves_both_addresses() {
    let mut seed = knowing(Config::simple(), [member(5, 0, Alive)]);
    let mut joiner = node(id(9), Config::simple(), 2);
    assert_eq!(joiner.announce(NOW, &addr(0)), Ok(()));
    let announce = sent(&mut joiner, NOW).remove(0).1;
    let Message::Announce { nonce, proof: 0 } = announce.header.message else {
        panic!("{announce:?}");
    };

    let challenge = exchange(&mut seed, NOW, &announce).remove(0).1;
    let Message::Challenge { echo, cookie } = challenge.header.message else {
        panic!("{challenge:?}");
    };
    assert_eq!(echo, nonce);
    assert_ne!(cookie, 0);
    assert_eq!(seed.member(&addr(9)), None, "nobody is taken in unproven");
    assert_eq!(told(&mut seed), []);

    let proof = exchange(&mut joiner, NOW, &challenge).remove(0).1;
    assert_eq!(
        proof.header.message,
        Message::Announce {
            nonce,
            proof: cookie
        }
    );
    assert_eq!(told(&mut joiner), [Event::MemberUp(id(0)), Event::Joined]);

    let answers = exchange(&mut seed, NOW, &proof);
    assert_eq!(told(&mut seed), [Event::MemberUp(id(9))]);
    let feed = &answers[0].1;
    assert_eq!(feed.header.message, Message::Feed { echo: nonce });
    assert_eq!(feed.members, [member(5, 0, Alive)]);

    assert_eq!(receive(&mut joiner, NOW, feed), Ok(()));
    assert_eq!(told(&mut joiner), [Event::MemberUp(id(5))]);
}

#[test]
fn a_foca2_join_takes_one_round_trip() {
    let config = Config::simple().foca2();
    let mut seed = knowing(config.clone(), [member(5, 0, Alive)]);
    let mut joiner = node(id(9), config, 2);
    assert_eq!(joiner.announce(NOW, &addr(0)), Ok(()));
    let announce = sent(&mut joiner, NOW).remove(0).1;
    let feed = exchange(&mut seed, NOW, &announce).remove(0).1;
    assert_eq!(told(&mut seed), [Event::MemberUp(id(9))]);
    assert_eq!(feed.header.message, Message::Feed { echo: 0 });
    assert_eq!(receive(&mut joiner, NOW, &feed), Ok(()));
    let expected = [
        Event::MemberUp(id(0)),
        Event::MemberUp(id(5)),
        Event::Joined,
    ];
    assert_eq!(told(&mut joiner), expected);
}

#[test]
fn on_foca2_every_datagram_of_a_stranger_takes_it_in() {
    for message in kinds_of(Wire::Foca2) {
        let mut node = knowing(Config::simple().foca2(), [member(5, 0, Alive)]);
        let stranger = packet(id(9), id(0), message.clone()).incarnation(3);
        assert_eq!(receive(&mut node, NOW, &stranger), Ok(()));
        assert_eq!(
            node.member(&addr(9)),
            Some(&member(9, 3, Alive)),
            "{message:?}"
        );
    }
}

#[test]
fn on_native_no_datagram_of_a_stranger_takes_it_in_or_is_believed() {
    for message in kinds_of(Wire::Native) {
        let mut node = knowing(Config::simple(), [member(5, 0, Alive)]);
        let mut stranger = packet(id(9), id(0), message.clone());
        let carries_news = !matches!(
            message,
            Message::Announce { .. } | Message::Challenge { .. } | Message::Broadcast
        );
        if carries_news {
            stranger = stranger.members([member(5, 0, Down), member(6, 0, Alive)]);
        }
        assert_eq!(receive(&mut node, NOW, &stranger), Ok(()));
        assert_eq!(
            node.all_members().collect::<Vec<_>>(),
            [&member(5, 0, Alive)],
            "{message:?}"
        );
        assert_eq!(told(&mut node), []);
    }
}

#[test]
fn an_announce_is_for_whoever_lives_at_its_address() {
    for config in configs() {
        for dst in [id(0), life(0, 5), life(0, 9)] {
            let mut node = node(life(0, 5), config.clone(), 1);
            let announce = packet(id(9), dst, Message::Announce { nonce: 0, proof: 0 });
            let answers = exchange(&mut node, NOW, &announce);
            assert!(!answers.is_empty());
            for (to, answer) in answers {
                assert_eq!((to, answer.header.src), (addr(9), life(0, 5)));
            }
        }
    }
}

#[test]
fn everything_else_is_for_exactly_one_life_of_one_address() {
    for config in configs() {
        for message in kinds_of(config.wire) {
            let announce = matches!(message, Message::Announce { .. });
            let ping = matches!(message, Message::Ping { .. });
            for dst in [life(0, 4), life(0, 6), id(3)] {
                if (announce && dst != id(3)) || (ping && dst == life(0, 4)) {
                    continue;
                }
                let mut node = node(life(0, 5), config.clone(), 1);
                let result = receive(&mut node, NOW, &packet(id(9), dst, message.clone()));
                assert_eq!(result, Err(Reject::NotForMe), "{message:?} for {dst:?}");
                assert_eq!(node.all_members().count(), 0);
                assert_eq!(sent(&mut node, NOW), []);
            }
        }
    }
}

/// Its sender probes somebody who is gone, and should know who is there instead.
#[test]
fn a_ping_for_an_earlier_life_is_answered_by_announcing_the_later() {
    for config in configs() {
        let mut node = node(life(0, 5), config, 1);
        node.restore(NOW, [member(1, 0, Alive), member(2, 0, Down)]);
        told(&mut node);
        for (n, answered) in [(1, true), (2, false), (9, false)] {
            let ping = packet(id(n), life(0, 4), Message::Ping { number: 5 })
                .incarnation(7)
                .members([member(4, 0, Alive)]);
            let answers = exchange(&mut node, NOW, &ping);
            assert_eq!(answers.len(), usize::from(answered));
            for (to, answer) in answers {
                assert_eq!((to, answer.header.src), (addr(n), life(0, 5)));
                assert!(matches!(answer.header.message, Message::Announce { .. }));
            }
        }
        let known = node.all_members().map(|it| it.incarnation);
        assert_eq!(
            known.collect::<Vec<_>>(),
            [0, 0],
            "nothing else of it counts"
        );
        assert_eq!(told(&mut node), []);
    }
}

/// What is not for us is not read beyond its header.
#[test]
fn the_rest_of_a_datagram_for_somebody_else_is_not_looked_at() {
    for config in configs() {
        let wire = config.wire;
        let mut node = node(id(0), config, 1);
        let mut payload = packet(id(9), id(3), Message::Gossip).payload(wire);
        payload.extend([0xff; 7]);
        let datagram = match wire {
            Wire::Native => support::wire::sealed(&payload),
            Wire::Foca2 => payload,
        };
        let result = node.handle_datagram(NOW, &datagram);
        assert_eq!(result, Err(Reject::NotForMe));
    }
}

#[test]
fn nobody_joins_itself() {
    for config in configs() {
        let mut node = node(life(0, 5), config, 1);
        assert_eq!(node.announce(NOW, &addr(0)), Err(AnnounceError::Myself));
        for ours in [life(0, 5), life(0, 2)] {
            for dst in [life(0, 5), id(3)] {
                let announce = Message::Announce { nonce: 0, proof: 0 };
                let result = receive(&mut node, NOW, &packet(ours, dst, announce));
                assert_eq!(result, Err(Reject::FromMyself), "checked before {dst:?}");
            }
        }
    }
}

/// A full table takes nobody in, but goes on answering those it knows.
#[test]
fn more_members_than_the_bound_are_refused_and_counted() {
    for config in configs() {
        let config = config.with(|settings| settings.members_max = 2);
        let known = [member(1, 0, Alive), member(2, 0, Down)];
        let mut node = knowing(config.expect("valid settings"), known);
        node.merge(NOW, [member(3, 0, Alive)]);
        let news = Packet::members(
            packet(id(1), id(0), Message::Gossip),
            (4..9).map(|n| Member::alive(id(n))),
        );
        assert_eq!(receive(&mut node, NOW, &news), Ok(()));
        if node.config().wire == Wire::Foca2 {
            let stranger = packet(id(9), id(0), Message::Ping { number: 1 });
            assert_eq!(exchange(&mut node, NOW, &stranger), []);
        }
        assert_eq!(node.all_members().count(), 2);
        assert!(node.stats().members_refused >= 6);
        node.merge(NOW, [Member::alive(life(2, 1))]);
        assert_eq!(node.members().len(), 2, "a later life needs no more room");
        let ping = packet(id(1), id(0), Message::Ping { number: 1 });
        assert_eq!(exchange(&mut node, NOW, &ping).len(), 1);
    }
}
