//! From silence to a verdict: how long it takes, what stops it, and who is told.

use crate::support;

use foca_core::{Config, Event, Instant, Member, Message, State, Status};
use support::stage::{Stage, receivers};
use support::wire::packet;
use support::{Id, by_time_alone, confident, id, life, member, millis, on_both_wires};

fn configs() -> [Config; 2] {
    on_both_wires(&confident(&Config::simple()))
}

const fn is_turn_undead(message: &Message<Id>) -> bool {
    matches!(message, Message::TurnUndead { .. })
}

/// A member that has just been suspected for its silence, by a node that knows nine.
fn suspected(config: &Config) -> (Stage, u16) {
    let mut stage = Stage::new(config, 9);
    let (target, _) = stage.next_probe();
    stage.next();
    stage.serve();
    assert_eq!(stage.state(target), Some(State::Suspect));
    (stage, target)
}

/// Answers everything except what the suspect is asked.
fn pass_while_silent(stage: &mut Stage, silent: u16, until: Instant) -> Vec<u16> {
    let mut accused = Vec::new();
    let mut waiting = stage.said();
    loop {
        for said in waiting {
            if said.header.dst.addr != id(silent).addr {
                stage.answer(&said);
            } else if is_turn_undead(&said.header.message) {
                accused.push(silent);
            }
        }
        if stage.node.poll_timeout().is_none_or(|at| at > until) {
            break;
        }
        waiting = stage.next();
    }
    stage.now = until;
    accused
}

#[test]
fn a_suspicion_that_nobody_refutes_ends_in_a_verdict_after_its_time() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let end = stage.now + config.suspicion.least;
        let just_before = Instant::from_micros(end.as_micros() - 1);
        assert!(pass_while_silent(&mut stage, silent, just_before).is_empty());
        assert_eq!(stage.state(silent), Some(State::Suspect));
        assert_eq!(pass_while_silent(&mut stage, silent, end), [silent]);
        assert_eq!(stage.state(silent), Some(State::Down));
        let events = [
            Event::MemberSuspect(id(silent)),
            Event::MemberDown(id(silent)),
        ];
        assert_eq!(stage.events(), events);
    }
}

#[test]
fn a_refutation_in_time_stops_the_verdict_and_nobody_is_told_to_be_dead() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let refutation = packet(id(silent), id(0), Message::Gossip).incarnation(1);
        assert_eq!(stage.tell_packet(&refutation), Ok(()));
        let expected = [
            Event::MemberSuspect(id(silent)),
            Event::MemberRefuted(id(silent)),
        ];
        assert_eq!(stage.events(), expected);
        let said = stage.pass_in_peace(config.suspicion.least * 4);
        assert!(receivers(&said, is_turn_undead).is_empty());
        assert_eq!(stage.member(silent), Some(member(silent, 1, State::Alive)));
        assert_eq!(stage.events(), []);
    }
}

#[test]
fn a_refutation_that_others_pass_on_counts_as_well() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let teller = silent % 9 + 1;
        let news = [member(silent, 1, State::Alive)];
        assert_eq!(stage.tell_with(teller, Message::Gossip, &news), Ok(()));
        stage.pass_in_peace(config.suspicion.least * 4);
        assert_eq!(stage.member(silent), Some(member(silent, 1, State::Alive)));
    }
}

#[test]
fn talking_without_knowing_of_the_suspicion_does_not_refute_it() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let end = stage.now + config.suspicion.least;
        assert_eq!(stage.tell(silent, Message::Gossip), Ok(()));
        assert_eq!(stage.state(silent), Some(State::Suspect));
        pass_while_silent(&mut stage, silent, end);
        assert_eq!(stage.state(silent), Some(State::Down));
    }
}

#[test]
fn a_suspect_that_talks_is_told_of_the_suspicion_at_once() {
    for config in configs() {
        for message in [
            Message::Gossip,
            Message::Broadcast,
            Message::Ping { number: 3 },
        ] {
            let config = config
                .with(|it| it.transmissions = 1.into())
                .expect("valid");
            let (mut stage, suspect) = suspected(&config);
            assert_eq!(stage.said().len(), 1, "the suspicion is no news any more");
            let news = Member::alive(id(30));
            stage.node.merge(stage.now, [news]);
            let said = stage.ask(suspect, message);
            assert_eq!(said.len(), 1);
            let accusation = member(suspect, 0, State::Suspect);
            assert_eq!(said[0].members, [accusation, news], "first of all");
        }
    }
}

#[test]
fn a_suspect_whose_answer_comes_late_gets_its_time_to_hear_of_it_anew() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (suspect, number) = stage.next_probe();
        stage.next();
        stage.next();
        let suspected_at = stage.now;
        assert_eq!(stage.state(suspect), Some(State::Suspect));

        let answered_at = suspected_at + millis(200);
        pass_while_silent(&mut stage, suspect, answered_at);
        let said = stage.ask(suspect, Message::Ack { number });
        assert_eq!(said.len(), 1, "it is told of the suspicion");
        assert_eq!(said[0].members[0], member(suspect, 0, State::Suspect));

        let first_end = suspected_at + config.suspicion.least;
        pass_while_silent(&mut stage, suspect, first_end);
        assert_eq!(stage.state(suspect), Some(State::Suspect));
        let end = answered_at + config.suspicion.least;
        pass_while_silent(&mut stage, suspect, end);
        assert_eq!(stage.state(suspect), Some(State::Down), "it never refuted");
    }
}

