//! Who has to refute again and again is put out for a while.

use crate::support;

use std::time::Duration;

use foca_core::{Config, Damping, Event, Member, Message, State};
use foca_sim::Access;
use support::stage::Stage;
use support::{addr, announce, events, formed, id, life, member, node, seconds, state};

const REFUTATIONS_MAX: u32 = 2;
const FORGIVEN_EVERY: Duration = seconds(100);
const OUT: Duration = seconds(500);

fn damping() -> Damping {
    let mut damping = Damping::default();
    damping.refutations_max = REFUTATIONS_MAX as u8;
    damping.forgiven_every = FORGIVEN_EVERY;
    damping.out = OUT;
    damping
}

fn config() -> Config {
    let config = Config::simple().with(|it| it.detector.damping = Some(damping()));
    config.expect("valid")
}

fn stage() -> Stage {
    Stage::new(&config(), 8).acquainted()
}

fn hear(stage: &mut Stage, news: Member<support::Id>) {
    assert_eq!(stage.tell_with(1, Message::Gossip, &[news]), Ok(()));
    stage.said();
}

/// A member refutes so often, every two seconds, from this incarnation on.
fn refute(stage: &mut Stage, name: u16, from: u32, times: u32) {
    for incarnation in from..from + times {
        hear(stage, member(name, incarnation, State::Alive));
        stage.pass_in_peace(seconds(2));
    }
}

/// `id(2)` is out at incarnation 3.
fn put_out() -> Stage {
    let mut stage = stage();
    refute(&mut stage, 2, 1, REFUTATIONS_MAX + 1);
    assert_eq!(stage.state(2), Some(State::Down));
    while stage.node.poll_event().is_some() {}
    stage
}

#[test]
fn no_preset_puts_anybody_out() {
    for config in [
        Config::simple(),
        Config::lan(),
        Config::wan(),
        Config::local(),
    ] {
        assert_eq!(config.detector.damping, None);
    }
    let mut stage = Stage::new(&Config::simple(), 8).acquainted();
    refute(&mut stage, 2, 1, 50);
    assert_eq!(stage.state(2), Some(State::Alive));
}

#[test]
fn one_refutation_more_than_are_put_up_with_puts_a_member_out() {
    let mut stage = stage();
    refute(&mut stage, 2, 1, REFUTATIONS_MAX);
    assert_eq!(stage.state(2), Some(State::Alive));
    while stage.node.poll_event().is_some() {}
    hear(&mut stage, member(2, 3, State::Suspect));
    assert_eq!(stage.state(2), Some(State::Down));
    let told: Vec<_> = std::iter::from_fn(|| stage.node.poll_event()).collect();
    assert_eq!(
        told,
        [Event::MemberSuspect(id(2)), Event::MemberDown(id(2))]
    );
    assert_eq!(stage.node.stats().members_damped, 1);
    let known = stage.node.member(&addr(2)).map(|it| it.incarnation);
    assert_eq!(known, Some(3));
}

#[test]
fn the_verdict_of_others_is_a_refutation_seen_as_well() {
    let mut stage = stage();
    refute(&mut stage, 2, 1, REFUTATIONS_MAX);
    hear(&mut stage, member(2, 3, State::Down));
    hear(&mut stage, member(2, 4, State::Alive));
    assert_eq!(stage.state(2), Some(State::Down));
}

#[test]
fn who_refutes_rarely_or_much_at_once_stays() {
    let mut stage = stage();
    for incarnation in 1..20 {
        hear(&mut stage, member(2, incarnation, State::Alive));
        stage.pass_in_peace(FORGIVEN_EVERY);
    }
    // What was missed meanwhile may be old, and after a cut many accuse a member of the same.
    for incarnation in [1_000, 1_001, 1_002, 9_000] {
        hear(&mut stage, member(3, incarnation, State::Alive));
    }
    assert_eq!([2, 3].map(|it| stage.state(it)), [Some(State::Alive); 2]);
}

