//! The side that is asked: it answers from what it knows, remembers nobody, and is no amplifier.

use crate::support;

use foca_core::{Config, Member, Message, State};
use support::body::{BUSY, Body, EVERYWHERE, Entry, FULL, Span, Told, alive, compare, gone, parts};
use support::stage::Stage;
use support::view::{View, summary};
use support::wire::Packet;
use support::{Id, addr, id, life, member, seconds};

use State::{Alive, Down, Left, Suspect};

fn config() -> Config {
    Config::lan()
}

/// Somebody who knows a few hundred members, some of them gone, and everybody has proven its address.
fn knowledgeable(others: u16) -> Stage {
    let quiet = config().with(|it| it.probe_period = seconds(3_600));
    let mut stage = Stage::new(&quiet.expect("valid"), 3);
    stage.node.merge(stage.now, crowd(others));
    stage.node.set_config(stage.now, config()).expect("valid");
    while !stage.said().is_empty() {}
    stage
}

fn crowd(others: u16) -> impl Iterator<Item = Member<Id>> {
    (10..10 + others).map(|n| Member {
        id: life(n, n % 3),
        incarnation: u32::from(n) % 200,
        state: [Alive, Alive, Alive, Suspect, Down, Left][usize::from(n) % 6],
    })
}

/// Lets `id(1)` prove its address as JOIN-4 has it, and returns what it echoes from then on.
fn prove(stage: &mut Stage) -> u32 {
    let question = compare(id(1), id(0), (0, 5), &[Entry::All(0)]);
    let answers = ask(stage, &question);
    let Message::Differences { echo: 5, nonce } = answers[0].header.message else {
        panic!("{answers:?}")
    };
    ask(stage, &compare(id(1), id(0), (nonce, 5), &[Entry::All(0)]));
    nonce
}

fn ask(stage: &mut Stage, question: &Packet<Id>) -> Vec<Packet<Id>> {
    assert_eq!(stage.tell_packet(question), Ok(()));
    let said = stage.said();
    let answers = |it: &Packet<Id>| matches!(it.header.message, Message::Differences { .. });
    said.into_iter().filter(answers).collect()
}

/// The one answer to these questions of `id(1)`.
fn answer(stage: &mut Stage, echo: u32, questions: &[Entry<Id>]) -> Body<Id> {
    let answers = ask(stage, &compare(id(1), id(0), (echo, 9), questions));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].header.dst, id(1));
    let Message::Differences { echo: 9, nonce } = answers[0].header.message else {
        panic!("{:?}", answers[0].header)
    };
    assert_ne!(nonce, 0);
    answers[0].body()
}

fn told(members: impl IntoIterator<Item = Member<Id>>) -> Vec<Told<Id>> {
    let one = |member: Member<Id>| match member.state {
        Alive | Suspect => alive(member.id, member.incarnation),
        Down | Left => gone(member.id, member.incarnation, member.state, 86_400),
    };
    members.into_iter().map(one).collect()
}

/// Ranges of many kinds: told by prefixes of all lengths, and not.
fn spans() -> Vec<Span> {
    let mut spans = vec![
        EVERYWHERE,
        (3, 3),
        (0, u32::MAX - 1),
        (1, u32::MAX),
        (5, 20),
    ];
    let mut at = 0x9E37_79B9_u32;
    for bits in 1..=32_u32 {
        at = at.wrapping_mul(0x85EB_CA6B).rotate_left(13);
        let below = u32::MAX.checked_shr(bits).unwrap_or(0);
        spans.push((at & !below, at | below));
        spans.push((at.min(at.rotate_left(7)), at.max(at.rotate_left(7))));
    }
    spans
}

