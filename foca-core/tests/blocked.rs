//! Time counts from the socket: what waits in our own queue, or never left, accuses nobody.

use crate::support;

use foca_core::{Config, Event, Instant, Message, State, Timer, Unsent};
use support::stage::{Stage, name, receivers};
use support::wire::Packet;
use support::{Id, id, millis, on_both_wires, seconds};

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

const fn is_ping_req(message: &Message<Id>) -> bool {
    matches!(message, Message::PingReq { .. })
}

/// Hands out one datagram.
fn hand_out(stage: &mut Stage) -> Option<Packet<Id>> {
    let (mut out, wire) = ([0; 2_000], stage.wire());
    let len = stage.node.poll_transmit(stage.now, &mut out)?.len;
    Some(Packet::read(wire, &out[..len]))
}

/// A stage on which the `Ping` of a probe has just been handed out: its receiver and number.
fn pinging(config: &Config) -> (Stage, u16, u32) {
    let mut stage = Stage::new(config, 9);
    stage.serve();
    let ping = hand_out(&mut stage).expect("a Ping");
    let Message::Ping { number } = ping.header.message else {
        panic!("{ping:?}");
    };
    let target = name(&ping.header.dst);
    (stage, target, number)
}

/// A stage on which a probe has just asked for help, with nothing handed out yet.
fn asking(config: &Config) -> (Stage, u16, u32) {
    let (mut stage, target, number) = pinging(config);
    stage.serve();
    (stage, target, number)
}

fn assert_nobody_is_accused(stage: &mut Stage) {
    assert!(stage.node.members().all(|it| it.state == State::Alive));
    assert_eq!(stage.events(), []);
    assert_eq!(stage.node.stats().probes_failed, 0);
}

#[test]
fn the_clock_of_a_probe_starts_when_its_ping_leaves_the_queue() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        stage.serve();
        assert_eq!(stage.node.poll_timeout(), None, "it waits for us");
        stage.now = stage.now + seconds(60);
        stage.node.handle_timeout(stage.now);
        assert!(hand_out(&mut stage).is_some());
        let deadline = stage.now + config.probe_rtt;
        assert_eq!(stage.node.next_timer(), Some((deadline, Timer::Probe)));
        assert_nobody_is_accused(&mut stage);
    }
}

/// The socket may refuse one address and take others: those there can tell.
#[test]
fn a_ping_that_failed_to_leave_makes_others_ask() {
    for config in configs() {
        let (mut stage, target, number) = pinging(&config);
        stage.node.handle_unsent(stage.now, Unsent::Failed);
        let relays = receivers(&stage.said(), is_ping_req);
        assert_eq!(relays.len(), config.indirect_probes);
        let origin = id(target);
        let answer = Message::ForwardedAck { origin, number };
        assert_eq!(stage.tell(relays[0], answer), Ok(()));
        stage.pass_in_peace(config.probe_period * 5);
        assert_nobody_is_accused(&mut stage);
    }
}

#[test]
fn a_member_that_neither_we_nor_others_reach_is_suspected() {
    for config in configs() {
        let (mut stage, target, _) = pinging(&config);
        stage.node.handle_unsent(stage.now, Unsent::Failed);
        assert!(!stage.said().is_empty());
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Suspect));
    }
}

#[test]
fn a_ping_that_failed_to_leave_accuses_nobody_and_probing_goes_on() {
    for config in configs() {
        let (mut stage, _, _) = pinging(&config);
        stage.node.handle_unsent(stage.now, Unsent::Failed);
        while hand_out(&mut stage).is_some() {
            stage.node.handle_unsent(stage.now, Unsent::Failed);
        }
        let said = stage.pass_in_peace(config.probe_period * 5);
        assert_nobody_is_accused(&mut stage);
        assert_eq!(stage.node.stats().probes_void, 1);
        assert!(said.len() >= 4, "it went on");
    }
}

#[test]
fn a_blocked_ping_starts_its_clock_when_it_leaves() {
    for config in configs() {
        let (mut stage, target, number) = pinging(&config);
        stage.node.handle_unsent(stage.now, Unsent::Blocked);
        stage.now = stage.now + seconds(60);
        stage.node.handle_timeout(stage.now);
        assert_nobody_is_accused(&mut stage);

        stage.node.handle_sent(stage.now);
        let deadline = stage.now + config.probe_rtt;
        assert_eq!(stage.node.next_timer(), Some((deadline, Timer::Probe)));
        let left_at = stage.now;
        stage.now = deadline;
        assert_eq!(stage.tell(target, Message::Ack { number }), Ok(()));
        stage.next_probe();
        assert_eq!(stage.now, left_at + config.probe_period);
        assert_nobody_is_accused(&mut stage);
    }
}