#[test]
fn no_news_of_life_counts_until_its_time_has_passed() {
    let mut stage = put_out();
    hear(&mut stage, member(2, 9, State::Alive));
    assert_eq!(stage.tell(2, Message::Gossip), Ok(()));
    stage.pass_in_peace(OUT - seconds(5));
    hear(&mut stage, member(2, 10, State::Suspect));
    assert_eq!(stage.state(2), Some(State::Down));
    assert_eq!(stage.node.stats().damped_ignored, 3);
    stage.pass_in_peace(seconds(5));
    assert_eq!(stage.state(2), Some(State::Down));
    // What it reached meanwhile is what it has to exceed.
    hear(&mut stage, member(2, 10, State::Alive));
    assert_eq!(stage.state(2), Some(State::Down));
    hear(&mut stage, member(2, 11, State::Alive));
    assert_eq!(stage.state(2), Some(State::Alive));
}

#[test]
fn who_is_out_hears_that_we_are_there_and_nothing_else() {
    let mut stage = put_out();
    hear(&mut stage, member(4, 1, State::Suspect));
    let said = stage.ask(2, Message::Ping { number: 5 });
    let [ack] = &said[..] else {
        panic!("an `Ack` and nothing else: {said:?}");
    };
    assert_eq!(ack.header.message, Message::Ack { number: 5 });
    assert_eq!(ack.members, []);
    for message in [
        Message::Gossip,
        Message::Announce { nonce: 1, proof: 0 },
        Message::PingReq {
            target: id(3),
            number: 6,
        },
    ] {
        assert_eq!(stage.ask(2, message), []);
    }
}

#[test]
fn what_it_says_of_others_and_of_us_does_not_count() {
    let mut stage = put_out();
    let news = [member(3, 0, State::Down), member(0, 7, State::Suspect)];
    assert_eq!(stage.tell_with(2, Message::Gossip, &news), Ok(()));
    let told = Message::TurnUndead { echo: 0 };
    let accusation = [member(0, 7, State::Down)];
    assert_eq!(stage.tell_with(2, told, &accusation), Ok(()));
    assert_eq!(stage.state(3), Some(State::Alive));
    assert_eq!(stage.node.incarnation(), 0);
}

#[test]
fn the_datagram_by_which_it_refuted_once_too_often_is_treated_as_those_that_follow() {
    let mut stage = stage();
    refute(&mut stage, 2, 1, REFUTATIONS_MAX);
    let last = Message::Ping { number: 5 };
    let last = support::wire::packet(id(2), id(0), last).incarnation(REFUTATIONS_MAX + 1);
    let last = last.members([member(3, 0, State::Suspect)]);
    assert_eq!(stage.tell_packet(&last), Ok(()));
    assert_eq!(stage.state(2), Some(State::Down));
    assert_eq!(stage.state(3), Some(State::Alive));
    let said = stage.said();
    let to_it: Vec<_> = said.iter().filter(|it| it.header.dst == id(2)).collect();
    let [ack] = &to_it[..] else {
        panic!("an `Ack` and nothing else: {to_it:?}");
    };
    assert_eq!(ack.header.message, Message::Ack { number: 5 });
    assert_eq!(ack.members, []);
}

#[test]
fn whoever_is_out_and_says_goodbye_is_remembered_as_long_as_others() {
    let mut stage = put_out();
    let kept = config().forget_after.expect("some time");
    assert!(kept > OUT);
    hear(&mut stage, member(2, 3, State::Left));
    stage.pass_in_peace(OUT + seconds(10));
    assert_eq!(stage.state(2), Some(State::Left));
}

#[test]
fn another_life_of_its_address_is_welcome() {
    let mut stage = put_out();
    hear(&mut stage, Member::alive(life(2, 1)));
    assert_eq!(stage.state(2), Some(State::Alive));
    refute(&mut stage, 2, 1, 1);
    assert_eq!(stage.state(2), Some(State::Alive));
}

