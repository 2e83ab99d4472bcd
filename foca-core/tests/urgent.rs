//! What cannot wait for the next round of gossip is passed on when it is heard.

use crate::support;

use std::num::NonZeroU32;

use foca_core::{Config, Message, State};
use support::stage::{Stage, receivers};
use support::{Cluster, Node, addr, formed, id, member, millis, on_both_wires};

/// Members 1 to 6 alive but for the suspect 2.
fn with_a_suspect(config: &Config) -> Stage {
    let mut stage = Stage::new(config, 6).acquainted();
    let suspicion = [member(2, 0, State::Suspect)];
    assert_eq!(stage.tell_with(1, Message::Gossip, &suspicion), Ok(()));
    stage.said();
    stage
}

/// How many members it gossips to when it hears this.
fn passed_on(stage: &mut Stage, incarnation: u32, state: State) -> usize {
    let news = [member(2, incarnation, state)];
    assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
    let said = stage.said();
    assert!(said.iter().all(|packet| packet.members.contains(&news[0])));
    receivers(&said, |message| *message == Message::Gossip).len()
}

#[test]
fn verdicts_goodbyes_and_refutations_are_passed_on_when_they_are_heard() {
    for config in on_both_wires(&Config::lan()) {
        assert_eq!(passed_on(&mut with_a_suspect(&config), 0, State::Down), 3);
        assert_eq!(passed_on(&mut with_a_suspect(&config), 1, State::Alive), 3);
    }
    let mut native = with_a_suspect(&Config::lan());
    assert_eq!(passed_on(&mut native, 0, State::Left), 3);
}

#[test]
fn other_news_waits_for_the_next_round() {
    for config in on_both_wires(&Config::lan()) {
        let mut stage = Stage::new(&config, 6).acquainted();
        assert_eq!(passed_on(&mut stage, 1, State::Alive), 0);
        assert_eq!(passed_on(&mut stage, 1, State::Suspect), 0);
        assert_eq!(passed_on(&mut stage, 1, State::Down), 3);
        assert_eq!(passed_on(&mut stage, 1, State::Down), 0, "once");
    }
}

#[test]
fn what_is_urgent_keeps_within_the_bytes_set_for_haste() {
    let none = Config::lan().with(|it| it.gossip_burst_bytes_per_second = None);
    let mut stage = with_a_suspect(&none.expect("valid"));
    assert_eq!(passed_on(&mut stage, 0, State::Down), 0);

    let few = Config::lan().with(|it| it.gossip_burst_bytes_per_second = NonZeroU32::new(100));
    let mut stage = Stage::new(&few.expect("valid"), 6).acquainted();
    let mut passed = 0;
    for incarnation in 1..20 {
        for state in [State::Down, State::Alive] {
            passed += passed_on(
                &mut stage,
                incarnation * 2 + u32::from(state == State::Alive),
                state,
            );
        }
    }
    assert!((1..=6).contains(&passed), "{passed} datagrams in no time");
}

/// How many members hold member 0 as gone.
fn informed(network: &Cluster) -> usize {
    let holds = |node: &Node| {
        node.member(&addr(0))
            .is_some_and(|it| it.state == State::Left)
    };
    network.machines().filter(|(_, node)| holds(node)).count()
}

#[test]
fn a_goodbye_is_nearly_everywhere_after_a_few_flights() {
    let mut network = formed(64, &Config::lan(), 3, id);
    network.with(&addr(0), |node, now| node.leave(now));
    // A flight takes two milliseconds at most, and when every member tells three others as it hears,
    // all but e^-3 of them are reached; a round of gossip comes every 200 milliseconds.
    let soon = network.now() + millis(40);
    let most = |network: &Cluster| informed(network) >= 63 * 9 / 10;
    assert!(
        network.run_until_condition(soon, most),
        "{}",
        informed(&network)
    );
}
