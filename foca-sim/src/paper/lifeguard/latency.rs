//! How long it takes to notice agents that hang.

use super::configuration::{Configuration, Parts};
use super::threshold::latencies;
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "lifeguard-latency",
    summary: "Lifeguard table V: seconds until hanging agents are noticed",
    table,
};

/// Table V: median, 99th and 99.9th percentile of the first report and of full dissemination.
const TABLE_V: [(Parts, [f64; 3], [f64; 3]); 3] = [
    (Parts::Swim, [12.44, 16.96, 19.40], [12.90, 16.93, 20.17]),
    (
        Parts::LhaProbe,
        [12.42, 17.75, 20.10],
        [12.90, 17.98, 20.56],
    ),
    (Parts::Buddy, [12.45, 17.12, 19.16], [12.92, 17.18, 19.81]),
];

const PERCENTS: [f64; 3] = [50.0, 99.0, 99.9];

/// Of the first report with plain SWIM, whose set-up leaves nothing open but latencies.
const SWIM_TOLERANCE: Tolerance = Tolerance::Relative(0.03);

fn table(run: &Run<'_>) -> Table {
    let repeats = run.pick(1, 10, 50);
    let mut rows = Vec::new();
    for (parts, first, full) in TABLE_V {
        // A test has no time for all of them.
        if repeats == 1 && parts != Parts::Swim {
            continue;
        }
        let ours = latencies(run, Configuration::usual(parts), repeats);
        for (percent, published) in PERCENTS.into_iter().zip(first) {
            let name = format!("{}: first report, {percent} %, s", parts.name());
            let row = Row::new(name, published, ours.first.percentile(percent)).digits(2);
            let row = row.detail(format!("{} noticed", ours.first.len()));
            rows.push(match parts {
                Parts::Swim => row.within(SWIM_TOLERANCE),
                Parts::LhaProbe | Parts::Buddy => row,
            });
        }
        for (percent, published) in PERCENTS.into_iter().zip(full) {
            let name = format!("{}: all informed, {percent} %, s", parts.name());
            let row = Row::new(name, published, ours.full.percentile(percent)).digits(2);
            rows.push(row.detail(format!("{} spread", ours.full.len())));
        }
    }
    Table {
        name: EXPERIMENT.name,
        source: "Lifeguard (arXiv 1707.00788v2), table V, Threshold experiment",
        setup: format!(
            "128 agents, 1 to 32 of them blocked at once for 16.384 or 32.768 s (shorter anomalies end before any \
             suspicion), {repeats} runs a cell (published: 10); α = 5"
        ),
        rows,
        notes: vec![
            "Pooled over all agents that had an anomaly, as far as it was noticed before it was over. The \
             published columns are not over the same samples: for SWIM the 99th percentile of full \
             dissemination is below that of the first report."
                .to_owned(),
        ],
    }
}
