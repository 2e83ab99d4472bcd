//! The anomaly of section V-D: some agents, all at once, send and receive nothing for a while, but
//! their clocks and timers go on; what was held back is let through at the end.

use std::time::Duration;

use foca_core::{Instant, State};

use super::agent::Agent;
use super::configuration::{AGENTS, Configuration};
use crate::Link;
use crate::paper::cluster::{Cluster, Id, id, number};

/// Time to settle before the first anomaly.
const QUIET: Duration = Duration::from_secs(15);

/// Left open by the paper: how long an agent takes for a datagram. It answers one before it reads the
/// next; what it has concluded meanwhile is in the answers that follow. It decides how much of what waited
/// gets read before the next anomaly, and how many rumours about healthy agents go from one slow agent to the
/// next. Of 40, 50, 60, 70 and 80 µs this has SWIM's false positives with each C closest to the published ones (least
/// sum of squared logarithms of their ratios, two runs a cell).
const PER_DATAGRAM: Duration = Duration::from_micros(70);

/// How long anomalies go on, from the first one.
pub(super) const DURATION: Duration = Duration::from_secs(120);

/// Agents of table II with an anomaly, C.
pub(super) const CONCURRENT: [usize; 9] = [1, 4, 8, 12, 16, 20, 24, 28, 32];

/// How long an anomaly of table II lasts, D, in milliseconds.
pub(super) const ANOMALY_MS: [u64; 6] = [128, 512, 2_048, 8_192, 16_384, 32_768];

/// How long all is normal between two anomalies of table III, I, in milliseconds.
pub(super) const NORMAL_MS: [u64; 8] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/// One run: 128 agents on one machine, some of which are chosen to have anomalies.
pub(super) struct Agents {
    pub(super) cluster: Cluster<Agent>,
    slow: Vec<bool>,
    pub(super) begin: Instant,
}

impl Agents {
    /// Agents that have settled, of whom `concurrent` are going to be slow.
    pub(super) fn new(seed: u64, configuration: Configuration, concurrent: usize) -> Self {
        let config = configuration.config();
        let mut cluster = Cluster::of(seed, AGENTS, loopback(), |_| config.clone(), Agent::new);
        let mut slow = vec![false; AGENTS];
        let mut drawn = 0;
        while drawn < concurrent.min(AGENTS) {
            let agent = cluster.random.below(AGENTS as u64) as usize;
            drawn += usize::from(!slow[agent]);
            slow[agent] = true;
        }
        for agent in (0..AGENTS).filter(|agent| slow[*agent]) {
            cluster.network.slow(&id(agent), PER_DATAGRAM);
        }
        cluster.settle(QUIET, Duration::from_micros(1));
        let begin = cluster.network.now();
        Self {
            cluster,
            slow,
            begin,
        }
    }

    pub(super) fn is_slow(&self, agent: &Id) -> bool {
        self.slow[number(agent)]
    }

    /// The slow ones.
    pub(super) fn slow(&self) -> Vec<Id> {
        (0..AGENTS)
            .filter(|agent| self.slow[*agent])
            .map(id)
            .collect()
    }

    /// All slow agents are blocked for so long.
    pub(super) fn anomaly(&mut self, duration: Duration) {
        for agent in self.slow() {
            self.cluster.network.block(&agent);
        }
        self.cluster.network.run_for(duration);
        for agent in self.slow() {
            self.cluster.network.unblock(&agent);
        }
    }

    /// How long since the first anomaly began.
    pub(super) fn elapsed(&self) -> Duration {
        self.cluster.network.now().duration_since(self.begin)
    }

    /// Whether every agent holds every other one as alive.
    pub(super) fn is_healthy(&self) -> bool {
        self.cluster.network.machines().all(|(_, node)| {
            let members = node.foca().members();
            members.len() == AGENTS - 1 && { members }.all(|member| member.state == State::Alive)
        })
    }
}

/// Left open by the paper: how long a datagram takes between two processes of one machine that runs
/// 128 of them.
fn loopback() -> Link {
    Link {
        latency: Duration::from_micros(100)..=Duration::from_micros(500),
        ..Link::default()
    }
}
