//! The Threshold experiment of section V-D: one anomaly, and how long it takes to notice.

use std::collections::BTreeMap;
use std::time::Duration;

use foca_core::Event;

use super::anomaly::{ANOMALY_MS, Agents, CONCURRENT, DURATION};
use super::configuration::{AGENTS, Configuration};
use crate::paper::Run;
use crate::paper::cluster::{Id, number};
use crate::paper::sample::Sample;

/// How often it is asked whether all is well again.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// One cell of the grid.
#[derive(Clone, Copy, Debug)]
struct Cell {
    concurrent: usize,
    anomaly_ms: u64,
    repeat: u64,
}

/// Seconds from the beginning of an anomaly, one figure for each agent that had one, as far as it
/// was noticed.
pub(super) struct Latencies {
    /// To the first report at another agent.
    pub(super) first: Sample,
    /// Until every healthy agent had reported it.
    pub(super) full: Sample,
}

/// Anomalies that are long enough to be noticed: a suspicion lasts longer than the others.
pub(super) fn noticeable(configuration: Configuration) -> impl Iterator<Item = u64> {
    let least = configuration.config().suspicion.at(AGENTS);
    let lasts = move |anomaly_ms: &u64| Duration::from_millis(*anomaly_ms) > least;
    ANOMALY_MS.into_iter().filter(lasts)
}

/// Runs the whole grid but for anomalies too short to be noticed, so often.
pub(super) fn latencies(run: &Run<'_>, configuration: Configuration, repeats: u64) -> Latencies {
    let mut cells = Vec::new();
    for concurrent in CONCURRENT {
        for anomaly_ms in noticeable(configuration) {
            let cell = |repeat| Cell {
                concurrent,
                anomaly_ms,
                repeat,
            };
            cells.extend((0..repeats).map(cell));
        }
    }
    let Configuration { parts, alpha, beta } = configuration;
    let what = format!("{}, α = {alpha}, β = {beta}", parts.name());
    let noticed = run.each(&what, &cells, |cell| notice(configuration, *cell));
    let all = || noticed.iter().flatten();
    Latencies {
        first: all().filter_map(|(first, _)| *first).collect(),
        full: all().filter_map(|(_, full)| *full).collect(),
    }
}

/// One run: first report and full dissemination for each slow agent, in seconds.
fn notice(configuration: Configuration, cell: Cell) -> Vec<(Option<f64>, Option<f64>)> {
    let seed = cell.repeat << 32 | cell.anomaly_ms << 8 | cell.concurrent as u64;
    let mut agents = Agents::new(seed, configuration, cell.concurrent);
    agents.anomaly(Duration::from_millis(cell.anomaly_ms));
    while agents.elapsed() < DURATION && !agents.is_healthy() {
        agents.cluster.network.run_for(LOOK_EVERY);
    }
    let healthy = AGENTS - cell.concurrent;
    // Who reported which slow agent first, and how many healthy ones did.
    let mut reports: BTreeMap<Id, Vec<Option<f64>>> = BTreeMap::new();
    for entry in agents.cluster.journal.take() {
        if let Event::MemberDown(member) = entry.event
            && agents.is_slow(&member)
        {
            let since = entry.at.duration_since(agents.begin).as_secs_f64();
            let of_member = reports.entry(member).or_insert_with(|| vec![None; AGENTS]);
            of_member[number(&entry.observer)].get_or_insert(since);
        }
    }
    let figures = |slow: Id| {
        let Some(reports) = reports.get(&slow) else {
            return (None, None);
        };
        let first: Sample = reports.iter().flatten().copied().collect();
        let of_healthy = reports.iter().enumerate();
        let of_healthy: Sample = of_healthy
            .filter(|(agent, _)| !agents.is_slow(&crate::paper::cluster::id(*agent)))
            .filter_map(|(_, report)| *report)
            .collect();
        let full = (of_healthy.len() == healthy).then(|| of_healthy.most());
        (Some(first.least()), full)
    };
    agents.slow().into_iter().map(figures).collect()
}
