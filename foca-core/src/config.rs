//! Settings, their presets, and the one place that judges them.

use core::fmt;
use core::ops::Deref;
use core::time::Duration;

use crate::scale::{log10_ceil, log10_thousandths};

/// The bytes that a node speaks.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Wire {
    /// The bytes of the published `foca` crate, 0.17 to 2.x.
    Foca2,
    /// Ours: versioned, tagged, checked.
    #[default]
    Native,
}

/// Which wires a node listens to.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Accept {
    /// The one that it speaks.
    #[default]
    Own,
    /// Both, to migrate: a datagram that begins with [`MAGIC`](crate::MAGIC) is judged as
    /// `Native` and nothing else, any other as `Foca2`.
    Both,
}

/// Which news overrides which.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Rules {
    /// As the published `foca` crate: `Down` is final for an identity that can be renewed, which
    /// then returns as a new life; incarnations end at 65,535; leaving looks like `Down`.
    Foca2,
    /// A higher incarnation overrides everything; at equal incarnation the greater [`State`](crate::State) does.
    #[default]
    Native,
}

/// A task that repeats: every so often, with so many random members.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Periodic {
    /// Time between two rounds.
    pub every: Duration,
    /// Members contacted in one round.
    pub members: usize,
}

/// Everything that can be set. Becomes a [`Config`] when it is found valid.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
#[non_exhaustive]
pub struct Settings {
    /// The bytes this node speaks.
    pub wire: Wire,
    /// The wires it listens to.
    pub accept: Accept,
    /// Which news overrides which. `Rules::Native` needs `Wire::Native`.
    pub rules: Rules,
    /// Longest datagram sent or accepted, in bytes, envelope included. 64 to 65,507.
    pub datagram_bytes_max: usize,

    /// Time from one probe to the next. More than `probe_rtt`.
    pub probe_period: Duration,
    /// How long an `Ack` may take before other members are asked to probe.
    pub probe_rtt: Duration,
    /// Members asked to probe on our behalf, and the fan-out of gossip that cannot wait. 1 to 255.
    pub indirect_probes: usize,
    /// How long a suspected member has to refute.
    pub suspicion: Duration,
    /// How often one piece of news is sent before it is dropped. 1 to 255.
    pub transmissions_max: u8,
    /// How long a member that is down or left is remembered; `None` is for ever.
    pub forget_after: Option<Duration>,
    /// Whether a member is told when it is declared down, and when it talks to us although it is. If
    /// nobody tells, a member that was wrongly declared down does not learn what to refute.
    pub tell_the_down: bool,

    /// Asks random active members for more members.
    pub periodic_announce: Option<Periodic>,
    /// Looks for members that came back after being declared down.
    pub periodic_announce_to_down: Option<Periodic>,
    /// Sends news to random members, on top of what rides on probes.
    pub periodic_gossip: Option<Periodic>,
    /// First pause between two attempts to find anybody while alone; doubles up to
    /// `lonely_retry_max`. Attempts never stop.
    pub lonely_retry_min: Duration,
    /// Longest pause between two attempts to find anybody while alone.
    pub lonely_retry_max: Duration,

    /// Members remembered, whatever their state. More are counted in `members_refused`.
    pub members_max: usize,
    /// Datagrams waiting to be sent. More are counted in `outbox_full`.
    pub outbox_max: usize,
    /// Events waiting to be read. More are counted in `events_lost`.
    pub events_max: usize,
    /// Custom broadcasts waiting to be spread. More push out the one spread most, counted in
    /// `broadcasts_dropped`.
    pub broadcasts_max: usize,
    /// What one peer can make us reply within one probe period: a small reply counts 1, a `Feed`,
    /// `TurnUndead` or `Challenge` counts 8. More are counted in `replies_limited`. 8 to 60,000.
    pub replies_max: u16,
}

impl Settings {
    /// Everything about timing in units of `probe_period`, for about `members` members.
    fn scaled(members: usize, probe_period: Duration, suspicion_periods: u32) -> Self {
        let scale_thousandths = log10_thousandths(members).max(1_000);
        Self {
            probe_period,
            probe_rtt: probe_period / 2,
            suspicion: probe_period * suspicion_periods * scale_thousandths / 1_000,
            transmissions_max: (4 * log10_ceil(members.saturating_add(1))).clamp(1, 255) as u8,
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
            suspicion: Duration::from_secs(3),
            transmissions_max: 10,
            forget_after: Some(Duration::from_secs(24 * 60 * 60)),
            tell_the_down: true,
            periodic_announce: None,
            periodic_announce_to_down: None,
            periodic_gossip: None,
            lonely_retry_min: Duration::from_secs(1),
            lonely_retry_max: Duration::from_secs(30),
            members_max: 1 << 20,
            outbox_max: 4_096,
            events_max: 65_536,
            broadcasts_max: 1_024,
            replies_max: 32,
        }
    }
}

/// Settings that were found valid.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Settings", into = "Settings")
)]
pub struct Config(Settings);

