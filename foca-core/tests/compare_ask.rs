//! The side that asks: what it asks next, how long it waits, and when it lets it be.

// Whatever else comes fails the test.
#![allow(clippy::wildcard_enum_match_arm)]

use crate::support;

use std::time::Duration;

use foca_core::{Config, Instant, Member, Message, State};
use support::body::{
    BUSY, EVERYWHERE, Entry, FULL, Span, alive, differences, flagged_differences, part, parts,
};
use support::stage::Stage;
use support::view::View;
use support::wire::{Packet, packet};
use support::{Id, id, life, millis, seconds};

/// Somebody who compares, and the test as everybody else.
struct Asker {
    stage: Stage,
    /// Nonces of the answers, one after the other.
    nonce: u32,
}

impl Asker {
    fn new(config: &Config, others: u16) -> Self {
        Self {
            stage: Stage::new(config, others),
            nonce: 100,
        }
    }

    fn view(&self) -> View<Id> {
        View::of(&self.stage.node)
    }

    /// Lets time pass until it asks somebody; whoever is probed answers.
    fn asks(&mut self) -> Packet<Id> {
        for _ in 0..1_000_000 {
            let said = self.stage.next();
            said.iter().for_each(|it| self.stage.answer(it));
            if let Some(asked) = comparing(said).pop() {
                return asked;
            }
        }
        panic!("it never asks")
    }

    /// Lets whoever was asked answer, and returns what is asked next at once.
    fn hears(&mut self, asked: &Packet<Id>, entries: &[Entry<Id>]) -> Option<Packet<Id>> {
        self.hears_flagged(asked, 0, entries)
    }

    fn hears_flagged(
        &mut self,
        asked: &Packet<Id>,
        flags: u8,
        entries: &[Entry<Id>],
    ) -> Option<Packet<Id>> {
        self.nonce += 1;
        let words = (nonce_of(asked), self.nonce);
        let answer = flagged_differences(asked.header.dst, id(0), words, flags, entries);
        assert_eq!(self.stage.tell_packet(&answer), Ok(()));
        let mut next = comparing(self.stage.said());
        assert!(next.len() <= 1);
        next.pop()
    }

    /// Lets it hear these sums of everything and then that there is nothing else; returns all that
    /// it asked.
    fn asked_after(&mut self, sums: Vec<u32>) -> Vec<Entry<Id>> {
        let first = self.asks();
        let mut next = self.hears(&first, &[Entry::Sums(EVERYWHERE, sums)]);
        let mut all = vec![];
        while let Some(asked) = next {
            let questions = asked.body().entries;
            let answers: Vec<_> = questions.iter().map(|it| self.nothing_new(it)).collect();
            all.extend(questions);
            next = self.hears(&asked, &answers);
        }
        all
    }

    /// Nothing that the asker does not know.
    fn nothing_new(&self, question: &Entry<Id>) -> Entry<Id> {
        nothing_new(&self.view(), question)
    }

    fn pause(&self) -> Duration {
        self.stage.node.pace().reconciliation.expect("it compares")
    }

    fn shortest(&self) -> Duration {
        self.stage.node.config().probe_period / 5
    }

    /// Asserts that the next comparison begins about so much later.
    fn assert_pause(&mut self, pause: Duration) -> Packet<Id> {
        let ended = self.stage.now;
        let asked = self.asks();
        let took = self.stage.now.duration_since(ended);
        assert!(took >= pause / 2, "{took:?} for {pause:?}");
        assert!(took <= pause * 3 / 2, "{took:?} for {pause:?}");
        asked
    }
}

fn nonce_of(asked: &Packet<Id>) -> u32 {
    let Message::Compare { nonce, .. } = asked.header.message else {
        panic!("{asked:?} asks nothing")
    };
    nonce
}

fn nothing_new(view: &View<Id>, question: &Entry<Id>) -> Entry<Id> {
    match question {
        Entry::All(_) => Entry::Equal,
        Entry::Split(span) => Entry::Sums(*span, view.sums(&parts(*span, 16))),
        Entry::Members(span, _) => Entry::Members(*span, vec![]),
        Entry::Equal | Entry::Sums(..) => panic!("{question:?} is no question"),
    }
}

