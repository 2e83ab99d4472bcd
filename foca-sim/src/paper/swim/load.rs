//! What a quiet member sends.

use std::cell::RefCell;
use std::rc::Rc;

use super::setup::{PERIOD, config, link};
use crate::paper::cluster::{Cluster, Id, number};
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "swim-load",
    summary: "SWIM figure 2: datagrams sent per member and period in a quiet group",
    table,
};

/// Group size and mean number of datagrams sent, read off the vectors of figure 2.
const FIGURE_2: [(usize, f64); 8] = [
    (5, 2.080),
    (13, 2.112),
    (21, 2.101),
    (28, 2.000),
    (36, 2.021),
    (44, 1.979),
    (51, 2.128),
    (55, 1.981),
];

/// One `Ping` and one `Ack`, section 5.1.
const PUBLISHED_DATAGRAMS: f64 = 2.0;

/// Nothing but these two is sent; what is begun in one period may be answered in the next.
const TOLERANCE: Tolerance = Tolerance::Relative(0.01);

/// The share of periods in which a member of 28 sends fewer than 5, section 5.1: printed with two
/// digits.
const PUBLISHED_SHARE_BELOW_FIVE: f64 = 0.99;

/// Half of the last digit printed, and one in a hundred for forty periods of 28 members.
const SHARE_TOLERANCE: Tolerance = Tolerance::Absolute(0.015);

/// Periods that the paper measured over.
const PERIODS: u32 = 40;

/// The group size of which the text gives the distribution.
const DISTRIBUTION_MEMBERS: usize = 28;

fn table(run: &Run<'_>) -> Table {
    let seeds = run.pick(1, 20, 200);
    let jobs: Vec<(usize, u64)> = FIGURE_2
        .iter()
        .flat_map(|(members, _)| (0..seeds).map(|seed| (*members, seed)))
        .collect();
    let counts = run.each("quiet groups", &jobs, |(members, seed)| {
        sent(*seed, *members)
    });
    let mut rows = Vec::new();
    for (members, drawn) in FIGURE_2 {
        let of_size = jobs
            .iter()
            .zip(&counts)
            .filter(|((size, _), _)| *size == members);
        let sample: Sample = of_size
            .flat_map(|(_, counts)| counts.iter().copied())
            .collect();
        let row = Row::new(
            format!("sent per member and period, N = {members}"),
            PUBLISHED_DATAGRAMS,
            sample.mean(),
        );
        rows.push(
            row.within(TOLERANCE)
                .detail(format!("figure 2 drew {drawn:.3}")),
        );
    }
    let of_size = jobs
        .iter()
        .zip(&counts)
        .filter(|((size, _), _)| *size == DISTRIBUTION_MEMBERS);
    let below: Sample = of_size
        .flat_map(|(_, counts)| counts.iter().map(|count| f64::from(u8::from(*count < 5.0))))
        .collect();
    rows.push(
        Row::new(
            "share of periods with fewer than 5 sent, N = 28",
            PUBLISHED_SHARE_BELOW_FIVE,
            below.mean(),
        )
        .within(SHARE_TOLERANCE)
        .detail(format!("{} member periods", below.len())),
    );
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "SWIM (DSN 2002), figure 2 and section 5.1",
        setup: format!(
            "No loss, no crash, no gossip; T' = 2 s, K = 1, {PERIODS} periods, {seeds} runs a size"
        ),
        rows,
        notes: Vec::new(),
    }
}

/// Datagrams that each member sent in each period.
fn sent(seed: u64, members: usize) -> Vec<f64> {
    let mut cluster = Cluster::new(seed, members, link(), |_| config(members));
    // Everybody has begun to probe.
    cluster.settle(PERIOD * 2, PERIOD);
    let begin = cluster.network.now();
    let counts = Rc::new(RefCell::new(vec![0_u32; members * PERIODS as usize]));
    let shared = Rc::clone(&counts);
    cluster.network.tap(move |now, from: &Id, _, _| {
        let period = now.duration_since(begin).as_micros() / PERIOD.as_micros();
        // The last instant of the run begins another period.
        if let Some(count) = shared
            .borrow_mut()
            .get_mut(period as usize * members + number(from))
        {
            *count += 1;
        }
    });
    cluster.network.run_for(PERIOD * PERIODS);
    let counts = counts.take();
    counts.into_iter().map(f64::from).collect()
}
