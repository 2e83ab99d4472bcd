//! Losses that come in bursts.

use std::collections::HashMap;
use std::time::Duration;

use foca_core::Instant;

use crate::address::Slot;
use crate::random::Dice;

/// Bursts of loss between two machines, by the model of Gilbert and Elliott in continuous time.
///
/// The way from one machine to another is good or bad by turns, for times drawn from exponential
/// distributions; each ordered pair of machines has its own turns, which depend on the seed and on
/// time and not on what is sent. While it is good, nothing is lost but what
/// [`Link::loss_per_million`](crate::Link::loss_per_million) takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bursts {
    /// How long the way is good, on average.
    pub good_mean: Duration,
    /// How long it is bad, on average.
    pub bad_mean: Duration,
    /// Of a million datagrams sent while it is bad, how many are lost.
    pub loss_per_million: u32,
}

impl Default for Bursts {
    /// A second in which everything is lost, once a minute.
    fn default() -> Self {
        Self {
            good_mean: Duration::from_secs(59),
            bad_mean: Duration::from_secs(1),
            loss_per_million: 1_000_000,
        }
    }
}

/// How the ways between machines stand.
pub(crate) struct Ways {
    seed: u64,
    ways: HashMap<(Slot, Slot), Way>,
}

struct Way {
    bad: bool,
    until: Instant,
    dice: Dice,
    bursts: Bursts,
}

impl Ways {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            ways: HashMap::new(),
        }
    }

    /// Whether the way is bad; time must not run backwards from call to call.
    pub(crate) fn is_bad(&mut self, now: Instant, from: Slot, to: Slot, bursts: Bursts) -> bool {
        let pair = u64::from(from.number()) << 32 | u64::from(to.number());
        let seed = self.seed;
        let start = || Way::start(now, Dice::new(seed).aside(pair.wrapping_add(1)), bursts);
        let way = self.ways.entry((from, to)).or_insert_with(start);
        if way.bursts != bursts {
            *way = Way::start(now, way.dice, bursts);
        }
        way.advance(now);
        way.bad
    }
}

impl Way {
    /// Somewhere in the middle of a turn: each kind as likely as it is long on average.
    fn start(now: Instant, mut dice: Dice, bursts: Bursts) -> Self {
        let [good_us, bad_us] = [bursts.good_mean, bursts.bad_mean]
            .map(|mean| u64::try_from(mean.as_micros()).unwrap_or(u64::MAX));
        let bad = dice.below(good_us.saturating_add(bad_us)) >= good_us && bad_us > 0;
        let mut way = Self {
            bad,
            until: now,
            dice,
            bursts,
        };
        way.until = now + way.turn();
        way
    }

    fn advance(&mut self, now: Instant) {
        let mut turns = 0;
        while self.until <= now {
            turns += 1;
            if turns > TURNS_FOLLOWED_MAX {
                // So many turns on, nothing is left of how it stood.
                *self = Self::start(now, self.dice, self.bursts);
                return;
            }
            self.bad = !self.bad;
            let turn = self.turn();
            self.until = self.until + turn;
        }
    }

    fn turn(&mut self) -> Duration {
        let mean = match self.bad {
            true => self.bursts.bad_mean,
            false => self.bursts.good_mean,
        };
        self.dice.exponential(mean)
    }
}

/// Turns of a way that are drawn one by one while nothing is sent over it.
const TURNS_FOLLOWED_MAX: u32 = 64;
