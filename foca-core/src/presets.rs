//! Settings that suit a kind of network.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::config::{Accept, Config, Periodic, Rules, Settings, Wire};
use crate::{Detector, Scaled};

/// Four sends, and four more for each factor of ten in the number of members: the multiplier of memberlist,
/// without its steps at powers of ten.
const TRANSMISSIONS: Scaled<u8> = Scaled {
    least: 4,
    per_decade: 4,
};

/// Probe periods between two comparisons of views: at least, and for each factor of ten in the number of
/// members, so that the cost of a difference that many meet at once does not grow with the cluster.
const RECONCILIATION_PERIODS: u32 = 5;

/// What a joiner pulls 10,000 members with in a second, and no more than two megabits.
const RECONCILIATION_BYTES_PER_SECOND: NonZeroU32 = NonZeroU32::new(128 * 1_024).unwrap();

/// Gossip in a hurry, in bytes per second: nearly twice what full datagrams cost at the base pace of
/// [`Config::lan`] in a small cluster. Where much is missing, comparing views is cheaper.
const GOSSIP_BURST: Option<NonZeroU32> = NonZeroU32::new(32 * 1_024);

/// What of a setting grows with the cluster, as much per factor of ten as there is at least.
fn scaled(value: Duration) -> Scaled<Duration> {
    Scaled {
        least: value,
        per_decade: value,
    }
}

const fn periodic(every_ms: u64, members: usize) -> Option<Periodic> {
    Some(Periodic {
        every: Duration::from_millis(every_ms),
        members,
    })
}

impl Settings {
    /// Everything about timing in units of `probe_period`.
    fn in_periods(probe_period: Duration, suspicion_periods: u32) -> Self {
        Self {
            probe_period,
            probe_rtt: probe_period / 2,
            suspicion: scaled(probe_period * suspicion_periods),
            transmissions: TRANSMISSIONS,
            reconciliation: Some(scaled(probe_period * RECONCILIATION_PERIODS)),
            gossip_burst_bytes_per_second: GOSSIP_BURST,
            detector: Detector::default(),
            ..Self::default()
        }
    }
}

impl Default for Settings {
    /// Those of [`Config::simple`].
    fn default() -> Self {
        Self {
            wire: Wire::Native,
            accept: Accept::Own,
            rules: Rules::Native,
            datagram_bytes_max: 1_232,
            probe_period: Duration::from_millis(1_500),
            probe_rtt: Duration::from_millis(500),
            indirect_probes: 3,
            suspicion: Duration::from_secs(3).into(),
            transmissions: 10.into(),
            forget_after: Some(Duration::from_secs(24 * 60 * 60)),
            tell_the_down: true,
            detector: Detector {
                check: None,
                decay: None,
                ..Detector::default()
            },
            reconciliation: None,
            reconciliation_key: 0,
            reconciliation_bytes_per_second: RECONCILIATION_BYTES_PER_SECOND,
            periodic_announce: None,
            periodic_announce_to_down: None,
            periodic_gossip: None,
            gossip_base_members: 100,
            gossip_burst_bytes_per_second: None,
            bytes_per_second_max: None,
            lonely_retry_min: Duration::from_secs(1),
            lonely_retry_max: Duration::from_secs(30),
            checks_max: 64,
            members_max: 1 << 20,
            outbox_max: 4_096,
            events_max: 65_536,
            broadcasts_max: 1_024,
            replies_max: 32,
            relays_max: 1_024,
        }
    }
}

/// Presets. None has to be told how large the cluster is: what depends on it follows it.
impl Config {
    /// Fixed timing that suits a handful of members on any network; no periodic task, so news rides on
    /// probes only and halves of a partition that both lived on do not look for each other.
    #[must_use]
    pub fn simple() -> Self {
        Self(Settings::default())
    }

    /// For one data centre: a probe a second.
    ///
    /// Among n members a suspicion lasts at least `4 · max(1, log10 n)` probe periods, and news is sent
    /// `4 · log10(n + 1)` times, rounded up, but four times at least.
    #[must_use]
    pub fn lan() -> Self {
        Self(Settings {
            periodic_announce: periodic(30_000, 1),
            periodic_announce_to_down: periodic(10_000, 1),
            periodic_gossip: periodic(200, 3),
            lonely_retry_max: Duration::from_secs(8),
            ..Settings::in_periods(Duration::from_secs(1), 4)
        })
    }

    /// Across the internet: a probe every five seconds.
    ///
    /// Among n members a suspicion lasts at least `6 · max(1, log10 n)` probe periods.
    #[must_use]
    pub fn wan() -> Self {
        Self(Settings {
            probe_rtt: Duration::from_secs(3),
            periodic_announce: periodic(60_000, 2),
            periodic_announce_to_down: periodic(30_000, 1),
            periodic_gossip: periodic(500, 4),
            lonely_retry_min: Duration::from_secs(5),
            lonely_retry_max: Duration::from_secs(30),
            ..Settings::in_periods(Duration::from_secs(5), 6)
        })
    }

    /// For one machine, in a hurry: for tests and demonstrations.
    ///
    /// Among n members a suspicion lasts at least `3 · max(1, log10 n)` probe periods of 0.4 seconds.
    #[must_use]
    pub fn local() -> Self {
        Self(Settings {
            periodic_announce: periodic(5_000, 1),
            periodic_announce_to_down: periodic(5_000, 2),
            periodic_gossip: periodic(100, 3),
            lonely_retry_min: Duration::from_millis(200),
            lonely_retry_max: Duration::from_secs(5),
            ..Settings::in_periods(Duration::from_millis(400), 3)
        })
    }

    /// The same configuration, in a cluster of the published `foca` crate: `Wire::Foca2`,
    /// `Rules::Foca2`, its datagram size of 1,400 bytes, and no reconciliation, which it does not know.
    ///
    /// What follows the cluster comes from the formulas with which that crate is configured for a size.
    #[must_use]
    pub fn foca2(&self) -> Self {
        Self(Settings {
            wire: Wire::Foca2,
            accept: Accept::Own,
            rules: Rules::Foca2,
            datagram_bytes_max: 1_400,
            reconciliation: None,
            ..self.0.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_valid() {
        for config in [Config::lan(), Config::wan(), Config::local()] {
            assert_eq!(Config::new(config.clone().into()), Ok(config.clone()));
            assert_eq!(Config::new(config.foca2().into()), Ok(config.foca2()));
        }
        assert_eq!(Config::new(Settings::default()), Ok(Config::simple()));
    }

    #[test]
    fn presets_follow_the_published_formulas() {
        // Both formulas agree where the logarithm is a whole number: memberlist rounds up before it
        // multiplies.
        let transmissions = |members| Config::lan().transmissions.at(members);
        assert_eq!([1, 9, 99, 999, 9_999].map(transmissions), [4, 4, 8, 12, 16]);
        let seconds = Duration::from_secs;
        let suspicion = |config: Config, members| config.suspicion.at(members);
        assert_eq!(suspicion(Config::lan(), 1), seconds(4));
        assert_eq!(suspicion(Config::lan(), 100), seconds(8));
        assert_eq!(suspicion(Config::wan(), 1_000), seconds(90));
        assert_eq!(suspicion(Config::local(), 10), seconds(6) / 5);
    }
}