fn comparing(said: Vec<Packet<Id>>) -> Vec<Packet<Id>> {
    let asks = |it: &Packet<Id>| matches!(it.header.message, Message::Compare { .. });
    said.into_iter().filter(asks).collect()
}

/// Sums that differ from these where wanted.
fn spoilt(mut sums: Vec<u32>, wanted: impl Fn(usize) -> bool) -> Vec<u32> {
    for (index, sum) in sums.iter_mut().enumerate() {
        if wanted(index) {
            *sum = if *sum == 1 { 2 } else { 1 };
        }
    }
    sums
}

#[test]
fn it_begins_soon_after_joining_with_the_sum_of_everything() {
    let config = Config::lan();
    for seed in 0..20_u16 {
        let mut asker = Asker::new(&config, seed + 1);
        let first = asker.assert_pause(config.probe_period / 5);
        let Message::Compare { echo: 0, nonce } = first.header.message else {
            panic!("{first:?}")
        };
        assert_ne!(nonce, 0);
        let body = first.body();
        assert_eq!((body.flags, body.taken_in), (0, None));
        assert_eq!(body.entries, [Entry::All(asker.view().total())]);
        assert!(asker.stage.node.member(&first.header.dst.addr).is_some());
    }
}

/// Where it knows few it tells whom, elsewhere it asks for the parts.
#[test]
fn sums_that_differ_are_followed_up() {
    let spans = parts(EVERYWHERE, 16);
    for others in [30, 190, 230, 600, 1_000] {
        for most in [1, 12, 13, 16] {
            let mut asker = Asker::new(&Config::lan(), others);
            let view = asker.view();
            let list_max = if most > 12 { 48 } else { 12 };
            let expected = spans[..most].iter().map(|span| {
                let known: Vec<_> = view.within(*span).collect();
                match known.len() > list_max {
                    true => Entry::Split(*span),
                    false => {
                        Entry::Members(*span, known.iter().map(|it| alive(it.2.id, 0)).collect())
                    }
                }
            });
            let mut expected: Vec<_> = expected.collect();
            let sums = spoilt(view.sums(&spans), |index| index < most);
            let asked = whole(asker.asked_after(sums), &spans);
            expected.sort_by_key(first_of);
            assert_eq!(asked, expected, "{others} members, {most} differ");
        }
    }
}

/// In the order of their ranges, with lists that did not fit a datagram put together again.
fn whole(mut asked: Vec<Entry<Id>>, spans: &[Span]) -> Vec<Entry<Id>> {
    asked.sort_by_key(first_of);
    let mut whole: Vec<Entry<Id>> = vec![];
    for entry in asked {
        let behind = !spans.iter().any(|span| span.0 == first_of(&entry));
        match (whole.last_mut(), entry) {
            (Some(Entry::Members(span, told)), Entry::Members(rest, more)) if behind => {
                assert_eq!(span.1 + 1, rest.0);
                span.1 = rest.1;
                told.extend(more);
            }
            (_, entry) => whole.push(entry),
        }
    }
    whole
}

fn first_of(entry: &Entry<Id>) -> u32 {
    match entry {
        Entry::Split(span) | Entry::Members(span, _) => span.0,
        Entry::All(_) | Entry::Equal | Entry::Sums(..) => panic!("{entry:?}"),
    }
}

#[test]
fn where_the_other_knows_nobody_it_tells_everything_page_by_page() {
    let mut asker = Asker::new(&Config::lan(), 1_500);
    let view = asker.view();
    let span = part(EVERYWHERE, 3, 4);
    let mut sums = view.sums(&parts(EVERYWHERE, 4));
    sums[3] = 0;
    let asked = asker.asked_after(sums);
    assert!(asked.len() > 1);
    let (mut behind, mut told) = (u64::from(span.0), vec![]);
    for entry in asked {
        let Entry::Members(covered, page) = entry else {
            panic!("{entry:?}")
        };
        assert_eq!(u64::from(covered.0), behind);
        behind = u64::from(covered.1) + 1;
        told.extend(page);
    }
    assert_eq!(behind, u64::from(span.1) + 1);
    let all: Vec<_> = view.within(span).map(|it| alive(it.2.id, 0)).collect();
    assert_eq!(told, all);
}

