//! What the failure detector does when its parts are switched off: what published detectors do.

use crate::support;

use foca_core::{Config, Detector, Member, Message, Periodic, State, Unsent};
use support::stage::{Stage, receivers};
use support::{member, millis, on_both_wires, seconds};

/// On both wires: with everything on, and with one part off.
fn configs(switch_off: fn(&mut Detector)) -> Vec<(bool, Config)> {
    let mut all = vec![];
    for config in on_both_wires(&Config::simple()) {
        let without = config.with(|it| switch_off(&mut it.detector));
        all.push((true, config));
        all.push((false, without.expect("valid")));
    }
    all
}

fn is_suspected(member: &Member<support::Id>) -> bool {
    member.state == State::Suspect
}

#[test]
fn a_ping_that_waits_accuses_where_its_clock_starts_when_it_is_decided() {
    for (on, config) in configs(|it| it.sent_probes_only = false) {
        let mut stage = Stage::new(&config, 9);
        stage.serve();
        let begun = stage.now;
        if on {
            assert_eq!(stage.node.poll_timeout(), None, "it waits for its Ping");
            continue;
        }
        stage.serve();
        assert_eq!(stage.now, begun + config.probe_rtt);
        stage.serve();
        assert_eq!(stage.now, begun + config.probe_period);
        assert_eq!(
            stage.node.members().filter(|it| is_suspected(it)).count(),
            1
        );
        assert_eq!(stage.node.stats().probes_void, 0);
    }
}

#[test]
fn a_probe_that_hangs_accuses_nobody_before_its_ping_has_left_and_one_member_then() {
    for hangs in [false, true] {
        for config in on_both_wires(&Config::simple()) {
            let config = config.with(|it| {
                it.detector = Detector::swim();
                it.detector.tasks_hang = hangs;
            });
            let config = config.expect("valid");
            let mut stage = Stage::new(&config, 9);
            let end = stage.now + config.probe_period * 3 + millis(1);
            while stage.node.poll_timeout().is_some_and(|at| at <= end) {
                stage.serve();
            }
            let suspects =
                |stage: &Stage| stage.node.members().filter(|it| is_suspected(it)).count();
            assert_eq!(suspects(&stage) > 1, !hangs);
            assert!(!hangs || suspects(&stage) == 0);
            stage.now = end;
            stage.said();
            for _ in 0..2 {
                // Others are asked and the probe is judged without a pause: it is late.
                stage.node.handle_timeout(stage.now);
                stage.said();
            }
            assert_eq!(suspects(&stage) == 1, hangs);
        }
    }
}

#[test]
fn what_failed_to_leave_accuses_where_its_clock_starts_when_it_is_decided() {
    for (on, config) in configs(|it| it.sent_probes_only = false) {
        let mut stage = Stage::new(&config, 9);
        let end = stage.now + config.probe_period * 2;
        while stage.node.poll_timeout().is_some_and(|at| at <= end) {
            stage.serve();
            while stage
                .node
                .poll_transmit(stage.now, &mut [0; 2_000])
                .is_some()
            {
                stage.node.handle_unsent(stage.now, Unsent::Failed);
            }
        }
        assert_eq!(stage.node.members().any(is_suspected), !on);
    }
}

#[test]
fn helpers_count_where_the_clock_starts_when_a_probe_is_decided() {
    for (_, config) in configs(|it| it.sent_probes_only = false) {
        let mut stage = Stage::new(&config, 9);
        let (target, number) = stage.next_probe();
        let help = stage.next();
        assert_eq!(help.len(), config.indirect_probes);
        let answer = Message::ForwardedAck {
            origin: support::id(target),
            number,
        };
        assert_eq!(
            stage.tell(support::stage::name(&help[0].header.dst), answer),
            Ok(())
        );
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Alive));
        assert_eq!(stage.node.stats().probes_started, 2);
    }
}

#[test]
fn a_stall_is_blamed_on_others_where_it_goes_unnoticed() {
    for (on, config) in configs(|it| (it.stalls, it.sent_probes_only) = (false, false)) {
        let mut stage = Stage::new(&config, 9);
        let (target, _) = stage.next_probe();
        stage.now = stage.now + seconds(10);
        stage.node.handle_timeout(stage.now);
        let expected = if on { State::Alive } else { State::Suspect };
        assert_eq!(stage.state(target), Some(expected));
        assert_eq!(stage.node.stats().stalls, u64::from(on));
    }
}

#[test]
fn a_late_answer_changes_nothing_where_it_is_not_taken_for_life() {
    for (on, config) in configs(|it| it.late_answers = false) {
        let mut stage = Stage::new(&config, 9);
        let (suspect, number) = stage.next_probe();
        stage.next();
        stage.next();
        let end = stage.now + config.suspicion.least;
        stage.now = stage.now + millis(200);
        assert_eq!(stage.tell(suspect, Message::Ack { number }), Ok(()));
        stage.said();
        let teller = suspect % 9 + 1;
        while stage.node.poll_timeout().is_some_and(|at| at <= end) {
            assert_eq!(stage.tell(teller, Message::Gossip), Ok(()));
            stage.next();
        }
        let expected = if on { State::Suspect } else { State::Down };
        assert_eq!(stage.state(suspect), Some(expected));
    }
}

