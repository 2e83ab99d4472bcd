//! Told to be down: renewing, refuting by incarnation where there is no renewal, or giving up.

use crate::support;

use std::net::SocketAddr;

use foca_codec::PostcardCodec;
use foca_core::{Codec, Config, Event, Identity, Instant, Member, Message, Reject, State, Status};
use serde::{Deserialize, Serialize};
use support::wire::{Packet, packet, receive, sent};
use support::{Id, Node, addr, at, id, knowing, life, member, node, on_both_wires, told};

use State::{Alive, Down, Left, Suspect};

const NOW: Instant = Instant::ZERO;

fn native() -> Config {
    Config::simple()
}

fn foca2() -> Config {
    Config::simple().foca2()
}

/// A node that renews, with one member it knows.
fn joined(config: Config) -> Node {
    knowing(config, [member(1, 0, Alive)])
}

/// News from member 1.
fn gossip<I: Identity>(from: I, to: I, news: Member<I>) -> Packet<I>
where
    PostcardCodec: Codec<I>,
{
    packet(from, to, Message::Gossip).members([news])
}

#[test]
fn a_verdict_about_us_renews_us_under_the_rules_of_foca() {
    for verdict in [member(0, 0, Down), member(0, 7, Down), member(0, 0, Left)] {
        let mut node = joined(foca2());
        assert_eq!(
            receive(&mut node, NOW, &gossip(id(1), id(0), verdict)),
            Ok(())
        );
        assert_eq!(node.identity(), &life(0, 1));
        assert_eq!((node.incarnation(), node.status()), (0, Status::Joined));
        assert_eq!(told(&mut node), [Event::Renewed(life(0, 1))]);
        let sent = sent(&mut node, NOW);
        assert_eq!(sent[0].1.header.src, life(0, 1));
        assert_eq!(node.all_members().count(), 1, "nothing about ourselves");
    }
}

#[test]
fn being_told_renews_us_too_and_once_per_identity() {
    let mut node = joined(foca2());
    let turn_undead = packet(id(1), id(0), Message::TurnUndead { echo: 0 });
    assert_eq!(receive(&mut node, NOW, &turn_undead), Ok(()));
    assert_eq!(told(&mut node), [Event::Renewed(life(0, 1))]);
    for _ in 0..100 {
        let again = receive(&mut node, NOW, &turn_undead);
        assert_eq!(again, Err(Reject::NotForMe));
    }
    assert_eq!(node.identity(), &life(0, 1));
    assert_eq!(told(&mut node), []);
}

#[test]
fn a_verdict_about_us_is_refuted_by_incarnation_under_native_rules() {
    for verdict in [member(0, 4, Down), member(0, 4, Left)] {
        let mut node = joined(native());
        assert_eq!(
            receive(&mut node, NOW, &gossip(id(1), id(0), verdict)),
            Ok(())
        );
        assert_eq!((node.identity(), node.incarnation()), (&id(0), 5));
        assert_eq!(told(&mut node), []);
        let sent = sent(&mut node, NOW);
        assert_eq!(sent[0].1.members[0], member(0, 5, Alive));
    }
}

#[test]
fn an_identity_that_cannot_renew_refutes_a_verdict_under_either_rules() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = node(addr(0), config, 1);
        node.restore(NOW, [Member::alive(addr(1))]);
        let verdict = Member {
            id: addr(0),
            incarnation: 3,
            state: Down,
        };
        let news = gossip(addr(1), addr(0), verdict);
        assert_eq!(receive(&mut node, NOW, &news), Ok(()));
        assert_eq!((node.incarnation(), node.status()), (4, Status::Joined));
    }
}

/// One `TurnUndead`, one refutation: its accusation is not answered twice.
#[test]
fn being_told_at_which_incarnation_we_are_down_raises_ours_by_one() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = node(addr(0), config, 1);
        node.restore(NOW, [Member::alive(addr(1))]);
        let accusation = Member {
            id: addr(0),
            incarnation: 0,
            state: Down,
        };
        let turn_undead =
            packet(addr(1), addr(0), Message::TurnUndead { echo: 0 }).members([accusation]);
        for _ in 0..20 {
            assert_eq!(receive(&mut node, NOW, &turn_undead), Ok(()));
            assert_eq!(node.incarnation(), 1);
        }
    }
}

