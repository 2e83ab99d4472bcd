//! What happens to a datagram between two machines.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::random::Random;

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
    /// Of a million datagrams, how many are lost; at 1,000,000 and more all are.
    pub loss_per_million: u32,
    /// Of a million datagrams that are not lost, how many arrive twice, each copy with a latency of
    /// its own; at 1,000,000 and more all do.
    pub duplicate_per_million: u32,
}

impl Default for Link {
    /// A quiet local network: 0.5 to 2 ms, nothing lost, nothing duplicated.
    fn default() -> Self {
        Self {
            latency: Duration::from_micros(500)..=Duration::from_millis(2),
            loss_per_million: 0,
            duplicate_per_million: 0,
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
    /// Draws the same number of numbers whatever the settings and the result, so that a change of
    /// the loss rate leaves the latencies of all datagrams as they are under that seed.
    pub(crate) fn draw(&self, random: &mut Random) -> Fate {
        let lost = random.below(MILLION) < u64::from(self.loss_per_million);
        let duplicated = random.below(MILLION) < u64::from(self.duplicate_per_million);
        let [first, second] = [self.draw_latency(random), self.draw_latency(random)];
        match (lost, duplicated) {
            (true, _) => Fate::Lost,
            (false, false) => Fate::Once(first),
            (false, true) => Fate::Twice(first, second),
        }
    }

    fn draw_latency(&self, random: &mut Random) -> Duration {
        let [min_us, max_us] = [self.latency.start(), self.latency.end()].map(as_micros);
        let span_us = max_us.saturating_sub(min_us).saturating_add(1);
        Duration::from_micros((min_us + random.below(span_us)).max(1))
    }
}

fn as_micros(duration: &Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

const MILLION: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

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
            counts[link.draw_latency(&mut random).as_micros() as usize] += 1;
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
        assert_eq!(fastest.draw(&mut random), Fate::Once(MICROSECOND));
        let slowest = Link {
            latency: Duration::ZERO..=Duration::MAX,
            ..Link::default()
        };
        assert!(matches!(slowest.draw(&mut random), Fate::Once(_)));
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
            let Fate::Once(expected) = plain.draw(&mut random_plain) else {
                panic!("a plain link loses and duplicates nothing");
            };
            match rough.draw(&mut random_rough) {
                Fate::Lost => {}
                Fate::Once(latency) | Fate::Twice(latency, _) => assert_eq!(latency, expected),
            }
        }
    }
}