#[test]
fn a_suspect_that_gossips_is_told_only_where_that_is_switched_on() {
    for (on, config) in configs(|it| it.tell_suspects = false) {
        let mut stage = Stage::new(&config, 9);
        let rumour = [member(5, 0, State::Suspect)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &rumour), Ok(()));
        assert_eq!(stage.ask(5, Message::Gossip).len(), usize::from(on));
    }
}

#[test]
fn a_suspect_hears_of_it_in_every_datagram_only_where_it_has_buddies() {
    for (on, config) in configs(|it| (it.buddy, it.tell_suspects) = (false, false)) {
        let config = config.with(|it| it.transmissions = 1.into());
        let mut stage = Stage::new(&config.expect("valid"), 9);
        let rumour = [member(5, 0, State::Suspect)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &rumour), Ok(()));
        let spent = stage.ask(2, Message::Ping { number: 1 });
        assert_eq!(spent[0].members, rumour);
        let said = stage.ask(5, Message::Ping { number: 2 });
        assert_eq!(said[0].members.len(), usize::from(on));
    }
}

#[test]
fn who_hears_nobody_declares_others_down_only_where_deafness_goes_unnoticed() {
    for (on, config) in configs(|it| it.deafness = false) {
        let mut stage = Stage::new(&config, 9);
        stage.pass(config.probe_period * 2 + config.suspicion.least);
        let down = stage.node.all_members().any(|it| it.state == State::Down);
        assert_eq!(down, !on);
        assert!(stage.node.members().any(|it| it.state == State::Alive));
    }
}

#[test]
fn gossip_that_hangs_waits_for_its_last_round_to_leave_and_then_catches_up_with_one() {
    for hangs in [false, true] {
        for config in on_both_wires(&Config::simple()) {
            let config = config.with(|it| {
                it.periodic_gossip = Some(Periodic {
                    every: millis(200),
                    members: 3,
                });
                it.detector = Detector::swim();
                it.detector.tasks_hang = hangs;
            });
            let mut stage = Stage::new(&config.expect("valid"), 9);
            let rumour = [member(5, 0, State::Suspect)];
            assert_eq!(stage.tell_with(1, Message::Gossip, &rumour), Ok(()));
            let gossips = |said: &[support::wire::Packet<support::Id>]| {
                receivers(said, |message| *message == Message::Gossip).len()
            };
            let end = stage.now + seconds(1);
            while stage.node.poll_timeout().is_some_and(|at| at < end) {
                stage.serve();
            }
            stage.now = end;
            let waited = gossips(&stage.said());
            assert_eq!(waited == 3, hangs, "{waited}");
            assert!(waited >= 3);
            stage.node.handle_timeout(stage.now);
            assert_eq!(gossips(&stage.said()) == 3, hangs);
            stage.node.handle_timeout(stage.now);
            assert_eq!(gossips(&stage.said()), 0, "it caught up");
        }
    }
}

#[test]
fn who_is_held_down_is_listened_to_only_where_it_is_talked_with() {
    for (off, config) in configs(|it| it.talks_to_the_down = true) {
        let mut stage = Stage::new(&config, 9);
        let verdict = [member(5, 3, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &verdict), Ok(()));
        let rumour = [member(6, 0, State::Suspect)];
        assert_eq!(stage.tell_with(5, Message::Gossip, &rumour), Ok(()));
        assert_eq!(stage.state(6) == Some(State::Suspect), !off);
        let said = stage.ask(5, Message::Ping { number: 1 });
        let acks = receivers(&said, |it| matches!(it, Message::Ack { .. }));
        assert_eq!(acks == [5], !off);
        assert_eq!(stage.state(5), Some(State::Down), "it overrode nothing");
    }
}

#[test]
fn gossip_goes_to_who_is_held_down_only_where_it_is_talked_with() {
    for (off, config) in configs(|it| it.talks_to_the_down = true) {
        let config = config.with(|it| {
            it.transmissions = 200.into();
            it.periodic_gossip = Some(Periodic {
                every: millis(200),
                members: 3,
            });
        });
        let mut stage = Stage::new(&config.expect("valid"), 9);
        let verdict = [member(5, 3, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &verdict), Ok(()));
        stage.said();
        let told = receivers(&stage.pass(seconds(10)), |it| *it == Message::Gossip);
        assert!(told.contains(&6));
        assert_eq!(told.contains(&5), !off);
    }
}

#[test]
fn a_refutation_waits_for_what_leaves_next_where_it_is_not_told_at_once() {
    for (on, config) in configs(|it| it.refutes_at_once = false) {
        let mut stage = Stage::new(&config, 9);
        let accusation = [member(0, 0, State::Suspect)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &accusation), Ok(()));
        assert_eq!(stage.node.incarnation(), 1);
        let said = stage.said();
        assert_eq!(said.len(), if on { config.indirect_probes } else { 0 });
        let answer = stage.ask(2, Message::Ping { number: 1 });
        assert_eq!(answer[0].members, [member(0, 1, State::Alive)]);
    }
}