impl Config {
    /// Takes settings in if they are valid.
    ///
    /// # Errors
    ///
    /// The first thing found wrong.
    pub fn new(settings: Settings) -> Result<Self, ConfigError> {
        use ConfigError as E;
        let periodic = [
            settings.periodic_announce,
            settings.periodic_announce_to_down,
            settings.periodic_gossip,
        ];
        let bounds = [
            settings.members_max,
            settings.outbox_max,
            settings.events_max,
            settings.broadcasts_max,
        ];
        let checks = [
            (
                (64..=65_507).contains(&settings.datagram_bytes_max),
                E::DatagramBytes,
            ),
            (tellable(settings.probe_rtt), E::ProbeRtt),
            (
                settings.probe_period >= settings.probe_rtt.saturating_add(MICROSECOND),
                E::ProbePeriod,
            ),
            (
                (1..=255).contains(&settings.indirect_probes),
                E::IndirectProbes,
            ),
            (tellable(settings.suspicion), E::Suspicion),
            (settings.transmissions_max > 0, E::Transmissions),
            (settings.forget_after.is_none_or(tellable), E::ForgetAfter),
            (
                periodic
                    .iter()
                    .flatten()
                    .all(|task| tellable(task.every) && task.members > 0),
                E::Periodic,
            ),
            (
                tellable(settings.lonely_retry_min)
                    && settings.lonely_retry_max >= settings.lonely_retry_min,
                E::LonelyRetry,
            ),
            (bounds.iter().all(|bound| *bound > 0), E::Bound),
            (
                u32::try_from(settings.members_max).is_ok_and(|max| max < u32::MAX),
                E::Bound,
            ),
            ((8..=60_000).contains(&settings.replies_max), E::Replies),
            (
                settings.wire == Wire::Native || settings.rules == Rules::Foca2,
                E::Rules,
            ),
        ];
        match checks.iter().find(|(valid, _)| !valid) {
            Some((_, error)) => Err(*error),
            None => Ok(Self(settings)),
        }
    }

    /// Fixed timing that suits a handful of members on any network; no periodic task, so news rides on
    /// probes only and halves of a partition that both lived on do not look for each other.
    #[must_use]
    pub fn simple() -> Self {
        Self(Settings::default())
    }

    /// For about `members` members in one data centre: a probe a second.
    ///
    /// Transmissions are memberlist's `4 · ceil(log10(n + 1))`, the suspicion time is
    /// `4 · max(1, log10 n)` probe periods.
    #[must_use]
    pub fn lan(members: usize) -> Self {
        Self(Settings {
            periodic_announce: periodic(30_000, 1),
            periodic_announce_to_down: periodic(65_000, 2),
            periodic_gossip: periodic(200, 3),
            ..Settings::scaled(members, Duration::from_secs(1), 4)
        })
    }

    /// For about `members` members across the internet: a probe every five seconds.
    #[must_use]
    pub fn wan(members: usize) -> Self {
        Self(Settings {
            probe_rtt: Duration::from_secs(3),
            periodic_announce: periodic(60_000, 2),
            periodic_announce_to_down: periodic(125_000, 3),
            periodic_gossip: periodic(500, 4),
            lonely_retry_min: Duration::from_secs(5),
            lonely_retry_max: Duration::from_secs(60),
            ..Settings::scaled(members, Duration::from_secs(5), 6)
        })
    }

    /// For about `members` members on one machine: for tests and demonstrations, in a hurry.
    #[must_use]
    pub fn local(members: usize) -> Self {
        Self(Settings {
            periodic_announce: periodic(5_000, 1),
            periodic_announce_to_down: periodic(5_000, 2),
            periodic_gossip: periodic(100, 3),
            lonely_retry_min: Duration::from_millis(200),
            lonely_retry_max: Duration::from_secs(5),
            ..Settings::scaled(members, Duration::from_millis(400), 3)
        })
    }

    /// The same configuration after `change`, if it is still valid.
    ///
    /// # Errors
    ///
    /// The first thing found wrong.
    pub fn with(&self, change: impl FnOnce(&mut Settings)) -> Result<Self, ConfigError> {
        let mut settings = self.0.clone();
        change(&mut settings);
        Self::new(settings)
    }

    /// The same configuration, in a cluster of the published `foca` crate: `Wire::Foca2`,
    /// `Rules::Foca2` and its datagram size of 1,400 bytes.
    #[must_use]
    pub fn foca2(&self) -> Self {
        Self(Settings {
            wire: Wire::Foca2,
            accept: Accept::Own,
            rules: Rules::Foca2,
            datagram_bytes_max: 1_400,
            ..self.0.clone()
        })
    }
}

impl Deref for Config {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.0
    }
}

impl TryFrom<Settings> for Config {
    type Error = ConfigError;

    fn try_from(settings: Settings) -> Result<Self, ConfigError> {
        Self::new(settings)
    }
}

impl From<Config> for Settings {
    fn from(config: Config) -> Self {
        config.0
    }
}

/// The shortest time that [`Instant`](crate::Instant) can tell from none.
const MICROSECOND: Duration = Duration::from_micros(1);

