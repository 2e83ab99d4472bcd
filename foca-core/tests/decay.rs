//! Suspicions that end sooner the more members agree.

use crate::support;

use foca_core::{Config, Decay, Instant, Message, State};
use support::stage::Stage;
use support::wire::packet;
use support::{id, member, millis, seconds};

const SUSPECT: u16 = 2;

/// Whoever is suspected has ten seconds if all agree, sixty if nobody does.
fn config() -> Config {
    let config = Config::simple().with(|it| {
        it.suspicion = seconds(10).into();
        // News goes only where it is asked for, and nobody is probed for long.
        it.periodic_gossip = None;
        it.probe_period = seconds(100);
        it.probe_rtt = seconds(50);
        it.detector.decay = Some(Decay::PAPER);
        // Nobody else speaks while we wait.
        it.detector.deafness = false;
        // A suspicion ends when its time does.
        it.detector.own_question = false;
    });
    config.expect("valid")
}

fn stage() -> Stage {
    Stage::new(&config(), 9)
}

/// `id(1)` tells that the suspect is accused by whoever has this tag.
fn accuse(stage: &mut Stage, accuser: u8) {
    let told = packet(id(1), id(0), Message::Gossip);
    let told = told.accused(member(SUSPECT, 0, State::Suspect), accuser);
    assert_eq!(stage.tell_packet(&told), Ok(()));
}

/// When the suspicion ends if nothing more is heard.
fn ends(mut stage: Stage) -> Instant {
    while stage.state(SUSPECT) == Some(State::Suspect) {
        stage.next();
    }
    assert_eq!(stage.state(SUSPECT), Some(State::Down));
    stage.now
}

/// `60 − 50 · log(C + 1) / log 4` seconds for C members that agree with the first.
const TIMES: [u64; 4] = [60_000_000, 35_000_000, 20_375_000, 10_000_000];

fn is_about(end: Instant, micros: u64) -> bool {
    end.as_micros().abs_diff(micros) < 1_000
}

#[test]
fn each_that_agrees_shortens_the_time_by_the_published_formula() {
    for (agree, micros) in TIMES.into_iter().enumerate() {
        let mut stage = stage();
        for accuser in 1..=agree as u8 + 1 {
            accuse(&mut stage, accuser);
        }
        assert_eq!(
            stage.node.stats().suspicions_confirmed,
            agree as u64,
            "each but the first"
        );
        let end = ends(stage);
        assert!(is_about(end, micros), "{agree}: {end:?}");
    }
}

#[test]
fn the_time_counts_from_the_beginning_and_what_is_over_ends_at_once() {
    let mut stage = stage();
    accuse(&mut stage, 1);
    stage.pass(seconds(30));
    accuse(&mut stage, 2);
    accuse(&mut stage, 3);
    assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
    stage.pass(millis(0));
    assert_eq!(stage.state(SUSPECT), Some(State::Down), "20.4 s are over");
}

#[test]
fn the_same_accuser_counts_once_and_the_unknown_never() {
    let mut stage = stage();
    for accuser in [7, 7, 0, 7, 0] {
        accuse(&mut stage, accuser);
    }
    assert_eq!(stage.node.stats().suspicions_confirmed, 0);
    assert!(is_about(ends(stage), TIMES[0]));

    let mut stage = self::stage();
    for accuser in [0, 7, 0, 8] {
        accuse(&mut stage, accuser);
    }
    assert_eq!(stage.node.stats().suspicions_confirmed, 1);
    assert!(
        is_about(ends(stage), TIMES[1]),
        "the first may have been either of the others"
    );
}

#[test]
fn more_than_enough_changes_nothing_and_is_not_passed_on() {
    let mut stage = stage();
    for accuser in 1..=9 {
        accuse(&mut stage, accuser);
    }
    assert_eq!(stage.node.stats().suspicions_confirmed, 3);
    let told = stage.ask(1, Message::Ping { number: 1 });
    assert_eq!(told[0].accusers, [4], "the last that counted");
}

/// What a `Ping` is answered with tells what is news here.
fn accuser_told(stage: &mut Stage) -> Option<u8> {
    let told = stage.ask(1, Message::Ping { number: 1 });
    told[0].accusers.first().copied()
}

#[test]
fn each_that_counts_is_news_and_says_who_accuses() {
    let mut stage = stage();
    accuse(&mut stage, 5);
    let mut times = 0;
    while accuser_told(&mut stage) == Some(5) {
        times += 1;
    }
    assert!(times > 0);
    accuse(&mut stage, 5);
    assert_eq!(accuser_told(&mut stage), None, "everybody was told");
    accuse(&mut stage, 6);
    for _ in 0..times {
        assert_eq!(accuser_told(&mut stage), Some(6));
    }
    assert_eq!(accuser_told(&mut stage), None);
}

