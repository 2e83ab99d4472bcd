//! What the settings that follow the cluster come to at its present size.

use core::time::Duration;

use crate::Config;
use crate::scale::log10_millionths;
use crate::scaled::duration;

/// The number of members may differ by this part of it before the values are worked out anew, so that
/// taking in a hundred thousand members at once costs some hundred calculations.
const DRIFT_PARTS: usize = 64;

/// What the settings that follow the cluster come to at its present size.
///
/// Within a sixty-fourth of the number of members, and exact below 64.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Pace {
    /// Active members and ourselves, as counted last.
    pub members: usize,
    /// How long a suspected member has to refute.
    pub suspicion: Duration,
    /// How often one piece of news is sent before it is dropped.
    pub transmissions: u8,
    /// Time between two rounds of gossip while one datagram holds all news; `None` without them.
    pub gossip: Option<Duration>,
    /// Pause between two comparisons of views; `None` without them.
    pub reconciliation: Option<Duration>,
}

impl Pace {
    /// The values for `members` members, ourselves included.
    pub(crate) fn new(config: &Config, members: usize) -> Self {
        let gossip = config.periodic_gossip.map(|task| task.every);
        Self {
            members,
            suspicion: config.suspicion.at(members),
            transmissions: config.transmissions.at(members),
            gossip: gossip.map(|every| sooner(every, config.gossip_base_members, members)),
            reconciliation: config.reconciliation.map(|pause| pause.at(members)),
        }
    }

    /// Works the values out anew if `members` has changed enough.
    pub(crate) fn follow(&mut self, config: &Config, members: usize) {
        if members.abs_diff(self.members) > members.min(self.members) / DRIFT_PARTS {
            *self = Self::new(config, members);
        }
    }
}

/// `every · log10(base) / max(log10(base), log10(members))`, a microsecond at least: news takes a number
/// of rounds that grows with the logarithm of the size, so the time it takes stays about the same.
fn sooner(every: Duration, base: usize, members: usize) -> Duration {
    let base_decades = log10_millionths(base);
    let decades = log10_millionths(members).max(base_decades).max(1);
    let nanos = every.as_nanos() * u128::from(base_decades) / u128::from(decades);
    duration(nanos).max(Duration::from_micros(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gossip_comes_sooner_in_proportion_to_the_logarithm() {
        let every = Duration::from_millis(200);
        let at = |members| sooner(every, 100, members);
        assert_eq!([0, 1, 2, 50, 100].map(at), [every; 5]);
        assert_eq!(at(10_000), every / 2);
        assert_eq!(at(1_000_000), every / 3);
        for members in 1..1_000_000_usize {
            let (before, after) = (at(members), at(members + 1));
            assert!(before >= after, "{members}");
            let step = (before - after).as_secs_f64();
            assert!(step <= 0.1 / members as f64 + 1e-6, "{members}: {step}");
        }
        assert_eq!(sooner(every, usize::MAX, 1_000_000), every);
        assert_eq!(sooner(Duration::MAX, 2, 1), Duration::MAX);
    }

    #[test]
    fn the_values_follow_growth_and_shrinkage_within_a_sixty_fourth() {
        let config = Config::lan();
        let mut pace = Pace::new(&config, 1);
        let sizes = (1..5_000).chain((1..5_000).rev());
        for members in sizes {
            pace.follow(&config, members);
            let drift = pace.members.abs_diff(members);
            assert!(drift <= members / DRIFT_PARTS, "{members}");
            assert!(members >= DRIFT_PARTS || drift == 0, "{members}");
            assert_eq!(pace, Pace::new(&config, pace.members));
        }
    }
}
