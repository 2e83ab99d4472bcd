//! Statements about other lives of our own address.

use crate::support;

use foca_core::{
    AnnounceError, Config, Event, Identity, Instant, Member, Message, Periodic, Reject, State,
    Status,
};
use support::wire::{exchange, packet, receive, sent};
use support::{Node, addr, at, id, knowing, life, member, node, on_both_wires, seconds, told};

use State::{Alive, Down, Left, Suspect};

const NOW: Instant = Instant::ZERO;

/// A node in its sixth life, which knows member 1.
fn sixth(config: Config) -> Node {
    let mut node = node(life(0, 5), config, 1);
    node.restore(NOW, [member(1, 0, Alive)]);
    told(&mut node);
    node
}

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

#[test]
fn earlier_lives_of_our_address_are_neither_stored_nor_passed_on_nor_answered() {
    for config in configs() {
        let mut node = sixth(config);
        for state in [Alive, Suspect, Down, Left] {
            for earlier in [0, 4] {
                let news = Member {
                    id: life(0, earlier),
                    incarnation: 9,
                    state,
                };
                let gossip = packet(id(1), life(0, 5), Message::Gossip).members([news]);
                assert_eq!(exchange(&mut node, NOW, &gossip), []);
                node.merge(NOW, [news]);
            }
        }
        assert_eq!(sent(&mut node, NOW), []);
        assert_eq!(
            node.all_members().collect::<Vec<_>>(),
            [&member(1, 0, Alive)]
        );
        assert_eq!((node.identity(), node.incarnation()), (&life(0, 5), 0));
        assert_eq!(told(&mut node), []);
        let ping = packet(id(1), life(0, 5), Message::Ping { number: 1 });
        assert_eq!(exchange(&mut node, NOW, &ping)[0].1.members, []);
    }
}

/// Nobody looks for oneself: neither after renewing nor after hearing of a former life.
#[test]
fn a_node_never_announces_to_its_own_address() {
    for config in configs() {
        let config = config.with(|settings| {
            settings.periodic_announce_to_down = Some(Periodic {
                every: seconds(1),
                members: 3,
            });
            settings.periodic_announce = settings.periodic_announce_to_down;
            settings.suspicion = seconds(3_600).into();
        });
        let mut node = sixth(config.expect("valid settings"));
        node.merge(NOW, [member(0, 3, Down), member(2, 0, Down)]);
        let accusation = Member {
            id: life(0, 5),
            incarnation: 0,
            state: Down,
        };
        let gossip = packet(id(1), life(0, 5), Message::Gossip).members([accusation]);
        assert_eq!(receive(&mut node, NOW, &gossip), Ok(()));
        assert_eq!(node.set_identity(NOW, life(0, 9)), Ok(()));
        let mut announced = 0;
        while let Some(now) = node.poll_timeout().filter(|now| *now <= at(30)) {
            node.handle_timeout(now);
            for (to, _) in sent(&mut node, now) {
                assert_ne!(to, addr(0));
                announced += 1;
            }
        }
        assert!(announced > 30);
        let myself = node.announce(at(30), &addr(0));
        assert_eq!(myself, Err(AnnounceError::Myself));
    }
}

#[test]
fn a_later_life_of_our_address_is_outranked_whatever_is_said_of_it() {
    for config in configs() {
        for state in [Alive, Suspect, Down, Left] {
            let mut node = sixth(config.clone());
            let theirs = life(0, 12);
            let news = Member {
                id: theirs,
                incarnation: 3,
                state,
            };
            let gossip = packet(id(1), life(0, 5), Message::Gossip).members([news]);
            let sent = exchange(&mut node, NOW, &gossip);
            assert!(node.identity().generation() > theirs.generation());
            assert_eq!((node.incarnation(), node.status()), (0, Status::Joined));
            assert_eq!(told(&mut node), [Event::Renewed(*node.identity())]);
            assert_eq!(node.all_members().count(), 1, "theirs is not stored");
            assert_eq!(sent[0].1.members, [Member::alive(*node.identity())]);
        }
    }
}

#[test]
fn a_later_life_of_our_address_that_cannot_be_outranked_is_a_conflict() {
    for config in configs() {
        let mut node = sixth(config);
        let theirs = life(0, u16::MAX);
        let gossip = packet(id(1), life(0, 5), Message::Gossip).members([Member::alive(theirs)]);
        assert_eq!(exchange(&mut node, NOW, &gossip), []);
        assert_eq!(node.identity(), &life(0, 5));
        assert_eq!(node.status(), Status::Defunct);
        assert_eq!(told(&mut node), [Event::Conflict(theirs), Event::Defunct]);
    }
}

/// Two processes with one address hear of each other only through others; what they send to
/// each other is not believed.
#[test]
fn a_datagram_from_our_own_address_is_rejected_whatever_its_life() {
    for config in configs() {
        let mut node = sixth(config);
        for theirs in [0, 5, 9] {
            for dst in [life(0, 5), id(3)] {
                let gossip = packet(life(0, theirs), dst, Message::Gossip);
                let result = receive(&mut node, NOW, &gossip);
                assert_eq!(result, Err(Reject::FromMyself));
            }
        }
        assert_eq!(told(&mut node), []);
    }
}

/// State from before a restart is no accusation, but a later life in it must be outranked.
#[test]
fn restored_statements_about_us_accuse_nobody() {
    for config in configs() {
        let mut node = sixth(config);
        let saved = [Alive, Suspect, Down, Left].map(|state| Member {
            id: life(0, 5),
            incarnation: 7,
            state,
        });
        node.restore(NOW, saved);
        node.restore(NOW, [member(0, 9, Down)]);
        assert_eq!((node.identity(), node.incarnation()), (&life(0, 5), 0));
        node.restore(NOW, [Member::alive(life(0, 6))]);
        assert!(node.identity().generation() > 6);
    }
}

#[test]
fn knowing_ourselves_is_knowing_nobody() {
    for config in configs() {
        let mut node = knowing(config, [member(0, 0, Alive), member(0, 0, Down)]);
        node.merge(NOW, [member(0, 0, Alive)]);
        assert_eq!(node.all_members().count(), 0);
        assert_eq!(node.status(), Status::Alone);
        assert_eq!(node.member(&addr(0)), None);
    }
}
