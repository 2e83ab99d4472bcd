//! Whoever learnt of a suspicion from others asks the suspect itself before it declares it down.

use crate::support;

use std::time::Duration;

use foca_core::{Config, Event, Instant, Member, Message, State, Unsent};
use support::stage::Stage;
use support::wire::{Packet, packet};
use support::{Id, addr, events, formed, id, life, member, millis, on_both_wires, seconds, state};

const SUSPECT: u16 = 2;
const SUSPICION: Duration = seconds(10);
const ANSWER: Duration = seconds(2);

/// Nobody is probed and nobody speaks while a suspicion lasts.
fn configs() -> [Config; 2] {
    let config = Config::simple().with(|it| {
        it.suspicion = SUSPICION.into();
        it.probe_period = seconds(1_000);
        it.probe_rtt = ANSWER;
        it.detector.deafness = false;
        it.detector.patience = false;
    });
    on_both_wires(&config.expect("valid"))
}

/// A node that heard at the beginning that one of nine members is suspected.
fn rumoured(config: &Config) -> Stage {
    let mut stage = Stage::new(config, 9);
    let rumour = [member(SUSPECT, 0, State::Suspect)];
    assert_eq!(stage.tell_with(1, Message::Gossip, &rumour), Ok(()));
    stage
}

fn number(told: &Packet<Id>) -> Option<u32> {
    if let Message::Ping { number } = told.header.message
        && told.header.dst == id(SUSPECT)
    {
        return Some(number);
    }
    None
}

/// Lets the time of the suspicion pass and returns the question that is asked then.
fn asked(stage: &mut Stage) -> Packet<Id> {
    let said = stage.pass(SUSPICION);
    let mut questions = said.into_iter().filter(|it| number(it).is_some());
    let question = questions.next().expect("a question");
    assert_eq!(questions.next(), None, "asked once");
    assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
    question
}

/// The time is over, and the question waits in the outbox.
fn about_to_ask(config: &Config) -> Stage {
    let mut stage = rumoured(config);
    stage.now = stage.now + SUSPICION;
    stage.node.handle_timeout(stage.now);
    stage
}

/// Hands out the datagrams that wait up to the question.
fn hand_out(stage: &mut Stage) {
    let mut out = [0; 2_000];
    let wire = stage.wire();
    while let Some(sent) = stage.node.poll_transmit(stage.now, &mut out) {
        let len = sent.len;
        if number(&Packet::read(wire, &out[..len])).is_some() {
            return;
        }
    }
    panic!("no question waits");
}

/// How long it takes from now until the suspect is declared down, if it says nothing.
fn verdict_after(stage: &mut Stage) -> Duration {
    let began = stage.now;
    while stage.state(SUSPECT) == Some(State::Suspect) {
        assert_eq!(stage.next().iter().find_map(number), None, "asked again");
    }
    assert_eq!(stage.state(SUSPECT), Some(State::Down));
    stage.now.duration_since(began)
}

#[test]
fn who_does_not_answer_is_declared_down_after_the_time_of_an_answer() {
    for config in configs() {
        let mut stage = rumoured(&config);
        let question = asked(&mut stage);
        assert_eq!(question.members, [member(SUSPECT, 0, State::Suspect)]);
        assert_eq!(stage.now, Instant::ZERO + SUSPICION);
        assert_eq!(stage.node.stats().suspects_asked, 1);
        assert_eq!(verdict_after(&mut stage), ANSWER);
        assert_eq!(stage.node.stats().suspects_asked, 1);
    }
}

#[test]
fn an_answer_starts_the_time_anew_and_there_is_no_second_question() {
    for config in configs() {
        let mut stage = rumoured(&config);
        let question = asked(&mut stage);
        stage.pass(ANSWER - millis(1));
        stage.answer(&question);
        assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
        assert_eq!(verdict_after(&mut stage), SUSPICION);
    }
}

#[test]
fn only_the_answer_to_the_question_counts() {
    for config in configs() {
        let mut stage = rumoured(&config);
        let asked = number(&asked(&mut stage)).expect("a number");
        for (from, number) in [(SUSPECT, asked ^ 1), (3, asked)] {
            let ack = packet(id(from), id(0), Message::Ack { number });
            assert_eq!(stage.tell_packet(&ack), Ok(()));
        }
        assert_eq!(verdict_after(&mut stage), ANSWER);
    }
}

#[test]
fn a_refutation_in_the_answer_ends_it() {
    for config in configs() {
        let mut stage = rumoured(&config);
        let number = number(&asked(&mut stage)).expect("a number");
        let ack = packet(id(SUSPECT), id(0), Message::Ack { number }).incarnation(1);
        assert_eq!(stage.tell_packet(&ack), Ok(()));
        stage.pass(SUSPICION * 3);
        let events = [
            Event::MemberSuspect(id(SUSPECT)),
            Event::MemberRefuted(id(SUSPECT)),
        ];
        assert_eq!(stage.events(), events);
    }
}

