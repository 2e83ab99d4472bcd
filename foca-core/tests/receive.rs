//! What a datagram does: to its sender's standing, to the news in it, and in which order.

use crate::support;

use foca_core::{Broadcasts, Config, Event, Instant, Member, Message, Rules, State, Verdict, Wire};
use support::wire::{Packet, exchange, packet, receive, sent};
use support::{Id, addr, id, knowing, life, member, node, node_with, on_both_wires, seconds, told};

use State::{Alive, Down, Suspect};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

fn gossip(from: Id, news: impl IntoIterator<Item = Member<Id>>) -> Packet<Id> {
    packet(from, id(0), Message::Gossip).members(news)
}

#[test]
fn the_sender_is_alive_as_its_header_says_before_its_news_counts() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Suspect)]);
        let news = gossip(id(1), [member(1, 7, Suspect), member(2, 0, Alive)]).incarnation(7);
        assert_eq!(receive(&mut node, NOW, &news), Ok(()));
        assert_eq!(node.member(&addr(1)), Some(&member(1, 7, Suspect)));
        let expected = [
            Event::MemberRefuted(id(1)),
            Event::MemberSuspect(id(1)),
            Event::MemberUp(id(2)),
        ];
        assert_eq!(told(&mut node), expected);
    }
}

#[test]
fn an_older_incarnation_in_the_header_changes_nothing() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 5, Alive)]);
        let news = gossip(id(1), []).incarnation(4);
        assert_eq!(receive(&mut node, NOW, &news), Ok(()));
        assert_eq!(node.member(&addr(1)), Some(&member(1, 5, Alive)));
        assert_eq!(told(&mut node), []);
    }
}

/// Held down, or replaced by a later life: not believed, but told why.
#[test]
fn an_outdated_sender_is_told_and_its_news_is_ignored() {
    for config in configs() {
        let known = Member {
            id: life(2, 3),
            incarnation: 4,
            state: Alive,
        };
        for (from, accusation) in [(id(1), member(1, 5, Down)), (life(2, 2), known)] {
            let mut node = knowing(config.clone(), [member(1, 5, Down), known]);
            let news = [
                member(2, 9, Down),
                member(3, 0, Alive),
                member(0, 0, Suspect),
            ];
            let sent = exchange(&mut node, NOW, &gossip(from, news).incarnation(5));
            let [(to, turn_undead)] = &sent[..] else {
                panic!("{sent:?}");
            };
            assert_eq!((to, turn_undead.header.dst), (&from.addr, from));
            assert_eq!(turn_undead.header.message, Message::TurnUndead { echo: 0 });
            match config.wire {
                Wire::Native => assert_eq!(turn_undead.members, [accusation]),
                Wire::Foca2 => assert_eq!(turn_undead.members, [], "as peers expect"),
            }
            assert_eq!(node.all_members().count(), 2);
            assert_eq!((node.incarnation(), told(&mut node)), (0, vec![]));
            assert_eq!(node.stats().senders_outdated, 1);
        }
    }
}

/// An identity that cannot renew needs to know at which incarnation it is held down.
#[test]
fn an_outdated_sender_that_cannot_renew_is_told_the_incarnation_on_either_wire() {
    for config in configs() {
        let mut node = node(addr(0), config, 1);
        let accusation = Member {
            id: addr(1),
            incarnation: 5,
            state: Down,
        };
        node.restore(NOW, [accusation]);
        let gossip = packet(addr(1), addr(0), Message::Gossip);
        let sent = exchange(&mut node, NOW, &gossip);
        assert_eq!(sent[0].1.members, [accusation]);
    }
}

#[test]
fn nobody_is_told_where_telling_is_switched_off() {
    for config in configs() {
        let config = config.with(|settings| settings.tell_the_down = false);
        let mut node = knowing(config.expect("valid settings"), [member(1, 5, Down)]);
        let news = gossip(id(1), [member(3, 0, Alive)]);
        assert_eq!(exchange(&mut node, NOW, &news), []);
        assert_eq!(node.all_members().count(), 1);
    }
}

/// The answer to an announce of somebody held down proves that it comes from whom it was sent to.
#[test]
fn an_outdated_announcer_is_told_with_its_nonce() {
    let mut node = knowing(Config::simple(), [member(1, 5, Down)]);
    let announce = packet(id(1), id(0), Message::Announce { nonce: 9, proof: 0 });
    let sent = exchange(&mut node, NOW, &announce);
    assert_eq!(sent[0].1.header.message, Message::TurnUndead { echo: 9 });
}

