//! Who fails to hear others doubts itself, and takes more time for its probes.

use crate::support;

use std::time::Duration;

use foca_core::{Config, LocalHealth, Message, State, Timer};
use support::stage::{Stage, name, receivers};
use support::{Id, id, member, on_both_wires, seconds};

const PERIOD: Duration = Duration::from_secs(1);
const RTT: Duration = Duration::from_millis(400);

fn config(health: LocalHealth, nack_percent: Option<u8>) -> Config {
    let config = Config::simple().with(|it| {
        it.probe_period = PERIOD;
        it.probe_rtt = RTT;
        it.suspicion = seconds(3_600).into();
        it.detector.local_health = Some(health);
        it.detector.nack_percent = nack_percent;
        // What an answer may take is the setting.
        it.detector.measured_rtt = false;
    });
    config.expect("valid")
}

/// Helpers can say that they got no answer, or cannot.
fn paper() -> Config {
    config(LocalHealth::PAPER, Some(80))
}

fn memberlist() -> Config {
    config(LocalHealth::MEMBERLIST, Some(100))
}

fn without_nacks(config: &Config) -> Config {
    let config = config.with(|it| it.detector.nack_percent = None);
    config.expect("valid")
}

fn health(stage: &Stage) -> u8 {
    stage.node.stats().local_health
}

/// The `Ping` that waits, or the next one: whom it is to, its number.
fn probe(stage: &mut Stage) -> (u16, u32) {
    for said in stage.said() {
        if let Message::Ping { number } = said.header.message {
            return (name(&said.header.dst), number);
        }
    }
    stage.next_probe()
}

/// A probe fails although so many helpers speak; ends with the next `Ping` on its way.
fn fail(stage: &mut Stage, speaking: usize) {
    let (target, number) = probe(stage);
    let relays = receivers(&stage.next(), |it| matches!(it, Message::PingReq { .. }));
    for relay in relays.into_iter().take(speaking) {
        let origin = id(target);
        stage.ask(relay, Message::Nack { origin, number });
    }
    stage.serve();
}

fn succeed(stage: &mut Stage) {
    let (target, number) = probe(stage);
    stage.ask(target, Message::Ack { number });
    stage.serve();
}

#[test]
fn a_failed_probe_counts_and_so_does_one_whose_helpers_are_silent() {
    for (speaking, expected) in [(3, 1), (2, 2), (0, 2)] {
        let mut stage = Stage::new(&paper(), 9);
        fail(&mut stage, speaking);
        assert_eq!(health(&stage), expected, "{speaking} of 3");
    }
}

#[test]
fn or_every_silent_helper_counts_and_the_probe_does_not() {
    for (speaking, expected) in [(3, 0), (2, 1), (0, 3)] {
        let mut stage = Stage::new(&memberlist(), 9);
        fail(&mut stage, speaking);
        assert_eq!(health(&stage), expected, "{speaking} of 3");
    }
}

#[test]
fn where_helpers_cannot_speak_their_silence_says_nothing() {
    for config in [paper(), memberlist()] {
        let listens_to_both = config.with(|it| it.accept = foca_core::Accept::Both);
        for config in [
            without_nacks(&config),
            config.foca2(),
            listens_to_both.expect("valid"),
        ] {
            let mut stage = Stage::new(&config, 9);
            fail(&mut stage, 0);
            assert_eq!(health(&stage), 1);
        }
    }
}

#[test]
fn an_answer_heals_once_whether_it_comes_directly_or_not() {
    let mut stage = Stage::new(&paper(), 9);
    fail(&mut stage, 0);
    let (target, number) = probe(&mut stage);
    for _ in 0..3 {
        stage.ask(target, Message::Ack { number });
    }
    assert_eq!(health(&stage), 2, "the probe goes on");
    stage.serve();
    assert_eq!(health(&stage), 1);

    let (target, number) = probe(&mut stage);
    let relays = receivers(&stage.next(), |it| matches!(it, Message::PingReq { .. }));
    let origin = id(target);
    stage.ask(relays[0], Message::ForwardedAck { origin, number });
    stage.serve();
    assert_eq!(health(&stage), 0);
    succeed(&mut stage);
    assert_eq!(health(&stage), 0, "and no further");
}

#[test]
fn having_to_refute_counts() {
    for (state, incarnation, expected) in [
        (State::Suspect, 0, 1),
        (State::Down, 0, 1),
        (State::Alive, 0, 0),
    ] {
        let mut stage = Stage::new(&paper(), 9);
        let said = [member(0, incarnation, state)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &said), Ok(()));
        assert_eq!(health(&stage), expected);
        assert_eq!(stage.tell_with(1, Message::Gossip, &said), Ok(()));
        assert_eq!(
            health(&stage),
            expected,
            "what is outdated needs no refutation"
        );
    }
}

