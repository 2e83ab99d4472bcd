//! Who did not answer a probe is asked again, and asked after, before anybody hears that it is suspected.

use crate::support;

use std::collections::BTreeSet;
use std::time::Duration;

use foca_core::{Config, Event, Instant, LocalHealth, Message, State};
use support::stage::{Stage, name};
use support::wire::Packet;
use support::{Id, addr, id, life, member, millis, seconds};

const VICTIM: u16 = 1;

/// What those say who were asked to reach the victim.
#[derive(Clone, Copy, PartialEq)]
enum Observers {
    Nothing,
    NoAnswer,
    Answer,
}

/// A stage on which everybody but the victim answers.
struct Play {
    stage: Stage,
    observers: Observers,
    /// Those that say anything when they are asked; all if empty.
    who: Vec<u16>,
    said: Vec<(Instant, Packet<Id>)>,
}

impl Play {
    fn new(config: &Config, others: u16, observers: Observers) -> Self {
        let stage = Stage::new(config, others).acquainted();
        let (who, said) = (Vec::new(), Vec::new());
        Self {
            stage,
            observers,
            who,
            said,
        }
    }

    /// Lets so much time pass.
    fn pass(&mut self, duration: Duration) {
        let end = self.stage.now + duration;
        while self.stage.node.poll_timeout().is_some_and(|at| at <= end) {
            let mut said = self.stage.next();
            while !said.is_empty() {
                for packet in &said {
                    self.react(packet);
                }
                self.said
                    .extend(said.drain(..).map(|it| (self.stage.now, it)));
                said = self.stage.said();
            }
        }
        self.stage.now = end;
    }

    fn react(&mut self, said: &Packet<Id>) {
        let to = name(&said.header.dst);
        if matches!(said.header.message, Message::Ping { .. }) && to != VICTIM {
            self.stage.answer(said);
        }
        let speaks = self.who.is_empty() || self.who.contains(&to);
        if let Message::PingReq { target, number } = said.header.message
            && speaks
        {
            let origin = target;
            match self.observers {
                Observers::Nothing => {}
                Observers::NoAnswer => self.tell(to, Message::Nack { origin, number }),
                Observers::Answer => self.tell(to, Message::ForwardedAck { origin, number }),
            }
        }
    }

    fn tell(&mut self, from: u16, message: Message<Id>) {
        assert_eq!(self.stage.tell(from, message), Ok(()));
    }

    /// Lets time pass until the probe of the victim has failed; forgets what was said before.
    fn fail_probe(&mut self) {
        let started = self.stage.node.stats().checks_started;
        while self.stage.node.stats().checks_started == started {
            self.said.clear();
            self.pass(millis(1));
        }
        assert_eq!(self.stage.state(VICTIM), Some(State::Alive));
    }

    /// When the victim was sent a `Ping`, and its number.
    fn pings(&self) -> Vec<(Instant, u32)> {
        let ping = |(at, said): &(Instant, Packet<Id>)| {
            let Message::Ping { number } = said.header.message else {
                return None;
            };
            (name(&said.header.dst) == VICTIM).then_some((*at, number))
        };
        self.said.iter().filter_map(ping).collect()
    }

    /// Who was asked to reach the victim, in this order.
    fn asked(&self) -> Vec<u16> {
        let asks = |message: &Message<Id>| matches!(message, Message::PingReq { .. });
        let requests = self
            .said
            .iter()
            .filter(|(_, said)| asks(&said.header.message));
        requests.map(|(_, said)| name(&said.header.dst)).collect()
    }

    fn told(&mut self) -> Vec<Event<Id>> {
        self.stage.events()
    }
}

/// Three rounds in a probe period of three seconds: one a second.
fn config() -> Config {
    let config = Config::lan().with(|it| {
        it.probe_period = seconds(3);
        it.suspicion = seconds(20).into();
        it.detector.local_health = None;
    });
    config.expect("valid")
}

#[test]
fn each_round_asks_the_member_and_three_others_that_were_not_asked_before() {
    let mut play = Play::new(&config(), 13, Observers::Nothing);
    play.fail_probe();
    let failed = play.stage.now;
    play.pass(millis(3_500));
    let pings = play.pings();
    assert_eq!(pings.len(), 4);
    for ((at, number), round) in pings.iter().zip(0..) {
        let late = at.duration_since(failed).abs_diff(seconds(round));
        assert!(late <= millis(1), "{late:?} in round {round}");
        assert_eq!(*number, pings[0].1, "all carry one number");
    }
    let asked: BTreeSet<_> = play.asked().into_iter().collect();
    assert_eq!((asked.len(), play.asked().len()), (12, 12));
    assert!(!asked.contains(&VICTIM));
    assert!(play.told().is_empty(), "nobody hears of a doubt");
}

