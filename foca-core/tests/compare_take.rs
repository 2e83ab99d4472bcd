//! What becomes of what comparing brings up.

use crate::support;

use foca_core::{Config, Event, Member, Message, State};
use support::body::{EVERYWHERE, Entry, NEVER, Told, alive, compare, gone};
use support::stage::Stage;
use support::view::View;
use support::wire::Packet;
use support::{Id, id, life, member, millis, seconds};

use State::{Alive, Down, Left, Suspect};

/// A node that hears of nothing but what the test tells it: it neither probes nor gossips for an hour.
fn quiet(others: u16) -> Stage {
    let config = Config::lan().with(|it| {
        it.probe_period = seconds(3_600);
        it.periodic_gossip = None;
        it.periodic_announce_to_down = None;
    });
    Stage::new(&config.expect("valid"), others)
}

/// `id(1)` says what it knows, and is told what the node knows then.
fn told(stage: &mut Stage, told: Vec<Told<Id>>) -> Vec<Packet<Id>> {
    let question = compare(id(1), id(0), (0, 9), &[Entry::Members((0, 0), told)]);
    assert_eq!(stage.tell_packet(&question), Ok(()));
    stage.said()
}

/// All that a node tells who asks for everything.
fn tells(stage: &mut Stage) -> Vec<Told<Id>> {
    let padding = vec![Entry::Split((1, 2)); 100];
    let asked = [&[Entry::Members(EVERYWHERE, vec![])], &padding[..]].concat();
    let question = compare(id(1), id(0), (0, 9), &asked);
    assert_eq!(stage.tell_packet(&question), Ok(()));
    let answer = stage.said().remove(0).body().entries.remove(0);
    let Entry::Members(EVERYWHERE, told) = answer else {
        panic!("{answer:?}")
    };
    told
}

#[test]
fn down_about_the_living_is_a_suspicion_that_the_suspect_hears_at_once() {
    let mut stage = quiet(3);
    let said = told(&mut stage, vec![gone(id(2), 0, Down, 50)]);
    assert_eq!(stage.state(2), Some(Suspect));
    assert_eq!(stage.events(), [Event::MemberSuspect(id(2))]);
    let [heard] = &said
        .iter()
        .filter(|it| it.header.dst == id(2))
        .collect::<Vec<_>>()[..]
    else {
        panic!("{said:?}")
    };
    assert_eq!(heard.header.message, Message::Gossip);
    assert_eq!(heard.members[0], member(2, 0, Suspect));

    assert_eq!(stage.tell_with(2, Message::Gossip, &[]), Ok(()));
    let refuted = support::wire::packet(id(2), id(0), Message::Gossip).incarnation(1);
    assert_eq!(stage.tell_packet(&refuted), Ok(()));
    assert_eq!(stage.state(2), Some(Alive), "it refutes");
    stage.events();
    told(&mut stage, vec![gone(id(2), 0, Down, 50)]);
    assert_eq!(
        (stage.state(2), stage.events()),
        (Some(Alive), vec![]),
        "older"
    );

    // Who does not refute is declared down when any other suspect would be.
    let config = support::by_time_alone(stage.node.config());
    assert_eq!(stage.node.set_config(stage.now, config), Ok(()));
    told(&mut stage, vec![gone(id(3), 4, Down, 50)]);
    assert_eq!(stage.member(3), Some(member(3, 4, Suspect)));
    let suspicion = stage.node.pace().suspicion;
    stage.pass_in_peace(suspicion - millis(1));
    assert_eq!(stage.state(3), Some(Suspect));
    assert_eq!(stage.tell(1, Message::Gossip), Ok(()));
    stage.pass_in_peace(millis(1));
    assert_eq!(stage.state(3), Some(Down));
}

/// One datagram full of deaths must not become as many to everybody.
#[test]
fn few_suspects_hear_at_once_however_many_there_are() {
    let mut stage = quiet(60);
    let most = usize::from(stage.node.config().replies_max) / 8;
    let deaths = |from: u16| {
        (from..from + 20)
            .map(|n| gone(id(n), 0, Down, 50))
            .collect()
    };
    let mut heard = 0;
    for from in [2, 22, 41] {
        let said = told(&mut stage, deaths(from));
        heard += said
            .iter()
            .filter(|it| it.header.message == Message::Gossip)
            .count();
    }
    assert!((1..=most).contains(&heard), "{heard}");
    assert_eq!(stage.state(60), Some(Suspect));
}

