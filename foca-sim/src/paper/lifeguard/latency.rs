//! How long it takes to notice agents that hang.

use super::anomaly::CONCURRENT;
use super::closed_form::Form;
use super::configuration::{AGENTS, Configuration, Parts};
use super::threshold::{latencies, noticeable};
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "lifeguard-latency",
    summary: "Lifeguard table V: seconds until hanging agents are noticed",
    table,
};

/// Table V: median, 99th and 99.9th percentile of the first report and of full dissemination.
const TABLE_V: [(Parts, [f64; 3], [f64; 3]); 5] = [
    (Parts::Swim, [12.44, 16.96, 19.40], [12.90, 16.93, 20.17]),
    (
        Parts::LhaProbe,
        [12.42, 17.75, 20.10],
        [12.90, 17.98, 20.56],
    ),
    (
        Parts::LhaSuspicion,
        [12.42, 17.47, 25.41],
        [12.89, 17.33, 23.80],
    ),
    (Parts::Buddy, [12.45, 17.12, 19.16], [12.92, 17.18, 19.81]),
    (
        Parts::Lifeguard,
        [12.45, 17.90, 21.20],
        [12.91, 18.05, 21.68],
    ),
];

const PERCENTS: [f64; 3] = [50.0, 99.0, 99.9];

/// Of the SWIM row, whose set-up leaves nothing open but latencies.
const SWIM_TOLERANCE_PART: f64 = 0.03;

/// Standard errors of the published percentiles, in seconds. They are estimates themselves, from at most
/// 2,900 agents: the 99.9th percentile is the third longest time. From 300 draws of so many from the closed
/// form.
const PUBLISHED_STANDARD_ERRORS: [f64; 3] = [0.02, 0.14, 0.64];

/// Of those, how many ours may be off beyond the part.
const STANDARD_ERRORS: f64 = 2.0;

/// Of the closed form, which is exact but for latencies and for the moment in which an agent that is let go
/// refutes.
const CLOSED_FORM_TOLERANCE: Tolerance = Tolerance::Relative(0.02);

/// Runs a cell of the SWIM row: its 99.9th percentile is then known within 2 %.
const SWIM_REPEATS: u64 = 50;

fn table(run: &Run<'_>) -> Table {
    let repeats = run.pick(1, 10, 50);
    let mut rows = Vec::new();
    for (parts, first, full) in TABLE_V {
        // A test has no time for all of them.
        if repeats == 1 && parts != Parts::Swim {
            continue;
        }
        let is_judged = parts == Parts::Swim && repeats > 1;
        let repeats = if is_judged { SWIM_REPEATS } else { repeats };
        let ours = latencies(run, Configuration::usual(parts), repeats);
        rows.extend(judge(parts, "first report", first, &ours.first));
        rows.extend(judge(parts, "all informed", full, &ours.full));
        if parts == Parts::Swim {
            rows.extend(closed_form(&ours.first));
        }
    }
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "Lifeguard (arXiv 1707.00788v2), table V, Threshold experiment",
        setup: format!(
            "128 agents, 1 to 32 of them blocked at once for 16.384 or 32.768 s (shorter anomalies end before any \
             suspicion), {repeats} runs a cell (published: 10; SWIM: {SWIM_REPEATS} here); α = 5, β = 6"
        ),
        rows,
        notes: vec![
            "Pooled over all agents that had an anomaly, as far as it was noticed before it was over. The \
             published columns are not over the same samples: for SWIM the 99th percentile of full \
             dissemination is below that of the first report."
                .to_owned(),
            "The SWIM row may be off by 3 % and by two standard errors of the published percentile, which is an \
             estimate from at most 2,900 agents. The closed form: each healthy agent comes to probe the one that \
             hangs at a time uniform within a round, and reports it 1 s + 5·log10(128) s later if the anomaly still lasts."
                .to_owned(),
        ],
    }
}

fn judge(parts: Parts, what: &str, published: [f64; 3], ours: &Sample) -> Vec<Row> {
    let figures = PERCENTS.into_iter().zip(published);
    let rows = figures.zip(PUBLISHED_STANDARD_ERRORS);
    rows.map(|((percent, published), error)| {
        let name = format!("{}: {what}, {percent} %, s", parts.name());
        let row = Row::new(name, published, ours.percentile(percent)).digits(2);
        let row = row.detail(format!("{} agents", ours.len()));
        let margin = SWIM_TOLERANCE_PART * published + STANDARD_ERRORS * error;
        match parts {
            Parts::Swim => row.within(Tolerance::Absolute(margin)),
            Parts::LhaProbe | Parts::LhaSuspicion | Parts::Buddy | Parts::Lifeguard => row,
        }
    })
    .collect()
}

fn closed_form(ours: &Sample) -> Vec<Row> {
    let configuration = Configuration::usual(Parts::Swim);
    let anomalies: Vec<f64> = noticeable(configuration)
        .map(|milliseconds| milliseconds as f64 / 1_000.0)
        .collect();
    let config = configuration.config();
    let form = Form {
        agents: AGENTS,
        concurrent: &CONCURRENT,
        anomalies: &anomalies,
        verdict: (config.probe_period + config.suspicion.at(AGENTS)).as_secs_f64(),
    };
    let row = |percent: f64| {
        let name = format!("SWIM: first report, {percent} %, closed form, s");
        let row = Row::new(name, form.percentile(percent), ours.percentile(percent));
        row.digits(2).within(CLOSED_FORM_TOLERANCE)
    };
    PERCENTS.into_iter().map(row).collect()
}
