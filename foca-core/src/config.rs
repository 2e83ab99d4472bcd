//! Settings, and the one place that judges them.

use core::fmt;
use core::num::NonZeroU32;
use core::ops::Deref;
use core::time::Duration;

use crate::{Detector, Scaled};

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
    /// How long a suspected member has to refute, at least if `detector.decay` is set. Follows the cluster: a refutation takes more rounds in a
    /// larger one.
    pub suspicion: Scaled<Duration>,
    /// How often one piece of news is sent before it is dropped. Follows the cluster: `least` is 1 to 255,
    /// and no more than 255 are sent.
    pub transmissions: Scaled<u8>,
    /// How long a member that is down or left is remembered; `None` is for ever.
    pub forget_after: Option<Duration>,
    /// Whether a member is told when it is declared down, and when it talks to us although it is. If
    /// nobody tells, a member that was wrongly declared down does not learn what to refute.
    pub tell_the_down: bool,
    /// What the failure detector does beyond this, part by part.
    pub detector: Detector,

    /// Pause between two comparisons of views with a random member while nothing differs. Follows the
    /// cluster. Without effect on `Wire::Foca2`, which has no words for it.
    pub reconciliation: Option<Scaled<Duration>>,
    /// Key of the hashes that views are compared by. Must be the same at all members; one that outsiders do
    /// not know keeps them from making up members that hide others.
    pub reconciliation_key: u64,
    /// Bytes per second that comparing views may send, without headers of lower layers, on average over
    /// any time plus one second's worth. What is put off or refused is counted in
    /// `comparisons_limited`.
    pub reconciliation_bytes_per_second: NonZeroU32,
    /// Asks random active members for more members. Not done on `Wire::Native` while `reconciliation` is
    /// set, which finds whoever is missing.
    pub periodic_announce: Option<Periodic>,
    /// Looks for members that came back after being declared down.
    pub periodic_announce_to_down: Option<Periodic>,
    /// Sends news to random members, on top of what rides on probes: at the base pace, which larger
    /// clusters and bursts of news raise.
    pub periodic_gossip: Option<Periodic>,
    /// Members of the largest cluster in which a round of gossip comes every `periodic_gossip.every`.
    /// Among n members, if that is more, it comes log10(n) / log10(`gossip_base_members`) times as often,
    /// so that news takes about as long. At least 2; `usize::MAX` for the same pace at every size.
    pub gossip_base_members: usize,
    /// Bytes of gossip per second up to which the next round comes sooner while more news waits than one
    /// datagram holds. `None`: never sooner.
    pub gossip_burst_bytes_per_second: Option<NonZeroU32>,
    /// Bytes of datagrams that may leave per second, without headers of lower layers, on average over
    /// any time plus one second's worth. `None`: no ceiling.
    ///
    /// Probes and their answers leave whatever the ceiling is, but reduced to their headers and to the
    /// suspicion of their receiver (counted in `news_withheld`). News waits until half a second's worth
    /// would remain behind it (`gossip_postponed`). Announces and answers to newcomers and to members
    /// that are down are dropped while less than `datagram_bytes_max` is left (`datagrams_withheld`). At
    /// least 1,400 and `datagram_bytes_max`.
    pub bytes_per_second_max: Option<NonZeroU32>,
    /// First pause between two attempts to find anybody while alone; doubles up to
    /// `lonely_retry_max`. Attempts never stop.
    pub lonely_retry_min: Duration,
    /// Longest pause between two attempts to find anybody while alone.
    pub lonely_retry_max: Duration,

    /// Members under check at one time. A failed probe beyond that makes its member suspected at once,
    /// counted in `checks_refused`.
    pub checks_max: usize,
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
    /// `TurnUndead` or `Challenge` counts 8 and leaves a quarter of it, of at least 11, to the small ones. More
    /// are counted in `replies_limited`. 8 to 60,000.
    pub replies_max: u16,
    /// Probes made for others that are remembered until they are answered or the asker is told that they
    /// were not. More are counted in `relays_forgotten`.
    pub relays_max: usize,
}

/// Settings that were found valid.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Settings", into = "Settings")
)]
pub struct Config(pub(crate) Settings);

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
            settings.checks_max,
            settings.members_max,
            settings.outbox_max,
            settings.events_max,
            settings.broadcasts_max,
            settings.relays_max,
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
            (tellable(settings.suspicion.least), E::Suspicion),
            (settings.transmissions.least > 0, E::Transmissions),
            (
                settings
                    .reconciliation
                    .is_none_or(|pause| tellable(pause.least)),
                E::Reconciliation,
            ),
            (settings.gossip_base_members >= 2, E::GossipBase),
            (ceiling_is_workable(&settings), E::BytesPerSecond),
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
        let fault = checks.into_iter().find(|(valid, _)| !valid);
        let fault = fault.map(|(_, error)| error);
        fault
            .or_else(|| settings.detector.fault())
            .map_or(Ok(Self(settings)), Err)
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

/// The least ceiling: a datagram of the longest that a preset has.
const BYTES_PER_SECOND_MIN: usize = 1_400;

/// Whether the ceiling lets a datagram of any length pass, now and after [`Config::foca2`].
fn ceiling_is_workable(settings: &Settings) -> bool {
    let least = settings.datagram_bytes_max.max(BYTES_PER_SECOND_MIN);
    settings
        .bytes_per_second_max
        .is_none_or(|max| usize::try_from(max.get()).is_ok_and(|max| max >= least))
}

fn tellable(duration: Duration) -> bool {
    duration >= MICROSECOND
}

