//! Helpers that got no answer say so, in time for the asker to know.

use crate::support;

use std::time::Duration;

use foca_core::{Config, Message, State, Timer};
use support::stage::{Stage, receivers};
use support::{Id, id, member, millis, on_both_wires};

/// Helpers wait for 80 % of 500 ms.
const WAIT: Duration = Duration::from_millis(400);

const fn is_nack(message: &Message<Id>) -> bool {
    matches!(message, Message::Nack { .. })
}

fn config() -> Config {
    let config = Config::simple().with(|it| it.detector.nack_percent = Some(80));
    config.expect("valid")
}

fn ping_req(target: u16, number: u32) -> Message<Id> {
    let target = id(target);
    Message::PingReq { target, number }
}

fn nack(origin: u16, number: u32) -> Message<Id> {
    let origin = id(origin);
    Message::Nack { origin, number }
}

/// A stage whose node probes nobody meanwhile.
fn helper(config: &Config, others: u16) -> Stage {
    let config = config.with(|it| {
        it.probe_period = support::seconds(3_600);
        it.probe_rtt = millis(500);
    });
    Stage::new(&config.expect("valid"), others)
}

/// A node that asked for help: whom it probes, the number, whom it asked.
fn asker() -> (Stage, u16, u32, Vec<u16>) {
    let mut stage = Stage::new(&config(), 9);
    let (target, number) = stage.next_probe();
    let help = stage.next();
    let relays = receivers(&help, |it| matches!(it, Message::PingReq { .. }));
    (stage, target, number, relays)
}

#[test]
fn a_helper_that_gets_no_answer_says_so_in_time() {
    let mut stage = helper(&config(), 3);
    assert_eq!(stage.ask(1, ping_req(2, 7)).len(), 1);
    let due = stage.now + WAIT;
    assert_eq!(stage.node.next_timer(), Some((due, Timer::Relay)));
    let said = stage.next();
    assert_eq!(said.len(), 1);
    assert_eq!((stage.now, said[0].header.dst), (due, id(1)));
    assert_eq!(said[0].header.message, nack(2, 7));
    assert_eq!(stage.node.stats().nacks_sent, 1);
}

#[test]
fn a_helper_that_gets_an_answer_forwards_it_and_says_nothing_else() {
    let mut stage = helper(&config(), 3);
    stage.ask(1, ping_req(2, 7));
    stage.now = stage.now + WAIT / 2;
    let (target, number) = (id(1), 7);
    let said = stage.ask(2, Message::IndirectAck { target, number });
    let origin = id(2);
    assert_eq!(said.len(), 1);
    assert_eq!(
        said[0].header.message,
        Message::ForwardedAck { origin, number }
    );
    assert!(receivers(&stage.pass(WAIT * 2), is_nack).is_empty());
}

#[test]
fn an_answer_about_something_else_does_not_silence_a_helper() {
    for (from, asker, number) in [(3, 1, 7), (2, 3, 7), (2, 1, 8)] {
        let mut stage = helper(&config(), 3);
        stage.ask(1, ping_req(2, 7));
        let target = id(asker);
        stage.ask(from, Message::IndirectAck { target, number });
        assert_eq!(receivers(&stage.pass(WAIT), is_nack), [1]);
    }
}

#[test]
fn an_answer_that_comes_after_all_is_forwarded_still() {
    let mut stage = helper(&config(), 3);
    stage.ask(1, ping_req(2, 7));
    assert_eq!(receivers(&stage.pass(WAIT), is_nack), [1]);
    let (target, number) = (id(1), 7);
    let said = stage.ask(2, Message::IndirectAck { target, number });
    let origin = id(2);
    assert_eq!(
        said[0].header.message,
        Message::ForwardedAck { origin, number }
    );
}

#[test]
fn who_asks_twice_hears_once() {
    let mut stage = helper(&config(), 3);
    stage.ask(1, ping_req(2, 7));
    stage.ask(1, ping_req(2, 7));
    stage.ask(3, ping_req(2, 7));
    let told = receivers(&stage.pass(WAIT * 2), is_nack);
    assert_eq!(told, [1, 3]);
}

