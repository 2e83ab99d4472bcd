//! Nobody looks for its own past lives: neither at its own address nor at an earlier one.

use crate::support;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use foca_core::{Config, Event, Member, Message, State};
use foca_sim::cluster::views_complete;
use support::wire::Packet;
use support::{Cluster, Id, addr, events, formed, id, life, member, on_both_wires, seconds};

/// Sender and receiver of every `Announce` from here on.
fn announces(network: &mut Cluster, config: &Config) -> Rc<RefCell<Vec<(SocketAddr, SocketAddr)>>> {
    let (seen, wire) = (Rc::new(RefCell::new(Vec::new())), config.wire);
    let log = seen.clone();
    network.tap(move |_, from, to, datagram| {
        let packet = Packet::<Id>::read(wire, datagram);
        if matches!(packet.header.message, Message::Announce { .. }) {
            log.borrow_mut().push((*from, *to));
        }
    });
    seen
}

#[test]
fn whoever_returned_as_a_later_life_never_announces_to_its_own_address() {
    let announcing = Config::lan().with(|it| it.reconciliation = None);
    for config in on_both_wires(&announcing.expect("valid")) {
        let mut network = formed(5, &config, 1, id);
        let announces = announces(&mut network, &config);
        // By being declared down, by command, and by outranking.
        network.with(&addr(1), |node, now| {
            let accusation = Member {
                state: State::Down,
                ..Member::alive(id(1))
            };
            node.merge(now, [accusation]);
        });
        let changed = network.with(&addr(2), |node, now| node.set_identity(now, life(2, 5)));
        assert_eq!(changed, Some(Ok(())));
        network.with(&addr(3), |node, now| {
            node.merge(now, [Member::alive(life(3, 4))]);
        });
        assert!(events(&mut network, 3).contains(&Event::Renewed(life(3, 5))));
        // News of their earlier lives is still going round.
        for n in 1..4 {
            network.with(&addr(n), |node, now| {
                node.merge(now, [Member::alive(id(n)), member(n, 3, State::Down)]);
            });
        }
        network.run_for(seconds(1_200));
        assert!(views_complete(&network));
        assert!(announces.borrow().len() > 100);
        assert!(announces.borrow().iter().all(|(from, to)| from != to));
        for (own, node) in network.machines() {
            assert_eq!(node.member(own), None, "nobody is its own member");
        }
    }
}

#[test]
fn whoever_moved_does_not_announce_to_its_earlier_address() {
    for config in on_both_wires(&Config::lan()) {
        let mut network = formed(5, &config, 1, id);
        let announces = announces(&mut network, &config);
        let now = network.now();
        let mut node = network.remove(&addr(3)).expect("a node");
        assert_eq!(node.set_identity(now, id(103)), Ok(()));
        network.insert(addr(103), node);
        network.run_for(seconds(1_200));
        assert!(views_complete(&network), "{:?}", config.wire);
        let announces = announces.borrow();
        let own: Vec<_> = announces
            .iter()
            .filter(|(from, _)| *from == addr(103))
            .collect();
        assert!(!own.is_empty());
        assert!(own.iter().all(|(_, to)| *to != addr(3)));
    }
}

#[test]
fn whoever_moved_alone_does_not_look_for_its_earlier_self() {
    for config in on_both_wires(&Config::lan()) {
        let mut network = formed(2, &config, 1, id);
        network.remove(&addr(1));
        network.run_for(seconds(60));
        let announces = announces(&mut network, &config);
        let now = network.now();
        let mut node = network.remove(&addr(0)).expect("a node");
        assert_eq!(node.set_identity(now, id(100)), Ok(()));
        network.insert(addr(100), node);
        network.run_for(seconds(1_200));
        assert!(announces.borrow().len() >= 40);
        assert!(announces.borrow().iter().all(|(_, to)| *to == addr(1)));
    }
}
