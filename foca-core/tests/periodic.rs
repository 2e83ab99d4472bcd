//! What repeats by itself: looking for members, for those that came back, for anybody at all.

use crate::support;

use std::collections::BTreeSet;

use foca_core::{Config, Event, Member, Message, Periodic, State, Status, Timer};
use support::stage::{Stage, receivers};
use support::{Id, id, life, member, millis, on_both_wires, seconds};

const fn is_announce(message: &Message<Id>) -> bool {
    matches!(message, Message::Announce { .. })
}

const fn task(seconds: u64, members: usize) -> Periodic {
    Periodic {
        every: std::time::Duration::from_secs(seconds),
        members,
    }
}

fn announcing() -> [Config; 2] {
    let config = Config::simple().with(|it| {
        it.periodic_announce = Some(task(30, 2));
        it.periodic_announce_to_down = Some(task(50, 3));
    });
    on_both_wires(&config.expect("valid"))
}

/// A node that knows six, of which the last two are down and one left.
fn stage(config: &Config) -> Stage {
    let mut stage = Stage::new(config, 3);
    let gone = [
        member(4, 0, State::Down),
        member(5, 0, State::Down),
        member(6, 0, State::Left),
    ];
    stage.node.restore(stage.now, gone);
    stage
}

#[test]
fn random_active_members_are_asked_for_more_members_again_and_again() {
    for config in announcing() {
        let mut stage = stage(&config);
        let mut asked = BTreeSet::new();
        for _ in 0..20 {
            let said = stage.pass_in_peace(seconds(30));
            let active: Vec<_> = receivers(&said, is_announce)
                .into_iter()
                .filter(|n| *n <= 3)
                .collect();
            let distinct: BTreeSet<_> = active.iter().copied().collect();
            assert_eq!((active.len(), distinct.len()), (2, 2));
            asked.extend(distinct);
        }
        assert_eq!(asked, (1..=3).collect());
    }
}

/// How long until the node asks for more members, to a tenth of a second.
fn until_announce(stage: &mut Stage) -> std::time::Duration {
    let start = stage.now;
    loop {
        let said = stage.pass_in_peace(millis(100));
        if !receivers(&said, is_announce).is_empty() {
            return stage.now.duration_since(start);
        }
    }
}

#[test]
fn a_feed_with_somebody_new_is_followed_by_more_questions_until_none_is() {
    for config in announcing() {
        let mut stage = Stage::new(&config, 3);
        let feed = Message::Feed { echo: 0 };
        let news: Vec<_> = (10..39).map(|n| member(n, 0, State::Alive)).collect();
        assert_eq!(stage.tell_with(1, feed.clone(), &news), Ok(()));
        // The first since joining: a fifth of the probe period, longer by the 29 told of 32 known.
        let least = config.probe_period / 5;
        let mut pause = least + least * 29 / 32;
        while pause < seconds(30) {
            let waited = until_announce(&mut stage);
            let most = pause * 3 / 2 + millis(100);
            assert!(
                waited >= pause / 2 && waited <= most,
                "{waited:?} {pause:?}"
            );
            // Half of all, and nobody new: half as long again.
            let known: Vec<_> = stage.node.members().take(16).copied().collect();
            assert_eq!(stage.node.members().len(), 32);
            assert_eq!(stage.tell_with(1, feed.clone(), &known), Ok(()));
            pause = pause * 3 / 2;
        }
        until_announce(&mut stage);
        assert!(until_announce(&mut stage) >= seconds(30) - millis(100));
        // In calm times 29 new ones are a thirtieth of the usual pause.
        let news: Vec<_> = (50..79).map(|n| member(n, 0, State::Alive)).collect();
        assert_eq!(stage.tell_with(1, feed, &news), Ok(()));
        let waited = until_announce(&mut stage);
        assert!(
            (millis(500)..=millis(1_600)).contains(&waited),
            "{waited:?}"
        );
    }
}

#[test]
fn members_that_are_down_are_looked_for_but_not_those_that_left() {
    let [native, foca2] = announcing();
    // That wire cannot tell who left from who is down.
    for (config, expected) in [(native, vec![4, 5]), (foca2, vec![4, 5, 6])] {
        let mut stage = stage(&config);
        for _ in 0..10 {
            let said = stage.pass_in_peace(seconds(50));
            let down: Vec<_> = receivers(&said, is_announce)
                .into_iter()
                .filter(|n| *n > 3)
                .collect();
            assert_eq!(down.len(), expected.len());
            let distinct: BTreeSet<_> = down.into_iter().collect();
            assert_eq!(distinct, expected.iter().copied().collect());
        }
    }
}

#[test]
fn a_task_without_anybody_to_talk_to_goes_on() {
    for config in announcing() {
        let mut stage = Stage::new(&config, 2);
        let said = stage.pass_in_peace(seconds(200));
        assert!(receivers(&said, is_announce).iter().all(|n| *n <= 2));
        stage.node.restore(stage.now, [member(4, 0, State::Down)]);
        let said = stage.pass_in_peace(seconds(50));
        assert!(receivers(&said, is_announce).contains(&4));
    }
}