#[test]
fn a_helper_remembers_no_more_than_its_bound_and_helps_nevertheless() {
    let config = config().with(|it| it.relays_max = 2).expect("valid");
    let mut stage = helper(&config, 3);
    for number in 0..5 {
        assert_eq!(stage.ask(1, ping_req(2, number)).len(), 1);
    }
    let stats = stage.node.stats();
    assert_eq!(stats.relays_forgotten, 3);
    assert_eq!(stage.pass(WAIT).len(), 2);
}

#[test]
fn what_one_asker_can_make_a_helper_say_is_bounded() {
    let config = config();
    let mut stage = helper(&config, 3);
    let mut said = 0;
    for number in 0..1_000 {
        said += stage.ask(1, ping_req(2, number)).len();
    }
    said += stage.pass(WAIT * 2).len();
    assert_eq!(said, usize::from(config.replies_max));
    assert!(stage.node.stats().replies_limited >= 1_000 - 32);
}

#[test]
fn an_asker_that_is_gone_by_then_hears_nothing() {
    for news in [member(1, 0, State::Down), member(1, 0, State::Left)] {
        let mut stage = helper(&config(), 3);
        stage.ask(1, ping_req(2, 7));
        assert_eq!(stage.tell_with(3, Message::Gossip, &[news]), Ok(()));
        assert!(receivers(&stage.pass(WAIT * 2), is_nack).is_empty());
    }
}

#[test]
fn who_left_owes_nothing() {
    let mut stage = helper(&config(), 3);
    stage.ask(1, ping_req(2, 7));
    stage.node.leave(stage.now);
    assert!(receivers(&stage.pass(WAIT * 2), is_nack).is_empty());
    let back = *stage.node.identity();
    assert_eq!(stage.node.set_identity(stage.now, back), Ok(()));
    stage.pass(WAIT * 2);
    assert_eq!(stage.node.stats().stalls, 0, "nothing was left behind");
}

#[test]
fn nothing_is_said_where_it_is_switched_off_or_the_wire_has_no_words_for_it() {
    let off = config().with(|it| it.detector.nack_percent = None);
    for config in on_both_wires(&off.expect("valid"))
        .into_iter()
        .chain([config().foca2()])
    {
        let mut stage = helper(&config, 3);
        assert_eq!(stage.ask(1, ping_req(2, 7)).len(), 1, "it helps");
        assert_eq!(stage.pass(WAIT * 2), []);
    }
}

#[test]
fn a_nack_counts_once_from_who_was_asked_about_the_target_with_the_number() {
    let (mut stage, target, number, relays) = asker();
    let bystander = (1..=9).find(|n| *n != target && !relays.contains(n));
    let other = bystander.expect("more than were asked");
    for (from, message) in [
        (other, nack(target, number)),
        (target, nack(other, number)),
        (relays[0], nack(other, number)),
        (relays[0], nack(target, number ^ 1)),
    ] {
        let before = stage.node.next_timer();
        assert_eq!(stage.ask(from, message), []);
        assert_eq!(stage.node.next_timer(), before);
        assert_eq!(stage.node.stats().nacks_accepted, 0);
    }
    for _ in 0..2 {
        assert_eq!(stage.ask(relays[0], nack(target, number)), []);
        assert_eq!(stage.node.stats().nacks_accepted, 1);
    }
}

#[test]
fn who_was_told_that_there_was_no_answer_still_takes_one() {
    let (mut stage, target, number, relays) = asker();
    for relay in &relays {
        stage.ask(*relay, nack(target, number));
    }
    let origin = id(target);
    stage.ask(relays[1], Message::ForwardedAck { origin, number });
    stage.next_probe();
    assert_eq!(stage.state(target), Some(State::Alive));
}

#[test]
fn a_target_of_which_nobody_got_an_answer_is_suspected() {
    let (mut stage, target, number, relays) = asker();
    for relay in &relays {
        stage.ask(*relay, nack(target, number));
    }
    stage.next_probe();
    assert_eq!(stage.state(target), Some(State::Suspect));
    assert_eq!(stage.node.stats().nacks_accepted, 3);
}