#[test]
fn equal_views_are_answered_by_equal_and_nothing_else() {
    let mut stage = knowledgeable(300);
    let total = View::of(&stage.node).total();
    let answered = answer(&mut stage, 0, &[Entry::All(total)]);
    let nothing_new = Body {
        flags: 0,
        taken_in: Some(0),
        entries: vec![Entry::Equal],
    };
    assert_eq!(answered, nothing_new);
    let question = compare(id(1), id(0), (0, 9), &[Entry::All(total)]);
    let answers = ask(&mut stage, &question);
    let wire = stage.wire();
    let headers = |packet: &Packet<Id>| {
        let bare = Packet {
            accusers: vec![],
            comparison: vec![],
            ..packet.clone()
        };
        bare.bytes(wire).len()
    };
    let cost = question.bytes(wire).len() + answers[0].bytes(wire).len();
    assert_eq!(cost, headers(&question) + headers(&answers[0]) + 14);
}

#[test]
fn other_views_are_answered_by_the_sums_of_sixteen_parts() {
    let mut stage = knowledgeable(300);
    let echo = prove(&mut stage);
    let view = View::of(&stage.node);
    let spans = parts(EVERYWHERE, 16);
    for other in [0, view.total() ^ 1, view.total() ^ (1 << 63)] {
        let expected = Entry::Sums(EVERYWHERE, view.sums(&spans));
        let answered = answer(&mut stage, echo, &[Entry::All(other)]);
        assert_eq!(answered.entries, [expected]);
    }
}

#[test]
fn a_split_is_answered_by_the_sums_of_its_parts() {
    let mut stage = knowledgeable(300);
    let echo = prove(&mut stage);
    let view = View::of(&stage.node);
    for span in spans() {
        let answered = answer(&mut stage, echo, &[Entry::Split(span)]);
        let [Entry::Sums(of, sums)] = &answered.entries[..] else {
            panic!("{answered:?}")
        };
        let positions = u64::from(span.1 - span.0) + 1;
        let most = positions.min(16) as usize;
        assert_eq!((*of, sums.len()), (span, 1 << most.ilog2()));
        assert_eq!(*sums, view.sums(&parts(span, sums.len())), "{span:?}");
    }
}

#[test]
fn members_are_answered_by_what_is_lacking_or_older() {
    let mut stage = knowledgeable(80);
    let echo = prove(&mut stage);
    for span in spans() {
        let view = View::of(&stage.node);
        let mut known = told(view.within(span).map(|it| it.2));
        // It lacks every third, and knows every fifth as it was before.
        known = known
            .into_iter()
            .enumerate()
            .filter(|(n, _)| n % 3 != 0)
            .map(|it| it.1)
            .collect();
        for older in known.iter_mut().step_by(5) {
            older.member.incarnation = older.member.incarnation.saturating_sub(1);
        }
        let lacking = view.lacking(span, &known);
        let answered = answer(&mut stage, echo, &[Entry::Members(span, known)]);
        assert_eq!(
            answered.entries,
            [Entry::Members(span, told(lacking))],
            "{span:?}"
        );
        assert_eq!(answered.taken_in, Some(0), "all that was known already");
        assert_eq!(View::of(&stage.node), view);
    }
}

#[test]
fn what_was_new_is_counted() {
    let mut stage = knowledgeable(10);
    let echo = prove(&mut stage);
    let news = vec![
        alive(id(500), 1),
        gone(id(501), 0, Left, 50),
        alive(id(2), 7),
        alive(id(3), 0),
        gone(life(10, 0), 0, Down, 50),
    ];
    let before = stage.node.stats().members_compared;
    let answered = answer(&mut stage, echo, &[Entry::Members((7, 8), news)]);
    assert_eq!(answered.taken_in, Some(3));
    assert_eq!(stage.node.stats().members_compared - before, 3);
    assert_eq!(answered.entries, [Entry::Members((7, 8), vec![])]);
}

