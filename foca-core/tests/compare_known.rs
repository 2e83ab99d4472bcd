//! News is told no more once others know it, and only then.

use crate::support;

use foca_core::{Accept, Config, Member, Message, State};
use support::body::{BUSY, Entry, compare, flagged_differences};
use support::stage::Stage;
use support::view::View;
use support::wire::{Packet, packet};
use support::{Id, id, seconds};

/// Numbers of those that there is news of begin here.
const FIRST: u16 = 1_000;

/// Somebody who has news for long, and the test as everybody else.
struct Teller {
    stage: Stage,
    nonce: u32,
}

impl Teller {
    /// There is news of so many members, for probes to carry.
    fn new(news: u16) -> Self {
        let config = Config::lan().with(|it| {
            it.transmissions = 200.into();
            it.periodic_gossip = None;
        });
        Self::with(news, &config.expect("valid"))
    }

    fn with(news: u16, config: &Config) -> Self {
        let stage = Stage::new(config, 20);
        let mut teller = Self { stage, nonce: 100 };
        (FIRST..FIRST + news).for_each(|n| teller.learns_of(n));
        teller
    }

    fn learns_of(&mut self, n: u16) {
        self.stage
            .node
            .merge(self.stage.now, [Member::alive(id(n))]);
    }

    /// Lets time pass until it begins a comparison; whoever is probed answers.
    fn asks(&mut self) -> Packet<Id> {
        for _ in 0..100_000 {
            let said = self.stage.next();
            said.iter().for_each(|it| self.stage.answer(it));
            let asks = |it: &Packet<Id>| matches!(it.header.message, Message::Compare { .. });
            if let Some(asked) = said.into_iter().find(asks) {
                return asked;
            }
        }
        panic!("it never asks")
    }

    fn hears(&mut self, asked: &Packet<Id>, flags: u8, entries: &[Entry<Id>]) {
        let Message::Compare { nonce, .. } = asked.header.message else {
            panic!("{asked:?} asks nothing")
        };
        self.nonce += 1;
        let words = (nonce, self.nonce);
        let answer = flagged_differences(asked.header.dst, id(0), words, flags, entries);
        assert_eq!(self.stage.tell_packet(&answer), Ok(()));
    }

    /// Lets it compare with one that knows the same.
    fn finds_equal(&mut self) {
        let asked = self.asks();
        self.hears(&asked, 0, &[Entry::Equal]);
    }

    /// Lets it ask once more what was not answered.
    fn asks_again(&mut self, asked: &Packet<Id>) {
        let again = self.asks();
        assert_eq!(again.header.dst, asked.header.dst);
    }

    /// This one is held down, refutes it and proves its address.
    fn comes_back(&mut self, n: u16, incarnation: u32) {
        let down = Member {
            incarnation: incarnation - 1,
            state: State::Down,
            ..Member::alive(id(n))
        };
        self.stage.node.merge(self.stage.now, [down]);
        let announce = |proof| {
            let message = Message::Announce { nonce: 5, proof };
            packet(id(n), id(0), message).incarnation(incarnation)
        };
        self.stage.said();
        assert_eq!(self.stage.tell_packet(&announce(0)), Ok(()));
        let said = self.stage.said();
        let Message::Challenge { cookie, .. } = said[0].header.message else {
            panic!("{said:?}")
        };
        let proof = announce(cookie);
        assert_eq!(self.stage.tell_packet(&proof), Ok(()));
        assert_eq!(self.stage.state(n), Some(State::Alive));
    }

    fn dropped(&self) -> u64 {
        self.stage.node.stats().news_known
    }

    /// Whether it tells others of those that it has learnt of.
    fn tells_news(&mut self) -> bool {
        let learnt: Vec<_> = (FIRST..FIRST + 1_000).map(id).collect();
        self.tells(|member| learnt.contains(&member.id))
    }

    fn tells(&mut self, what: impl Fn(&Member<Id>) -> bool) -> bool {
        let said = self.stage.pass_in_peace(seconds(5));
        said.iter().any(|it| it.members.iter().any(&what))
    }
}

#[test]
fn what_two_in_a_row_know_is_told_no_more() {
    let mut teller = Teller::new(65);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 0);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 65);
    assert!(!teller.tells_news());
    teller.learns_of(FIRST + 500);
    assert!(teller.tells_news(), "what comes later is told");
}