/// Peers of the published crate say so for as long as they remember us, whatever our incarnation.
#[test]
fn being_told_without_an_incarnation_is_believed_once_per_suspicion_time() {
    let mut node = node(addr(0), foca2(), 1);
    node.restore(NOW, [Member::alive(addr(1))]);
    let turn_undead = packet(addr(1), addr(0), Message::TurnUndead { echo: 0 });
    for millis in (0..12_000).step_by(10) {
        let now = Instant::from_micros(millis * 1_000);
        assert_eq!(receive(&mut node, now, &turn_undead), Ok(()));
        sent(&mut node, now);
    }
    assert_eq!(node.incarnation(), 4, "twelve seconds of three each");
    assert_eq!(node.status(), Status::Joined);
}

/// Whose renewals are no later than itself.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Stuck {
    addr: SocketAddr,
    elsewhere: bool,
}

impl Identity for Stuck {
    type Addr = SocketAddr;

    fn addr(&self) -> &SocketAddr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        u64::from(self.addr == addr(9))
    }

    fn renew(&self) -> Option<Self> {
        let addr = if self.elsewhere { addr(9) } else { self.addr };
        Some(Self { addr, ..*self })
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self {
            addr: *addr,
            elsewhere: false,
        }
    }
}

#[test]
fn a_renewal_that_is_no_later_life_of_our_address_counts_as_none() {
    for elsewhere in [false, true] {
        let [we, they] = [0, 1].map(|n| Stuck {
            addr: addr(n),
            elsewhere,
        });
        let mut node = node(we, foca2(), 1);
        node.restore(NOW, [Member::alive(they)]);
        told(&mut node);
        let verdict = Member {
            id: we,
            incarnation: 0,
            state: Down,
        };
        assert_eq!(receive(&mut node, NOW, &gossip(they, we, verdict)), Ok(()));
        assert_eq!(node.identity(), &we);
        assert_eq!(node.status(), Status::Defunct);
        assert_eq!(told(&mut node), [Event::Defunct]);
    }
}

/// A node whose identity and incarnation are used up, after being told so.
fn defunct() -> Node {
    let last = life(0, u16::MAX);
    let mut node = node(last, foca2(), 1);
    node.restore(NOW, [member(1, 0, Alive)]);
    told(&mut node);
    let suspicion = Member {
        id: last,
        incarnation: 65_535,
        state: Suspect,
    };
    let news = gossip(id(1), last, suspicion);
    assert_eq!(receive(&mut node, NOW, &news), Ok(()));
    assert_eq!(node.status(), Status::Defunct);
    node
}

#[test]
fn a_defunct_node_takes_nothing_in_and_says_nothing() {
    let mut node = defunct();
    assert_eq!(told(&mut node), [Event::Defunct]);
    let us = *node.identity();
    for message in [
        Message::Ping { number: 1 },
        Message::Announce { nonce: 0, proof: 0 },
        Message::TurnUndead { echo: 0 },
        Message::Gossip,
    ] {
        let result = receive(&mut node, NOW, &packet(id(2), us, message));
        assert_eq!(result, Err(Reject::Stopped));
    }
    assert_eq!(sent(&mut node, NOW), []);
    assert_eq!(node.poll_timeout(), None);
    assert_eq!(node.member(&addr(2)), None);
    assert_eq!(told(&mut node), [], "it is told once");
    assert_eq!(node.stats().datagrams_rejected.of(Reject::Stopped), 4);
}

#[test]
fn a_defunct_node_comes_back_under_another_address() {
    let mut node = defunct();
    told(&mut node);
    assert_eq!(node.set_identity(at(1), id(5)), Ok(()));
    assert_eq!(node.status(), Status::Joined);
    assert_eq!(told(&mut node)[0], Event::Joined);
    let sent = sent(&mut node, at(1));
    assert_eq!(sent[0].1.header.src, id(5));
}

#[test]
fn nothing_said_of_us_is_a_member_event() {
    for config in on_both_wires(&Config::simple()) {
        let mut node: Node<Id> = joined(config);
        for state in [Alive, Suspect, Down, Left, Suspect, Down] {
            let us = *node.identity();
            let news = Member {
                id: us,
                incarnation: node.incarnation(),
                state,
            };
            assert_eq!(receive(&mut node, NOW, &gossip(id(1), us, news)), Ok(()));
        }
        let about_members =
            |event: &Event<Id>| !matches!(event, Event::Renewed(_) | Event::Defunct);
        assert_eq!(
            told(&mut node)
                .iter()
                .filter(|it| about_members(it))
                .count(),
            0
        );
    }
}
