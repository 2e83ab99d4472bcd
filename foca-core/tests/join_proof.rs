//! Who may make a node send how much to an address: proof by echo, and three times the bytes.

use crate::support;

use foca_codec::PostcardCodec;
use foca_core::{
    Broadcasts, Codec, Config, Identity, Instant, Member, Message, State, Verdict, Wire,
};
use support::wire::{Packet, exchange, packet, receive, sent};
use support::{Id, Node, Wide, addr, at, id, life, member, millis, node, node_with, seconds};

use State::{Alive, Down, Suspect};

const NOW: Instant = Instant::ZERO;

/// Spreads every item.
struct Everything;

impl<I> Broadcasts<I> for Everything {
    type Key = f32;

    fn receive(&mut self, _: &[u8], _: Option<&I>) -> Verdict<f32> {
        Verdict::Spread(f32::NAN)
    }
}

/// A node with as much to tell as datagrams hold: members, news of them, and items.
fn talkative<I: Identity>(name: impl Fn(u16) -> I) -> Node<I, Everything>
where
    PostcardCodec: Codec<I>,
{
    let mut node = node_with(name(0), Config::lan(), Everything, 1);
    for n in 0..30 {
        node.broadcast(NOW, &[n; 30]).expect("an item that fits");
    }
    node.merge(NOW, (1..50).map(|n| Member::alive(name(n))));
    node
}

fn every_kind<I: Clone>(third: &I) -> Vec<Message<I>> {
    let (target, origin, number) = (third.clone(), third.clone(), 5);
    vec![
        Message::Ping { number },
        Message::Ack { number },
        Message::PingReq {
            target: target.clone(),
            number,
        },
        Message::IndirectPing {
            origin: origin.clone(),
            number,
        },
        Message::IndirectAck { target, number },
        Message::ForwardedAck {
            origin: origin.clone(),
            number,
        },
        Message::Nack { origin, number },
        Message::Announce {
            nonce: 77,
            proof: 0,
        },
        Message::Announce {
            nonce: 77,
            proof: 77,
        },
        Message::Feed { echo: 77 },
        Message::Gossip,
        Message::Broadcast,
        Message::TurnUndead { echo: 77 },
        Message::Challenge {
            echo: 77,
            cookie: 77,
        },
    ]
}

/// Sends one datagram of every kind in the name of `victim` and asserts that `victim` hears at
/// most three times the bytes, there and then and in the ten minutes that follow.
fn check_amplification<I: Identity<Addr = std::net::SocketAddr>>(name: impl Fn(u16) -> I)
where
    PostcardCodec: Codec<I>,
{
    let victim = name(999);
    for message in every_kind(&name(3)) {
        let mut node = talkative(&name);
        let spoofed = packet(victim.clone(), name(0), message.clone());
        let spent = spoofed.bytes(node.config().wire).len();
        assert_eq!(receive(&mut node, NOW, &spoofed), Ok(()));
        let mut heard = 0;
        let mut now = NOW;
        while now <= at(600) {
            for (to, sent) in sent(&mut node, now) {
                if to == *victim.addr() {
                    heard += sent.bytes(node.config().wire).len();
                }
            }
            now = node.poll_timeout().expect("a joined node has deadlines");
            node.handle_timeout(now);
        }
        assert!(heard <= 3 * spent, "{message:?}: {heard} for {spent} bytes");
        assert_eq!(node.member(victim.addr()), None);
    }
}

#[test]
fn a_stranger_hears_at_most_three_times_the_bytes_sent_in_its_name() {
    check_amplification(addr);
    check_amplification(id);
    check_amplification(|n| wide(n, 100));
}