/// Whatever does not fit is found behind the shortened range, each member once and in order.
#[test]
fn pages_cover_everything_without_gaps_or_repeats() {
    for others in [0, 1, 150, 1_000] {
        let mut stage = knowledgeable(others);
        let echo = prove(&mut stage);
        let view = View::of(&stage.node);
        let (mut span, mut found, mut pages) = (EVERYWHERE, vec![], 0);
        loop {
            let answered = answer(&mut stage, echo, &[Entry::Members(span, vec![])]);
            let [Entry::Members(covered, page)] = &answered.entries[..] else {
                panic!("{answered:?}")
            };
            assert_eq!(*page, told(view.within(*covered).map(|it| it.2)));
            assert_eq!(covered.0, span.0);
            found.extend(page.iter().cloned());
            pages += 1;
            if covered.1 == u32::MAX {
                break;
            }
            // A full page: no other statement would have fitted.
            assert!(page.len() >= 70, "{} in page {pages}", page.len());
            span.0 = covered.1 + 1;
            stage.now = stage.now + seconds(0);
        }
        assert_eq!(found, told(view.within(EVERYWHERE).map(|it| it.2)));
        assert!(pages <= found.len() / 70 + 1, "{pages}");
    }
}

#[test]
fn nothing_is_remembered_of_who_asked() {
    let mut stage = knowledgeable(300);
    let echo = prove(&mut stage);
    let questions: [&[Entry<Id>]; 4] = [
        &[Entry::All(1)],
        &[Entry::Split((7, 1 << 30))],
        &[
            Entry::Members((0, 1 << 28), vec![]),
            Entry::Split(EVERYWHERE),
        ],
        &[Entry::Members((1 << 29, 1 << 31), vec![]), Entry::All(1)],
    ];
    let first = questions.map(|asked| answer(&mut stage, echo, asked));
    let second = questions.map(|asked| answer(&mut stage, echo, asked));
    assert_eq!(first, second);
    assert!(first.iter().all(|answered| !answered.entries.is_empty()));
}

/// All that one datagram asks is answered in one, in its order, as far as it fits.
#[test]
fn one_datagram_is_answered_by_one() {
    let mut stage = knowledgeable(1_000);
    let echo = prove(&mut stage);
    let view = View::of(&stage.node);
    let spans = parts(EVERYWHERE, 64);
    let questions: Vec<_> = spans.iter().map(|span| Entry::Split(*span)).collect();
    let answered = answer(&mut stage, echo, &questions).entries;
    assert!((10..64).contains(&answered.len()), "{}", answered.len());
    for (span, entry) in spans.into_iter().zip(answered) {
        let Entry::Sums(of, sums) = entry else {
            panic!("{entry:?}")
        };
        assert_eq!((of, &sums), (span, &view.sums(&parts(span, sums.len()))));
    }
}

#[test]
fn suspects_are_told_as_alive_and_two_views_that_differ_by_them_are_equal() {
    let mut suspecting = Stage::new(&config(), 5);
    let total = View::of(&suspecting.node).total();
    suspecting
        .node
        .merge(suspecting.now, [member(4, 0, Suspect)]);
    suspecting.said();
    assert_eq!(suspecting.state(4), Some(Suspect));
    let answered = answer(&mut suspecting, 0, &[Entry::All(total)]);
    assert_eq!(answered.entries, [Entry::Equal]);
    let (position, _) = summary(0, &member(4, 0, Alive));
    let span = (position, position);
    let answered = answer(&mut suspecting, 0, &[Entry::Members(span, vec![])]);
    assert_eq!(
        answered.entries,
        [Entry::Members(span, vec![alive(id(4), 0)])]
    );
}

/// Questions of every kind, short and long.
fn every_question() -> Vec<Vec<Entry<Id>>> {
    let many = |count: usize| vec![Entry::Split(EVERYWHERE); count];
    let list = |count: u16| {
        let told = (2_000..2_000 + count).map(|n| alive(id(n), 0)).collect();
        vec![Entry::Members(EVERYWHERE, told)]
    };
    vec![
        vec![],
        vec![Entry::All(1)],
        vec![Entry::All(1); 30],
        vec![Entry::Split((1, 2))],
        many(1),
        many(100),
        list(0),
        list(1),
        list(30),
        vec![Entry::Members(EVERYWHERE, vec![]); 100],
    ]
}