#[test]
fn a_probe_that_fails_agrees_in_our_name() {
    let config = config().with(|it| {
        it.probe_period = seconds(1);
        it.probe_rtt = millis(400);
        // Only the time of a suspicion is looked at.
        it.suspicion = seconds(1_000).into();
    });
    let mut stage = Stage::new(&config.expect("valid"), 9);
    // Nobody answers anything: everybody comes under suspicion.
    accuse(&mut stage, 1);
    accuse(&mut stage, 1);
    assert_eq!(stage.node.stats().suspicions_confirmed, 0);
    stage.pass(seconds(40));
    assert_eq!(
        stage.node.stats().suspicions_confirmed,
        1,
        "we agree, and we count once"
    );
    let about_suspect = |told: &support::wire::Packet<_>| {
        let place = told.members.iter().position(|it| it.id == id(SUSPECT))?;
        told.accusers.get(place).copied()
    };
    let told = stage.ask(SUSPECT, Message::Ping { number: 1 });
    let ours = about_suspect(&told[0]).expect("what the suspect must hear");
    assert!(ours > 1, "not what we were told: {ours}");
    // Everybody whom we accuse first is told by the same name.
    let told = stage.ask(3, Message::Ping { number: 1 });
    let place = told[0].members.iter().position(|it| it.id == id(3));
    assert_eq!(told[0].accusers[place.expect("told")], ours);
}

#[test]
fn a_refutation_ends_it_and_the_next_suspicion_begins_with_nobody() {
    let mut stage = stage();
    for accuser in 1..=3 {
        accuse(&mut stage, accuser);
    }
    let refuted = [member(SUSPECT, 1, State::Alive)];
    assert_eq!(stage.tell_with(1, Message::Gossip, &refuted), Ok(()));
    let again = packet(id(1), id(0), Message::Gossip);
    let again = again.accused(member(SUSPECT, 1, State::Suspect), 9);
    assert_eq!(stage.tell_packet(&again), Ok(()));
    assert!(is_about(ends(stage), TIMES[0]));
}

#[test]
fn where_three_others_could_not_agree_it_is_short_at_once() {
    // The suspect, and so many others that are neither it nor its accuser: us among them.
    for (others, micros) in [(4, TIMES[0]), (3, TIMES[3])] {
        let mut stage = Stage::new(&config(), others);
        accuse(&mut stage, 1);
        assert!(is_about(ends(stage), micros), "{others}");
    }
}

#[test]
fn without_it_nobody_is_named_and_time_is_what_it_was() {
    let config = config().with(|it| it.detector.decay = None);
    let mut stage = Stage::new(&config.expect("valid"), 9);
    for accuser in 1..=3 {
        accuse(&mut stage, accuser);
    }
    let told = stage.ask(1, Message::Ping { number: 1 });
    assert_eq!((told[0].members.len(), told[0].accusers.len()), (1, 0));
    assert!(is_about(ends(stage), TIMES[3]));
}

/// The settings without and with it.
fn switch(stage: &mut Stage, decay: Option<Decay>) {
    let config = config().with(|it| it.detector.decay = decay);
    let config = config.expect("valid");
    assert_eq!(stage.node.set_config(stage.now, config), Ok(()));
}

#[test]
fn switched_off_and_on_again_it_has_forgotten_who_accused_and_since_when() {
    let mut stage = stage();
    accuse(&mut stage, 1);
    switch(&mut stage, None);
    assert_eq!(
        accuser_told(&mut stage),
        None,
        "whoever has it off tells no tags"
    );
    stage.pass(seconds(40));
    switch(&mut stage, Some(Decay::PAPER));
    accuse(&mut stage, 2);
    accuse(&mut stage, 3);
    accuse(&mut stage, 4);
    assert_eq!(stage.node.stats().suspicions_confirmed, 0);
    assert!(is_about(ends(stage), TIMES[0]), "what was set stands");
}

