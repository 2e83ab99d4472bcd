//! What is refused leaves no trace but its counter: the node goes on as its twin that never saw it.

use crate::support;

use foca_core::{
    AnnounceError, BroadcastError, Config, ConfigError, IdentityError, Member, Message, Reject,
    State, Stats, VERSION, Wire,
};
use support::stage::Stage;
use support::wire::{Packet, packet, sealed};
use support::{Id, addr, id, life, member, on_both_wires, transmits};

/// Two equal nodes in the middle of their work: a probe under way, a suspect, news, replies due.
fn twins(config: &Config) -> [Stage; 2] {
    [(); 2].map(|()| {
        let mut stage = Stage::new(config, 9);
        stage.next_probe();
        stage.next();
        stage.next_probe();
        stage.node.merge(stage.now, [Member::alive(id(30))]);
        assert_eq!(stage.tell(2, Message::Ping { number: 5 }), Ok(()));
        stage
    })
}

/// Everything the node says and everything it tells from here on, bytes and moments included.
fn future(mut stage: Stage) -> impl PartialEq + std::fmt::Debug {
    let mut said = vec![(stage.now, transmits(&mut stage.node, stage.now))];
    for _ in 0..30 {
        stage.serve();
        said.push((stage.now, transmits(&mut stage.node, stage.now)));
    }
    let members: Vec<_> = stage.node.all_members().copied().collect();
    let identity = (*stage.node.identity(), stage.node.incarnation());
    (said, members, stage.events(), identity, stage.node.status())
}

/// The counters, as if nothing had ever been rejected.
fn stats_without_rejects(stage: &Stage) -> Stats {
    let mut stats = stage.node.stats();
    stats.datagrams_rejected = Default::default();
    stats
}

/// Each way to be rejected, as a datagram to `id(0)` of a sender that is known and active. Aboard is
/// news that would show if it was taken in.
fn hostile(wire: Wire) -> Vec<(Reject, Vec<u8>)> {
    let me = id(0);
    let news = [member(2, 9, State::Down), member(0, 0, State::Suspect)];
    let gossip = || {
        packet(id(1), me, Message::Gossip)
            .incarnation(7)
            .members(news)
    };
    let third = |target| packet(id(1), me, Message::PingReq { target, number: 1 });
    let truncated = {
        let mut payload = gossip().payload(wire);
        payload.pop();
        match wire {
            Wire::Native => sealed(&payload),
            Wire::Foca2 => payload,
        }
    };
    let broken_items = {
        let mut payload = gossip().items(&[b"fine"]).payload(wire);
        payload.extend([0, 0]);
        match wire {
            Wire::Native => sealed(&payload),
            Wire::Foca2 => payload,
        }
    };
    let bytes = |packet: Packet<Id>| packet.bytes(wire);
    let mut all = vec![
        (Reject::FromMyself, bytes(packet(me, me, Message::Gossip))),
        (
            Reject::FromMyself,
            bytes(packet(life(0, 4), me, Message::Gossip)),
        ),
        (
            Reject::NotForMe,
            bytes(packet(id(1), id(5), Message::Gossip).members(news)),
        ),
        (
            Reject::NotForMe,
            bytes(packet(id(1), life(0, 4), Message::Ping { number: 5 })),
        ),
        (Reject::NamesMyself, bytes(third(me).members(news))),
        (Reject::TooLong, vec![0xF0; 1_401]),
        (Reject::Undecodable, truncated),
        (Reject::Undecodable, broken_items),
    ];
    match wire {
        Wire::Native => {
            let flip = |at: usize| {
                let mut datagram = bytes(gossip());
                datagram[at] ^= 1;
                datagram
            };
            assert_eq!(VERSION, 1);
            all.extend([
                (Reject::TooShort, vec![]),
                (Reject::TooShort, vec![0xF0, 0xCA, 1, 0]),
                (Reject::WrongWire, gossip().payload(Wire::Foca2)),
                (Reject::UnknownVersion, flip(2)),
                (Reject::ForeignCluster, flip(5)),
                (Reject::BadChecksum, flip(20)),
            ]);
        }
        Wire::Foca2 => all.extend([
            (Reject::WrongWire, gossip().bytes(Wire::Native)),
            (Reject::Undecodable, vec![]),
            (Reject::Undecodable, vec![0xFF; 40]),
        ]),
    }
    all
}

#[test]
fn a_rejected_datagram_changes_its_counter_and_nothing_else() {
    for config in on_both_wires(&Config::simple()) {
        for (reject, datagram) in hostile(config.wire) {
            let [mut stage, twin] = twins(&config);
            let result = stage.node.handle_datagram(stage.now, &datagram);
            assert_eq!(result, Err(reject), "{datagram:02x?}");
            let rejects = stage.node.stats().datagrams_rejected;
            assert_eq!((rejects.of(reject), rejects.total()), (1, 1));
            assert_eq!(stats_without_rejects(&stage), twin.node.stats());
            assert_eq!(future(stage), future(twin), "after {reject:?}");
        }
    }
}

#[test]
fn after_leaving_every_datagram_is_rejected_whatever_it_says() {
    for config in on_both_wires(&Config::simple()) {
        let [stage, twin] = twins(&config).map(|mut stage| {
            stage.node.leave(stage.now);
            stage
        });
        let mut stage = stage;
        for n in 1..=9 {
            let news = [member(0, 0, State::Down), Member::alive(id(40))];
            let result = stage.tell_with(n, Message::Gossip, &news);
            assert_eq!(result, Err(Reject::Stopped));
        }
        assert_eq!(stats_without_rejects(&stage), twin.node.stats());
        let says = |mut stage: Stage| {
            let said = transmits(&mut stage.node, stage.now);
            (said, stage.node.poll_timeout())
        };
        assert_eq!(says(stage), says(twin));
    }
}

#[test]
fn a_refused_command_changes_nothing() {
    type Command = fn(&mut Stage) -> bool;
    let commands: [Command; 7] = [
        |it| it.node.announce(it.now, &addr(0)) == Err(AnnounceError::Myself),
        |it| it.node.broadcast(it.now, b"") == Err(BroadcastError::Empty),
        |it| it.node.broadcast(it.now, &[1; 1_400]) == Err(BroadcastError::TooLong),
        |it| it.node.broadcast(it.now, b"item") == Err(BroadcastError::Malformed),
        |it| it.node.set_identity(it.now, id(0)) == Err(IdentityError::NotLater),
        |it| {
            let me = *it.node.identity();
            it.node.set_identity(it.now, me) == Err(IdentityError::NotLater)
        },
        |it| {
            let tiny = it.node.config().with(|it| it.datagram_bytes_max = 63);
            tiny == Err(ConfigError::DatagramBytes)
        },
    ];
    for config in on_both_wires(&Config::simple()) {
        for (index, command) in commands.into_iter().enumerate() {
            let [mut stage, twin] = twins(&config);
            assert!(command(&mut stage), "command {index}");
            assert_eq!(stage.node.stats(), twin.node.stats());
            assert_eq!(future(stage), future(twin), "after command {index}");
        }
    }
}
