//! What checking members may cost, whatever happens to whoever checks.

use crate::support;

use std::time::Duration;

use foca_core::{Config, Instant, LocalHealth, Message, State, Timer};
use support::stage::Stage;
use support::{Id, id, member, seconds, transmits};

/// A probe a second, three rounds in it.
fn config() -> Config {
    let config = Config::lan().with(|it| {
        it.periodic_gossip = None;
        it.reconciliation = None;
        it.suspicion = seconds(3_600).into();
    });
    config.expect("valid")
}

fn is_ping(message: &Message<Id>) -> bool {
    matches!(message, Message::Ping { .. })
}

#[test]
fn a_socket_that_takes_nothing_does_not_have_questions_pile_up() {
    let config = config().with(|it| it.outbox_max = 64);
    // The clock of a probe that never leaves does not run; that of one that is judged all the same does.
    let config = config
        .expect("valid")
        .with(|it| it.detector.sent_probes_only = false);
    let mut stage = Stage::new(&config.expect("valid"), 9);
    let end = stage.now + seconds(3_600);
    while stage.now < end {
        stage.serve();
    }
    assert!(stage.node.stats().checks_started >= 9);
    let waiting = transmits(&mut stage.node, stage.now).len();
    assert!(
        (64..=65).contains(&waiting),
        "nothing but a probe of our own is beyond the bound: {waiting}"
    );
}

#[test]
fn nobody_has_two_questions_of_one_check_waiting_for_it() {
    let config = config().with(|it| it.detector.sent_probes_only = false);
    let mut stage = Stage::new(&config.expect("valid"), 9);
    stage.pass(seconds(5));
    assert!(stage.node.stats().checks_started > 0);
    let end = stage.now + seconds(20);
    while stage.now < end {
        stage.serve();
    }
    let waiting: Vec<_> = stage.said();
    let mut numbers = Vec::new();
    for said in waiting.iter().filter(|it| is_ping(&it.header.message)) {
        if let Message::Ping { number } = said.header.message {
            assert!(!numbers.contains(&number), "asked twice");
            numbers.push(number);
        }
    }
    assert!(numbers.len() > 1);
}

/// Datagrams in the last of so many minutes during which nobody answers.
fn sent_while_alone_in_the_dark(others: u16, minutes: u64) -> usize {
    let mut stage = Stage::new(&config(), others);
    stage.pass(seconds(60 * (minutes - 1)));
    stage.pass(seconds(60)).len()
}

#[test]
fn whoever_hears_nobody_asks_little() {
    for others in [20, 200] {
        let sent = sent_while_alone_in_the_dark(others, 5);
        // A probe and three requests for help a second, and as much about one that is in doubt.
        assert!((60..=60 * 8).contains(&sent), "{others}: {sent}");
    }
}

/// A node that has a member in doubt.
fn doubting(config: &Config) -> (Stage, u16) {
    let mut stage = Stage::new(config, 9).acquainted();
    let (target, _) = stage.next_probe();
    while stage.node.stats().checks_started == 0 {
        for said in stage.next() {
            if said.header.dst != id(target) {
                stage.answer(&said);
            }
        }
    }
    (stage, target)
}

#[test]
fn any_period_may_be_set_while_a_member_is_in_doubt() {
    let (mut stage, _) = doubting(&config());
    let endless = config().with(|it| it.probe_period = Duration::MAX);
    let endless = endless.expect("valid");
    assert_eq!(stage.node.set_config(stage.now, endless), Ok(()));
    for _ in 0..20 {
        stage.now = stage.now + seconds(1);
        stage.node.handle_timeout(stage.now);
    }
}

#[test]
fn the_end_of_time_ends() {
    for deafness in [true, false] {
        let config = config().with(|it| {
            it.detector.deafness = deafness;
            it.detector.stalls = false;
        });
        let (mut stage, _) = doubting(&config.expect("valid"));
        for _ in 0..20 {
            stage.node.handle_timeout(Instant::MAX);
        }
        assert!(stage.said().iter().any(|it| is_ping(&it.header.message)));
    }
}

/// It was no fault of ours that somebody did not answer who is down.
#[test]
fn whoever_finds_out_first_clears_the_others_of_their_doubt() {
    let config = config().with(|it| it.detector.local_health = Some(LocalHealth::PAPER));
    let (mut stage, target) = doubting(&config.expect("valid"));
    assert!(stage.node.stats().local_health > 0);
    let verdict = [member(target, 0, State::Down)];
    let from = if target == 1 { 2 } else { 1 };
    assert_eq!(stage.tell_with(from, Message::Gossip, &verdict), Ok(()));
    // The next round of the check comes before the next probe ends.
    stage.pass(seconds(1));
    assert_eq!(stage.node.stats().local_health, 0);
}

/// Answers of others have taken away what the probe counted before that is cleared up: what is counted since
/// is another matter.
#[test]
fn what_was_counted_for_anything_else_is_not_taken_back() {
    let config = config().with(|it| {
        it.detector.local_health = Some(LocalHealth::PAPER);
        let check = it.detector.check.as_mut().expect("checks");
        check.rounds = 100;
    });
    let (mut stage, target) = doubting(&config.expect("valid"));
    let health = |stage: &Stage| stage.node.stats().local_health;
    assert!(health(&stage) > 0);
    while health(&stage) > 0 {
        assert!(stage.now < Instant::ZERO + seconds(60), "others answer");
        for said in stage.next() {
            if said.header.dst != id(target) {
                stage.answer(&said);
            }
        }
    }
    let from = if target == 1 { 2 } else { 1 };
    let news = [member(0, 0, State::Suspect), member(target, 0, State::Down)];
    assert_eq!(stage.tell_with(from, Message::Gossip, &news), Ok(()));
    assert_eq!(health(&stage), 1, "we had to refute");
    while stage.node.next_timer().expect("a timer").1 != Timer::Check {
        stage.next();
    }
    stage.next();
    assert_eq!(health(&stage), 1);
}

#[test]
fn a_probe_of_somebody_whom_others_have_judged_counts_nothing() {
    let mut stage = Stage::new(&config(), 9).acquainted();
    let (target, _) = stage.next_probe();
    let verdict = [member(target, 0, State::Down)];
    let from = if target == 1 { 2 } else { 1 };
    assert_eq!(stage.tell_with(from, Message::Gossip, &verdict), Ok(()));
    stage.pass(seconds(1));
    let stats = stage.node.stats();
    assert_eq!((stats.local_health, stats.probes_failed), (0, 0));
    assert_eq!(stats.probes_void, 1);
}