/// What is wrong with [`Settings`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A bound is zero or larger than can be counted.
    Bound,
    /// `bytes_per_second_max` is less than 1,400 or `datagram_bytes_max`.
    BytesPerSecond,
    /// A part of `detector.check` is outside its bounds.
    Check,
    /// A part of `detector.damping` is outside its bounds.
    Damping,
    /// A part of `detector.decay` is outside its bounds.
    Decay,
    /// `datagram_bytes_max` is not within 64 to 65,507.
    DatagramBytes,
    /// `datagram_bytes_max` leaves no room for a message between two members like ourselves.
    DatagramTooSmallForIdentity,
    /// `forget_after` is less than a microsecond.
    ForgetAfter,
    /// `gossip_base_members` is less than 2.
    GossipBase,
    /// `indirect_probes` is not within 1 to 255.
    IndirectProbes,
    /// `detector.local_health.max` is zero.
    LocalHealth,
    /// `lonely_retry_min` is less than a microsecond or more than `lonely_retry_max`.
    LonelyRetry,
    /// `detector.nack_percent` is not within 1 to 100.
    NackPercent,
    /// A periodic task has a period of less than a microsecond, or no members.
    Periodic,
    /// `probe_period` is not at least a microsecond more than `probe_rtt`.
    ProbePeriod,
    /// `probe_rtt` is less than a microsecond.
    ProbeRtt,
    /// `reconciliation.least` is less than a microsecond.
    Reconciliation,
    /// `replies_max` is not within 8 to 60,000.
    Replies,
    /// `Rules::Native` cannot be told over `Wire::Foca2`.
    Rules,
    /// `suspicion.least` is less than a microsecond.
    Suspicion,
    /// `transmissions.least` is zero.
    Transmissions,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bound => "every bound must be at least 1, and members_max less than 2^32 - 1",
            Self::BytesPerSecond => {
                "bytes_per_second_max must be at least 1,400 and datagram_bytes_max"
            }
            Self::Damping => "a part of detector.damping is outside its bounds",
            Self::Decay => "a part of detector.decay is outside its bounds",
            Self::Check => "a part of detector.check is outside its bounds",
            Self::DatagramBytes => "datagram_bytes_max must be within 64 to 65,507",
            Self::DatagramTooSmallForIdentity => {
                "datagram_bytes_max leaves no room for a message between identities like ours"
            }
            Self::ForgetAfter => "forget_after must be at least a microsecond",
            Self::GossipBase => "gossip_base_members must be at least 2",
            Self::IndirectProbes => "indirect_probes must be within 1 to 255",
            Self::LocalHealth => "detector.local_health.max must be at least 1",
            Self::LonelyRetry => {
                "lonely_retry_min must be within a microsecond and lonely_retry_max"
            }
            Self::NackPercent => "detector.nack_percent must be within 1 to 100",
            Self::Periodic => {
                "a periodic task needs a period of at least a microsecond, and at least one member"
            }
            Self::ProbePeriod => "probe_period must be at least a microsecond more than probe_rtt",
            Self::ProbeRtt => "probe_rtt must be at least a microsecond",
            Self::Reconciliation => "reconciliation.least must be at least a microsecond",
            Self::Replies => "replies_max must be within 8 to 60,000",
            Self::Rules => "Rules::Native needs Wire::Native",
            Self::Suspicion => "suspicion.least must be at least a microsecond",
            Self::Transmissions => "transmissions.least must be at least 1",
        })
    }
}

impl core::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

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
            reject(|s| s.suspicion = Duration::ZERO.into()),
            ConfigError::Suspicion
        );
        assert_eq!(
            reject(|s| s.transmissions = 0.into()),
            ConfigError::Transmissions
        );
        assert_eq!(
            reject(|s| s.forget_after = Some(Duration::ZERO)),
            ConfigError::ForgetAfter
        );
        assert_eq!(
            reject(|s| s.periodic_gossip = Some(Periodic {
                every: Duration::ZERO,
                members: 1
            })),
            ConfigError::Periodic
        );
        assert_eq!(
            reject(|s| s.lonely_retry_max = Duration::ZERO),
            ConfigError::LonelyRetry
        );
        assert_eq!(
            reject(|s| s.reconciliation = Some(Duration::ZERO.into())),
            ConfigError::Reconciliation
        );
        assert_eq!(
            reject(|s| s.gossip_base_members = 1),
            ConfigError::GossipBase
        );
        assert_eq!(reject(|s| s.members_max = 0), ConfigError::Bound);
        assert_eq!(reject(|s| s.replies_max = 7), ConfigError::Replies);
        assert_eq!(reject(|s| s.wire = Wire::Foca2), ConfigError::Rules);
        assert_eq!(
            reject(|s| s.detector.nack_percent = Some(0)),
            ConfigError::NackPercent
        );
    }

    #[test]
    fn a_ceiling_lets_a_datagram_of_any_length_pass() {
        let ceiling = |bytes_per_second: u32, datagram_bytes_max| {
            Config::simple().with(|s| {
                s.bytes_per_second_max = NonZeroU32::new(bytes_per_second);
                s.datagram_bytes_max = datagram_bytes_max;
            })
        };
        for (bytes_per_second, datagram_bytes_max) in [(1_399, 64), (9_000, 9_001)] {
            let refused = ceiling(bytes_per_second, datagram_bytes_max);
            assert_eq!(refused, Err(ConfigError::BytesPerSecond));
        }
        for (bytes_per_second, datagram_bytes_max) in [(1_400, 64), (9_000, 9_000)] {
            let config = ceiling(bytes_per_second, datagram_bytes_max).expect("valid");
            assert_eq!(Config::new(config.foca2().into()), Ok(config.foca2()));
        }
    }
}
