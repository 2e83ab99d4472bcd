//! Others are asked when an answer takes longer than answers usually take.

use crate::support;

use std::time::Duration;

use foca_core::{Config, Message, State};
use support::stage::{Stage, receivers};
use support::{confident, id, millis, on_both_wires, seconds};

const PERIOD: Duration = Duration::from_secs(1);
const RTT: Duration = Duration::from_millis(500);

fn configs() -> [Config; 2] {
    let config = confident(&Config::simple()).with(|it| {
        it.probe_period = PERIOD;
        it.probe_rtt = RTT;
        it.suspicion = seconds(3_600).into();
    });
    on_both_wires(&config.expect("valid"))
}

/// So many probes are answered after so long.
fn answer(stage: &mut Stage, probes: u32, after: Duration) {
    for _ in 0..probes {
        let (target, number) = stage.next_probe();
        stage.pass(after);
        assert!(stage.ask(target, Message::Ack { number }).is_empty());
    }
}

/// How long the next probe waits until others are asked, and how long it lasts.
fn next_lasts(stage: &mut Stage) -> (Duration, Duration) {
    let (target, _) = stage.next_probe();
    let sent = stage.now;
    let asked = stage.next();
    let relays = receivers(&asked, |it| matches!(it, Message::PingReq { .. }));
    assert!(!relays.is_empty(), "nobody was asked");
    let alone = stage.now.duration_since(sent);
    while stage.state(target) == Some(State::Alive) {
        stage.serve();
    }
    (alone, stage.now.duration_since(sent))
}

#[test]
fn before_the_first_answer_it_is_the_setting() {
    for config in configs() {
        assert_eq!(next_lasts(&mut Stage::new(&config, 9)), (RTT, PERIOD));
    }
}

#[test]
fn quick_answers_have_others_asked_soon_and_the_probe_lasts_as_long() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        answer(&mut stage, 9, millis(1));
        assert_eq!(next_lasts(&mut stage), (RTT / 5, PERIOD));
    }
}

#[test]
fn slow_answers_have_them_asked_later() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        answer(&mut stage, 40, millis(200));
        let (alone, lasts) = next_lasts(&mut stage);
        assert!((millis(199)..millis(210)).contains(&alone), "{alone:?}");
        assert_eq!(lasts, PERIOD);
        assert_eq!(stage.node.stats().smoothed_rtt.as_millis(), 200);
        let mut stage = Stage::new(&config, 9);
        answer(&mut stage, 9, millis(450));
        answer(&mut stage, 1, millis(1));
        assert_eq!(next_lasts(&mut stage), (RTT, PERIOD), "no longer than that");
    }
}

#[test]
fn an_answer_counts_once_and_that_of_a_helper_not_at_all() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        answer(&mut stage, 9, millis(100));
        let (target, number) = stage.next_probe();
        let asked = stage.next();
        let relays = receivers(&asked, |it| matches!(it, Message::PingReq { .. }));
        stage.pass(millis(300));
        let origin = id(target);
        stage.ask(relays[0], Message::ForwardedAck { origin, number });
        assert_eq!(stage.node.stats().smoothed_rtt.as_millis(), 100);
        let (target, number) = stage.next_probe();
        for after in [100, 100, 100] {
            stage.pass(millis(after));
            stage.ask(target, Message::Ack { number });
        }
        assert_eq!(stage.node.stats().smoothed_rtt.as_millis(), 100);
    }
}

#[test]
fn it_can_be_switched_off() {
    for config in configs() {
        let config = config.with(|it| it.detector.measured_rtt = false);
        let mut stage = Stage::new(&config.expect("valid"), 9);
        answer(&mut stage, 9, millis(1));
        assert_eq!(next_lasts(&mut stage), (RTT, PERIOD));
    }
}
