//! How long it takes until somebody notices a crash.

use std::f64::consts::E;

use foca_core::Event;

use super::setup::{PERIOD, config, link, periods};
use crate::paper::cluster::{Cluster, id};
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Plot, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "swim-detection",
    summary: "SWIM section 3.1 and figure 3a: periods from a crash to its first detection",
    table,
};

/// Expected periods to the first detection, section 3.1 with all members working.
const PUBLISHED_PERIODS: f64 = E / (E - 1.0);

/// Of the expectation: three times the standard error of the least number of runs that is judged.
const TOLERANCE: Tolerance = Tolerance::Relative(0.03);

/// Group size and periods to the first detection, one run each, read off the vectors of figure 3a.
const FIGURE_3A: [(usize, f64); 29] = [
    (8, 2.076),
    (9, 2.053),
    (10, 1.040),
    (11, 0.531),
    (12, 0.815),
    (13, 3.581),
    (15, 3.522),
    (16, 3.425),
    (17, 2.518),
    (18, 1.160),
    (19, 2.329),
    (20, 2.962),
    (21, 1.484),
    (22, 1.381),
    (23, 1.268),
    (24, 1.564),
    (26, 0.796),
    (27, 4.438),
    (28, 0.499),
    (29, 1.653),
    (30, 1.636),
    (31, 1.278),
    (32, 0.682),
    (33, 1.975),
    (34, 1.613),
    (35, 1.516),
    (37, 0.573),
    (38, 0.470),
    (40, 2.116),
];

/// Standard errors of the mean of those 29 runs within which ours must be.
const FIGURE_3A_STANDARD_ERRORS: f64 = 2.0;

/// The largest group of the paper.
const MEMBERS: usize = 56;

fn table(run: &Run<'_>) -> Table {
    let waits = run.seeds("crashes among 56", run.pick(400, 6_000, 40_000), |seed| {
        verdict_periods(seed, MEMBERS)
    });
    // A member that did not answer is suspected when the period of its `Ping` ends, so it was asked
    // a period earlier. The analysis of the paper counts the periods up to the one with that `Ping`.
    let whole = waits.iter().map(|verdict| (verdict - 1.0).ceil().max(1.0));
    let whole: Sample = whole.collect();
    let repeats = run.pick(4, 40, 400);
    let jobs: Vec<(usize, u64)> = FIGURE_3A
        .iter()
        .flat_map(|(members, _)| (0..repeats).map(|repeat| (*members, repeat)))
        .collect();
    let figure = run.each("the sizes of figure 3a", &jobs, |(members, repeat)| {
        verdict_periods(*repeat, *members)
    });
    let figure: Sample = figure.into_iter().collect();
    let drawn: Sample = FIGURE_3A.iter().map(|(_, drawn)| *drawn).collect();
    let margin = FIGURE_3A_STANDARD_ERRORS * drawn.standard_error();
    let synchronous = synchronous_periods(MEMBERS);
    Table {
        name: EXPERIMENT.name,
        plot: Some(Plot {
            across: "periods from the crash to the first verdict",
            up: "percent of the runs",
            lines: vec![
                ("figure 3a, one run each of 29 sizes".to_owned(), drawn.distribution()),
                ("ours, the same sizes".to_owned(), figure.distribution()),
            ],
        }),
        source: "SWIM (DSN 2002), section 3.1 and figure 3a",
        setup: "One of N members crashes at a random moment; T' = 2 s, K = 1, phases of the members \
                drawn at random"
            .to_owned(),
        rows: vec![
            Row::new("periods to the first Ping that fails, e/(e-1)", PUBLISHED_PERIODS, whole.mean())
                .within(TOLERANCE)
                .detail(format!("N = {MEMBERS}, mean of {} runs", whole.len())),
            Row::new("the same, members in step, exact for N = 56", PUBLISHED_PERIODS, synchronous)
                .within(TOLERANCE)
                .detail("1 / (1 - (1 - 1/m)^m), m = N - 1"),
            Row::new("crash to the first verdict, figure 3a, mean", drawn.mean(), figure.mean())
                .within(Tolerance::Absolute(margin))
                .detail(format!("its 29 sizes, {} runs", figure.len())),
            Row::new("crash to the first verdict, figure 3a, median", drawn.median(), figure.median())
                .detail("single runs in the paper"),
        ],
        notes: vec![
            "The verdict is the first suspicion anywhere, at the end of the period of the Ping: without \
             synchronised phases a mean of one period until the Ping, and one until the verdict. The \
             margin of figure 3a is two standard errors of its 29 points, one run each."
                .to_owned(),
        ],
    }
}

/// Periods from the crash of a member to the first suspicion of it.
fn verdict_periods(seed: u64, members: usize) -> f64 {
    let mut cluster = Cluster::new(seed, members, link(), |_| config(members));
    cluster.settle(PERIOD * 2, PERIOD * 2);
    let victim = id(0);
    cluster.network.remove(&victim);
    let crash = cluster.network.now();
    // Nobody waits longer than two rounds of probes and the period of the last one.
    let deadline = crash + PERIOD * 2 * members as u32;
    let suspicion = cluster.first(deadline, |event| *event == Event::MemberSuspect(victim));
    suspicion.map_or(f64::NAN, |entry| periods(entry.at.duration_since(crash)))
}

/// The same expectation where everybody draws a target at the same moment.
fn synchronous_periods(members: usize) -> f64 {
    let others = (members - 1) as f64;
    1.0 / (1.0 - (1.0 - 1.0 / others).powf(others))
}