#[test]
fn a_ping_of_a_stranger_is_answered_but_not_with_news() {
    let mut node = talkative(id);
    let ping = packet(id(999), id(0), Message::Ping { number: 5 });
    assert_eq!(receive(&mut node, NOW, &ping), Ok(()));
    let mut answers = sent(&mut node, NOW);
    answers.retain(|(to, _)| *to == addr(999));
    let [(_, ack), (_, challenge)] = &answers[..] else {
        panic!("{answers:?}");
    };
    assert_eq!(ack.header.message, Message::Ack { number: 5 });
    assert_eq!((ack.members.len(), ack.items.len()), (0, 0));
    assert!(matches!(
        challenge.header.message,
        Message::Challenge { echo: 0, .. }
    ));
}

/// Who is held down has not proven its address either.
#[test]
fn a_member_held_down_hears_at_most_three_times_the_bytes_sent_in_its_name() {
    for message in every_kind(&id(3)) {
        let mut node = talkative(id);
        node.merge(NOW, [member(999, 70_000, Down)]);
        sent(&mut node, NOW);
        let spoofed = packet(id(999), id(0), message);
        let spent = spoofed.bytes(node.config().wire).len();
        let heard: usize = exchange(&mut node, NOW, &spoofed)
            .iter()
            .filter(|(to, _)| *to == addr(999))
            .map(|(_, sent)| sent.bytes(node.config().wire).len())
            .sum();
        assert!(heard <= 3 * spent, "{heard} for {spent} bytes");
    }
}

/// Others said that it is there; nobody there has said so yet.
#[test]
fn a_member_known_by_hearsay_hears_at_most_three_times_the_bytes_sent_in_its_name() {
    for state in [Alive, Suspect] {
        for wire in [Wire::Native, Wire::Foca2] {
            for message in every_kind(&id(3)) {
                let ours = matches!(message, Message::Challenge { .. } | Message::Nack { .. });
                if wire == Wire::Foca2 && ours {
                    continue;
                }
                let mut node = talkative(id);
                let config = match wire {
                    Wire::Native => node.config().clone(),
                    Wire::Foca2 => node.config().foca2(),
                };
                assert_eq!(node.set_config(NOW, config), Ok(()));
                node.merge(NOW, [member(9, 0, state)]);
                sent(&mut node, NOW);
                let spoofed = packet(id(9), id(0), message.clone());
                let spent = spoofed.bytes(wire).len();
                let heard: usize = exchange(&mut node, NOW, &spoofed)
                    .iter()
                    .filter(|(to, _)| *to == addr(9))
                    .map(|(_, sent)| sent.bytes(wire).len())
                    .sum();
                assert!(
                    heard <= 3 * spent,
                    "{state:?} {message:?}: {heard} for {spent}"
                );
            }
        }
    }
}

/// The challenge that a stranger gets when it announces itself.
fn challenge<I: Identity>(node: &mut Node<I>, now: Instant, stranger: &I) -> Packet<I>
where
    PostcardCodec: Codec<I>,
{
    let announce = Message::Announce { nonce: 5, proof: 0 };
    let announce = packet(stranger.clone(), node.identity().clone(), announce);
    let answers = exchange(node, now, &announce);
    assert_eq!(answers.len(), 1, "a challenge");
    answers[0].1.clone()
}

fn cookie(node: &mut Node, now: Instant, stranger: Id) -> u32 {
    let message = challenge(node, now, &stranger).header.message;
    let Message::Challenge { echo: 5, cookie } = message else {
        panic!("{message:?} is no answer to an announce");
    };
    cookie
}

/// Announces with this proof and returns whether it was accepted.
fn joins(node: &mut Node, now: Instant, stranger: Id, proof: u32) -> bool {
    let announce = Message::Announce { nonce: 5, proof };
    let answers = exchange(node, now, &packet(stranger, id(0), announce));
    let fed = answers
        .iter()
        .any(|(_, it)| it.header.message == Message::Feed { echo: 5 });
    assert_eq!(fed, node.member(&stranger.addr).is_some());
    fed
}

