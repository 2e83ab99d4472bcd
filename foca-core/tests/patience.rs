//! Who came back from a verdict gets more time before the next.

use crate::support;

use foca_core::{Config, Message, State};
use support::stage::Stage;
use support::{life, member, seconds};

/// Suspicions of ten seconds.
fn stage(patience: bool) -> Stage {
    let config = Config::simple().with(|it| {
        it.suspicion = seconds(10).into();
        it.detector.patience = patience;
        // Everybody answers, the suspect too: it pauses only now and then.
        it.detector.late_answers = false;
    });
    Stage::new(&config.expect("valid"), 5).acquainted()
}

fn hear(stage: &mut Stage, incarnation: u32, state: State) {
    let news = [member(2, incarnation, state)];
    assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
    stage.said();
}

/// Whether a suspicion at this incarnation lasts so many seconds, and no longer.
fn lasts(stage: &mut Stage, incarnation: u32, duration: u64) -> bool {
    hear(stage, incarnation, State::Suspect);
    stage.pass_in_peace(seconds(duration) - support::millis(1));
    let not_less = stage.state(2) == Some(State::Suspect);
    stage.pass_in_peace(support::millis(2));
    not_less && stage.state(2) == Some(State::Down)
}

#[test]
fn each_return_doubles_the_time_up_to_eight_times() {
    let mut stage = stage(true);
    for (incarnation, duration) in [(0, 10), (1, 20), (2, 40), (3, 80), (4, 80)] {
        assert!(lasts(&mut stage, incarnation, duration), "{incarnation}");
        hear(&mut stage, incarnation + 1, State::Alive);
    }
}

#[test]
fn it_can_be_switched_off() {
    let mut stage = stage(false);
    for incarnation in 0..3 {
        assert!(lasts(&mut stage, incarnation, 10), "{incarnation}");
        hear(&mut stage, incarnation + 1, State::Alive);
    }
}

#[test]
fn a_later_life_owes_nothing_to_the_earlier() {
    let mut stage = stage(true);
    assert!(lasts(&mut stage, 0, 10));
    let next = foca_core::Member::alive(life(2, 1));
    assert_eq!(stage.tell_with(1, Message::Gossip, &[next]), Ok(()));
    stage.said();
    let suspect = foca_core::Member {
        state: State::Suspect,
        ..next
    };
    assert_eq!(stage.tell_with(1, Message::Gossip, &[suspect]), Ok(()));
    stage.pass_in_peace(seconds(10) + support::millis(1));
    assert_eq!(stage.state(2), Some(State::Down));
}

#[test]
fn one_doubling_is_taken_back_every_600_probe_periods() {
    let mut stage = stage(true);
    assert!(lasts(&mut stage, 0, 10));
    hear(&mut stage, 1, State::Alive);
    stage.pass_in_peace(stage.node.config().probe_period * 600);
    assert!(lasts(&mut stage, 1, 10));
}