#[test]
fn left_and_later_lives_and_the_unknown_are_taken_over_as_they_are() {
    let mut stage = quiet(4);
    let statements = vec![
        gone(id(2), 0, Left, 50),
        gone(life(3, 1), 0, Down, 50),
        gone(id(50), 3, Down, 50),
        gone(id(51), 3, Left, 50),
        alive(id(52), 9),
        alive(id(4), 2),
    ];
    told(&mut stage, statements.clone());
    for statement in statements {
        let known = stage.node.member(&statement.member.id.addr);
        assert_eq!(known, Some(&statement.member));
    }
    let later = life(3, 1);
    let expected = [
        Event::MemberLeft(id(2)),
        Event::Renamed {
            from: id(3),
            to: later,
        },
        Event::MemberDown(later),
        Event::MemberUp(id(52)),
    ];
    assert_eq!(stage.events(), expected);
}

#[test]
fn what_is_said_of_us_is_refuted() {
    let mut stage = quiet(3);
    told(&mut stage, vec![gone(id(0), 0, Down, 50)]);
    assert_eq!(stage.node.incarnation(), 1);
    let said = told(&mut stage, vec![gone(id(0), 4, Left, 50)]);
    assert_eq!(stage.node.incarnation(), 5);
    assert!(said.iter().any(|it| it.header.message == Message::Gossip));
}

/// Who is gone is forgotten where it was first known, and everywhere with it.
#[test]
fn a_death_is_remembered_as_long_as_is_left_of_it() {
    let mut stage = quiet(2);
    let forget_after = stage.node.config().forget_after.expect("set");
    let day = forget_after.as_secs() as u32;
    let long = day + 100;
    let deaths = [
        (10, 30),
        (11, 1),
        (12, 0),
        (13, day - 7),
        (14, long),
        (15, NEVER),
    ];
    let statements = deaths.iter().map(|(n, left)| gone(id(*n), 0, Down, *left));
    told(&mut stage, statements.collect());
    let known = |stage: &Stage, n| stage.state(n).is_some();
    assert!(!known(&stage, 12), "in its last second");
    let start = stage.now;
    for (names, left) in [
        (&[11][..], 1),
        (&[10], 30),
        (&[13], day - 7),
        (&[14, 15], day),
    ] {
        let end = start + seconds(left.into());
        stage.pass_in_peace(end.duration_since(stage.now) - millis(1));
        assert!(names.iter().all(|n| known(&stage, *n)), "before {left} s");
        stage.pass_in_peace(millis(1));
        assert!(!names.iter().any(|n| known(&stage, *n)), "after {left} s");
    }
}

#[test]
fn what_is_left_is_rounded_down_and_not_told_in_its_last_second() {
    let mut stage = quiet(2);
    told(&mut stage, vec![gone(id(10), 0, Left, 30)]);
    for (pass_ms, left) in [
        (0, Some(30)),
        (1, Some(29)),
        (28_998, Some(1)),
        (1, Some(1)),
        (1, None),
    ] {
        stage.pass_in_peace(millis(pass_ms));
        let tells = tells(&mut stage);
        let told = tells.iter().find(|it| it.member.id == id(10));
        assert_eq!(told.and_then(|it| it.forget_seconds), left);
    }
    assert_eq!(stage.state(10), Some(Left));
}

#[test]
fn who_is_gone_for_ever_is_told_so() {
    let mut stage = quiet(2);
    let config = stage.node.config().with(|it| it.forget_after = None);
    stage
        .node
        .set_config(stage.now, config.expect("valid"))
        .expect("valid");
    stage.node.merge(stage.now, [member(10, 0, Down)]);
    told(
        &mut stage,
        vec![gone(id(11), 0, Down, 50), gone(id(12), 0, Left, NEVER)],
    );
    let mut seconds: Vec<_> = tells(&mut stage)
        .iter()
        .filter_map(|it| it.forget_seconds)
        .collect();
    seconds.sort_unstable();
    assert_eq!(seconds, [50, NEVER, NEVER]);
}

/// How many datagrams tell of a member until nothing is left to tell.
fn tellings(stage: &mut Stage, of: Id) -> usize {
    let said = stage.pass_in_peace(seconds(60));
    let tells = |it: &&Packet<Id>| it.members.iter().any(|told| told.id == of);
    said.iter().filter(tells).count()
}