#[test]
fn a_blocked_ping_that_left_and_was_not_answered_does_accuse() {
    for config in configs() {
        let (mut stage, target, _) = pinging(&config);
        stage.node.handle_unsent(stage.now, Unsent::Blocked);
        stage.now = stage.now + millis(700);
        stage.node.handle_sent(stage.now);
        let left_at = stage.now;
        stage.next();
        stage.next_probe();
        assert_eq!(stage.now, left_at + config.probe_period);
        assert_eq!(stage.state(target), Some(State::Suspect));
    }
}

#[test]
fn a_ping_that_was_blocked_and_then_failed_accuses_nobody() {
    for config in configs() {
        let (mut stage, _, _) = pinging(&config);
        stage.node.handle_unsent(stage.now, Unsent::Blocked);
        stage.now = stage.now + seconds(5);
        stage.node.handle_unsent(stage.now, Unsent::Failed);
        stage.pass_in_peace(config.probe_period * 5);
        assert_nobody_is_accused(&mut stage);
        assert!(stage.node.stats().probes_started >= 4);
    }
}

#[test]
fn what_was_asked_of_nobody_is_held_against_nobody() {
    for config in configs() {
        let (mut stage, _, _) = asking(&config);
        let mut failed = 0;
        while hand_out(&mut stage).is_some() {
            stage.node.handle_unsent(stage.now, Unsent::Failed);
            failed += 1;
        }
        assert_eq!(failed, 3, "no request for help left");
        stage.next_probe();
        assert_nobody_is_accused(&mut stage);
        assert_eq!(stage.node.stats().probes_void, 1);
    }
}

#[test]
fn a_request_for_help_that_never_left_takes_none_of_the_others_with_it() {
    for config in configs() {
        let unsent: [&[Unsent]; 2] = [&[Unsent::Failed], &[Unsent::Blocked, Unsent::Failed]];
        for reports in unsent {
            let (mut stage, target, number) = asking(&config);
            let first = hand_out(&mut stage).expect("a request for help");
            hand_out(&mut stage).expect("another");
            for report in reports {
                stage.node.handle_unsent(stage.now, *report);
            }
            while hand_out(&mut stage).is_some() {}
            let origin = id(target);
            let answer = Message::ForwardedAck { origin, number };
            assert_eq!(stage.tell(name(&first.header.dst), answer), Ok(()));
            stage.next_probe();
            assert_nobody_is_accused(&mut stage);
        }
    }
}

#[test]
fn whoever_was_asked_late_may_answer() {
    for config in configs() {
        let (mut stage, target, number) = asking(&config);
        let request = hand_out(&mut stage).expect("a request for help");
        stage.node.handle_unsent(stage.now, Unsent::Blocked);
        stage.now = stage.now + millis(100);
        stage.node.handle_sent(stage.now);
        let origin = id(target);
        let answer = Message::ForwardedAck { origin, number };
        assert_eq!(stage.tell(name(&request.header.dst), answer), Ok(()));
        stage.next_probe();
        assert_nobody_is_accused(&mut stage);
    }
}

/// Those who help need as much time as if they had been asked at once.
#[test]
fn requests_for_help_that_leave_late_move_the_end_of_the_probe() {
    for config in configs() {
        for blocked in [false, true] {
            let (mut stage, target, _) = asking(&config);
            let end = stage.node.poll_timeout().expect("the end of the probe");
            if blocked {
                hand_out(&mut stage).expect("a request for help");
                stage.node.handle_unsent(stage.now, Unsent::Blocked);
            }
            stage.now = Instant::from_micros(end.as_micros() - 1_000);
            if blocked {
                stage.node.handle_sent(stage.now);
            }
            while hand_out(&mut stage).is_some() {}
            let helpers_need = config.probe_period - config.probe_rtt;
            let expected = stage.now + helpers_need;
            assert_eq!(stage.node.next_timer(), Some((expected, Timer::Probe)));
            stage.next();
            assert_eq!(stage.state(target), Some(State::Suspect), "in the end");
        }
    }
}

#[test]
fn other_datagrams_that_do_not_leave_change_nothing() {
    for config in configs() {
        let (mut stage, target, _) = pinging(&config);
        assert_eq!(stage.tell(3, Message::Ping { number: 1 }), Ok(()));
        let deadline = stage.node.next_timer();
        assert!(hand_out(&mut stage).is_some(), "an Ack");
        for report in [Unsent::Blocked, Unsent::Failed] {
            stage.node.handle_unsent(stage.now, report);
            assert_eq!(stage.node.next_timer(), deadline);
        }
        stage.node.handle_sent(stage.now);
        assert_eq!(stage.node.next_timer(), deadline);
        stage.next();
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Suspect));
        assert_eq!(stage.events(), [Event::MemberSuspect(id(target))]);
    }
}