#[test]
fn its_return_does_not_put_it_out_again() {
    let config = config().with(|it| {
        let damping = it.detector.damping.as_mut().expect("switched on");
        damping.forgiven_every = OUT * 100;
    });
    let mut stage = Stage::new(&config.expect("valid"), 8).acquainted();
    refute(&mut stage, 2, 1, REFUTATIONS_MAX + 1);
    stage.pass_in_peace(OUT);
    refute(&mut stage, 2, 4, 1);
    assert_eq!(stage.state(2), Some(State::Alive));
    refute(&mut stage, 2, 5, 1);
    assert_eq!(stage.state(2), Some(State::Down));
}

#[test]
fn where_many_refute_it_is_the_network_and_nobody_is_put_out() {
    let mut stage = stage();
    // A quarter of nine is two.
    for incarnation in 1..20 {
        for name in [2, 3, 4] {
            hear(&mut stage, member(name, incarnation, State::Alive));
        }
        stage.pass_in_peace(seconds(2));
    }
    let states = [2, 3, 4].map(|it| stage.state(it));
    assert_eq!(states, [Some(State::Alive); 3]);
    let stats = stage.node.stats();
    assert_eq!(
        (stats.members_damped, stats.dampings_refused > 0),
        (0, true)
    );
}

#[test]
fn no_more_than_watched_max_are_watched() {
    let config = config().with(|it| {
        let damping = it.detector.damping.as_mut().expect("switched on");
        damping.watched_max = 2;
        damping.percent_max = 100;
    });
    let mut stage = Stage::new(&config.expect("valid"), 8).acquainted();
    for name in 2..=6 {
        refute(&mut stage, name, 1, 4);
    }
    // The first is out; the second is one too many; the others are not even counted.
    assert_eq!(stage.node.stats().members_damped, 1);
    assert_eq!(stage.node.stats().dampings_refused, 2);
    assert_eq!(stage.node.stats().watches_refused, 12);
}

#[test]
fn the_last_other_member_is_not_put_out() {
    let mut stage = Stage::new(&config(), 1).acquainted();
    for incarnation in 1..20 {
        hear(&mut stage, member(1, incarnation, State::Alive));
        stage.pass_in_peace(seconds(2));
    }
    assert_eq!(stage.state(1), Some(State::Alive));
}

#[test]
fn who_is_left_alone_takes_everybody_back() {
    let mut stage = put_out();
    for name in [3, 4, 5, 6, 7, 8, 1] {
        hear(&mut stage, member(name, 0, State::Left));
    }
    assert_eq!(stage.node.members().len(), 0);
    // Its verdict is void: the same incarnation will do.
    stage.node.merge(stage.now, [member(2, 3, State::Alive)]);
    assert_eq!(stage.state(2), Some(State::Alive));
}

/// Ten minutes with a member that loses four fifths of what is sent to it, then peace.
#[test]
fn all_put_out_the_same_member_and_take_it_back() {
    let config = Config::lan().with(|it| {
        let mut damping = Damping::default();
        damping.out = seconds(1_800);
        it.detector.damping = Some(damping);
    });
    let config = config.expect("valid");
    let mut network = formed(20, &config, 3, id);
    let lossy = Access {
        loss_in_per_million: 800_000,
        ..Access::default()
    };
    network.set_access(&addr(5), lossy);
    network.run_for(seconds(900));
    let healthy = || (0..20).filter(|name| *name != 5);
    let out_at = |network: &support::Cluster, name| state(network, name, 5) == Some(State::Down);
    assert!(healthy().all(|name| out_at(&network, name)));

    // Whoever comes now has seen none of it.
    network.insert(addr(20), node(id(20), config, 99));
    announce(&mut network, 20, 0);
    network.run_for(seconds(300));
    assert!(healthy().chain([20]).all(|name| out_at(&network, name)));

    network.set_access(&addr(5), Access::default());
    network.run_for(seconds(2_700));
    assert!(foca_sim::cluster::views_complete(&network));
    for name in healthy().chain([20]) {
        let told = events(&mut network, name);
        let is_wrong = |event: &Event<_>| matches!(event, Event::MemberDown(it) if *it != id(5));
        assert!(!told.iter().any(is_wrong), "{name}");
    }
}