#[test]
fn little_news_is_told_whoever_knows_it() {
    let mut teller = Teller::new(64);
    (0..4).for_each(|_| teller.finds_equal());
    assert_eq!(teller.dropped(), 0);
    assert!(teller.tells_news());
}

#[test]
fn something_new_between_two_comparisons_starts_over() {
    let mut teller = Teller::new(65);
    teller.finds_equal();
    teller.learns_of(FIRST + 500);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 0);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 66);
}

#[test]
fn what_is_learnt_before_the_answer_starts_over() {
    let mut teller = Teller::new(65);
    let asked = teller.asks();
    teller.learns_of(FIRST + 500);
    teller.hears(&asked, 0, &[Entry::Equal]);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 0);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 66);
}

#[test]
fn a_comparison_that_shows_nothing_between_starts_over() {
    let mut teller = Teller::new(65);
    teller.finds_equal();
    let asked = teller.asks();
    teller.hears(&asked, BUSY, &[]);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 0);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 65);
}

#[test]
fn an_answer_that_may_be_to_an_earlier_question_starts_over() {
    let mut teller = Teller::new(65);
    teller.finds_equal();
    let asked = teller.asks();
    teller.learns_of(FIRST + 500);
    teller.asks_again(&asked);
    teller.hears(&asked, 0, &[Entry::Equal]);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 0);
    teller.finds_equal();
    assert_eq!(teller.dropped(), 66);
}

#[test]
fn one_that_is_compared_with_because_it_came_back_does_not_count() {
    let mut teller = Teller::new(65);
    for (life, n) in [(1, 5), (1, 6), (2, 5)] {
        teller.comes_back(n, life);
        let asked = teller.asks();
        assert_eq!(asked.header.dst, id(n), "it came back");
        teller.hears(&asked, 0, &[Entry::Equal]);
    }
    teller.finds_equal();
    assert_eq!(teller.dropped(), 0, "one that was drawn");
    teller.finds_equal();
    assert!(teller.dropped() > 0);
}

#[test]
fn where_members_may_speak_the_other_wire_all_news_is_told() {
    let config = Config::lan().with(|it| {
        it.transmissions = 200.into();
        it.periodic_gossip = None;
        it.accept = Accept::Both;
    });
    let mut teller = Teller::with(65, &config.expect("valid"));
    (0..4).for_each(|_| teller.finds_equal());
    assert_eq!(teller.dropped(), 0);
    assert!(teller.tells_news());
}

#[test]
fn who_asks_us_stops_no_news() {
    let mut teller = Teller::new(65);
    let total = View::of(&teller.stage.node).total();
    for n in 1..=20 {
        let asked = compare(id(n), id(0), (0, 9), &[Entry::All(total)]);
        assert_eq!(teller.stage.tell_packet(&asked), Ok(()));
        let answer = teller.stage.said().remove(0).body();
        assert_eq!(answer.entries, [Entry::Equal]);
    }
    assert_eq!(teller.dropped(), 0);
    assert!(teller.tells_news());
}

#[test]
fn nothing_is_dropped_while_somebody_is_suspected_or_gone() {
    for state in [State::Suspect, State::Down, State::Left] {
        let mut teller = Teller::new(200);
        let suspect = Member {
            state,
            ..Member::alive(id(5))
        };
        let told = teller.stage.tell_with(1, Message::Gossip, &[suspect]);
        assert_eq!(told, Ok(()));
        (0..3).for_each(|_| teller.finds_equal());
        assert_eq!(teller.stage.state(5), Some(state));
        assert_eq!(teller.dropped(), 0, "{state:?}");
    }
}

#[test]
fn what_we_say_of_ourselves_is_told_all_the_same() {
    let mut teller = Teller::new(65);
    let suspect = Member {
        state: State::Suspect,
        ..Member::alive(id(0))
    };
    let told = teller.stage.tell_with(1, Message::Gossip, &[suspect]);
    assert_eq!(told, Ok(()));
    (0..2).for_each(|_| teller.finds_equal());
    assert_eq!(teller.dropped(), 65);
    assert!(teller.tells(|member| member.id == id(0) && member.incarnation > 0));
}
