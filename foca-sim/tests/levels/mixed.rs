//! Members of all three levels in one cluster.

use foca_codec::CheckedEnvelope;
use foca_core::{Foca, NoBroadcasts, Setup, State};
use foca_runtime::{Config, Event, PostcardCodec};
use foca_sim::Network;
use foca_sim::levels::Level;

use crate::cluster::{Any, addr, driver, id, node, seconds};

/// Two of each.
fn mixed() -> Network<Any> {
    let mut network = Network::new(9);
    for number in 0..6 {
        let member = match number % 3 {
            0 => Level::Foca(foca(number)),
            1 => Level::Node(node(number, &network)),
            _ => Level::Driver(driver(number, &network)),
        };
        network.insert(addr(number), member);
    }
    // The protocol alone has no seeds.
    let joined = network.with(&addr(3), |member, now| member.join(now, &addr(0)));
    assert_eq!(joined, Some(Ok(())));
    network.run_for(seconds(20));
    network
}

fn foca(number: u8) -> Foca<foca_runtime::NodeId, PostcardCodec> {
    let setup = Setup {
        identity: id(number),
        config: Config::simple(),
        codec: PostcardCodec,
        broadcasts: NoBroadcasts,
        envelope: Box::new(CheckedEnvelope::default()),
        seed: number.into(),
    };
    Foca::new(setup, foca_core::Instant::ZERO).expect("a valid configuration")
}

/// Whom a member lists, itself included.
fn view(member: &Any) -> Vec<foca_runtime::NodeId> {
    let mut view: Vec<_> = member.members().into_iter().map(|m| m.id).collect();
    view.push(member.identity());
    view.sort();
    view
}

#[test]
fn all_levels_come_to_one_view() {
    let network = mixed();
    let everybody: Vec<_> = (0..6).map(id).collect();
    for (addr, member) in network.machines() {
        assert_eq!(view(member), everybody, "at {addr}");
    }
}

#[test]
fn each_level_tells_a_crash_from_a_goodbye() {
    for (crashed, leaver) in [(3, 4), (4, 5), (5, 3)] {
        let mut network = mixed();
        for number in 0..6 {
            let read = |member: &mut Any, _| while member.poll_event().is_some() {};
            network.with(&addr(number), read).expect("it is there");
        }
        network.remove(&addr(crashed));
        network
            .with(&addr(leaver), |member, now| member.leave(now))
            .expect("it is there");
        network.run_for(seconds(60));
        for number in (0..6).filter(|number| ![crashed, leaver].contains(number)) {
            let read = |member: &mut Any, _| {
                let events: Vec<_> = std::iter::from_fn(|| member.poll_event()).collect();
                events
            };
            let events = network.with(&addr(number), read).expect("it is there");
            assert!(
                events.contains(&Event::MemberDown(id(crashed))),
                "{events:?}"
            );
            assert!(
                events.contains(&Event::MemberLeft(id(leaver))),
                "{events:?}"
            );
            assert!(
                !events.contains(&Event::MemberDown(id(leaver))),
                "{events:?}"
            );
        }
        let alive = |member: &Any| member.members().iter().all(|m| m.state == State::Alive);
        assert!(network.machines().all(|(_, member)| alive(member)));
    }
}
