//! The Interval experiment of section V-D: anomalies again and again, and who is accused meanwhile.

use std::time::Duration;

use foca_core::Event;

use super::anomaly::{ANOMALY_MS, Agents, DURATION, NORMAL_MS};
use super::configuration::Configuration;
use crate::paper::Run;

/// One cell of the grid.
#[derive(Clone, Copy, Debug)]
struct Cell {
    concurrent: usize,
    anomaly_ms: u64,
    normal_ms: u64,
    repeat: u64,
}

/// What one run gave.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Accusations {
    /// Slow agents of the run, C.
    pub(super) concurrent: usize,
    /// Reports, at any agent, that an agent without anomaly failed: FP.
    pub(super) anywhere: u64,
    /// Those at an agent without anomaly: FP-.
    pub(super) at_healthy: u64,
}

/// Runs the grid for these C, so often.
pub(super) fn accusations(
    run: &Run<'_>,
    configuration: Configuration,
    concurrent: &[usize],
    repeats: u64,
) -> Vec<Accusations> {
    let mut cells = Vec::new();
    for concurrent in concurrent {
        for anomaly_ms in ANOMALY_MS {
            for normal_ms in NORMAL_MS {
                let cell = |repeat| Cell {
                    concurrent: *concurrent,
                    anomaly_ms,
                    normal_ms,
                    repeat,
                };
                cells.extend((0..repeats).map(cell));
            }
        }
    }
    run.each(configuration.parts.name(), &cells, |cell| {
        accuse(configuration, *cell)
    })
}

fn accuse(configuration: Configuration, cell: Cell) -> Accusations {
    // The same for every configuration: they differ in what they make of it.
    let seed =
        cell.repeat << 48 | cell.normal_ms << 32 | cell.anomaly_ms << 8 | cell.concurrent as u64;
    let mut agents = Agents::new(seed, configuration, cell.concurrent);
    let mut accusations = Accusations {
        concurrent: cell.concurrent,
        ..Accusations::default()
    };
    loop {
        agents.anomaly(Duration::from_millis(cell.anomaly_ms));
        read(&agents, &mut accusations);
        if agents.elapsed() >= DURATION {
            return accusations;
        }
        agents
            .cluster
            .network
            .run_for(Duration::from_millis(cell.normal_ms));
    }
}

fn read(agents: &Agents, accusations: &mut Accusations) {
    for entry in agents.cluster.journal.take() {
        if let Event::MemberDown(member) = entry.event
            && !agents.is_slow(&member)
        {
            accusations.anywhere += 1;
            accusations.at_healthy += u64::from(!agents.is_slow(&entry.observer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::lifeguard::configuration::Parts;

    fn accused(
        parts: Parts,
        concurrent: usize,
        (anomaly_ms, normal_ms): (u64, u64),
    ) -> Accusations {
        let cell = Cell {
            concurrent,
            anomaly_ms,
            normal_ms,
            repeat: 0,
        };
        accuse(Configuration::usual(parts), cell)
    }

    #[test]
    fn an_agent_alone_in_its_anomalies_accuses_one_member_after_each_and_hears_of_no_refutation() {
        // Eight anomalies in 120 s.
        let accusations = accused(Parts::Swim, 1, (16_384, 4));
        assert!((6..8).contains(&accusations.anywhere), "{accusations:?}");
        assert_eq!(accusations.at_healthy, 0);
    }

    #[test]
    fn who_has_no_time_to_read_of_refutations_is_spared_where_probes_outlast_an_anomaly() {
        // 59 anomalies in 120 s: one probe period is over before each ends, three are not.
        let [swim, probe] =
            [Parts::Swim, Parts::LhaProbe].map(|parts| accused(parts, 1, (2_048, 1)));
        assert!((10..59).contains(&swim.anywhere), "{swim:?}");
        assert!(probe.anywhere * 10 < swim.anywhere, "{probe:?}");
    }

    #[test]
    fn slow_agents_pass_on_what_healthy_ones_know_better_and_lifeguard_spares_nearly_all() {
        let [swim, suspicion, lifeguard] = [Parts::Swim, Parts::LhaSuspicion, Parts::Lifeguard]
            .map(|parts| accused(parts, 16, (16_384, 64)));
        assert!(swim.anywhere > 16 * 7, "{swim:?}");
        assert_eq!(swim.at_healthy, 0);
        assert!(suspicion.anywhere * 20 < swim.anywhere, "{suspicion:?}");
        assert!(lifeguard.anywhere * 20 < swim.anywhere, "{lifeguard:?}");
    }
}