/// Two that hold each other down: the one that is told renews first and answers as what it became.
#[test]
fn an_outdated_sender_that_holds_us_down_is_heard_first_and_then_told() {
    for (rules, us) in [(Rules::Foca2, life(0, 1)), (Rules::Native, id(0))] {
        let config = match rules {
            Rules::Foca2 => Config::simple().foca2(),
            Rules::Native => Config::simple(),
        };
        let accusations = (rules == Rules::Native).then_some(member(0, 0, Down));
        let mut node = knowing(config, [member(1, 5, Down), member(2, 0, Alive)]);
        let turn_undead = packet(id(1), id(0), Message::TurnUndead { echo: 0 });
        let sent = exchange(&mut node, NOW, &turn_undead.members(accusations));
        assert_eq!(node.identity(), &us);
        assert_eq!(node.incarnation(), u32::from(rules == Rules::Native));
        assert_eq!(node.member(&addr(1)), Some(&member(1, 5, Down)));
        let back = sent
            .iter()
            .find(|(_, it)| matches!(it.header.message, Message::TurnUndead { .. }));
        let (to, back) = back.expect("it is told, too");
        assert_eq!((to, back.header.src), (&addr(1), us));
    }
}

/// Whatever else a `TurnUndead` says, it is about its receiver.
#[test]
fn a_turn_undead_tells_no_news_about_others() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive), member(2, 0, Alive)]);
        let turn_undead = packet(id(1), id(0), Message::TurnUndead { echo: 0 })
            .members([member(2, 0, Down), member(3, 0, Alive)]);
        assert_eq!(receive(&mut node, NOW, &turn_undead), Ok(()));
        assert_eq!(node.member(&addr(2)), Some(&member(2, 0, Alive)));
        assert_eq!(node.member(&addr(3)), None);
    }
}

/// Knows the items it has seen, and calls some malformed.
#[derive(Default)]
struct Letters {
    seen: Vec<(Vec<u8>, Option<Id>)>,
}

impl Broadcasts<Id> for Letters {
    type Key = f32;

    fn receive(&mut self, item: &[u8], from: Option<&Id>) -> Verdict<f32> {
        if item.starts_with(b"bad") {
            return Verdict::Malformed;
        }
        if self.seen.iter().any(|(seen, _)| seen == item) {
            return Verdict::Known;
        }
        self.seen.push((item.to_vec(), from.copied()));
        Verdict::Spread(f32::NAN)
    }
}

#[test]
fn the_answer_carries_what_the_question_told() {
    for config in configs() {
        let mut node = node_with(id(0), config, Letters::default(), 1);
        node.restore(NOW, [member(1, 0, Alive)]);
        let ping = packet(id(1), id(0), Message::Ping { number: 4 })
            .members([member(2, 0, Alive)])
            .items(&[b"new"]);
        let sent = exchange(&mut node, NOW, &ping);
        let [(_, ack)] = &sent[..] else {
            panic!("{sent:?}");
        };
        assert_eq!(ack.header.message, Message::Ack { number: 4 });
        assert_eq!(ack.members, [member(2, 0, Alive)]);
        assert_eq!(ack.items, [b"new"]);
    }
}

#[test]
fn an_item_that_the_policy_refuses_does_not_keep_the_others_or_the_answer() {
    for config in configs() {
        let mut node = node_with(id(0), config, Letters::default(), 1);
        node.restore(NOW, [member(1, 0, Alive)]);
        let ping = packet(id(1), id(0), Message::Ping { number: 4 })
            .items(&[b"one", b"bad", b"two", b"one"]);
        let sent = exchange(&mut node, NOW, &ping);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].1.items, [b"one", b"two"]);
        let from = Some(id(1));
        let expected = [(b"one".to_vec(), from), (b"two".to_vec(), from)];
        assert_eq!(node.broadcasts().seen, expected);
        assert_eq!(node.stats().broadcasts_malformed, 1);
    }
}