#[test]
fn a_task_that_is_switched_off_stops_and_one_switched_on_starts() {
    for config in announcing() {
        let mut stage = stage(&config);
        let off = config.with(|it| {
            it.periodic_announce = None;
            it.periodic_announce_to_down = None;
        });
        let changed = stage.node.set_config(stage.now, off.expect("valid"));
        assert_eq!(changed, Ok(()));
        let said = stage.pass_in_peace(seconds(300));
        assert!(receivers(&said, is_announce).is_empty());

        assert_eq!(stage.node.set_config(stage.now, config), Ok(()));
        let said = stage.pass_in_peace(seconds(50));
        let asked = receivers(&said, is_announce);
        assert!(asked.iter().any(|n| *n <= 3) && asked.contains(&4));
    }
}

#[test]
fn no_task_runs_without_another_active_member() {
    for config in announcing() {
        let mut stage = stage(&config);
        let everybody: Vec<_> = (1..=3).map(|n| member(n, 0, State::Down)).collect();
        assert_eq!(stage.tell_with(1, Message::Gossip, &everybody), Ok(()));
        assert_eq!(stage.node.status(), Status::Alone);
        for _ in 0..10 {
            assert!(matches!(
                stage.node.next_timer(),
                Some((_, Timer::Lonely | Timer::Member))
            ));
            stage.next();
        }
    }
}

#[test]
fn a_lonely_node_looks_for_the_down_with_growing_pauses_and_never_stops() {
    for config in on_both_wires(&Config::lan()) {
        let mut stage = Stage::new(&config, 5);
        let everybody: Vec<_> = (1..=5).map(|n| member(n, 0, State::Down)).collect();
        assert_eq!(stage.tell_with(1, Message::Gossip, &everybody), Ok(()));
        let (mut pauses, mut sought) = (Vec::new(), BTreeSet::new());
        for _ in 0..200 {
            let before = stage.now;
            let said = stage.next();
            pauses.push(stage.now.duration_since(before));
            let to = receivers(&said, is_announce);
            assert_eq!(to.len(), config.indirect_probes);
            sought.extend(to);
        }
        assert_eq!(sought, (1..=5).collect());
        assert!(pauses[0] <= config.lonely_retry_min);
        let (shortest, longest) = (config.lonely_retry_max / 2, config.lonely_retry_max);
        for pause in &pauses[10..] {
            assert!((shortest..=longest).contains(pause), "{pause:?}");
        }
    }
}

#[test]
fn pauses_of_a_lonely_node_start_short_again_each_time() {
    for config in on_both_wires(&Config::lan()) {
        let mut stage = Stage::new(&config, 1);
        for round in 0..3 {
            let silent = Member {
                id: life(1, round),
                incarnation: 0,
                state: State::Down,
            };
            stage.node.merge(stage.now, [silent]);
            let began = stage.now;
            stage.next();
            assert!(stage.now.duration_since(began) <= config.lonely_retry_min);
            stage.pass(seconds(300));
            stage
                .node
                .merge(stage.now, [Member::alive(life(1, round + 1))]);
            assert_eq!(stage.node.status(), Status::Joined);
            stage.pass_in_peace(seconds(3));
        }
    }
}

#[test]
fn lonely_nodes_do_not_move_in_step() {
    for config in on_both_wires(&Config::lan()) {
        let mut stage = Stage::new(&config, 1);
        stage.node.merge(stage.now, [member(1, 0, State::Down)]);
        stage.pass(seconds(100));
        let pauses: BTreeSet<_> = (0..20)
            .map(|_| {
                let before = stage.now;
                stage.next();
                stage.now.duration_since(before)
            })
            .collect();
        assert!(pauses.len() > 15, "{pauses:?}");
    }
}

#[test]
fn whoever_answers_ends_the_loneliness() {
    for config in on_both_wires(&Config::lan()) {
        let mut stage = Stage::new(&config, 1);
        stage.node.merge(stage.now, [member(1, 0, State::Down)]);
        assert_eq!(stage.events(), [Event::MemberDown(id(1)), Event::Alone]);
        let said = stage.next();
        let Message::Announce { nonce, .. } = said[0].header.message else {
            panic!("{said:?}");
        };
        let mut feed = support::wire::packet(life(1, 1), id(0), Message::Feed { echo: nonce });
        if stage.wire() == foca_core::Wire::Foca2 {
            feed.header.message = Message::Feed { echo: 0 };
        }
        assert_eq!(stage.tell_packet(&feed), Ok(()));
        assert_eq!(stage.node.status(), Status::Joined);
        let timer = stage.node.next_timer().map(|(_, timer)| timer);
        assert_ne!(timer, Some(Timer::Lonely));
        stage.pass_in_peace(millis(2_000));
        assert!(stage.node.stats().probes_started > 0);
    }
}