#[test]
fn the_cookie_joins_its_own_address_only() {
    let mut node = node(id(0), Config::simple(), 1);
    let proof = cookie(&mut node, NOW, id(8));
    assert!(!joins(&mut node, NOW, id(9), proof));
    assert!(!joins(&mut node, NOW, id(8), proof ^ 1));
    assert!(!joins(&mut node, NOW, id(8), 0));
    assert!(joins(&mut node, NOW, life(8, 3), proof), "any of its lives");
}

#[test]
fn a_cookie_is_good_for_one_to_two_minutes() {
    for issued_at in [at(0), at(59), at(60), at(100)] {
        let mut node = node(id(0), Config::simple(), 1);
        let proof = cookie(&mut node, issued_at, id(8));
        let latest = issued_at + seconds(60);
        assert!(joins(&mut node, latest, id(8), proof));
    }
    for issued_at in [at(0), at(59), at(60), at(100)] {
        let mut node = node(id(0), Config::simple(), 1);
        let proof = cookie(&mut node, issued_at, id(8));
        let too_late = issued_at + seconds(120);
        assert!(!joins(&mut node, too_late, id(8), proof));
    }
}

#[test]
fn a_cookie_of_another_node_proves_nothing() {
    let [mut one, mut other] = [1, 2].map(|seed| node(id(0), Config::simple(), seed));
    let proof = cookie(&mut other, NOW, id(8));
    assert!(!joins(&mut one, NOW, id(8), proof));
}

/// Only the holder of the address that was announced to can have seen the nonce.
#[test]
fn an_answer_that_echoes_our_nonce_proves_its_sender() {
    for answer in [
        |echo| Message::Feed { echo },
        |echo| Message::TurnUndead { echo },
        |echo| Message::Challenge { echo, cookie: 1 },
    ] {
        let mut node = node(id(0), Config::simple(), 1);
        assert_eq!(node.announce(NOW, &addr(9)), Ok(()));
        let Message::Announce { nonce, .. } = sent(&mut node, NOW)[0].1.header.message else {
            panic!("no announce");
        };
        for (from, echo, proves) in [(9, nonce ^ 1, false), (8, nonce, false), (9, nonce, true)] {
            let answer = packet(id(from), id(0), answer(echo));
            assert_eq!(receive(&mut node, at(1), &answer), Ok(()));
            assert_eq!(node.member(&addr(from)).is_some(), proves);
        }
    }
}

fn wide(n: u16, bytes: usize) -> Wide {
    Wide {
        addr: addr(n),
        life: 0,
        name: "x".repeat(bytes),
    }
}

/// An announce names an address where its answer names a whole identity; that must still fit.
#[test]
fn identities_of_any_length_can_join() {
    for bytes in (0..=275).step_by(25) {
        let mut seed = node(wide(0, bytes), Config::simple(), 1);
        let mut joiner = node(wide(9, bytes), Config::simple(), 2);
        assert_eq!(joiner.announce(NOW, &addr(0)), Ok(()));
        for _ in 0..2 {
            for (_, sent) in sent(&mut joiner, NOW) {
                assert_eq!(receive(&mut seed, NOW, &sent), Ok(()));
            }
            for (_, sent) in sent(&mut seed, NOW) {
                assert_eq!(receive(&mut joiner, NOW, &sent), Ok(()));
            }
        }
        assert!(seed.member(&addr(9)).is_some(), "a name of {bytes} bytes");
        assert!(joiner.member(&addr(0)).is_some());
    }
}

/// Two nodes that do not know each other: one datagram in the name of one must not start an
/// exchange that feeds itself.
#[test]
fn strangers_do_not_challenge_each_other_for_ever() {
    for message in [Message::Gossip, Message::Ping { number: 5 }] {
        let mut network = foca_sim::Network::new(1);
        for n in 0..2 {
            network.insert(addr(n), node(id(n), Config::simple(), u64::from(n)));
        }
        let spoofed = packet(id(1), id(0), message);
        network.inject(&addr(0), &spoofed.bytes(Wire::Native));
        network.run_for(seconds(1));
        let sent = network.stats().datagrams_sent;
        assert!(sent <= 6, "{sent} datagrams in a second for one");
    }
}

