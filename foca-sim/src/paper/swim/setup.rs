//! The set-up of section 5 of the paper.

use std::time::Duration;

use foca_core::{Config, Detector, Settings};

use crate::Link;

/// Protocol period T′, section 5.
pub(super) const PERIOD: Duration = Duration::from_secs(2);

/// Members asked to ping indirectly, section 5.
const INDIRECT_PROBES: usize = 1;

/// The paper wants the period to be at least three round trips (section 3.1); an `Ack` gets a
/// quarter of it.
const PROBE_RTT: Duration = Duration::from_millis(500);

/// `3⌈ln(N + 1)⌉`: periods that a suspicion lasts, and times that an update is sent (section 5).
pub(super) fn limit(members: usize) -> u8 {
    let rounds = ((members + 1) as f64).ln().ceil();
    3 * rounds as u8
}

/// SWIM with infection and suspicion among so many members: nothing but probes, and updates that
/// ride on them.
pub(super) fn config(members: usize) -> Config {
    let settings = |settings: &mut Settings| {
        settings.probe_period = PERIOD;
        settings.probe_rtt = PROBE_RTT;
        settings.indirect_probes = INDIRECT_PROBES;
        settings.suspicion = (PERIOD * u32::from(limit(members))).into();
        settings.transmissions = limit(members).into();
        settings.detector = Detector::swim();
        settings.tell_the_down = false;
        settings.reconciliation = None;
        settings.periodic_announce = None;
        settings.periodic_announce_to_down = None;
        settings.periodic_gossip = None;
    };
    Config::simple()
        .with(settings)
        .unwrap_or_else(|error| unreachable!("a valid set-up: {error}"))
}

/// The local network of the paper, 100 Mbit/s Ethernet: a round trip is short beside the period.
pub(super) fn link() -> Link {
    Link {
        latency: Duration::from_micros(100)..=Duration::from_micros(500),
        ..Link::default()
    }
}

/// Protocol periods in this time.
pub(super) fn periods(time: Duration) -> f64 {
    time.as_secs_f64() / PERIOD.as_secs_f64()
}
