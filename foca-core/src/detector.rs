//! What the failure detector does beyond probing in turn and suspecting: every part has a switch.
//!
//! The parts that are called Lifeguard come from Dadgar, Phillips and Currey, "Lifeguard: Local health
//! awareness for more accurate failure detection" (2017), and differ between the paper and memberlist,
//! where they were first written. What is beyond either can be switched off as well, because figures
//! were published for detectors without it.

use crate::{Check, ConfigError, Damping, Decay};

/// What a failed probe says of ourselves.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum MissedNacks {
    /// One for the probe, and one more if any helper that was asked said nothing at all: Lifeguard,
    /// section IV-A.
    #[default]
    InAddition,
    /// One for each helper that was asked and said nothing at all, nothing if all spoke; one for the
    /// probe only if no helper was asked: memberlist.
    Instead,
}

/// Doubt in ourselves: Lifeguard, section IV-A (LHA-Probe).
///
/// A counter from 0 to `max` falls by one with every probe that is answered and rises with every one
/// that is not, with helpers that say nothing, and with every suspicion that we have to refute. The
/// probe period lasts its length times the counter plus one, with `scales_pause` whatever comes of the probe.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LocalHealth {
    /// The most that the counter reaches. At least 1; 8 in the paper, 7 in memberlist.
    pub max: u8,
    /// Whether the time that an answer may take is stretched like the probe period: so in the paper, not
    /// in memberlist.
    pub scales_rtt: bool,
    /// Whether the next probe waits for the end of the stretched period after an answer as well: so in the
    /// paper. In memberlist a probe that was answered is followed by the next one `probe_period` after it
    /// began, or at once if that is over.
    pub scales_pause: bool,
    /// What a failed probe counts.
    pub missed_nacks: MissedNacks,
}

impl LocalHealth {
    /// As published.
    pub const PAPER: Self = Self {
        max: 8,
        scales_rtt: true,
        scales_pause: true,
        missed_nacks: MissedNacks::InAddition,
    };

    /// As in memberlist.
    pub const MEMBERLIST: Self = Self {
        max: 7,
        scales_rtt: false,
        scales_pause: false,
        missed_nacks: MissedNacks::Instead,
    };
}

/// The parts of the failure detector that can be switched off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
#[non_exhaustive]
pub struct Detector {
    /// Who fails to hear others probes slower. `None`: never slower.
    pub local_health: Option<LocalHealth>,
    /// Suspicions end sooner the more members agree. `None`: they last [`Config::suspicion`](crate::Config).
    /// Without effect on `Wire::Foca2`.
    pub decay: Option<Decay>,
    /// A datagram to somebody who is suspected begins with the suspicion: Lifeguard, section IV-C
    /// (Buddy System).
    pub buddy: bool,
    /// Helpers say that they got no answer, after this share of `probe_rtt` in per cent. 1 to 100; 80 in
    /// the paper, 100 in memberlist. `None`: they say nothing. Without effect on `Wire::Foca2`, which
    /// has no words for it.
    pub nack_percent: Option<u8>,

    /// Who does not answer a probe is asked again and asked after before anybody hears of it. `None`:
    /// suspected at once. Without effect on `Wire::Foca2`.
    pub check: Option<Check>,
    /// Who came back from a verdict as the same life gets twice the time before the next, up to eight
    /// times; one doubling is taken back every 600 probe periods.
    pub patience: bool,
    /// An `Ack` is a sign of life after its probe has ended as well: a suspect that sends one has its
    /// time started anew.
    pub late_answers: bool,
    /// A suspicion learnt from others becomes no verdict before we asked the suspect ourselves, once, and had no
    /// answer in the time that one may take.
    pub own_question: bool,
    /// A suspicion of ours with which nobody agrees is told again each time that the shortest one is over, until it
    /// ends: whoever is hardly heard must not be heard with the verdict alone. Without effect unless suspicions
    /// decay.
    pub repeat_suspicions: bool,
    /// A suspect that sends what asks for no answer is told at once that it is suspected.
    pub tell_suspects: bool,
    /// Others are asked as soon as an answer takes longer than answers usually take, `probe_rtt` at the latest
    /// and a fifth of it at the soonest: RFC 6298, section 2, with one estimate for all members.
    pub measured_rtt: bool,
    /// The clock of a probe starts when its `Ping` leaves, and what never left accuses nobody.
    pub sent_probes_only: bool,
    /// Where that clock starts when the probe is decided, the probe goes no further while a `Ping` or
    /// `PingReq` of it waits to be sent, and gossip no further while a round of it does: so does a task that
    /// hangs in its socket, as in memberlist. It then catches up at once. Without effect while
    /// `sent_probes_only`.
    pub tasks_hang: bool,
    /// Who is held down is talked with like anybody: what it tells of others counts, its questions are
    /// answered, and gossip goes to it as well. So in memberlist, where nobody asks who a datagram is from.
    /// Otherwise it hears that it is held down, and nothing else of it counts before it has overridden that.
    pub talks_to_the_down: bool,
    /// A refutation goes to a few members at once; otherwise it waits for whatever leaves next.
    pub refutes_at_once: bool,
    /// Deadlines served too late are taken as a stall of our own that is not blamed on others.
    pub stalls: bool,
    /// Who hears nobody at all declares nobody down.
    pub deafness: bool,
    /// Who has to refute again and again is put out for a while. `None`, as in every preset: whoever can be
    /// talked to is kept. Choose it only where all who can send to members are trusted, or the envelope
    /// authenticates: whoever can make up a few suspicions can have anybody put out.
    pub damping: Option<Damping>,
}

