//! One member was cut off and returns: the others must not suffer for what it believed meanwhile.

use crate::support;

use std::net::SocketAddr;
use std::time::Duration;

use foca_codec::PostcardCodec;
use foca_core::{Codec, Config, Event, Identity, Rules, State, Status};
use foca_sim::cluster::views_complete;
use support::{Cluster, addr, events, formed, id, on_both_wires, seconds, state};

/// Who is cut off.
const LOST: u16 = 3;

/// Longest time from the end of the isolation until everybody lists everybody.
const HEALED_WITHIN: Duration = Duration::from_secs(120);

/// Cuts one member off for so long, heals, and returns the network when all is well again.
fn cut_off_for<I>(
    duration: Duration,
    members: u16,
    config: &Config,
    seed: u64,
    name: fn(u16) -> I,
) -> Cluster<I>
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
{
    let mut network = formed(members, config, seed, name);
    network.partition(|from, to| (*from == addr(LOST)) != (*to == addr(LOST)));
    network.run_for(duration);
    network.heal();
    let deadline = network.now() + HEALED_WITHIN;
    let healed = network.run_until_condition(deadline, views_complete);
    assert!(
        healed,
        "{members} members cut off for {duration:?} under {:?}, seed {seed}",
        config.rules
    );
    network
}

/// Asserts that the members that stayed together neither changed their identities nor declared
/// each other down, then or later.
fn assert_only_one_suffered<I>(mut network: Cluster<I>, members: u16, name: fn(u16) -> I)
where
    I: Identity<Addr = SocketAddr>,
    PostcardCodec: Codec<I>,
{
    network.run_for(seconds(60));
    assert!(views_complete(&network));
    for n in (0..members).filter(|n| *n != LOST) {
        let node = network.machine(&addr(n)).expect("a node");
        assert_eq!(*node.identity(), name(n), "it kept its name");
        for event in events(&mut network, n) {
            assert!(!matches!(event, Event::Alone | Event::Defunct), "{n}");
            if let Some(about) = comings_and_goings(&event) {
                assert_eq!(*about.addr(), addr(LOST), "{n}: {event:?}");
            }
        }
    }
}

/// Who came, went or changed its name.
fn comings_and_goings<I>(event: &Event<I>) -> Option<&I> {
    if let Event::MemberDown(id) | Event::MemberUp(id) | Event::Renamed { from: id, .. } = event {
        Some(id)
    } else {
        None
    }
}

#[test]
fn a_long_lost_member_renames_nobody_else() {
    for config in on_both_wires(&Config::lan()) {
        for seed in 0..6 {
            let network = cut_off_for(seconds(180), 16, &config, seed, id);
            assert_only_one_suffered(network, 16, id);
        }
    }
    for config in on_both_wires(&Config::lan()) {
        for seed in 0..2 {
            let network = cut_off_for(seconds(180), 64, &config, seed, id);
            assert_only_one_suffered(network, 64, id);
        }
    }
}

/// Long enough to declare some down, too short to notice that everybody is.
#[test]
fn a_briefly_lost_member_renames_nobody_else() {
    for config in on_both_wires(&Config::lan()) {
        for seed in 0..4 {
            let network = cut_off_for(seconds(15), 16, &config, seed, id);
            assert_only_one_suffered(network, 16, id);
        }
    }
    for config in on_both_wires(&Config::lan()) {
        for cut_off_seconds in [30, 60] {
            let network = cut_off_for(seconds(cut_off_seconds), 64, &config, 1, id);
            assert_only_one_suffered(network, 64, id);
        }
    }
}

#[test]
fn a_lost_plain_address_makes_nobody_defunct() {
    for config in on_both_wires(&Config::lan()) {
        for cut_off_seconds in [15, 180] {
            let network = cut_off_for(seconds(cut_off_seconds), 16, &config, 1, addr);
            assert_only_one_suffered(network, 16, addr);
        }
    }
}

#[test]
fn it_returns_by_incarnation_or_as_a_later_life_as_the_rules_have_it() {
    for config in on_both_wires(&Config::lan()) {
        let network = cut_off_for(seconds(180), 16, &config, 3, id);
        let lost = network.machine(&addr(LOST)).expect("a node");
        let (life, incarnation) = (lost.identity().life, lost.incarnation());
        match config.rules {
            Rules::Native => assert!(life == 0 && incarnation > 0),
            Rules::Foca2 => assert!(life == 1),
        }
        assert_eq!(lost.status(), Status::Joined);
        assert_eq!(state(&network, 0, LOST), Some(State::Alive));
    }
}