#[test]
fn a_later_life_is_not_condemned_for_the_silence_of_an_earlier() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let news = [Member::alive(life(silent, 1))];
        let teller = silent % 9 + 1;
        assert_eq!(stage.tell_with(teller, Message::Gossip, &news), Ok(()));
        let said = stage.pass_in_peace(config.suspicion.least * 4);
        assert!(receivers(&said, is_turn_undead).is_empty());
        assert_eq!(stage.member(silent), Some(news[0]));
    }
}

#[test]
fn the_condemned_is_told_unless_the_configuration_says_otherwise() {
    for config in configs() {
        for tell in [true, false] {
            let config = config.with(|it| it.tell_the_down = tell).expect("valid");
            let (mut stage, silent) = suspected(&config);
            let end = stage.now + config.suspicion.least;
            let accused = pass_while_silent(&mut stage, silent, end);
            assert_eq!(accused.len(), usize::from(tell));
            assert_eq!(stage.state(silent), Some(State::Down));
        }
    }
}

#[test]
fn a_suspicion_learnt_from_others_ends_in_a_verdict_too() {
    for config in configs().map(|it| by_time_alone(&it)) {
        let rumour = member(5, 0, State::Suspect);
        let ways: [fn(&mut Stage, Member<Id>); 3] = [
            |stage, rumour| assert_eq!(stage.tell_with(1, Message::Gossip, &[rumour]), Ok(())),
            |stage, rumour| stage.node.merge(stage.now, [rumour]),
            |stage, rumour| stage.node.restore(stage.now, [rumour]),
        ];
        for hear in ways {
            let mut stage = Stage::new(&config, 9);
            hear(&mut stage, rumour);
            let end = stage.now + config.suspicion.least;
            pass_while_silent(&mut stage, 5, end);
            assert_eq!(stage.state(5), Some(State::Down));
        }
    }
}

#[test]
fn hearing_of_the_same_suspicion_again_does_not_prolong_it() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let end = stage.now + config.suspicion.least;
        let teller = silent % 9 + 1;
        for _ in 0..2 {
            let half = stage.now + config.suspicion.least / 3;
            pass_while_silent(&mut stage, silent, half);
            let again = [member(silent, 0, State::Suspect)];
            assert_eq!(stage.tell_with(teller, Message::Gossip, &again), Ok(()));
        }
        pass_while_silent(&mut stage, silent, end);
        assert_eq!(stage.state(silent), Some(State::Down));
    }
}

#[test]
fn a_member_accused_over_and_over_has_one_deadline_the_last() {
    for config in configs().map(|it| by_time_alone(&it)) {
        let mut stage = Stage::new(&config, 9);
        let mut accused_at = stage.now;
        for incarnation in 0..20 {
            let until = accused_at + millis(100);
            pass_while_silent(&mut stage, 5, until);
            let news = [member(5, incarnation, State::Suspect)];
            assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
            accused_at = stage.now;
        }
        let end = accused_at + config.suspicion.least;
        let just_before = Instant::from_micros(end.as_micros() - 1);
        assert!(pass_while_silent(&mut stage, 5, just_before).is_empty());
        assert_eq!(pass_while_silent(&mut stage, 5, end), [5]);
        let much_later = end + config.suspicion.least * 4;
        assert!(pass_while_silent(&mut stage, 5, much_later).is_empty());
    }
}

#[test]
fn a_verdict_of_others_ends_the_suspicion_without_another() {
    for config in configs() {
        let (mut stage, silent) = suspected(&config);
        let teller = silent % 9 + 1;
        let news = [member(silent, 0, State::Down)];
        assert_eq!(stage.tell_with(teller, Message::Gossip, &news), Ok(()));
        let said = stage.pass_in_peace(config.suspicion.least * 4);
        assert!(
            receivers(&said, is_turn_undead).is_empty(),
            "we declared nothing"
        );
        let downs = stage.events();
        assert_eq!(
            downs,
            [
                Event::MemberSuspect(id(silent)),
                Event::MemberDown(id(silent))
            ]
        );
    }
}

#[test]
fn a_node_that_hears_nobody_condemns_nobody_until_nobody_is_left_to_be_heard() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let is_alive = |member: &Member<Id>| member.state == State::Alive;
        while stage.node.members().any(is_alive) {
            assert_eq!(stage.node.members().len(), 9, "nobody is down");
            let said = stage.next();
            let condemns = !receivers(&said, is_turn_undead).is_empty();
            assert!(!condemns || !stage.node.members().any(is_alive));
        }
        let probed_all = Instant::ZERO + config.probe_period * 9;
        assert!(stage.now >= probed_all, "long after the first was silent");
        stage.pass(config.suspicion.least + config.probe_period);
        assert_eq!(stage.node.status(), Status::Alone, "and then all at once");
    }
}

#[test]
fn the_only_other_member_is_condemned_by_its_own_silence() {
    for config in configs() {
        let mut stage = Stage::new(&config, 1);
        stage.pass(config.probe_period * 2);
        assert_eq!(stage.state(1), Some(State::Suspect));
        stage.pass(config.suspicion.least);
        assert_eq!(stage.state(1), Some(State::Down));
    }
}

#[test]
fn being_heard_by_anybody_is_enough_to_judge_others() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let end = stage.now + config.probe_period * 2 + config.suspicion.least * 2;
        // One talks, though it answers nothing; all others are silent.
        while stage.now < end {
            stage.pass(config.suspicion.least / 3);
            assert_eq!(stage.tell(1, Message::Gossip), Ok(()));
        }
        let down = stage
            .node
            .all_members()
            .filter(|it| it.state == State::Down);
        assert!(down.count() > 0);
    }
}