impl Detector {
    /// Nothing but what SWIM has, as published: Das, Gupta and Motivala (2002). But helpers are drawn among those
    /// that nobody suspects, as in memberlist, where the paper draws among all.
    #[must_use]
    pub const fn swim() -> Self {
        Self {
            local_health: None,
            decay: None,
            buddy: false,
            nack_percent: None,
            check: None,
            patience: false,
            late_answers: false,
            own_question: false,
            repeat_suspicions: false,
            tell_suspects: false,
            measured_rtt: false,
            sent_probes_only: false,
            tasks_hang: false,
            talks_to_the_down: false,
            refutes_at_once: true,
            stalls: false,
            deafness: false,
            damping: None,
        }
    }

    /// SWIM and Lifeguard, as published, with the parameters of the paper.
    #[must_use]
    pub const fn lifeguard() -> Self {
        Self {
            local_health: Some(LocalHealth::PAPER),
            decay: Some(Decay::PAPER),
            buddy: true,
            nack_percent: Some(80),
            ..Self::swim()
        }
    }

    /// SWIM and Lifeguard as memberlist has them.
    #[must_use]
    pub const fn memberlist() -> Self {
        Self {
            local_health: Some(LocalHealth::MEMBERLIST),
            decay: Some(Decay::MEMBERLIST),
            nack_percent: Some(100),
            ..Self::lifeguard()
        }
    }

    /// The first thing found wrong, if anything is.
    pub(crate) fn fault(&self) -> Option<ConfigError> {
        let checks = [
            (
                self.local_health.is_none_or(|health| health.max > 0),
                ConfigError::LocalHealth,
            ),
            (
                self.nack_percent
                    .is_none_or(|percent| (1..=100).contains(&percent)),
                ConfigError::NackPercent,
            ),
            (
                self.check.is_none_or(|check| check.is_valid()),
                ConfigError::Check,
            ),
            (self.decay.is_none_or(Decay::is_valid), ConfigError::Decay),
            (
                self.damping.is_none_or(|damping| damping.is_valid()),
                ConfigError::Damping,
            ),
        ];
        let fault = checks.into_iter().find(|(valid, _)| !valid);
        fault.map(|(_, error)| error)
    }
}

impl Default for Detector {
    fn default() -> Self {
        Self {
            local_health: Some(LocalHealth::PAPER),
            decay: Some(Decay::PAPER),
            buddy: true,
            nack_percent: Some(80),
            check: Some(Check::default()),
            patience: true,
            late_answers: true,
            own_question: true,
            repeat_suspicions: true,
            tell_suspects: true,
            measured_rtt: true,
            sent_probes_only: true,
            tasks_hang: false,
            talks_to_the_down: false,
            refutes_at_once: true,
            stalls: true,
            deafness: true,
            damping: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_sound() {
        for detector in [
            Detector::swim(),
            Detector::lifeguard(),
            Detector::memberlist(),
            Detector::default(),
        ] {
            assert_eq!(detector.fault(), None);
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fault = |change: fn(&mut Detector)| {
            let mut detector = Detector::lifeguard();
            change(&mut detector);
            detector.fault()
        };
        assert_eq!(
            fault(|it| it.local_health = Some(LocalHealth {
                max: 0,
                ..LocalHealth::PAPER
            })),
            Some(ConfigError::LocalHealth)
        );
        assert_eq!(
            fault(|it| it.nack_percent = Some(0)),
            Some(ConfigError::NackPercent)
        );
        assert_eq!(
            fault(|it| it.decay = Some(Decay {
                factor: 0,
                ..Decay::PAPER
            })),
            Some(ConfigError::Decay)
        );
        assert_eq!(
            fault(|it| it.damping = Some(Damping {
                refutations_max: 0,
                ..Damping::default()
            })),
            Some(ConfigError::Damping)
        );
        assert_eq!(
            fault(|it| it.nack_percent = Some(101)),
            Some(ConfigError::NackPercent)
        );
    }
}
