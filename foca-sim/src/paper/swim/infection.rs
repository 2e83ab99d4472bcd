//! How long an update takes to reach everybody on the back of probes.

use foca_core::{Event, Member, State};

use super::setup::{PERIOD, config, link, periods};
use crate::paper::cluster::{Cluster, id};
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Plot, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "swim-infection",
    summary: "SWIM figure 3b: periods until half of the group knows of a failure",
    table,
};

/// Group size and median infection latency in periods, one update each, read off the vectors of
/// figure 3b.
const FIGURE_3B: [(usize, f64); 8] = [
    (6, 1.028),
    (13, 1.265),
    (20, 3.018),
    (28, 3.029),
    (35, 1.973),
    (43, 2.486),
    (52, 1.508),
    (56, 2.259),
];

/// Of the epidemic model of section 4.1, which is deterministic: where few are infected chance
/// delays an update more than it hastens it.
const MODEL_TOLERANCE: Tolerance = Tolerance::Relative(0.25);

/// Percentiles of our runs between which the single update of a point lies: all eight at once do in 98 of 100
/// figures, however many runs of ours there are.
const LIKELY_PERCENT: (f64, f64) = (0.1, 99.9);

/// Long enough for everybody to hear of it.
const PERIODS_MAX: u32 = 60;

fn table(run: &Run<'_>) -> Table {
    let seeds = run.pick(40, 1_000, 5_000);
    let mut rows = Vec::new();
    let names = [
        "figure 3b, one update each",
        "the model",
        "ours, mean",
        "ours, 5 %",
        "ours, 95 %",
    ];
    let mut lines = names.map(|name| (name.to_owned(), Vec::new())).to_vec();
    for (members, drawn) in FIGURE_3B {
        let what = format!("updates among {members}");
        let medians = run.seeds(&what, seeds, |seed| median_latency_periods(seed, members));
        let medians: Sample = medians.into_iter().collect();
        let figures = [
            drawn,
            model_periods(members),
            medians.mean(),
            medians.percentile(5.0),
            medians.percentile(95.0),
        ];
        for ((_, points), figure) in lines.iter_mut().zip(figures) {
            points.push((members as f64, figure));
        }
        let detail = format!(
            "our middle 90 %: {:.2} to {:.2}",
            medians.percentile(5.0),
            medians.percentile(95.0)
        );
        rows.push(
            Row::new(
                format!("median latency, N = {members}"),
                drawn,
                medians.mean(),
            )
            .within(Tolerance::Spread(
                medians.percentile(LIKELY_PERCENT.0),
                medians.percentile(LIKELY_PERCENT.1),
            ))
            .detail(detail),
        );
        rows.push(
            Row::new(
                format!("the model, N = {members}"),
                model_periods(members),
                medians.mean(),
            )
            .within(MODEL_TOLERANCE)
            .detail("ln(n - 1) / (2 - 1/n)"),
        );
    }
    Table {
        name: EXPERIMENT.name,
        plot: Some(Plot {
            across: "members",
            up: "periods until half of them know, median",
            lines,
        }),
        source: "SWIM (DSN 2002), figure 3b and section 4.1",
        setup: format!("One member of N learns that another crashed; T' = 2 s, K = 1, sent 3⌈ln(N + 1)⌉ times, {seeds} runs a size"),
        rows,
        notes: vec![
            "Each point of the figure is a single update, so it is held against all but the outermost 0.2 % of our runs; \
             the mean of our runs is held against the model."
                .to_owned(),
        ],
    }
}

/// The median over the members of when they learnt it, the first one included.
fn median_latency_periods(seed: u64, members: usize) -> f64 {
    // The crashed one is not of those counted.
    let mut cluster = Cluster::new(seed, members + 1, link(), |_| config(members));
    cluster.settle(PERIOD, PERIOD);
    let (victim, first) = (id(members), id(0));
    cluster.network.remove(&victim);
    let begin = cluster.network.now();
    let news = Member {
        state: State::Down,
        ..Member::alive(victim)
    };
    cluster.network.with(&first, |node, now| {
        node.with(now, |foca, now| foca.merge(now, [news]));
    });
    let journal = cluster.journal.clone();
    let mut latencies = Vec::new();
    let _ = cluster
        .network
        .run_until_condition(begin + PERIOD * PERIODS_MAX, |_| {
            let told = journal.take().into_iter();
            let told = told.filter(|entry| entry.event == Event::MemberDown(victim));
            latencies.extend(told.map(|entry| periods(entry.at.duration_since(begin))));
            latencies.len() >= members
        });
    // Who never heard of it has waited for ever.
    latencies.resize(members, f64::INFINITY);
    latencies.into_iter().collect::<Sample>().median()
}

/// When half of the group is infected, section 4.1.
fn model_periods(members: usize) -> f64 {
    let members = members as f64;
    (members - 1.0).ln() / (2.0 - 1.0 / members)
}
