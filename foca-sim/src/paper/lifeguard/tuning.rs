//! What shorter suspicions do to the time until agents that hang are noticed.

use super::configuration::{Configuration, Parts};
use super::threshold::{Latencies, latencies};
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "lifeguard-tuning",
    summary: "Lifeguard table VII: median latencies by α and β, in percent of SWIM's",
    table,
};

/// Table VII: α, β, and the medians of the first report and of full dissemination in percent of those
/// of SWIM with α = 5.
const TABLE_VII: [(u32, u8, [f64; 2]); 9] = [
    (2, 2, [53.14, 55.12]),
    (2, 4, [54.10, 56.28]),
    (2, 6, [54.34, 56.74]),
    (4, 2, [82.96, 84.42]),
    (4, 4, [83.04, 84.03]),
    (4, 6, [83.12, 84.42]),
    (5, 2, [99.76, 99.92]),
    (5, 4, [99.52, 99.61]),
    (5, 6, [100.08, 100.08]),
];

/// Points of a percentage.
const TOLERANCE: Tolerance = Tolerance::Absolute(2.0);

fn table(run: &Run<'_>) -> Table {
    let repeats = run.pick(1, 3, 20);
    let medians = |latencies: &Latencies| [latencies.first.median(), latencies.full.median()];
    let swim = medians(&latencies(run, Configuration::usual(Parts::Swim), repeats));
    let mut rows = Vec::new();
    for (alpha, beta, published) in TABLE_VII {
        let configuration = Configuration {
            parts: Parts::Lifeguard,
            alpha,
            beta,
        };
        let ours = medians(&latencies(run, configuration, repeats));
        for (index, what) in ["first report", "all informed"].into_iter().enumerate() {
            let name = format!("α = {alpha}, β = {beta}: {what}, % of SWIM");
            let percent = 100.0 * ours[index] / swim[index];
            let row = Row::new(name, published[index], percent).digits(2);
            rows.push(
                row.within(TOLERANCE)
                    .detail(format!("{:.2} s", ours[index])),
            );
        }
    }
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "Lifeguard (arXiv 1707.00788v2), table VII, Threshold experiment",
        setup: format!(
            "128 agents, 1 to 32 of them blocked at once for longer than a suspicion lasts, {repeats} runs a cell \
             (published: 10); Lifeguard with α and β beside SWIM with α = 5"
        ),
        rows,
        notes: vec![format!(
            "SWIM: first report {:.2} s, all informed {:.2} s, medians.",
            swim[0], swim[1]
        )],
    }
}