#[test]
fn a_suspicion_that_was_restored_is_asked_about_as_well() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let saved: [Member<Id>; 1] = [member(SUSPECT, 0, State::Suspect)];
        stage.node.restore(stage.now, saved);
        asked(&mut stage);
        assert_eq!(verdict_after(&mut stage), ANSWER);
    }
}

#[test]
fn a_probe_that_left_meanwhile_is_question_enough() {
    for config in configs() {
        let config = config.with(|it| {
            it.probe_period = seconds(1);
            it.probe_rtt = millis(500);
            it.detector.local_health = None;
        });
        let mut stage = rumoured(&config.expect("valid"));
        stage.pass(SUSPICION);
        assert_eq!(stage.state(SUSPECT), Some(State::Down));
        assert_eq!(stage.node.stats().suspects_asked, 0);
    }
}

#[test]
fn a_probe_that_left_just_before_has_its_time_for_an_answer() {
    for config in configs() {
        let config = config.with(|it| {
            it.probe_period = SUSPICION - seconds(1);
            it.detector.measured_rtt = false;
        });
        // There is nobody else to probe.
        let mut stage = Stage::new(&config.expect("valid"), 1);
        stage.node.merge(stage.now, [Member::alive(id(SUSPECT))]);
        stage.node.merge(stage.now, [member(1, 0, State::Down)]);
        let ping = stage.next().into_iter().find(|it| number(it).is_some());
        stage.answer(&ping.expect("a probe"));
        let rumour = [member(SUSPECT, 0, State::Suspect)];
        stage.node.merge(stage.now, rumour);
        let heard = stage.now;
        while stage.now.duration_since(heard) < SUSPICION - seconds(1) {
            stage.next();
        }
        assert!(stage.now < heard + SUSPICION, "a probe left just now");
        assert_eq!(verdict_after(&mut stage), ANSWER);
        assert_eq!(stage.node.stats().suspects_asked, 0);
    }
}

#[test]
fn a_question_that_waits_has_its_time_from_when_it_leaves() {
    for config in configs() {
        let mut stage = about_to_ask(&config);
        stage.now = stage.now + SUSPICION / 2;
        stage.node.handle_timeout(stage.now);
        assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
        stage.said();
        assert_eq!(verdict_after(&mut stage), ANSWER);
    }
}

#[test]
fn a_question_that_the_socket_kept_has_its_time_from_when_it_leaves() {
    for config in configs() {
        let mut stage = about_to_ask(&config);
        hand_out(&mut stage);
        stage.node.handle_unsent(stage.now, Unsent::Blocked);
        stage.now = stage.now + SUSPICION / 2;
        stage.node.handle_timeout(stage.now);
        assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
        stage.node.handle_sent(stage.now);
        assert_eq!(verdict_after(&mut stage), ANSWER);
    }
}

#[test]
fn where_no_question_leaves_the_verdict_is_left_to_others_for_another_suspicion() {
    for config in configs() {
        let mut stage = about_to_ask(&config);
        hand_out(&mut stage);
        stage.node.handle_unsent(stage.now, Unsent::Failed);
        assert_eq!(verdict_after(&mut stage), SUSPICION);

        let mut stage = about_to_ask(&config);
        while stage.state(SUSPECT) == Some(State::Suspect) {
            stage.serve();
        }
        assert_eq!(stage.now, Instant::ZERO + SUSPICION * 2);
    }
}

/// Hands out what waits; the socket refuses whatever is for the suspect, as where its host is gone.
fn refuse(stage: &mut Stage) {
    let mut out = [0; 2_000];
    let wire = stage.wire();
    while let Some(sent) = stage.node.poll_transmit(stage.now, &mut out) {
        let len = sent.len;
        if Packet::<Id>::read(wire, &out[..len]).header.dst == id(SUSPECT) {
            stage.node.handle_unsent(stage.now, Unsent::Failed);
        }
    }
}

#[test]
fn a_socket_that_refuses_every_question_puts_off_the_verdict_once() {
    for config in configs() {
        let config = config.with(|it| {
            it.probe_period = seconds(1);
            it.probe_rtt = millis(300);
            it.detector.local_health = None;
        });
        let mut stage = rumoured(&config.expect("valid"));
        while stage.state(SUSPECT) == Some(State::Suspect) {
            assert!(stage.now <= Instant::ZERO + SUSPICION * 3, "no verdict");
            refuse(&mut stage);
            stage.serve();
        }
        assert_eq!(stage.state(SUSPECT), Some(State::Down));
        assert!(stage.now >= Instant::ZERO + SUSPICION, "others may judge");
    }
}

#[test]
fn who_changes_its_name_again_and_again_still_comes_to_a_verdict() {
    for config in configs() {
        let mut stage = rumoured(&config);
        stage.now = stage.now + SUSPICION;
        for name in 1.. {
            if stage.state(SUSPECT) != Some(State::Suspect) {
                break;
            }
            assert!(stage.now <= Instant::ZERO + SUSPICION * 3, "no verdict");
            stage.node.handle_timeout(stage.now);
            stage.said();
            stage.now = stage.now + ANSWER / 2;
            let renewed = stage.node.set_identity(stage.now, life(0, name));
            assert_eq!(renewed, Ok(()));
        }
        assert_eq!(stage.state(SUSPECT), Some(State::Down));
    }
}