#[test]
fn what_is_not_proven_gets_three_times_its_bytes_at_most() {
    for questions in every_question() {
        // Known by hearsay, a stranger, and held down.
        for asker in [1, 900, 14] {
            let mut stage = knowledgeable(300);
            let stranger = life(asker, if asker == 14 { 2 } else { 0 });
            let question = compare(stranger, id(0), (0, 9), &questions);
            let spent = question.bytes(stage.wire()).len();
            assert_eq!(stage.tell_packet(&question), Ok(()));
            let wire = stage.wire();
            let heard: usize = stage
                .said()
                .iter()
                .filter(|it| it.header.dst == stranger)
                .map(|it| it.bytes(wire).len())
                .sum();
            assert!(
                heard <= 3 * spent,
                "{heard} for {spent}: {asker}, {questions:?}"
            );
            assert!(heard > 0);
        }
    }
}

#[test]
fn what_is_short_for_want_of_proof_is_sound_all_the_same() {
    let mut stage = knowledgeable(300);
    let view = View::of(&stage.node);
    for others in 0..4 {
        let padding = vec![Entry::Split((1, 2)); others];
        let asked = [&[Entry::All(1)], &padding[..]].concat();
        let Entry::Sums(EVERYWHERE, sums) = &answer(&mut stage, 0, &asked).entries[0] else {
            panic!("sums were asked for")
        };
        assert!(sums.len().is_power_of_two() && sums.len() <= 16);
        assert_eq!(*sums, view.sums(&parts(EVERYWHERE, sums.len())));
    }
}

#[test]
fn strangers_are_challenged_and_answered_when_they_say_back_the_cookie() {
    let mut stage = knowledgeable(10);
    let question = |echo| compare(id(900), id(0), (echo, 9), &[Entry::All(1)]);
    assert_eq!(stage.tell_packet(&question(0)), Ok(()));
    let said = stage.said();
    assert_eq!(said.len(), 1);
    let Message::Challenge { echo: 9, cookie } = said[0].header.message else {
        panic!("{said:?}")
    };
    assert_eq!(stage.state(900), None, "not taken in");
    assert_eq!(stage.tell_packet(&question(cookie ^ 1)), Ok(()));
    assert!(matches!(
        stage.said()[0].header.message,
        Message::Challenge { .. }
    ));
    assert_eq!(ask(&mut stage, &question(cookie)).len(), 1);
    assert_eq!(stage.state(900), Some(Alive));
}

#[test]
fn who_is_held_down_hears_that_instead() {
    let mut stage = knowledgeable(10);
    let down = life(10, 1);
    assert_eq!(stage.state(10), Some(Down));
    let question = compare(down, id(0), (0, 9), &[Entry::All(1)]);
    assert_eq!(stage.tell_packet(&question), Ok(()));
    let said = stage.said();
    assert_eq!(said.len(), 1);
    assert!(matches!(
        said[0].header.message,
        Message::TurnUndead { echo: 9 }
    ));
}

