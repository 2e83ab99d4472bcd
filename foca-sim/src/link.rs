//! What happens to a datagram between two machines.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::bursts::Bursts;
use crate::random::Dice;

/// How the network treats each datagram.
///
/// More may be settable one day: fill up with `..Link::default()`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Link {
    /// How long a datagram travels, drawn uniformly in whole microseconds.
    ///
    /// At least one microsecond, the resolution of time, so that no exchange of datagrams can keep
    /// the clock from moving. Datagrams overtake each other where the range is wide.
    pub latency: RangeInclusive<Duration>,
    /// Mean of the jitter, a time from the exponential distribution that is added to the latency:
    /// a long tail, as over busy routers.
    pub jitter_mean: Duration,
    /// Of a million datagrams, how many are lost; at 1,000,000 and more all are. Each by itself.
    pub loss_per_million: u32,
    /// Losses in bursts, besides.
    pub bursts: Option<Bursts>,
    /// Of a million datagrams that are not lost, how many arrive twice, each copy with a latency of
    /// its own; at 1,000,000 and more all do.
    pub duplicate_per_million: u32,
    /// Of a million copies that arrive, how many are held up by `reordered_by`, so that what was
    /// sent later overtakes them.
    pub reordered_per_million: u32,
    /// How long those are held up.
    pub reordered_by: Duration,
    /// Routers on the way. A datagram gets through if the
    /// [`Access::ttl`](crate::Access::ttl) of its sender is greater.
    pub hops: u8,
}

impl Default for Link {
    /// A quiet local network: 0.5 to 2 ms, nothing lost, nothing duplicated, no router between.
    fn default() -> Self {
        Self {
            latency: Duration::from_micros(500)..=Duration::from_millis(2),
            jitter_mean: Duration::ZERO,
            loss_per_million: 0,
            bursts: None,
            duplicate_per_million: 0,
            reordered_per_million: 0,
            reordered_by: Duration::ZERO,
            hops: 0,
        }
    }
}

/// What the dice say about one datagram.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fate {
    Lost,
    Once(Duration),
    Twice(Duration, Duration),
}

impl Link {
    /// Throws each kind of die from its own corner, so that a change of one setting leaves what the
    /// others decide about all datagrams as it is under that seed.
    pub(crate) fn draw(&self, dice: Dice) -> Fate {
        let mut fate = dice;
        if fate.happens(self.loss_per_million) {
            return Fate::Lost;
        }
        let first = self.draw_latency(dice.aside(FIRST_COPY));
        if fate.happens(self.duplicate_per_million) {
            Fate::Twice(first, self.draw_latency(dice.aside(SECOND_COPY)))
        } else {
            Fate::Once(first)
        }
    }

    /// Panics with a text for the caller of the public function if this cannot be a link.
    pub(crate) fn expect_valid(&self) {
        assert!(
            !self.latency.is_empty(),
            "the range of latencies is empty: {:?}",
            self.latency
        );
    }

    fn draw_latency(&self, mut dice: Dice) -> Duration {
        let [min_us, max_us] = [self.latency.start(), self.latency.end()].map(as_micros);
        let span_us = max_us.saturating_sub(min_us).saturating_add(1);
        let plain = Duration::from_micros((min_us + dice.below(span_us)).max(1));
        let held_up = match dice.happens(self.reordered_per_million) {
            true => self.reordered_by,
            false => Duration::ZERO,
        };
        let jitter = match self.jitter_mean {
            Duration::ZERO => Duration::ZERO,
            mean => dice.exponential(mean),
        };
        plain.saturating_add(held_up).saturating_add(jitter)
    }
}

fn as_micros(duration: &Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

const FIRST_COPY: u64 = 1;
const SECOND_COPY: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    const MICROSECOND: Duration = Duration::from_micros(1);

    #[test]
    fn both_ends_of_the_range_are_drawn_and_nothing_beyond() {
        let link = Link {
            latency: 3 * MICROSECOND..=6 * MICROSECOND,
            ..Link::default()
        };
        let mut random = Random::new(1);
        let mut counts = [0; 10];
        for _ in 0..1_000 {
            counts[link.draw_latency(random.dice()).as_micros() as usize] += 1;
        }
        assert!(
            counts
                .iter()
                .enumerate()
                .all(|(us, count)| (3..=6).contains(&us) == (*count > 0))
        );
    }

    #[test]
    fn time_passes_on_the_fastest_link_and_the_slowest_does_not_overflow() {
        let mut random = Random::new(1);
        let fastest = Link {
            latency: Duration::ZERO..=Duration::ZERO,
            ..Link::default()
        };
        assert_eq!(fastest.draw(random.dice()), Fate::Once(MICROSECOND));
        let slowest = Link {
            latency: Duration::ZERO..=Duration::MAX,
            ..Link::default()
        };
        assert!(matches!(slowest.draw(random.dice()), Fate::Once(_)));
    }

    #[test]
    fn loss_and_duplicates_leave_the_latencies_as_they_are() {
        let plain = Link::default();
        let rough = Link {
            loss_per_million: 300_000,
            duplicate_per_million: 300_000,
            ..plain.clone()
        };
        let (mut random_plain, mut random_rough) = (Random::new(9), Random::new(9));
        for _ in 0..100 {
            let Fate::Once(expected) = plain.draw(random_plain.dice()) else {
                panic!("a plain link loses and duplicates nothing");
            };
            match rough.draw(random_rough.dice()) {
                Fate::Lost => {}
                Fate::Once(latency) | Fate::Twice(latency, _) => assert_eq!(latency, expected),
            }
        }
    }
}
