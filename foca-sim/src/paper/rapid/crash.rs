//! Ten of a thousand processes crash at once.

use std::time::Duration;

use super::views::{FAULTY, MEMBERS, Reports, Sizes, Views, cluster, faulty, plot};
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "rapid-crash",
    summary: "Rapid figure 8: ten of 1,000 processes crash at once",
    table,
};

/// How long the others have to find out: as long as the figure shows.
const WITHIN: Duration = Duration::from_secs(90);

struct Outcome {
    views: Views,
    sizes: Sizes,
    healthy_down: u64,
    /// Seconds from the crash to the first and to the last report.
    first_last: (f64, f64),
}

fn table(run: &Run<'_>) -> Table {
    let (members, seeds) = (run.pick(120, 1_000, 1_000) as usize, run.pick(1, 4, 20));
    let runs = run.seeds("mass crashes", seeds, |seed| outcome(seed, members));
    let healthy = (members - FAULTY) as f64;
    let exact = runs.iter().map(|run| run.views.exact).min().unwrap_or(0);
    let distinct = runs.iter().map(|run| run.views.distinct).max().unwrap_or(0);
    let false_removals: u64 = runs.iter().map(|run| run.healthy_down).sum();
    let first: Sample = runs.iter().map(|run| run.first_last.0).collect();
    let last: Sample = runs.iter().map(|run| run.first_last.1).collect();
    Table {
        name: EXPERIMENT.name,
        plot: plot(runs[0].sizes.lines("").to_vec()),
        source: "Rapid (ATC 2018), figure 8",
        setup: format!(
            "Ten of N = {members} crash at once (published: N = {MEMBERS}); Config::lan(), one-way 0.5 to 2 ms, {seeds} \
             runs"
        ),
        rows: vec![
            Row::new("healthy members that removed exactly the ten, worst run", healthy, exact as f64)
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("different views among the healthy, worst run", 1.0, distinct as f64)
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("healthy members removed, all runs", 0.0, false_removals as f64)
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("seconds to the first report of one, median", None, first.median()).digits(1),
            Row::new("seconds until all know of all ten, median", None, last.median()).digits(1),
        ],
        notes: vec![
            "The figure shows Rapid and memberlist at 990 about 95 s and 75 s after its origin; when the crash \
             was is not stated, so times are not judged."
                .to_owned(),
        ],
    }
}

fn outcome(seed: u64, members: usize) -> Outcome {
    let mut cluster = cluster(seed, members);
    for faulty in faulty() {
        cluster.network.remove(&faulty);
    }
    let crash = Duration::from_micros(cluster.network.now().as_micros());
    let mut sizes = Sizes::default();
    sizes.watch(&mut cluster, members, WITHIN);
    let mut reports = Reports::default();
    reports.read(&cluster);
    let since: Sample = reports
        .faulty_down
        .iter()
        .map(|at| (*at - crash).as_secs_f64())
        .collect();
    Outcome {
        views: Views::of(&cluster, members),
        sizes,
        healthy_down: reports.healthy_down,
        first_last: (since.least(), since.most()),
    }
}
