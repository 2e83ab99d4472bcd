//! Datagrams and bytes for each member and second, however many members run.

use foca_core::Instant;

use crate::Stats;

#[derive(Clone, Copy, Default)]
pub(super) struct Traffic {
    opened: Reading,
    sampled: Reading,
    latest: Reading,
}

/// Counters at one moment.
#[derive(Clone, Copy, Default)]
struct Reading {
    at: Instant,
    node_seconds: f64,
    datagrams: u64,
    bytes: u64,
}

/// Datagrams and bytes of a member in a second.
pub(super) struct Rates {
    pub(super) messages: f64,
    pub(super) bytes: f64,
}

impl Traffic {
    /// So many members ran up to now since the last call.
    pub(super) fn read(&mut self, now: Instant, running: u64, stats: Stats) {
        let seconds = now.duration_since(self.latest.at).as_secs_f64();
        self.latest = Reading {
            at: now,
            node_seconds: self.latest.node_seconds + seconds * running as f64,
            datagrams: stats.datagrams_sent,
            bytes: stats.bytes_sent,
        };
    }

    pub(super) const fn open(&mut self) {
        (self.opened, self.sampled) = (self.latest, self.latest);
    }

    /// Since the last sample.
    pub(super) fn sample(&mut self) -> Rates {
        let since = std::mem::replace(&mut self.sampled, self.latest);
        self.latest.since(since)
    }

    /// Since the end of the warm-up.
    pub(super) fn total(&self) -> Rates {
        self.latest.since(self.opened)
    }
}

impl Reading {
    fn since(&self, earlier: Self) -> Rates {
        let node_seconds = self.node_seconds - earlier.node_seconds;
        let rate = |count: u64| match node_seconds > 0.0 {
            true => count as f64 / node_seconds,
            false => 0.0,
        };
        Rates {
            messages: rate(self.datagrams - earlier.datagrams),
            bytes: rate(self.bytes - earlier.bytes),
        }
    }
}
