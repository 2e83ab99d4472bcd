//! Time of every workload.

use super::Effort;
use super::goal::{Goal, judge};
use super::table::{Table, factor, thousands, time};
use super::timing::{Spread, in_turns};
use crate::node::Make;
use crate::work::Work;

struct Row {
    work: Work,
    members: usize,
    goals: &'static [Goal],
}

const fn row(work: Work, members: usize, goals: &'static [Goal]) -> Row {
    Row {
        work,
        members,
        goals,
    }
}

const ROWS: &[Row] = &[
    row(Work::Ping, 10, &[Goal::Faster(1.0)]),
    row(Work::Ping, 1_000, &[]),
    row(Work::Ping, 10_000, &[]),
    row(
        Work::Ping,
        100_000,
        &[
            Goal::Faster(200.0),
            Goal::AtMostOwn {
                factor: 2.0,
                members: 1_000,
            },
        ],
    ),
    row(Work::KnownUpdates, 10, &[Goal::Faster(1.0)]),
    row(Work::KnownUpdates, 1_000, &[]),
    row(Work::KnownUpdates, 100_000, &[Goal::Faster(300.0)]),
    row(Work::AppliedUpdates, 1_000, &[]),
    row(Work::AppliedUpdates, 100_000, &[Goal::Faster(500.0)]),
    row(Work::GossipRound, 10, &[]),
    row(Work::GossipRound, 1_000, &[]),
    row(Work::GossipRound, 10_000, &[Goal::Faster(100.0)]),
    row(Work::Announce, 10, &[]),
    row(Work::Announce, 1_000, &[]),
    row(Work::Announce, 100_000, &[Goal::Faster(20.0)]),
    row(Work::Restore, 1_000, &[]),
    row(Work::Restore, 100_000, &[Goal::Within(0.05)]),
    row(Work::Merge, 1_000, &[]),
    row(Work::Merge, 100_000, &[Goal::Within(0.05)]),
];

/// What was measured in a row, in the order of [`Make::ALL`].
struct Measured {
    work: Work,
    members: usize,
    spreads: Vec<Spread>,
}

pub(super) fn section(effort: Effort) -> String {
    let mut heads = vec!["work".to_owned(), "N".to_owned()];
    heads.extend(Make::ALL.map(|make| make.as_str().to_owned()));
    heads.push(format!("{} / ours", Make::Published.as_str()));
    heads.push(format!("{} / ours, foca2 wire", Make::Published.as_str()));
    heads.extend(["goal".to_owned(), "".to_owned()]);
    let mut table = Table::new(heads);
    let mut measured: Vec<Measured> = Vec::new();
    for row in ROWS {
        if row.members > effort.members_max() {
            continue;
        }
        eprintln!("times: {}, N={}", row.work.as_str(), row.members);
        let mut workloads: Vec<_> = Make::ALL
            .into_iter()
            .map(|make| row.work.prepare(make, row.members))
            .collect();
        let spreads = in_turns(&mut workloads, effort.patience());
        measured.push(Measured {
            work: row.work,
            members: row.members,
            spreads,
        });
        table.row(cells(row, &measured));
    }
    table.finish()
}

/// The cells of the row that was measured last.
fn cells(row: &Row, measured: &[Measured]) -> Vec<String> {
    let spreads = measured.last().map_or(&[][..], |last| &last.spreads);
    let medians: Vec<f64> = spreads.iter().map(|spread| spread.median).collect();
    let [ours, ours_foca2, published] = medians[..] else {
        unreachable!("every make was measured");
    };
    let is_met = |goal| match goal {
        Goal::Faster(times) => Some(published / ours >= times),
        Goal::Within(seconds) => Some(ours <= seconds),
        Goal::AtMostOwn { factor, members } => {
            let base = measured
                .iter()
                .find(|other| other.work == row.work && other.members == members)?;
            Some(ours <= base.spreads[0].median * factor)
        }
    };
    let mut cells = vec![row.work.as_str().to_owned(), thousands(row.members as u64)];
    cells.extend(spreads.iter().map(|it| spread_text(*it)));
    cells.push(factor(published / ours));
    cells.push(factor(published / ours_foca2));
    cells.extend(judge(row.goals, is_met));
    cells
}

fn spread_text(spread: Spread) -> String {
    let percent = |value: f64| (value / spread.median - 1.0) * 100.0;
    format!(
        "{} ({:+.0} … {:+.0} %)",
        time(spread.median),
        percent(spread.low),
        percent(spread.high)
    )
}