#[test]
fn a_spent_budget_is_told_as_busy_and_all_is_answered_nevertheless() {
    let mut stage = knowledgeable(300);
    let echo = prove(&mut stage);
    let bytes_per_second = stage.node.config().reconciliation_bytes_per_second.get() as usize;
    let question = [Entry::Members(EVERYWHERE, vec![])];
    let (mut sent, mut flags) = (0, 0);
    let wire = stage.wire();
    while flags & BUSY == 0 {
        let answers = ask(&mut stage, &compare(id(1), id(0), (echo, 9), &question));
        sent += answers[0].bytes(wire).len();
        flags = answers[0].body().flags;
        assert!(sent <= bytes_per_second + 2 * 1_232, "{sent}");
    }
    assert!(sent >= bytes_per_second);
    let busy = answer(&mut stage, echo, &question);
    assert_eq!((busy.flags, busy.entries), (BUSY, vec![]));
    assert!(stage.node.stats().comparisons_limited >= 2);
    let total = View::of(&stage.node).total();
    let quick = answer(&mut stage, echo, &[Entry::All(total)]);
    assert_eq!((quick.flags, quick.entries), (0, vec![Entry::Equal]));
    stage.now = stage.now + seconds(1);
    assert_eq!(answer(&mut stage, echo, &question).flags, 0, "and forgiven");
}

/// Busy answers and those to all alone are bounded per member and probe period.
#[test]
fn what_is_answered_whatever_the_budget_is_bounded_per_member() {
    let mut stage = knowledgeable(300);
    let replies_max = usize::from(stage.node.config().replies_max);
    let all = compare(id(2), id(0), (0, 9), &[Entry::All(1)]);
    let answers: usize = (0..100).map(|_| ask(&mut stage, &all).len()).sum();
    assert_eq!(answers, replies_max);
    assert!(stage.node.stats().replies_limited >= 60);
}

#[test]
fn who_has_no_room_says_so() {
    let mut stage = knowledgeable(300);
    for (room, flags) in [(0, FULL), (1, 0)] {
        let members_max = stage.node.all_members().count() + room;
        let config = config().with(|it| it.members_max = members_max);
        stage
            .node
            .set_config(stage.now, config.expect("valid"))
            .expect("valid");
        let answered = answer(&mut stage, 0, &[Entry::All(1)]);
        assert_eq!(answered.flags, flags);
        stage.now = stage.now + seconds(1);
    }
}

/// However many questions have arrived before anything could be sent.
#[test]
fn a_flood_that_arrives_at_once_is_answered_within_the_budget() {
    let mut stage = knowledgeable(300);
    let bytes_per_second = stage.node.config().reconciliation_bytes_per_second.get() as usize;
    let replies = usize::from(stage.node.config().replies_max);
    let askers: Vec<_> = stage.node.members().map(|it| it.id).collect();
    let page = vec![Entry::Members(
        EVERYWHERE,
        (0..60).map(|n| alive(id(n + 3_000), 0)).collect(),
    )];
    for round in 0..20 {
        for asker in &askers {
            let question = compare(*asker, id(0), (0, round), &page);
            assert_eq!(stage.tell_packet(&question), Ok(()));
        }
    }
    let wire = stage.wire();
    let (mut sent, mut busy) = (0, 0);
    for packet in stage.said() {
        let Message::Differences { .. } = packet.header.message else {
            continue;
        };
        match packet.body().flags & BUSY {
            0 => sent += packet.bytes(wire).len(),
            _ => busy += 1,
        }
    }
    assert!(sent >= bytes_per_second, "{sent}: enough was asked");
    assert!(sent <= bytes_per_second + 1_232, "{sent} at once");
    assert!(busy <= askers.len() * replies);
    assert_eq!(stage.member(0), None);
    assert_eq!(stage.node.member(&addr(0)), None);
}

/// Who asks more asks again: nobody sends more at once.
#[test]
fn no_more_than_64_questions_of_a_datagram_are_answered() {
    let mut stage = knowledgeable(3);
    let echo = prove(&mut stage);
    let questions: Vec<_> = (0..100).map(|at| Entry::Split((at, at))).collect();
    let answered = answer(&mut stage, echo, &questions).entries;
    let expected = (0..64).map(|at| Entry::Sums((at, at), vec![0]));
    assert_eq!(answered, expected.collect::<Vec<_>>());
    assert_eq!(stage.node.stats().questions_ignored, 100 - 64);
}