#[test]
fn what_never_left_counts_nothing() {
    let mut stage = Stage::new(&paper(), 9);
    stage.serve();
    while stage
        .node
        .poll_transmit(stage.now, &mut [0; 2_000])
        .is_some()
    {
        stage
            .node
            .handle_unsent(stage.now, foca_core::Unsent::Failed);
    }
    stage.serve();
    assert_eq!(stage.node.stats().probes_void, 1);
    assert_eq!(health(&stage), 0);
}

#[test]
fn it_ends_at_its_most() {
    for (config, most) in [(paper(), 8), (memberlist(), 7)] {
        let mut stage = Stage::new(&config, 9);
        for _ in 0..6 {
            fail(&mut stage, 0);
        }
        assert_eq!(health(&stage), most);
    }
}

/// When others are asked and when the next probe begins, after a probe that counted two or three.
#[test]
fn doubt_stretches_the_period_and_the_time_for_an_answer_where_it_is_to() {
    for (config, period, rtt) in [
        (paper(), PERIOD * 3, RTT * 3),
        (memberlist(), PERIOD * 4, RTT),
    ] {
        let mut stage = Stage::new(&config, 9);
        fail(&mut stage, 0);
        stage.said();
        let began = stage.now;
        assert_eq!(stage.node.next_timer(), Some((began + rtt, Timer::Probe)));
        stage.next();
        assert_eq!(
            stage.node.next_timer(),
            Some((began + period, Timer::Probe))
        );
    }
}

#[test]
fn doubt_stretches_the_period_after_an_answer_where_it_is_to() {
    for (config, period, rtt) in [(paper(), PERIOD * 3, RTT * 2), (memberlist(), PERIOD, RTT)] {
        let mut stage = Stage::new(&config, 9);
        fail(&mut stage, 0);
        let (target, number) = probe(&mut stage);
        let began = stage.now;
        stage.ask(target, Message::Ack { number });
        assert_eq!(
            stage.node.next_timer(),
            Some((began + period, Timer::Probe))
        );
        stage.next();
        let began = stage.now;
        assert_eq!(stage.node.next_timer(), Some((began + rtt, Timer::Probe)));
    }
}

#[test]
fn where_it_is_not_an_answer_through_others_that_takes_longer_ends_the_probe_at_once() {
    let config = memberlist().with(|it| it.detector.stalls = true);
    let mut stage = Stage::new(&config.expect("valid"), 9);
    fail(&mut stage, 0);
    let (target, number) = probe(&mut stage);
    let relays = receivers(&stage.next(), |it| matches!(it, Message::PingReq { .. }));
    stage.pass(PERIOD * 2);
    let origin = id(target);
    stage.ask(relays[0], Message::ForwardedAck { origin, number });
    stage.serve();
    assert_eq!(health(&stage), 2);
    assert_eq!(stage.node.stats().stalls, 0, "nobody was late");
    assert_ne!(probe(&mut stage).1, number, "the next one");
}

#[test]
fn doubt_gives_whom_we_probe_for_others_more_time() {
    for (config, wait) in [(paper(), RTT * 3 * 80 / 100), (memberlist(), RTT)] {
        let mut stage = Stage::new(&config, 9);
        fail(&mut stage, 0);
        stage.said();
        let (target, number) = (id(2), 7);
        stage.ask(1, Message::PingReq { target, number });
        let due = stage.now + wait;
        let relay = stage.pass(wait);
        assert_eq!(stage.now, due);
        let is_nack = |it: &Message<Id>| matches!(it, Message::Nack { .. });
        assert_eq!(receivers(&relay, is_nack), [1]);
    }
}

#[test]
fn without_it_nothing_is_counted_and_switching_it_off_forgets() {
    for config in on_both_wires(&Config::simple()) {
        let off = config
            .with(|it| it.detector.local_health = None)
            .expect("valid");
        let mut stage = Stage::new(&off, 9);
        fail(&mut stage, 0);
        assert_eq!(health(&stage), 0);
        let (_, _) = probe(&mut stage);
        let due = stage.now + config.probe_rtt;
        assert_eq!(stage.node.next_timer(), Some((due, Timer::Probe)));
    }
    let mut stage = Stage::new(&paper(), 9);
    fail(&mut stage, 0);
    stage.said();
    let off = paper().with(|it| it.detector.local_health = None);
    assert_eq!(
        stage.node.set_config(stage.now, off.expect("valid")),
        Ok(())
    );
    assert_eq!(health(&stage), 0);
    assert_eq!(stage.node.set_config(stage.now, paper()), Ok(()));
    assert_eq!(health(&stage), 0, "it does not come back");
    let began = stage.now;
    stage.next_probe();
    let in_time = began + PERIOD + (PERIOD - RTT);
    assert!(stage.now <= in_time, "the probe under way ends as well");
}