/// What comes from nobody is answered while there is room, and never crowds out members.
#[test]
fn a_flood_of_strangers_leaves_room_to_answer_members() {
    let config = Config::simple().with(|settings| settings.outbox_max = 20);
    let mut node = node(id(0), config.expect("valid settings"), 1);
    node.restore(NOW, [member(1, 0, Alive)]);
    for n in 100..300 {
        let stranger = packet(id(n), id(0), Message::Ping { number: 5 });
        assert_eq!(receive(&mut node, NOW, &stranger), Ok(()));
    }
    let ping = packet(id(1), id(0), Message::Ping { number: 6 });
    assert_eq!(receive(&mut node, NOW, &ping), Ok(()));
    let answers = sent(&mut node, NOW);
    let ack = Message::Ack { number: 6 };
    let answered = |(to, it): &(_, Packet<Id>)| *to == addr(1) && it.header.message == ack;
    assert!(answers.iter().any(answered));
    assert!(answers.len() <= 20);
    assert!(node.stats().challenges_dropped > 150);
    assert_eq!(node.stats().outbox_full, 0);
}

/// A process that was restarted as the same identity and told of nobody is found by those who
/// hold it down, and learns what to refute.
#[test]
fn looking_for_the_down_finds_one_that_knows_nobody() {
    for (seed, config) in (0..6).zip(support::on_both_wires(&Config::local()).into_iter().cycle()) {
        let mut network = support::formed(4, &config, seed, addr);
        network.remove(&addr(3));
        network.run_for(seconds(60));
        assert_eq!(support::state(&network, 0, 3), Some(Down));
        network.insert(addr(3), node(addr(3), config, 99));
        let deadline = network.now() + seconds(120);
        let found = network.run_until_condition(deadline, foca_sim::cluster::views_complete);
        assert!(found, "seed {seed}");
    }
}

/// The cookie proves to whoever asked that the answer comes from whom it asked.
#[test]
fn a_challenge_of_a_member_held_down_is_answered_with_its_cookie() {
    let mut node = node(id(0), Config::simple(), 1);
    node.restore(NOW, [member(9, 3, Down)]);
    let challenge = Message::Challenge { echo: 0, cookie: 7 };
    let answers = exchange(&mut node, NOW, &packet(id(9), id(0), challenge));
    let said_back = answers.iter().any(|(to, it)| {
        let message = &it.header.message;
        *to == addr(9)
            && matches!(
                message,
                Message::TurnUndead { echo: 7 } | Message::Announce { proof: 7, .. }
            )
    });
    assert!(said_back, "{answers:?}");
}

#[test]
fn a_member_known_by_rumour_is_challenged_when_it_announces_itself() {
    let mut node = node(id(0), Config::simple(), 1);
    node.merge(NOW, [member(9, 0, Alive)]);
    let proof = cookie(&mut node, NOW, id(9));
    let announce = packet(id(9), id(0), Message::Announce { nonce: 3, proof });
    let answers = exchange(&mut node, NOW, &announce);
    assert_eq!(answers[0].1.header.message, Message::Feed { echo: 3 });
}

/// A member is asked to prove itself again only where its proof is not remembered.
#[test]
fn a_member_that_answered_a_probe_needs_no_other_proof() {
    let mut node = node(id(0), Config::simple(), 1);
    node.restore(NOW, [member(9, 0, Alive), member(8, 0, Down)]);
    let (now, target, number) = support::wire::next_ping(&mut node);
    let ack = packet(target, id(0), Message::Ack { number });
    assert_eq!(receive(&mut node, now, &ack), Ok(()));
    let announce = packet(target, id(0), Message::Announce { nonce: 3, proof: 0 });
    let answers = exchange(&mut node, now + millis(1), &announce);
    assert_eq!(answers[0].1.header.message, Message::Feed { echo: 3 });
    assert_eq!(node.stats().challenges, 0);
}