#[test]
fn items_of_an_outdated_or_unproven_sender_are_not_taken() {
    for config in configs() {
        let foca2 = config.wire == Wire::Foca2;
        let mut node = node_with(id(0), config, Letters::default(), 1);
        node.restore(NOW, [member(1, 0, Down)]);
        for from in [id(1), id(9)] {
            let broadcast = packet(from, id(0), Message::Broadcast).items(&[b"item"]);
            assert_eq!(receive(&mut node, NOW, &broadcast), Ok(()));
        }
        let expected = foca2.then(|| (b"item".to_vec(), Some(id(9))));
        assert!(node.broadcasts().seen.iter().eq(expected.iter()));
    }
}

/// Who asked for all that it may is not taken for dead, nor takes us for it.
#[test]
fn the_last_quarter_of_the_replies_is_kept_for_the_failure_detector() {
    for config in configs() {
        for replies_max in [8, 10, 32, 60_000] {
            let config = config.with(|it| it.replies_max = replies_max);
            let mut node = knowing(config.expect("valid"), [member(1, 0, Alive)]);
            let announce = packet(id(1), id(0), Message::Announce { nonce: 1, proof: 0 });
            let large = (0..9_000)
                .filter(|_| !exchange(&mut node, NOW, &announce).is_empty())
                .count();
            let ping = packet(id(1), id(0), Message::Ping { number: 1 });
            let small = (0..60_000)
                .filter(|_| !exchange(&mut node, NOW, &ping).is_empty())
                .count();
            assert!(large > 0, "{replies_max}");
            assert_eq!(large * 8 + small, usize::from(replies_max));
            assert!(small >= usize::from(replies_max / 4) || replies_max < 11);
        }
    }
}

/// What one member can make us say in one probe period, whatever it asks.
#[test]
fn replies_to_one_member_are_bounded_per_probe_period() {
    for config in configs() {
        let replies_max = usize::from(config.replies_max);
        let big = replies_max * 3 / 4 / 8;
        for (question, expected) in [
            (Message::Ping { number: 1 }, replies_max),
            (
                Message::IndirectPing {
                    origin: id(2),
                    number: 1,
                },
                replies_max,
            ),
            (
                Message::PingReq {
                    target: id(2),
                    number: 1,
                },
                replies_max,
            ),
            (
                Message::IndirectAck {
                    target: id(2),
                    number: 1,
                },
                replies_max,
            ),
            (Message::Announce { nonce: 0, proof: 0 }, big),
        ] {
            let mut node = knowing(config.clone(), [member(1, 0, Alive), member(2, 0, Alive)]);
            // A `Feed` may come with a `Ping`: one reply.
            let mut replies = |from, now| -> usize {
                let question = packet(from, id(0), question.clone());
                (0..200)
                    .map(|_| exchange(&mut node, now, &question).len().min(1))
                    .sum()
            };
            assert_eq!(replies(id(1), NOW), expected, "{question:?}");
            if !matches!(question.third_party(), Some(party) if *party == id(2)) {
                assert_eq!(replies(id(2), NOW), expected, "others are not affected");
            }
            let later = NOW + config.probe_period;
            assert_eq!(replies(id(1), later), expected, "a new period");
            assert!(node.stats().replies_limited >= 2 * (200 - expected) as u64);
        }
    }
}

#[test]
fn what_an_outdated_or_accusing_member_makes_us_say_is_bounded_too() {
    for config in configs() {
        let known = [
            member(1, 9, Down),
            member(2, 0, Alive),
            member(3, 0, Suspect),
        ];
        let config = config.with(|settings| settings.suspicion = seconds(600).into());
        let mut node = knowing(config.expect("valid settings"), known);
        for (from, message) in [
            (1, Message::Gossip),
            (1, Message::TurnUndead { echo: 0 }),
            (2, Message::TurnUndead { echo: 0 }),
            (3, Message::Gossip),
        ] {
            let mut replies = 0;
            for _ in 0..200 {
                let us = *node.identity();
                let accusation = Member {
                    id: us,
                    incarnation: node.incarnation(),
                    state: Down,
                };
                let turn_undead = matches!(message, Message::TurnUndead { .. });
                let said = packet(id(from), us, message.clone())
                    .members(turn_undead.then_some(accusation));
                assert_eq!(receive(&mut node, NOW, &said), Ok(()));
                replies += sent(&mut node, NOW).len();
            }
            assert!(replies <= 4 + 12, "{from} {message:?}: {replies}");
        }
    }
}