fn tellable(duration: Duration) -> bool {
    duration >= MICROSECOND
}

const fn periodic(every_ms: u64, members: usize) -> Option<Periodic> {
    Some(Periodic {
        every: Duration::from_millis(every_ms),
        members,
    })
}

/// What is wrong with [`Settings`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A bound is zero or larger than can be counted.
    Bound,
    /// `datagram_bytes_max` is not within 64 to 65,507.
    DatagramBytes,
    /// `datagram_bytes_max` leaves no room for a message between two members like ourselves.
    DatagramTooSmallForIdentity,
    /// `forget_after` is less than a microsecond.
    ForgetAfter,
    /// `indirect_probes` is not within 1 to 255.
    IndirectProbes,
    /// `lonely_retry_min` is less than a microsecond or more than `lonely_retry_max`.
    LonelyRetry,
    /// A periodic task has a period of less than a microsecond, or no members.
    Periodic,
    /// `probe_period` is not at least a microsecond more than `probe_rtt`.
    ProbePeriod,
    /// `probe_rtt` is less than a microsecond.
    ProbeRtt,
    /// `replies_max` is not within 8 to 60,000.
    Replies,
    /// `Rules::Native` cannot be told over `Wire::Foca2`.
    Rules,
    /// `suspicion` is less than a microsecond.
    Suspicion,
    /// `transmissions_max` is zero.
    Transmissions,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bound => "every bound must be at least 1, and members_max less than 2^32 - 1",
            Self::DatagramBytes => "datagram_bytes_max must be within 64 to 65,507",
            Self::DatagramTooSmallForIdentity => {
                "datagram_bytes_max leaves no room for a message between identities like ours"
            }
            Self::ForgetAfter => "forget_after must be at least a microsecond",
            Self::IndirectProbes => "indirect_probes must be within 1 to 255",
            Self::LonelyRetry => {
                "lonely_retry_min must be within a microsecond and lonely_retry_max"
            }
            Self::Periodic => {
                "a periodic task needs a period of at least a microsecond, and at least one member"
            }
            Self::ProbePeriod => "probe_period must be at least a microsecond more than probe_rtt",
            Self::ProbeRtt => "probe_rtt must be at least a microsecond",
            Self::Replies => "replies_max must be within 8 to 60,000",
            Self::Rules => "Rules::Native needs Wire::Native",
            Self::Suspicion => "suspicion must be at least a microsecond",
            Self::Transmissions => "transmissions_max must be at least 1",
        })
    }
}

impl core::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_valid_at_every_size() {
        for members in [0, 1, 2, 5, 10, 1_000, 100_000, usize::MAX] {
            for config in [
                Config::lan(members),
                Config::wan(members),
                Config::local(members),
            ] {
                assert_eq!(Config::new(config.clone().into()), Ok(config.clone()));
                assert_eq!(Config::new(config.foca2().into()), Ok(config.foca2()));
            }
        }
        assert_eq!(Config::new(Settings::default()), Ok(Config::simple()));
    }

    #[test]
    fn presets_follow_the_published_formulas() {
        let transmissions = |members| Config::lan(members).transmissions_max;
        assert_eq!([1, 9, 10, 99, 100].map(transmissions), [4, 4, 8, 8, 12]);
        assert_eq!(Config::lan(1).suspicion, Duration::from_secs(4));
        assert_eq!(Config::lan(100).suspicion, Duration::from_secs(8));
        assert_eq!(Config::wan(1_000).suspicion, Duration::from_secs(90));
    }

    #[test]
    fn invalid_settings_are_named() {
        let reject = |change: fn(&mut Settings)| Config::simple().with(change).unwrap_err();
        assert_eq!(
            reject(|s| s.datagram_bytes_max = 63),
            ConfigError::DatagramBytes
        );
        assert_eq!(
            reject(|s| s.probe_rtt = s.probe_period),
            ConfigError::ProbePeriod
        );
        assert_eq!(
            reject(|s| s.probe_rtt = Duration::ZERO),
            ConfigError::ProbeRtt
        );
        assert_eq!(
            reject(|s| s.indirect_probes = 0),
            ConfigError::IndirectProbes
        );
        assert_eq!(
            reject(|s| s.suspicion = Duration::ZERO),
            ConfigError::Suspicion
        );
        assert_eq!(
            reject(|s| s.transmissions_max = 0),
            ConfigError::Transmissions
        );
        assert_eq!(
            reject(|s| s.forget_after = Some(Duration::ZERO)),
            ConfigError::ForgetAfter
        );
        assert_eq!(
            reject(|s| s.periodic_gossip = periodic(0, 1)),
            ConfigError::Periodic
        );
        assert_eq!(
            reject(|s| s.lonely_retry_max = Duration::ZERO),
            ConfigError::LonelyRetry
        );
        assert_eq!(reject(|s| s.members_max = 0), ConfigError::Bound);
        assert_eq!(reject(|s| s.replies_max = 7), ConfigError::Replies);
        assert_eq!(reject(|s| s.wire = Wire::Foca2), ConfigError::Rules);
    }
}
