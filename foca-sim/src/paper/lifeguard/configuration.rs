//! Table I of the paper: SWIM as memberlist has it, and the parts of Lifeguard.

use std::num::NonZeroUsize;
use std::time::Duration;

use foca_core::{Config, Decay, Detector, LocalHealth, Periodic, Scaled, Settings};

/// Agents, section V-D.
pub(super) const AGENTS: usize = 128;

/// Which parts of Lifeguard are on.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Parts {
    Swim,
    LhaProbe,
    LhaSuspicion,
    Buddy,
    Lifeguard,
}

impl Parts {
    pub(super) const ALL: [Self; 5] = [
        Self::Swim,
        Self::LhaProbe,
        Self::LhaSuspicion,
        Self::Buddy,
        Self::Lifeguard,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Swim => "SWIM",
            Self::LhaProbe => "LHA-Probe",
            Self::LhaSuspicion => "LHA-Suspicion",
            Self::Buddy => "Buddy System",
            Self::Lifeguard => "Lifeguard",
        }
    }
}

/// What an agent runs: the parts, α and β.
#[derive(Clone, Copy, Debug)]
pub(super) struct Configuration {
    pub(super) parts: Parts,
    /// Suspicions last α·log10(n) seconds, without LHA-Suspicion or when confirmed often enough.
    pub(super) alpha: u32,
    /// Times that, when nobody confirms them.
    pub(super) beta: u8,
}

impl Configuration {
    /// The parameters of tables IV to VI.
    pub(super) const fn usual(parts: Parts) -> Self {
        Self {
            parts,
            alpha: 5,
            beta: 6,
        }
    }

    /// As in memberlist, nobody asks whether the sender of a datagram is held down, and agents that are hear
    /// of it by gossip alone: an agent that is let go is held down by all, and what it says counts at once.
    fn detector(self) -> Detector {
        let mut detector = Detector::swim();
        detector.tasks_hang = TASKS_HANG;
        detector.talks_to_the_down = true;
        detector.refutes_at_once = false;
        let has = |part| self.parts == part || self.parts == Parts::Lifeguard;
        if has(Parts::LhaProbe) {
            detector.local_health = Some(LocalHealth::PAPER);
            detector.nack_percent = Some(NACK_PERCENT);
        }
        if has(Parts::LhaSuspicion) {
            detector.decay = Some(Decay {
                factor: self.beta,
                confirmations: CONFIRMATIONS,
            });
        }
        detector.buddy = has(Parts::Buddy);
        detector
    }

    /// The whole of it: the defaults of memberlist that the experiments ran with (`DefaultLANConfig`).
    pub(super) fn config(self) -> Config {
        let suspicion = Duration::from_secs(self.alpha.into());
        let settings = |settings: &mut Settings| {
            settings.datagram_bytes_max = DATAGRAM_BYTES_MAX;
            settings.probe_period = Duration::from_secs(1);
            settings.probe_rtt = Duration::from_millis(500);
            settings.indirect_probes = 3;
            settings.suspicion = Scaled {
                least: suspicion,
                per_decade: suspicion,
            };
            settings.transmissions = TRANSMISSIONS.into();
            settings.periodic_gossip = Some(Periodic {
                every: Duration::from_millis(200),
                members: 3,
            });
            settings.gossip_base_members = NonZeroUsize::MAX.get();
            settings.gossip_burst_bytes_per_second = None;
            // The agent exchanges all it knows over connections.
            settings.reconciliation = None;
            settings.periodic_announce = None;
            settings.periodic_announce_to_down = None;
            settings.tell_the_down = false;
            settings.detector = self.detector();
        };
        Config::lan()
            .with(settings)
            .unwrap_or_else(|error| unreachable!("a valid set-up: {error}"))
    }
}

/// Room for as many statements as memberlist has in its 1,400 bytes: there one takes 45 (a suspicion, a verdict)
/// to some 200 bytes (somebody alive, with the tags of a Consul agent), so 14 of equal shares; here 8, behind at most
/// 38 for everything else. The mean datagram has 4 of them then; the 368 bytes of table VI hold 3 to 4.
const DATAGRAM_BYTES_MAX: usize = 38 + 14 * 8;

/// Independent confirmations that bring a suspicion down to its least time: K in section IV-B.
const CONFIRMATIONS: u8 = 3;

/// Share of the probe's time-out after which a helper says that it got no answer, footnote 5.
const NACK_PERCENT: u8 = 80;

/// `4·⌈log10(n + 1)⌉` among 128, the retransmit limit of memberlist.
const TRANSMISSIONS: u8 = 12;

/// Left open by the paper: what an agent does that is blocked. Its probe hangs where it sends: it accuses
/// nobody until it is let go, and then the member that it was about to probe, without waiting for an answer
/// because the time for that is over. So does memberlist, whose probes are one task and whose gossip is another.
/// If probes did not hang a blocked agent would accuse somebody every second, and slow agents would notice
/// each other.
const TASKS_HANG: bool = true;