#[test]
fn an_answer_that_is_repeated_does_not_start_the_time_anew_again() {
    for config in configs() {
        let mut stage = rumoured(&config);
        let question = asked(&mut stage);
        let number = number(&question).expect("a question");
        assert_eq!(stage.tell(SUSPECT, Message::Ack { number }), Ok(()));
        let began = stage.now;
        // The same answer once more says nothing.
        stage.now = stage.now + SUSPICION / 2;
        assert_eq!(stage.tell(SUSPECT, Message::Ack { number }), Ok(()));
        verdict_after(&mut stage);
        assert_eq!(stage.now.duration_since(began), SUSPICION);
    }
}

#[test]
fn what_we_found_out_ourselves_needs_no_further_question() {
    for config in configs() {
        let config = config.with(|it| {
            it.probe_period = seconds(1);
            it.probe_rtt = millis(500);
            it.detector.local_health = None;
        });
        let mut stage = Stage::new(&config.expect("valid"), 9);
        let (target, _) = stage.next_probe();
        while stage.state(target) == Some(State::Alive) {
            stage.next();
        }
        let began = stage.now;
        // No probe of it comes in between.
        let [native, foca2] = configs();
        let rare = if stage.wire() == native.wire {
            native
        } else {
            foca2
        };
        assert_eq!(stage.node.set_config(stage.now, rare), Ok(()));
        while stage.state(target) == Some(State::Suspect) {
            stage.next();
        }
        assert_eq!(stage.now.duration_since(began), SUSPICION);
        assert_eq!(stage.node.stats().suspects_asked, 0);
    }
}

#[test]
fn what_was_asked_before_a_stall_says_nothing() {
    for config in configs() {
        let config = config.with(|it| it.probe_period = SUSPICION * 100);
        let mut stage = rumoured(&config.expect("valid"));
        asked(&mut stage);
        stage.now = stage.now + ANSWER * 10;
        stage.node.handle_timeout(stage.now);
        assert_eq!(stage.node.stats().stalls, 1);
        while stage.node.stats().suspects_asked < 2 {
            assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
            stage.next();
        }
        assert_eq!(verdict_after(&mut stage), ANSWER);
    }
}

#[test]
fn who_heard_nobody_asks_before_it_judges_even_whom_it_asked() {
    for config in configs() {
        let config = config.with(|it| {
            it.detector.deafness = true;
            it.probe_period = seconds(30);
        });
        let mut stage = rumoured(&config.expect("valid"));
        stage.pass(SUSPICION * 2);
        assert_eq!(stage.node.stats().suspects_asked, 0, "who hears nobody");
        assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
        stage.pass(seconds(120));
        let before = stage.node.stats().suspects_asked;
        assert_eq!(stage.tell(1, Message::Gossip), Ok(()));
        while stage.node.stats().suspects_asked == before {
            assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
            assert_eq!(stage.tell(1, Message::Gossip), Ok(()));
            stage.next();
        }
        assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
    }
}

/// A suspicion is heard during a cut, whose end nobody hears of: the news is spent, and nothing but the end of its
/// time makes anybody speak to the suspect.
fn downs_after_a_cut(config: &Config) -> usize {
    let gossiping = config.with(|it| {
        it.periodic_gossip = Config::lan().periodic_gossip;
        it.periodic_announce = None;
        it.reconciliation = None;
    });
    let mut network = formed(6, &gossiping.expect("valid"), 3, id);
    network.run_for(SUSPICION);
    let others: Vec<_> = (0..6).filter(|n| *n != SUSPECT).map(addr).collect();
    network.partition(|from, to| (*from == addr(SUSPECT)) != (*to == addr(SUSPECT)));
    let rumour = [member(SUSPECT, 0, State::Suspect)];
    network.with(&others[0], |node, now| node.merge(now, rumour));
    network.run_for(SUSPICION - seconds(1));
    let suspects = |observer| state(&network, observer, SUSPECT) == Some(State::Suspect);
    assert!([0, 1, 3, 4, 5].into_iter().all(suspects), "all have heard");
    network.heal();
    network.run_for(SUSPICION * 3);
    let observers = [0, 1, 3, 4, 5].into_iter();
    let told = observers.flat_map(|n| events(&mut network, n));
    told.filter(|it| matches!(it, Event::MemberDown(_))).count()
}

#[test]
fn nobody_is_declared_down_for_a_suspicion_that_outlasts_a_cut() {
    for config in configs() {
        assert_eq!(downs_after_a_cut(&config), 0);
        let unasked = support::by_time_alone(&config);
        assert!(downs_after_a_cut(&unasked) > 0, "it would matter");
    }
}

#[test]
fn it_can_be_switched_off() {
    for config in configs() {
        let mut stage = rumoured(&support::by_time_alone(&config));
        assert_eq!(verdict_after(&mut stage), SUSPICION);
        assert_eq!(stage.node.stats().suspects_asked, 0);
    }
}