#[test]
fn a_late_answer_starts_the_time_anew_for_those_who_agree_as_well() {
    let config = config().with(|it| {
        it.probe_period = seconds(1);
        it.probe_rtt = millis(400);
        it.detector.local_health = None;
    });
    let mut stage = Stage::new(&config.expect("valid"), 9);
    accuse(&mut stage, 1);
    // All others answer; the suspect does from a quarter of a minute on. Our own probe agrees before.
    let late = Instant::ZERO + seconds(15);
    let answered = loop {
        assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
        let said = stage.next();
        let is_late = stage.now >= late;
        let to_suspect = |it: &&support::wire::Packet<_>| it.header.dst == id(SUSPECT);
        for packet in said.iter().filter(|it| !to_suspect(it) || is_late) {
            stage.answer(packet);
        }
        let ping =
            |it: &&support::wire::Packet<_>| matches!(it.header.message, Message::Ping { .. });
        if is_late && said.iter().filter(to_suspect).any(|it| ping(&it)) {
            break stage.now;
        }
    };
    assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
    // Two agree, our own probes among them perhaps: at least twenty seconds from the answer, not from
    // the beginning.
    accuse(&mut stage, 2);
    stage.pass_in_peace(seconds(9));
    assert!(stage.now.duration_since(answered) >= seconds(9));
    assert_eq!(stage.state(SUSPECT), Some(State::Suspect));
}

/// A node that suspects somebody by itself, with nothing else to tell: when that began, and whom.
fn accusing(repeats: bool) -> (Stage, Instant, u16) {
    let config = config().with(|it| {
        it.probe_period = seconds(1);
        it.probe_rtt = millis(400);
        it.detector.local_health = None;
        it.detector.repeat_suspicions = repeats;
        // Asked whether there is news, it answers as often as it takes.
        it.replies_max = 1_000;
    });
    let mut stage = Stage::new(&config.expect("valid"), 9);
    let (target, _) = stage.next_probe();
    while stage.state(target) == Some(State::Alive) {
        for said in stage.next() {
            if said.header.dst != id(target) {
                stage.answer(&said);
            }
        }
    }
    let began = stage.now;
    // Nobody else is probed from here on.
    let rare = config_of(&stage, |it| it.probe_period = seconds(100));
    assert_eq!(stage.node.set_config(stage.now, rare), Ok(()));
    let teller = if target == 1 { 2 } else { 1 };
    while tells(&mut stage, teller, target) {}
    (stage, began, target)
}

fn config_of(stage: &Stage, change: fn(&mut foca_core::Settings)) -> Config {
    stage.node.config().with(change).expect("valid")
}

/// Whether an answer to `id(asking)` has news of the member.
fn tells(stage: &mut Stage, asking: u16, of: u16) -> bool {
    let told = stage.ask(asking, Message::Ping { number: 1 });
    told[0].members.iter().any(|it| it.id == id(of))
}

#[test]
fn a_suspicion_that_nobody_confirms_is_told_again_until_it_ends() {
    let (mut stage, began, target) = accusing(true);
    let teller = if target == 1 { 2 } else { 1 };
    for times in 1..=5 {
        let again = began + seconds(10) * times;
        stage.pass(again.duration_since(stage.now) - millis(1));
        assert!(!tells(&mut stage, teller, target), "{times}: not before");
        stage.pass(millis(1));
        assert_eq!(
            stage.node.stats().suspicions_repeated,
            u64::from(times),
            "told again"
        );
        while tells(&mut stage, teller, target) {}
    }
    while stage.state(target) == Some(State::Suspect) {
        stage.next();
    }
    assert!(is_about(stage.now, began.as_micros() + TIMES[0]));
    assert_eq!(stage.node.stats().suspicions_repeated, 5);
}

#[test]
fn what_others_confirm_or_is_not_to_be_repeated_is_told_once() {
    let (mut stage, began, target) = accusing(true);
    let told = packet(id(if target == 1 { 2 } else { 1 }), id(0), Message::Gossip);
    let other = told.accused(member(target, 0, State::Suspect), 1);
    assert_eq!(stage.tell_packet(&other), Ok(()));
    while stage.state(target) == Some(State::Suspect) {
        stage.next();
    }
    assert!(is_about(stage.now, began.as_micros() + TIMES[1]));
    assert_eq!(stage.node.stats().suspicions_repeated, 0);

    let (mut stage, began, target) = accusing(false);
    while stage.state(target) == Some(State::Suspect) {
        stage.next();
    }
    assert!(is_about(stage.now, began.as_micros() + TIMES[0]));
    assert_eq!(stage.node.stats().suspicions_repeated, 0);
}

#[test]
fn what_others_suspect_is_theirs_to_repeat() {
    let mut stage = stage();
    accuse(&mut stage, 1);
    assert!(is_about(ends(stage), TIMES[0]));
    let mut stage = self::stage();
    accuse(&mut stage, 1);
    stage.pass(seconds(59));
    assert_eq!(stage.node.stats().suspicions_repeated, 0);
}
