//! Ten of a thousand processes receive nothing for 20 seconds out of every 40.

use std::time::Duration;

use super::views::{FAULTY, MEMBERS, Reports, Sizes, Views, cluster, is_faulty, plot};
use crate::paper::cluster::Id;
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "rapid-one-way-cut",
    summary: "Rapid figure 9: ten of 1,000 processes receive nothing for 20 s, again and again",
    table,
};

/// How long they receive nothing, and then everything.
const PHASE: Duration = Duration::from_secs(20);

/// What the healthy members list when phases end.
struct Outcome {
    cut: Vec<Views>,
    clear: Vec<Views>,
    sizes: Sizes,
    healthy_down: u64,
}

fn table(run: &Run<'_>) -> Table {
    let members = run.pick(120, 1_000, 1_000) as usize;
    let (seeds, cycles) = (run.pick(1, 2, 5), run.pick(3, 4, 21));
    let runs = run.seeds("flapping cuts", seeds, |seed| {
        outcome(seed, members, cycles)
    });
    let cuts: Vec<&Views> = runs.iter().flat_map(|run| &run.cut).collect();
    let clears: Vec<&Views> = runs.iter().flat_map(|run| &run.clear).collect();
    let exact = cuts.iter().filter(|views| views.are_exact(members)).count();
    let whole = |views: &&&Views| views.distinct == 1 && views.sizes == (members, members);
    let back = clears.iter().filter(whole).count();
    let distinct =
        |all: &[&Views]| all.iter().map(|views| views.distinct).max().unwrap_or(0) as f64;
    let missing: usize = cuts
        .iter()
        .chain(&clears)
        .map(|views| views.healthy_missing)
        .sum();
    let false_removals: u64 = runs.iter().map(|run| run.healthy_down).sum();
    Table {
        name: EXPERIMENT.name,
        plot: plot(runs[0].sizes.lines("").to_vec()),
        source: "Rapid (ATC 2018), figure 9",
        setup: format!(
            "Ten of N = {members} receive nothing for 20 s and everything for 20 s, {cycles} times (published: N = \
             {MEMBERS}, to 950 s); Config::lan(), one-way 0.5 to 2 ms, {seeds} runs"
        ),
        rows: vec![
            Row::new("cuts at whose end all healthy members removed exactly the ten", cuts.len() as f64, exact as f64)
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("different views among the healthy at the end of a cut, most", 1.0, distinct(&cuts))
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("healthy members missing in a view when a phase ends", 0.0, missing as f64)
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("healthy members removed, all runs", 0.0, false_removals as f64)
                .within(Tolerance::Absolute(0.0))
                .digits(0),
            Row::new("clear phases at whose end everybody lists everybody", None, back as f64)
                .digits(0)
                .detail(format!("of {}", clears.len())),
            Row::new("different views among the healthy at the end of a clear phase, most", None, distinct(&clears))
                .digits(0),
        ],
        notes: vec![
            "Rapid removes a process for good; here a member that is back comes back, so views are judged when \
             a cut ends and shown when a clear phase ends. Memberlist removed fewer than the ten and \
             swung between 991 and 1,000."
                .to_owned(),
        ],
    }
}

fn outcome(seed: u64, members: usize, cycles: u64) -> Outcome {
    let mut cluster = cluster(seed, members);
    let (mut cut, mut clear) = (Vec::new(), Vec::new());
    let (mut reports, mut sizes) = (Reports::default(), Sizes::default());
    for _ in 0..cycles {
        cluster.network.partition(|_, to: &Id| is_faulty(to));
        sizes.watch(&mut cluster, members, PHASE);
        cut.push(Views::of(&cluster, members));
        cluster.network.heal();
        sizes.watch(&mut cluster, members, PHASE);
        clear.push(Views::of(&cluster, members));
        reports.read(&cluster);
    }
    debug_assert!(cut.iter().all(|views| views.exact <= members - FAULTY));
    Outcome {
        cut,
        clear,
        sizes,
        healthy_down: reports.healthy_down,
    }
}
