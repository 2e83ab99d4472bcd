//! A node's life: how it starts, when it is joined, what changing its identity does.

use crate::support;

use std::collections::BTreeSet;

use foca_core::{
    Config, Event, IdentityError, Instant, Member, Message, Reject, State, Status, Timer, Wire,
};
use support::wire::{exchange, next_ping, packet, receive, sent};
use support::{addr, at, id, knowing, life, member, node, on_both_wires, seconds, told};

use State::{Alive, Down, Left};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

#[test]
fn a_new_node_is_alone_and_has_nothing_to_say() {
    for config in on_both_wires(&Config::lan()) {
        let mut node = node(id(0), config, 1);
        assert_eq!(node.status(), Status::Alone);
        assert_eq!((node.members().len(), node.all_members().count()), (0, 0));
        assert_eq!(node.poll_timeout(), None);
        assert_eq!(node.poll_event(), None);
        assert_eq!(sent(&mut node, NOW), []);
    }
}

#[test]
fn the_first_active_member_starts_the_probes_and_the_periodic_tasks() {
    let announcing = Config::lan().with(|it| it.reconciliation = None);
    for config in on_both_wires(&announcing.expect("valid")) {
        let mut node = node(id(0), config, 1);
        node.merge(NOW, [member(1, 0, Down)]);
        assert_eq!(node.status(), Status::Alone);
        node.merge(NOW, [member(2, 0, Alive)]);
        assert_eq!(node.status(), Status::Joined);
        assert_eq!(told(&mut node), [Event::MemberUp(id(2)), Event::Joined]);
        let mut timers = BTreeSet::new();
        let mut kinds = BTreeSet::new();
        let until = at(66);
        while let Some((now, timer)) = node.next_timer().filter(|(at, _)| *at <= until) {
            timers.insert(timer);
            node.handle_timeout(now);
            for (to, sent) in sent(&mut node, now) {
                kinds.insert((to == addr(1), kind(&sent.header.message)));
                if let Message::Ping { number } = sent.header.message {
                    let ack = packet(id(2), id(0), Message::Ack { number });
                    assert_eq!(receive(&mut node, now, &ack), Ok(()));
                }
            }
        }
        let expected = [
            Timer::Probe,
            Timer::Gossip,
            Timer::Announce,
            Timer::AnnounceToDown,
        ];
        assert_eq!(timers, BTreeSet::from(expected));
        let expected = [
            (false, "Announce"),
            (false, "Gossip"),
            (false, "Ping"),
            (true, "Announce"),
        ];
        assert_eq!(kinds, BTreeSet::from(expected));
    }
}

const fn kind<T>(message: &Message<T>) -> &'static str {
    match message {
        Message::Ping { .. } => "Ping",
        Message::Gossip => "Gossip",
        Message::Announce { .. } => "Announce",
        Message::Ack { .. }
        | Message::PingReq { .. }
        | Message::IndirectPing { .. }
        | Message::IndirectAck { .. }
        | Message::ForwardedAck { .. }
        | Message::Nack { .. }
        | Message::Feed { .. }
        | Message::Broadcast
        | Message::TurnUndead { .. }
        | Message::Challenge { .. }
        | Message::Compare { .. }
        | Message::Differences { .. } => "other",
    }
}

#[test]
fn losing_the_last_active_member_ends_the_probe_but_not_the_search() {
    for config in on_both_wires(&Config::lan()) {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        let (now, _, _) = next_ping(&mut node);
        node.merge(now, [member(1, 0, Down)]);
        assert_eq!(node.status(), Status::Alone);
        assert_eq!(told(&mut node), [Event::MemberDown(id(1)), Event::Alone]);
        let until = now + seconds(600);
        let mut announced = 0;
        while let Some((now, timer)) = node.next_timer().filter(|(at, _)| *at <= until) {
            assert_eq!(timer, Timer::Lonely);
            node.handle_timeout(now);
            announced += sent(&mut node, now).len();
        }
        assert!(announced >= 20, "{announced} attempts in ten minutes");
        assert_eq!(node.stats().probes_failed, 0);
    }
}

#[test]
fn only_a_later_life_or_another_address_is_a_change() {
    for config in configs() {
        let mut node = node(life(0, 5), config, 1);
        for refused in [life(0, 5), life(0, 4)] {
            let result = node.set_identity(NOW, refused);
            assert_eq!(result, Err(IdentityError::NotLater));
        }
        assert_eq!(node.identity(), &life(0, 5));
        assert_eq!(sent(&mut node, NOW), []);
        assert_eq!(node.set_identity(NOW, life(0, 9)), Ok(()));
        assert_eq!(node.set_identity(NOW, life(7, 0)), Ok(()));
        assert_eq!(node.identity(), &life(7, 0));
    }
}

#[test]
fn an_identity_that_fits_no_datagram_is_refused() {
    let small = Config::simple().with(|settings| settings.datagram_bytes_max = 100);
    let mut node = node(wide(0, 1), small.expect("valid settings"), 1);
    let refused = node.set_identity(NOW, wide(9, 60));
    assert_eq!(refused, Err(IdentityError::DoesNotFit));
    assert_eq!(node.identity(), &wide(0, 1));
}

fn wide(n: u8, bytes: usize) -> support::Wide {
    support::Wide {
        addr: addr(n.into()),
        life: n,
        name: "x".repeat(bytes),
    }
}