#[test]
fn where_all_were_asked_they_are_asked_again() {
    let mut play = Play::new(&config(), 3, Observers::Nothing);
    play.fail_probe();
    play.pass(millis(2_500));
    assert_eq!(play.asked().len(), 6, "two others in each of three rounds");
}

#[test]
fn two_that_got_no_answer_either_are_enough_for_a_verdict_after_five_rounds() {
    let mut play = Play::new(&config(), 9, Observers::NoAnswer);
    play.fail_probe();
    play.pass(millis(2_900));
    assert!(
        play.told().is_empty(),
        "it is not told before the fourth round"
    );
    play.pass(millis(200));
    assert_eq!(play.told(), [Event::MemberSuspect(id(VICTIM))]);
    play.pass(millis(1_800));
    assert!(play.told().is_empty(), "it has two rounds to refute");
    play.pass(millis(200));
    assert_eq!(play.told(), [Event::MemberDown(id(VICTIM))]);
    assert_eq!(play.stage.node.stats().checks_agreed, 1);
}

#[test]
fn one_that_got_no_answer_is_not_enough_however_often_it_says_so() {
    let mut play = Play::new(&config(), 3, Observers::NoAnswer);
    play.who = vec![2];
    play.fail_probe();
    play.pass(millis(9_500));
    assert!(play.told().is_empty());
    // Twice the rounds without agreement: what is left is the usual time to refute.
    play.pass(millis(1_000));
    assert_eq!(play.told(), [Event::MemberSuspect(id(VICTIM))]);
    assert_eq!(play.stage.node.stats().checks_agreed, 0);
    play.pass(millis(19_000));
    assert_eq!(play.stage.state(VICTIM), Some(State::Suspect));
    play.pass(millis(1_000));
    assert_eq!(play.stage.state(VICTIM), Some(State::Down));
}

#[test]
fn the_only_other_is_enough_where_there_are_three_members() {
    let mut play = Play::new(&config(), 2, Observers::NoAnswer);
    play.fail_probe();
    play.pass(millis(5_100));
    assert_eq!(play.stage.state(VICTIM), Some(State::Down));
}

#[test]
fn with_nobody_to_ask_time_decides() {
    let mut play = Play::new(&config(), 1, Observers::Nothing);
    play.fail_probe();
    play.pass(millis(3_100));
    assert_eq!(play.stage.state(VICTIM), Some(State::Suspect));
    play.pass(millis(19_800));
    assert_eq!(play.stage.state(VICTIM), Some(State::Suspect));
    play.pass(millis(200));
    assert_eq!(play.stage.state(VICTIM), Some(State::Down));
}

#[test]
fn an_answer_to_anybody_ends_the_check() {
    let mut forwarded = Play::new(&config(), 9, Observers::NoAnswer);
    forwarded.fail_probe();
    forwarded.observers = Observers::Answer;
    forwarded.pass(millis(1_500));
    let rounds = forwarded.pings().len();
    forwarded.pass(millis(1_500));
    assert_eq!(forwarded.pings().len(), rounds);
    assert!(forwarded.told().is_empty());

    // Of the question of the check, or of the probe that failed.
    for late in [false, true] {
        let mut play = Play::new(&config(), 9, Observers::NoAnswer);
        let probe = loop {
            play.said.clear();
            play.pass(millis(1));
            if let Some((_, number)) = play.pings().first() {
                break *number;
            }
        };
        play.fail_probe();
        play.pass(millis(1_500));
        let number = if late { probe } else { play.pings()[0].1 };
        play.tell(VICTIM, Message::Ack { number });
        let rounds = play.pings().len();
        play.pass(millis(4_000));
        assert_eq!(play.pings().len(), rounds);
        assert!(play.told().is_empty());
    }
}