#[test]
fn what_was_found_is_told_at_most_three_times_and_not_at_all_among_much_news() {
    let transmissions = Config::lan().with(|it| it.transmissions = 10.into());
    let config = transmissions.expect("valid");
    for (news, most) in [(0, 3), (50, 3), (64, 0), (200, 0)] {
        let mut stage = Stage::new(&config, 20).acquainted();
        let others = (1_000..1_000 + news).map(|n| Member::alive(id(n)));
        stage.node.merge(stage.now, others);
        let mut said = told(&mut stage, vec![alive(id(500), 0)]);
        said.retain(|it| it.members.iter().any(|told| told.id == id(500)));
        let times = said.len() + tellings(&mut stage, id(500));
        assert!(times <= most, "{times} times among {news}");
        assert!(times > 0 || most == 0);
        let stats = stage.node.stats();
        assert_eq!(stats.members_compared, 1);
        assert_eq!(stats.compared_news_untold, u64::from(most == 0));
    }
}

/// Who heard of it as news would remember it anew for the whole time.
#[test]
fn a_death_that_was_found_is_no_news() {
    for state in [Down, Left] {
        let mut stage = Stage::new(&Config::lan(), 20).acquainted();
        let mut said = told(&mut stage, vec![gone(id(500), 0, state, 50)]);
        said.retain(|it| it.members.iter().any(|told| told.id == id(500)));
        assert_eq!(stage.state(500).or(Some(state)), Some(state));
        assert_eq!(said.len() + tellings(&mut stage, id(500)), 0, "{state:?}");
    }
}

fn is_in_view(stage: &mut Stage, of: Id) -> bool {
    tells(stage).iter().any(|it| it.member.id == of)
}

/// What a node recalls of the dead from before a restart counts again when somebody says the same.
#[test]
fn the_dead_of_before_a_restart_are_not_compared_until_they_are_confirmed() {
    for state in [Down, Left] {
        for compared in [false, true] {
            let mut stage = quiet(2);
            stage.node.restore(stage.now, [member(10, 4, state)]);
            assert_eq!(stage.state(10), Some(state));
            assert!(!is_in_view(&mut stage, id(10)));
            told(&mut stage, vec![gone(id(10), 3, state, 50)]);
            assert!(
                !is_in_view(&mut stage, id(10)),
                "that was another statement"
            );
            if compared {
                told(&mut stage, vec![gone(id(10), 4, state, 50)]);
            } else {
                let news = [member(10, 4, state)];
                assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
                stage.said();
            }
            assert!(is_in_view(&mut stage, id(10)));
            let total = View::of(&stage.node).total();
            let all = compare(id(1), id(0), (0, 9), &[Entry::All(total)]);
            assert_eq!(stage.tell_packet(&all), Ok(()));
            assert_eq!(stage.said()[0].body().entries, [Entry::Equal]);
        }
    }
}

#[test]
fn a_death_of_before_a_restart_is_not_remembered_anew_when_it_is_confirmed() {
    let mut stage = quiet(2);
    stage.node.restore(stage.now, [member(10, 4, Down)]);
    told(&mut stage, vec![gone(id(10), 4, Down, 50)]);
    stage.pass_in_peace(seconds(50));
    assert_eq!(stage.state(10), None);
}

/// Our own verdicts are worth nothing once we were cut off.
#[test]
fn void_verdicts_are_not_compared() {
    let mut stage = Stage::new(&Config::lan(), 2);
    stage.pass(seconds(60));
    assert_eq!((stage.state(1), stage.state(2)), (Some(Down), Some(Down)));
    let question = |echo| compare(id(9), id(0), (echo, 9), &[Entry::All(0)]);
    assert_eq!(stage.tell_packet(&question(0)), Ok(()));
    let challenge = stage.said().pop().expect("a challenge");
    let Message::Challenge { cookie, .. } = challenge.header.message else {
        panic!("{challenge:?}")
    };
    assert_eq!(stage.tell_packet(&question(cookie)), Ok(()));
    stage.said();
    let ourselves = Member {
        id: id(0),
        incarnation: stage.node.incarnation(),
        state: Alive,
    };
    let total = View::new(0, [ourselves, Member::alive(id(9))]).total();
    let all = compare(id(9), id(0), (cookie, 9), &[Entry::All(total)]);
    assert_eq!(stage.tell_packet(&all), Ok(()));
    let said = stage.said();
    let answer = said
        .iter()
        .find(|it| matches!(it.header.message, Message::Differences { .. }));
    assert_eq!(answer.expect("an answer").body().entries, [Entry::Equal]);
}