#[test]
fn what_the_other_left_out_is_asked_for_behind_it() {
    let mut asker = Asker::new(&Config::lan(), 100);
    let view = asker.view();
    let spans = parts(EVERYWHERE, 16);
    let first = asker.asks();
    let sums = Entry::Sums(EVERYWHERE, spoilt(view.sums(&spans), |index| index == 5));
    let asked = asker.hears(&first, &[sums]).expect("it asks on");
    let [Entry::Members(span, _)] = asked.body().entries[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(span, spans[5]);
    let covered = (span.0, span.0 + 12_345);
    let page = Entry::Members(covered, vec![alive(id(2_000), 0)]);
    let asked = asker.hears(&asked, &[page]).expect("it asks on");
    assert!(asker.stage.node.member(&id(2_000).addr).is_some());
    let rest = (covered.1 + 1, span.1);
    let known: Vec<_> = asker
        .view()
        .within(rest)
        .map(|it| alive(it.2.id, 0))
        .collect();
    assert_eq!(asked.body().entries, [Entry::Members(rest, known)]);
    assert_eq!(asker.hears(&asked, &[Entry::Members(rest, vec![])]), None);
}

#[test]
fn more_is_asked_at_once_while_all_is_answered() {
    let mut asker = Asker::new(&Config::lan(), 10);
    let first = asker.asks();
    let sums = spoilt(asker.view().sums(&parts(EVERYWHERE, 255)), |_| true);
    let mut next = asker.hears(&first, &[Entry::Sums(EVERYWHERE, sums)]);
    let mut counts = vec![];
    while let Some(asked) = next {
        let questions = asked.body().entries;
        counts.push(questions.len());
        let answers: Vec<_> = questions.iter().map(|it| asker.nothing_new(it)).collect();
        next = asker.hears(&asked, &answers);
    }
    // The first question was one of eight, and was answered.
    assert_eq!(counts[0], 16);
    assert!(
        counts.windows(2).all(|pair| pair[1] <= pair[0] * 2),
        "{counts:?}"
    );
    assert_eq!(counts.iter().max(), Some(&64), "{counts:?}");
    assert_eq!(counts.iter().sum::<usize>(), 255);
}

#[test]
fn what_was_not_answered_is_asked_again() {
    let mut asker = Asker::new(&Config::lan(), 10);
    let first = asker.asks();
    let sums = spoilt(asker.view().sums(&parts(EVERYWHERE, 20)), |_| true);
    let mut next = asker.hears(&first, &[Entry::Sums(EVERYWHERE, sums)]);
    let (mut answered, mut datagrams) = (vec![], 0);
    while let Some(asked) = next {
        let mut questions = asked.body().entries;
        assert!(
            questions.iter().all(|it| !answered.contains(it)),
            "asked twice"
        );
        questions.truncate(3);
        let answers: Vec<_> = questions.iter().map(|it| asker.nothing_new(it)).collect();
        answered.extend(questions);
        next = asker.hears(&asked, &answers);
        datagrams += 1;
    }
    assert_eq!((answered.len(), datagrams), (20, 7));
}

/// When a question was sent, one after the other, while nobody answers.
fn attempts(asker: &mut Asker, asked: &Packet<Id>) -> Vec<Duration> {
    let (mut sent_at, mut attempts) = (asker.stage.now, vec![]);
    let unanswered = asker.stage.node.stats().comparisons_unanswered;
    while asker.stage.node.stats().comparisons_unanswered == unanswered {
        let said = asker.stage.next();
        said.iter().for_each(|it| asker.stage.answer(it));
        let ended = asker.stage.node.stats().comparisons_unanswered > unanswered;
        let again = comparing(said);
        if ended || !again.is_empty() {
            attempts.push(asker.stage.now.duration_since(sent_at));
            sent_at = asker.stage.now;
        }
        for again in again {
            assert_eq!(again.header.dst, asked.header.dst);
            assert_eq!(again.comparison, asked.comparison);
        }
    }
    attempts
}

#[test]
fn unanswered_questions_are_sent_three_times_with_growing_patience() {
    let config = Config::lan();
    let mut asker = Asker::new(&config, 10);
    let first = asker.asks();
    let rtt = config.probe_rtt;
    assert_eq!(attempts(&mut asker, &first), [rtt, rtt * 2, rtt * 3]);
    for (took, patience) in [(1, rtt / 16), (50, millis(200)), (400, rtt)] {
        let mut asker = Asker::new(&config, 10);
        let first = asker.asks();
        asker.stage.now = asker.stage.now + millis(took);
        let sums = Entry::Sums(
            EVERYWHERE,
            spoilt(asker.view().sums(&parts(EVERYWHERE, 16)), |it| it == 0),
        );
        let asked = asker.hears(&first, &[sums]).expect("it asks on");
        let waited = attempts(&mut asker, &asked);
        assert_eq!(waited, [patience, patience * 2, patience * 3], "{took} ms");
    }
}

/// A challenge is answered by the same question with the cookie, not by announcing.
#[test]
fn a_challenge_is_answered_by_asking_again() {
    let mut asker = Asker::new(&Config::lan(), 10);
    let first = asker.asks();
    let Message::Compare { nonce: echo, .. } = first.header.message else {
        panic!("{first:?}")
    };
    let challenge = |cookie| packet(first.header.dst, id(0), Message::Challenge { echo, cookie });
    assert_eq!(asker.stage.tell_packet(&challenge(77)), Ok(()));
    let said = asker.stage.said();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(matches!(
        said[0].header.message,
        Message::Compare { echo: 77, .. }
    ));
    assert_eq!(said[0].comparison, first.comparison);
    assert_eq!(asker.stage.tell_packet(&challenge(77)), Ok(()));
    assert_eq!(comparing(asker.stage.said()), [], "once is enough");
}

#[test]
fn each_question_says_back_the_nonce_of_the_last_answer() {
    let mut asker = Asker::new(&Config::lan(), 300);
    let first = asker.asks();
    let sums = spoilt(asker.view().sums(&parts(EVERYWHERE, 16)), |it| it == 0);
    let asked = asker.hears(&first, &[Entry::Sums(EVERYWHERE, sums)]);
    let asked = asked.expect("it asks on");
    assert!(matches!(
        asked.header.message,
        Message::Compare { echo: 101, .. }
    ));
}

#[test]
fn answers_to_what_was_not_asked_change_nothing_but_what_they_tell() {
    // What they tell is news, and would set a round of gossip.
    let quiet = Config::lan().with(|it| it.periodic_gossip = None);
    let mut asker = Asker::new(&quiet.expect("valid"), 100);
    // Somebody who was asked before, and can prove that it received that.
    let earlier = asker.asks();
    assert_eq!(asker.hears(&earlier, &[Entry::Equal]), None);
    let first = asker.asks();
    let (peer, words) = (first.header.dst, (nonce_of(&first), 3));
    let foreign = earlier.header.dst;
    assert_ne!(foreign, peer);
    let spoilt_sums = Entry::Sums(EVERYWHERE, vec![7; 16]);
    let elsewhere = Entry::Sums((0, 1 << 30), vec![7; 2]);
    let due = asker.stage.node.poll_timeout();
    // Whoever did not receive the question says nothing at all.
    for echo in [0, words.0 ^ 1] {
        let forged = [
            spoilt_sums.clone(),
            Entry::Members((0, 9), vec![alive(id(2_001), 0)]),
        ];
        let forged = flagged_differences(peer, id(0), (echo, 3), FULL, &forged);
        assert_eq!(asker.stage.tell_packet(&forged), Ok(()));
        assert_eq!(
            (asker.stage.said(), asker.stage.node.poll_timeout()),
            (vec![], due)
        );
        assert!(asker.stage.node.member(&id(2_001).addr).is_none());
    }
    let unasked = [
        (foreign, vec![spoilt_sums.clone()]),
        (foreign, vec![Entry::Equal]),
        (peer, vec![elsewhere]),
        (
            peer,
            vec![Entry::Members((0, 9), vec![alive(id(2_000), 0)])],
        ),
        (peer, vec![]),
    ];
    for (from, entries) in unasked {
        let asked = if from == peer { &first } else { &earlier };
        let answer = differences(from, id(0), (nonce_of(asked), 3), &entries);
        assert_eq!(asker.stage.tell_packet(&answer), Ok(()));
        assert_eq!(asker.stage.said(), [], "{entries:?}");
        assert_eq!(asker.stage.node.poll_timeout(), due, "{entries:?}");
    }
    assert!(asker.stage.node.member(&id(2_000).addr).is_some());
    assert_eq!(asker.stage.node.stats().comparisons_equal, 1);

    // The true answer, then once more, and once more when it is over.
    let answer = differences(peer, id(0), words, &[spoilt_sums]);
    assert_eq!(asker.stage.tell_packet(&answer), Ok(()));
    assert_eq!(comparing(asker.stage.said()).len(), 1);
    let due = asker.stage.node.poll_timeout();
    for _ in 0..2 {
        assert_eq!(asker.stage.tell_packet(&answer), Ok(()));
        assert_eq!(asker.stage.said(), []);
        assert_eq!(asker.stage.node.poll_timeout(), due);
    }
    let full = flagged_differences(peer, id(0), words, FULL, &[]);
    assert_eq!(asker.stage.tell_packet(&full), Ok(()));
    let due = asker.stage.node.poll_timeout();
    for late in [answer, full] {
        assert_eq!(asker.stage.tell_packet(&late), Ok(()));
        assert_eq!(
            (asker.stage.said(), asker.stage.node.poll_timeout()),
            (vec![], due)
        );
    }
}

#[test]
fn equal_views_are_compared_at_doubling_pauses_up_to_the_setting() {
    let mut asker = Asker::new(&Config::lan(), 10);
    let (mut pause, usual) = (asker.shortest(), asker.pause());
    let mut asked = asker.assert_pause(pause);
    for _ in 0..10 {
        assert_eq!(asker.hears(&asked, &[Entry::Equal]), None);
        pause = (pause * 2).min(usual);
        asked = asker.assert_pause(pause);
    }
    assert_eq!(pause, usual);
    assert_eq!(asker.stage.node.stats().comparisons_equal, 10);
}

/// Brings the pause to its usual length; returns the question that follows.
fn settled(asker: &mut Asker) -> Packet<Id> {
    loop {
        let asked = asker.asks();
        let waited = asker.stage.now;
        assert_eq!(asker.hears(&asked, &[Entry::Equal]), None);
        if waited > Instant::ZERO + seconds(60) {
            return asker.asks();
        }
    }
}

/// The answer by which all that differs is over at once: so many are new here, so many there.
fn finds(asker: &mut Asker, asked: &Packet<Id>, here: u16, there: u16) {
    let spans = parts(EVERYWHERE, 2);
    let sums = spoilt(asker.view().sums(&spans), |index| index == 0);
    let next = asker.hears(asked, &[Entry::Sums(EVERYWHERE, sums)]);
    let next = next.expect("it asks on");
    let Entry::Members(span, _) = next.body().entries[0] else {
        panic!("{next:?}")
    };
    let names = asker.nonce as u16;
    let new = (0..here)
        .map(|n| alive(life(1 + n % 5, names + n), 0))
        .collect();
    let words = (nonce_of(&next), asker.nonce);
    let mut answer = differences(next.header.dst, id(0), words, &[Entry::Members(span, new)]);
    answer.comparison[1..3].copy_from_slice(&there.to_be_bytes());
    assert_eq!(asker.stage.tell_packet(&answer), Ok(()));
    assert_eq!(comparing(asker.stage.said()), []);
}

#[test]
fn the_more_was_found_here_or_there_the_sooner_it_compares_again() {
    for (here, there) in [(1, 0), (0, 1), (2, 3), (0, 65_535)] {
        let mut asker = Asker::new(&Config::lan(), 8);
        let asked = settled(&mut asker);
        finds(&mut asker, &asked, here, there);
        let found = u32::from(here) + u32::from(there);
        let pause = (asker.pause() / (1 + found)).max(asker.shortest());
        asker.assert_pause(pause);
    }
}

#[test]
fn views_that_stay_different_are_compared_eight_times_less_often() {
    let mut asker = Asker::new(&Config::lan(), 8);
    let mut asked = settled(&mut asker);
    let usual = asker.pause();
    for times in [2, 4, 8, 8] {
        finds(&mut asker, &asked, 0, 0);
        asked = asker.assert_pause(usual * times);
    }
    assert_eq!(asker.stage.node.stats().comparisons_fruitless, 4);
    assert_eq!(asker.hears(&asked, &[Entry::Equal]), None);
    asker.assert_pause(usual);
}

#[test]
fn who_does_not_answer_or_is_busy_is_no_reason_to_hurry_nor_to_wait() {
    let mut asker = Asker::new(&Config::lan(), 8);
    let asked = settled(&mut asker);
    attempts(&mut asker, &asked);
    let usual = asker.pause();
    let asked = asker.assert_pause(usual);
    assert_eq!(asker.hears_flagged(&asked, BUSY, &[]), None);
    assert_eq!(asker.stage.node.stats().comparisons_unanswered, 2);
    asker.assert_pause(usual);
}

#[test]
fn where_everybody_is_always_busy_it_asks_less_and_less() {
    let mut asker = Asker::new(&Config::lan(), 8);
    let mut asked = asker.asks();
    // Others may have time: four times in a row nothing changes.
    for times in [1, 1, 1, 1, 2, 4, 8] {
        assert_eq!(asker.hears_flagged(&asked, BUSY, &[]), None);
        asked = asker.assert_pause(asker.shortest() * times);
    }
}

#[test]
fn who_moves_to_where_it_asked_does_not_ask_itself() {
    let mut asker = Asker::new(&Config::lan(), 8);
    let peer = asker.asks().header.dst;
    let here = Id { life: 9, ..peer };
    let now = asker.stage.now;
    assert_eq!(asker.stage.node.set_identity(now, here), Ok(()));
    for _ in 0..200 {
        for packet in asker.stage.next() {
            assert_ne!(packet.header.dst.addr, here.addr, "{packet:?}");
        }
    }
}

#[test]
fn whoever_is_full_is_asked_no_further_and_asks_no_further() {
    let mut asker = Asker::new(&Config::lan(), 8);
    let asked = settled(&mut asker);
    let sums = Entry::Sums(EVERYWHERE, vec![7; 16]);
    let answer = [sums];
    assert_eq!(asker.hears_flagged(&asked, FULL, &answer), None);
    assert_eq!(asker.stage.node.stats().comparisons_fruitless, 1);

    let mut asker = Asker::new(&Config::lan(), 8);
    let full = Config::lan().with(|it| it.members_max = 8).expect("valid");
    asker
        .stage
        .node
        .set_config(asker.stage.now, full)
        .expect("valid");
    let asked = settled(&mut asker);
    assert_eq!(asked.body().flags, FULL);
    assert_eq!(asker.hears(&asked, &answer), None);
    assert_eq!(asker.stage.node.stats().comparisons_fruitless, 1);
}

/// The one that fed us first feeds others, too.
#[test]
fn who_fed_us_is_compared_with_only_if_there_is_nobody_else() {
    for (others, seeds) in [(1, 1), (2, 30)] {
        for seed in 0..seeds {
            let mut node = support::node(id(0), Config::lan(), seed);
            let now = Instant::ZERO;
            node.announce(now, &id(1).addr).expect("somebody else");
            let said = support::wire::sent(&mut node, now);
            let Message::Announce { nonce: echo, .. } = said[0].1.header.message else {
                panic!("{said:?}")
            };
            let known = (2..=others).map(|n| Member::alive(id(n)));
            let feed = packet(id(1), id(0), Message::Feed { echo }).members(known);
            assert_eq!(support::wire::receive(&mut node, now, &feed), Ok(()));
            let stage = Stage { node, now };
            let mut asker = Asker { stage, nonce: 1 };
            for _ in 0..3 {
                let asked = asker.asks();
                assert_eq!(asked.header.dst, id(others));
                assert_eq!(asker.hears(&asked, &[Entry::Equal]), None);
            }
        }
    }
}

/// The other side finds everything different, for as long as more questions are taken.
#[test]
fn no_more_than_1_024_questions_wait() {
    let unhurried = Config::lan().with(|it| {
        it.reconciliation_bytes_per_second = u32::MAX.try_into().expect("not zero");
    });
    let mut asker = Asker::new(&unhurried.expect("valid"), 15_000);
    let view = asker.view();
    let mut next = Some(asker.asks());
    let (mut provoked, mut asked_for) = (0, 0);
    while let Some(asked) = next {
        let questions = asked.body().entries;
        let limited = asker.stage.node.stats().comparisons_limited > 0;
        let answers: Vec<_> = match &questions[0] {
            Entry::All(_) if !limited => vec![Entry::Sums(EVERYWHERE, vec![7; 255])],
            Entry::Split(span) if !limited => vec![Entry::Sums(*span, vec![7; 255])],
            // Sixteen sums take some 70 bytes.
            Entry::All(_)
            | Entry::Split(_)
            | Entry::Members(..)
            | Entry::Equal
            | Entry::Sums(..) => questions
                .iter()
                .take(15)
                .map(|it| nothing_new(&view, it))
                .collect(),
        };
        match limited {
            false => provoked += 255,
            true => asked_for += answers.len(),
        }
        assert!(asked_for <= 2_000 && provoked <= 10_000, "it never ends");
        next = asker.hears(&asked, &answers);
    }
    // Those under way when no more were taken are asked as well, and a few lists in two pages.
    assert!((1_000..1_300).contains(&asked_for), "{asked_for}");
    assert!(provoked > 1_024, "{provoked}");
}

/// An answer that covers one position is progress, and would be for ever.
#[test]
fn no_more_than_2_048_datagrams_are_sent_in_one_comparison() {
    let mut asker = Asker::new(&Config::lan(), 10);
    let first = asker.asks();
    let sums = Entry::Sums(EVERYWHERE, vec![7]);
    let mut next = asker.hears(&first, &[sums]);
    let mut datagrams = 1;
    while asker.stage.node.stats().comparisons_fruitless == 0 {
        // If nothing is asked at once it waits for bytes that may be sent.
        let asked = next.take().unwrap_or_else(|| asker.asks());
        datagrams += 1;
        assert!(datagrams <= 2_048, "it never ends");
        let (Entry::Members(span, _) | Entry::Split(span)) = asked.body().entries[0] else {
            panic!("{asked:?}")
        };
        next = asker.hears(&asked, &[Entry::Members((span.0, span.0), vec![])]);
    }
    assert_eq!(datagrams, 2_048);
}

/// The same from somebody who takes his time.
#[test]
fn no_comparison_takes_longer_than_60_probe_periods() {
    let config = Config::lan();
    let mut asker = Asker::new(&config, 10);
    let first = asker.asks();
    let (began, slow) = (asker.stage.now, config.probe_rtt * 4 / 5);
    asker.stage.pass_in_peace(slow);
    let mut next = asker.hears(&first, &[Entry::Sums(EVERYWHERE, vec![7])]);
    let mut took = slow;
    while let Some(asked) = next.take() {
        let (Entry::Members(span, _) | Entry::Split(span)) = asked.body().entries[0] else {
            panic!("{asked:?}")
        };
        asker.stage.pass_in_peace(slow);
        took = asker.stage.now.duration_since(began);
        assert!(took <= config.probe_period * 61, "it never ends");
        next = asker.hears(&asked, &[Entry::Members((span.0, span.0), vec![])]);
    }
    assert!(took >= config.probe_period * 60, "{took:?}");
    assert_eq!(asker.stage.node.stats().comparisons_cut_short, 1);
}

#[test]
fn who_asks_keeps_within_its_bytes_and_waits() {
    let rate = 2_000_u32;
    let slow = Config::lan().with(|it| {
        it.reconciliation_bytes_per_second = rate.try_into().expect("not zero");
    });
    let mut asker = Asker::new(&slow.expect("valid"), 1_500);
    let first = asker.asks();
    let begin = asker.stage.now;
    let mut next = asker.hears(&first, &[Entry::Sums(EVERYWHERE, vec![0])]);
    let mut sent = first.bytes(asker.stage.wire()).len();
    while asker.stage.node.stats().comparisons_fruitless == 0 {
        let asked = next.take().unwrap_or_else(|| asker.asks());
        sent += asked.bytes(asker.stage.wire()).len();
        let passed = asker.stage.now.duration_since(begin).as_micros() as usize;
        let allowed = rate as usize + passed * rate as usize / 1_000_000 + 1_232;
        assert!(sent <= allowed, "{sent} of {allowed}");
        let questions = asked.body().entries;
        let answers: Vec<_> = questions.iter().map(|it| asker.nothing_new(it)).collect();
        next = asker.hears(&asked, &answers);
    }
    assert!(sent > 10_000, "all of 1,500 statements: {sent}");
    assert!(asker.stage.node.stats().comparisons_limited > 0);
}

/// The mean of many pauses, each of which is cut or stretched by up to half.
#[test]
fn pauses_are_as_long_as_they_should_be_on_average() {
    let mut asker = Asker::new(&Config::lan(), 8);
    let mut asked = settled(&mut asker);
    let usual = asker.pause();
    for (found, pause) in [(0, usual * 8), (1, usual / 2), (2, usual / 3)] {
        let (mut total, mut count) = (Duration::ZERO, 0);
        for round in 0..400 {
            finds(&mut asker, &asked, 0, found);
            let ended = asker.stage.now;
            asked = asker.asks();
            if round >= 5 {
                total += asker.stage.now.duration_since(ended);
                count += 1;
            }
        }
        let mean = total / count;
        let range = pause * 94 / 100..pause * 106 / 100;
        assert!(range.contains(&mean), "{mean:?} for {pause:?}");
    }
}

/// Who sets a pause that never ends compares when it joins all the same.
#[test]
fn the_longest_pause_is_borne() {
    let config = Config::lan().with(|it| it.reconciliation = Some(Duration::MAX.into()));
    let mut asker = Asker::new(&config.expect("valid"), 8);
    let mut pause = asker.shortest();
    for _ in 0..12 {
        let first = asker.assert_pause(pause);
        let mut next = asker.hears(&first, &[Entry::Sums(EVERYWHERE, vec![7; 2])]);
        while let Some(asked) = next {
            let questions = asked.body().entries;
            let answers: Vec<_> = questions.iter().map(|it| asker.nothing_new(it)).collect();
            next = asker.hears(&asked, &answers);
        }
        pause *= 2;
    }
    assert_eq!(asker.stage.node.stats().comparisons_fruitless, 12);
}

/// Its part of the cluster may have been cut off from ours.
#[test]
fn who_comes_back_is_compared_with_next() {
    let mut asker = Asker::new(&Config::lan(), 40);
    settled(&mut asker);
    let back = id(7);
    asker
        .stage
        .node
        .merge(asker.stage.now, [support::member(7, 0, State::Down)]);
    asker.stage.pass_in_peace(seconds(60));
    assert_eq!(asker.stage.state(7), Some(State::Down));
    // It proves its address, as somebody who has refuted what it heard.
    let cookie = asker.stage.ask(7, Message::Announce { nonce: 5, proof: 0 });
    assert!(matches!(
        cookie[0].header.message,
        Message::TurnUndead { .. }
    ));
    let announce = Message::Announce { nonce: 5, proof: 0 };
    let refuted = packet(back, id(0), announce).incarnation(1);
    assert_eq!(asker.stage.tell_packet(&refuted), Ok(()));
    let said = asker.stage.said();
    let Message::Challenge { cookie, .. } = said[0].header.message else {
        panic!("{said:?}")
    };
    let proof = Message::Announce {
        nonce: 5,
        proof: cookie,
    };
    // Whatever is under way is over before.
    asker.stage.pass_in_peace(seconds(5));
    let proven = packet(back, id(0), proof).incarnation(1);
    assert_eq!(asker.stage.tell_packet(&proven), Ok(()));
    assert_eq!(asker.stage.state(7), Some(State::Alive));
    let shortest = asker.shortest();
    let asked = asker.assert_pause(shortest);
    assert_eq!(asked.header.dst, back);
}
