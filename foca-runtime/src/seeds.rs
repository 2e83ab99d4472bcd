//! When to announce to which of the configured addresses.

use std::time::Duration;

use foca_core::{Config, Instant, Status};

/// Seeds announced to at the same time; a longer list is gone through in turns.
pub const SEEDS_PER_ROUND_MAX: usize = 16;

/// Shortest pause between two rounds, whatever the configuration says.
const PAUSE_MIN: Duration = Duration::from_millis(1);

/// The addresses to join, and the time of the next attempt.
///
/// While this node is alone, attempts follow each other with pauses that double from
/// `lonely_retry_min` to `lonely_retry_max` of the configuration. While it is not, seeds that are no
/// active members are tried every so often, so that two halves of a cluster that never met, or lost
/// each other for longer than they remember, find each other. Every pause is shortened by a random
/// part of at most one half, so that a cluster that started at once does not retry at once.
pub(crate) struct Seeds<A> {
    addrs: Vec<A>,
    /// Where the next round begins.
    cursor: usize,
    due: Option<Instant>,
    status: Status,
    /// The next pause while alone, as a number of doublings.
    doublings: u32,
    period: Duration,
    random: u64,
}

impl<A: Clone + Ord> Seeds<A> {
    pub(crate) fn new(
        now: Instant,
        addrs: impl IntoIterator<Item = A>,
        period: Duration,
        random: u64,
    ) -> Self {
        let mut unique: Vec<A> = Vec::new();
        for addr in addrs {
            if !unique.contains(&addr) {
                unique.push(addr);
            }
        }
        let due = (!unique.is_empty()).then_some(now);
        Self {
            addrs: unique,
            cursor: 0,
            due,
            status: Status::Alone,
            doublings: 0,
            period,
            random,
        }
    }

    pub(crate) const fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// Takes note of what this node is to the cluster.
    pub(crate) fn observe(&mut self, now: Instant, status: Status, config: &Config) {
        if status == self.status || self.addrs.is_empty() {
            return;
        }
        self.status = status;
        self.doublings = 0;
        self.schedule(now, config);
    }

    /// The addresses to announce to, if it is time: those for which `is_wanted` holds.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Instant,
        config: &Config,
        is_wanted: impl Fn(&A) -> bool,
    ) -> Vec<A> {
        if self.due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        let turns = self.addrs.len().min(SEEDS_PER_ROUND_MAX);
        let turn = self.addrs.iter().cycle().skip(self.cursor).take(turns);
        let wanted = turn.filter(|addr| is_wanted(addr)).cloned().collect();
        self.cursor = (self.cursor + turns) % self.addrs.len();
        self.schedule(now, config);
        wanted
    }

    fn schedule(&mut self, now: Instant, config: &Config) {
        let pause = match self.status {
            Status::Alone => {
                let doubled = config
                    .lonely_retry_min
                    .saturating_mul(1 << self.doublings.min(31));
                self.doublings = self.doublings.saturating_add(1);
                doubled.min(config.lonely_retry_max)
            }
            Status::Joined => self.period,
            Status::Left | Status::Defunct => {
                self.due = None;
                return;
            }
        };
        self.due = Some(now + self.jittered(pause).max(PAUSE_MIN));
    }

    /// Between one half and the whole of `pause`.
    fn jittered(&mut self, pause: Duration) -> Duration {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        // The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        let half = pause / 2;
        half + half.mul_f64((mixed >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Duration = Duration::from_secs(60);

    fn seeds(addrs: impl IntoIterator<Item = u16>) -> Seeds<u16> {
        Seeds::new(Instant::from_micros(1_000), addrs, PERIOD, 7)
    }

    /// Serves deadlines as long as they come before `end`; returns the pauses between them.
    fn pauses(seeds: &mut Seeds<u16>, rounds: usize) -> Vec<Duration> {
        let mut before = None;
        let mut pauses = Vec::new();
        for _ in 0..=rounds {
            let due = seeds.poll_timeout().expect("a deadline");
            assert!(
                !seeds
                    .handle_timeout(due, &Config::simple(), |_| true)
                    .is_empty()
            );
            pauses.extend(before.map(|before| due.duration_since(before)));
            before = Some(due);
        }
        pauses
    }

    #[test]
    fn all_seeds_are_tried_at_the_start() {
        let mut seeds = seeds([3, 1, 3, 2]);
        let now = seeds.poll_timeout().expect("a deadline");
        assert_eq!(now, Instant::from_micros(1_000));
        assert_eq!(
            seeds.handle_timeout(now, &Config::simple(), |_| true),
            [3, 1, 2]
        );
        assert_eq!(seeds.handle_timeout(now, &Config::simple(), |_| true), []);
    }

    #[test]
    fn pauses_while_alone_double_up_to_the_bound_and_differ_between_nodes() {
        // `Config::simple` says 1 s to 30 s.
        let bounds = [1, 2, 4, 8, 16, 30, 30].map(Duration::from_secs);
        let ours = pauses(&mut seeds([1]), bounds.len());
        for (pause, bound) in ours.iter().zip(bounds) {
            assert!(*pause >= bound / 2 && *pause <= bound, "{ours:?}");
        }
        let mut other = Seeds::new(Instant::ZERO, [1], PERIOD, 8);
        assert_ne!(ours, pauses(&mut other, bounds.len()));
    }

    #[test]
    fn members_are_left_alone_and_strangers_are_tried_every_period() {
        let mut seeds = seeds([1, 2, 3]);
        let config = Config::simple();
        let now = Instant::from_micros(5_000);
        seeds.observe(now, Status::Joined, &config);
        let due = seeds.poll_timeout().expect("a deadline");
        assert!(due.duration_since(now) >= PERIOD / 2 && due.duration_since(now) <= PERIOD);
        assert_eq!(seeds.handle_timeout(due, &config, |addr| *addr == 2), [2]);
        let next = seeds.poll_timeout().expect("a deadline");
        assert!(next.duration_since(due) >= PERIOD / 2);
    }

    #[test]
    fn loneliness_begins_with_the_shortest_pause_again() {
        let mut seeds = seeds([1]);
        pauses(&mut seeds, 8);
        let config = Config::simple();
        let now = Instant::from_micros(500_000_000);
        seeds.observe(now, Status::Joined, &config);
        seeds.observe(now, Status::Alone, &config);
        let due = seeds.poll_timeout().expect("a deadline");
        assert!(due.duration_since(now) <= config.lonely_retry_min);
    }

    #[test]
    fn who_has_left_tries_nobody() {
        let mut seeds = seeds([1]);
        for status in [Status::Left, Status::Defunct] {
            seeds.observe(Instant::ZERO, status, &Config::simple());
            assert_eq!(seeds.poll_timeout(), None);
        }
        seeds.observe(Instant::ZERO, Status::Alone, &Config::simple());
        assert!(seeds.poll_timeout().is_some());
        assert_eq!(
            Seeds::<u16>::new(Instant::ZERO, [], PERIOD, 1).poll_timeout(),
            None
        );
    }

    #[test]
    fn a_long_list_is_gone_through_in_turns() {
        let mut seeds = seeds(0..40);
        let mut tried = Vec::new();
        for _ in 0..3 {
            let due = seeds.poll_timeout().expect("a deadline");
            let turn = seeds.handle_timeout(due, &Config::simple(), |_| true);
            assert_eq!(turn.len(), SEEDS_PER_ROUND_MAX);
            tried.extend(turn);
        }
        assert!((0..40).all(|seed| tried.contains(&seed)));
    }
}