#[test]
fn a_later_life_starts_at_incarnation_zero_and_is_told_at_once() {
    for config in configs() {
        let mut node = knowing(config, (1..=5).map(|n| member(n, 0, Alive)));
        node.merge(NOW, [member(0, 6, State::Suspect)]);
        assert_eq!(node.incarnation(), 7);
        sent(&mut node, NOW);
        assert_eq!(node.set_identity(NOW, life(0, 3)), Ok(()));
        assert_eq!(node.incarnation(), 0);
        assert_eq!(node.status(), Status::Joined);
        let sent = sent(&mut node, NOW);
        let to: BTreeSet<_> = sent.iter().map(|(to, _)| to).collect();
        assert_eq!(to.len(), node.config().indirect_probes, "distinct members");
        for (_, sent) in &sent {
            assert_eq!((sent.header.src, sent.header.incarnation), (life(0, 3), 0));
            assert_eq!(sent.members[0], Member::alive(life(0, 3)));
        }
        assert_eq!(node.members().len(), 5, "who is known stays known");
    }
}

#[test]
fn moving_to_another_address_says_goodbye_to_the_former() {
    for (config, farewell) in configs().into_iter().zip([Left, Down]) {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        node.merge(NOW, [member(0, 6, State::Suspect)]);
        sent(&mut node, NOW);
        assert_eq!(node.set_identity(NOW, id(9)), Ok(()));
        let sent = sent(&mut node, NOW);
        assert_eq!(sent[0].1.header.src, id(9));
        assert!(sent[0].1.members.contains(&Member::alive(id(9))));
        assert!(sent[0].1.members.contains(&member(0, 7, farewell)));
    }
}

/// The address that we move to may have been somebody else's.
#[test]
fn the_former_owner_of_a_new_address_is_forgotten() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive), member(9, 4, Alive)]);
        assert_eq!(node.set_identity(NOW, life(9, 1)), Ok(()));
        assert_eq!(node.member(&addr(9)), None);
        assert_eq!(node.members().len(), 1);
    }
}

#[test]
fn what_is_sent_to_the_former_identity_is_not_for_us() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        let (now, _, number) = next_ping(&mut node);
        assert_eq!(node.set_identity(now, life(0, 1)), Ok(()));
        let late = packet(id(1), id(0), Message::Ack { number });
        assert_eq!(receive(&mut node, now, &late), Err(Reject::NotForMe));
    }
}

/// Whatever the probe waits for when the identity changes: probing goes on, and nobody is accused
/// for not answering an identity that is gone.
#[test]
fn changing_identity_in_mid_probe_accuses_nobody_and_ends_nothing() {
    for config in configs() {
        for sends_before in [false, true] {
            for stages in [1, 2] {
                let members = (1..=4).map(|n| member(n, 0, Alive));
                let mut node = knowing(config.clone(), members);
                let mut now = NOW;
                for _ in 0..stages {
                    now = node.poll_timeout().unwrap_or(now);
                    node.handle_timeout(now);
                    if sends_before {
                        sent(&mut node, now);
                    }
                }
                assert_eq!(node.set_identity(now, life(0, 1)), Ok(()));
                sent(&mut node, now);
                let until = now + seconds(60);
                let mut pings = 0;
                while let Some(now) = node.poll_timeout().filter(|at| *at <= until) {
                    node.handle_timeout(now);
                    for (_, sent) in sent(&mut node, now) {
                        if let Message::Ping { number } = sent.header.message {
                            pings += 1;
                            let dst = life(0, 1);
                            let ack = packet(sent.header.dst, dst, Message::Ack { number });
                            assert_eq!(receive(&mut node, now, &ack), Ok(()));
                        }
                    }
                }
                assert!(pings >= 35, "{pings} probes in a minute");
                assert_eq!(told(&mut node), []);
            }
        }
    }
}

#[test]
fn a_node_that_stopped_comes_back_as_itself() {
    for config in configs() {
        let mut node = knowing(config, [member(1, 0, Alive)]);
        node.leave(NOW);
        sent(&mut node, NOW);
        assert_eq!(node.set_identity(NOW, id(0)), Ok(()));
        assert_eq!(node.status(), Status::Joined);
        assert_eq!(node.incarnation(), 1, "what was said at 0 is overridden");
        assert!(told(&mut node).contains(&Event::Joined));
        assert!(node.poll_timeout().is_some());
        let answers = exchange(
            &mut node,
            at(1),
            &packet(id(1), id(0), Message::Ping { number: 9 }),
        );
        let acks = answers
            .iter()
            .filter(|(_, it)| it.header.message == Message::Ack { number: 9 });
        assert_eq!(acks.count(), 1);
    }
}

#[test]
fn a_node_that_stopped_without_knowing_anybody_comes_back_alone() {
    for config in configs() {
        let wire = config.wire;
        let mut node = node(id(0), config, 1);
        node.leave(NOW);
        assert_eq!(node.status(), Status::Left);
        assert_eq!(node.set_identity(NOW, life(0, 2)), Ok(()));
        assert_eq!(node.status(), Status::Alone);
        assert_eq!(node.announce(NOW, &addr(1)), Ok(()));
        let sent = sent(&mut node, NOW);
        assert_eq!(sent.len(), 1, "{wire:?}");
        assert_eq!(sent[0].1.header.src, life(0, 2));
        assert!(wire == Wire::Foca2 || sent[0].1.header.dst == id(1));
    }
}