#[test]
fn answers_to_what_was_not_asked_do_not_end_it() {
    let mut play = Play::new(&config(), 9, Observers::Nothing);
    play.fail_probe();
    play.pass(millis(500));
    let (number, origin) = (play.pings()[0].1, id(VICTIM));
    let asked = play.asked();
    let stranger = (2..=9)
        .find(|n| !asked.contains(n))
        .expect("three of eight were asked");
    let wrong = number.wrapping_add(1);
    play.tell(VICTIM, Message::Ack { number: wrong });
    play.tell(stranger, Message::ForwardedAck { origin, number });
    play.tell(
        asked[0],
        Message::ForwardedAck {
            origin: id(stranger),
            number,
        },
    );
    play.tell(
        asked[0],
        Message::ForwardedAck {
            origin,
            number: wrong,
        },
    );
    play.tell(VICTIM, Message::Gossip);
    for _ in 0..3 {
        play.tell(stranger, Message::Nack { origin, number });
        play.tell(asked[0], Message::Nack { origin, number });
        play.tell(
            asked[1],
            Message::Nack {
                origin,
                number: wrong,
            },
        );
    }
    play.pass(millis(5_000));
    assert_eq!(play.pings().len(), 6, "it goes on");
    assert!(play.told().is_empty(), "one agreed, once");
}

#[test]
fn a_refutation_a_later_life_or_a_verdict_of_others_ends_it() {
    let news = [
        member(VICTIM, 1, State::Alive),
        member(VICTIM, 0, State::Down),
        foca_core::Member::alive(life(VICTIM, 1)),
    ];
    for news in news {
        let mut play = Play::new(&config(), 9, Observers::NoAnswer);
        play.fail_probe();
        play.pass(millis(500));
        assert_eq!(play.stage.tell_with(2, Message::Gossip, &[news]), Ok(()));
        play.stage.said();
        let rounds = play.pings().len();
        play.pass(millis(2_900));
        assert_eq!(play.pings().len(), rounds, "{news:?}");
        assert_eq!(play.stage.node.stats().checks_agreed, 0);
    }
}

#[test]
fn what_was_asked_before_a_stall_says_nothing() {
    let mut play = Play::new(&config(), 9, Observers::NoAnswer);
    play.fail_probe();
    play.pass(millis(2_500));
    play.stage.now = play.stage.now + seconds(4);
    play.stage.node.handle_timeout(play.stage.now);
    play.observers = Observers::Nothing;
    play.pass(millis(9_000));
    assert!(play.told().is_empty(), "nobody has agreed since");
}

#[test]
fn no_more_than_checks_max_members_are_checked_at_once() {
    let few = config().with(|it| {
        it.checks_max = 1;
        it.detector.deafness = false;
    });
    let mut stage = Stage::new(&few.expect("valid"), 9).acquainted();
    // Nobody answers anything.
    stage.pass(millis(9_500));
    let stats = stage.node.stats();
    assert_eq!((stats.checks_started, stats.checks_refused > 0), (1, true));
    let suspects = (1..=9).filter(|n| stage.state(*n) == Some(State::Suspect));
    assert_eq!(suspects.count() as u64, stats.checks_refused);
}

#[test]
fn who_hears_nobody_accuses_nobody() {
    let few = config().with(|it| it.checks_max = 2).expect("valid");
    let mut stage = Stage::new(&few, 9).acquainted();
    while stage.events().is_empty() && stage.now < support::at(200) {
        stage.pass(seconds(1));
    }
    assert!(stage.now >= support::at(200), "{:?}", stage.now);
    assert!(stage.node.stats().checks_refused > 2);
}

#[test]
fn the_published_wire_has_no_checks() {
    let mut stage = Stage::new(&config().foca2(), 9).acquainted();
    stage.pass(seconds(7));
    assert_eq!(stage.node.stats().checks_started, 0);
    assert!(
        (1..=9).any(|n| stage.node.member(&addr(n)).map(|it| it.state) == Some(State::Suspect))
    );
}

/// What others say decides whose fault it was that a probe was not answered.
#[test]
fn a_probe_that_nobody_else_could_have_had_answered_is_not_our_fault() {
    let config = config().with(|it| it.detector.local_health = Some(LocalHealth::PAPER));
    let config = config.expect("valid");
    for (observers, doubt) in [(Observers::NoAnswer, 0), (Observers::Nothing, 2)] {
        let mut play = Play::new(&config, 9, observers);
        play.fail_probe();
        assert!(play.stage.node.stats().local_health > 0);
        // The next probe lasts twice as long at least: nothing else has changed it by then.
        play.pass(millis(5_000));
        assert_eq!(play.stage.node.stats().local_health, doubt);
    }
}
