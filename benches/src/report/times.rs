//! Time of every workload.

use super::goal::{Goal, judge};
use super::table::{Table, factor, thousands, time};
use super::timing::{Spread, in_turns};
use super::{Effort, Rows};
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

/// What was measured in a row, in the order of [`Make::ALL`]; `None` where the work does not suit.
struct Measured {
    work: Work,
    members: usize,
    spreads: Vec<Option<Spread>>,
}

impl Measured {
    fn median(&self, make: Make) -> Option<f64> {
        let column = Make::ALL.iter().position(|other| *other == make)?;
        self.spreads[column].map(|spread| spread.median)
    }
}

pub(super) fn section(effort: Effort, rows: &Rows) -> String {
    let mut heads = vec!["work".to_owned(), "N".to_owned()];
    heads.extend(Make::ALL.iter().map(|make| make.as_str().to_owned()));
    heads.extend(rivals().map(|make| format!("{} / ours", make.as_str())));
    heads.push(format!("{} / ours, foca2 wire", Make::Published.as_str()));
    heads.extend(["goal".to_owned(), String::new()]);
    let mut table = Table::new(heads);
    let mut measured: Vec<Measured> = Vec::new();
    for row in ROWS {
        if row.members > effort.members_max() || !rows.want(row.work) {
            continue;
        }
        eprintln!("times: {}, N={}", row.work.as_str(), row.members);
        let latest = measure(row, effort);
        table.row(cells(row, &latest, &measured));
        measured.push(latest);
    }
    table.finish()
}

fn measure(row: &Row, effort: Effort) -> Measured {
    let suited: Vec<bool> = Make::ALL.iter().map(|make| row.work.suits(*make)).collect();
    let mut workloads: Vec<_> = Make::ALL
        .iter()
        .zip(&suited)
        .filter(|(_, suited)| **suited)
        .map(|(make, _)| row.work.prepare(*make, row.members))
        .collect();
    let mut spreads = in_turns(&mut workloads, effort.patience()).into_iter();
    Measured {
        work: row.work,
        members: row.members,
        spreads: suited
            .into_iter()
            .map(|suited| if suited { spreads.next() } else { None })
            .collect(),
    }
}

/// Whoever is not ours.
fn rivals() -> impl Iterator<Item = Make> {
    Make::ALL
        .iter()
        .copied()
        .filter(|make| !matches!(make, Make::Native | Make::Foca2))
}

fn cells(row: &Row, latest: &Measured, earlier: &[Measured]) -> Vec<String> {
    let ratio = |theirs: Make, ours: Make| Some(latest.median(theirs)? / latest.median(ours)?);
    let ours = latest.median(Make::Native);
    let is_met = |goal| match goal {
        Goal::Faster(times) => Some(ratio(Make::Published, Make::Native)? >= times),
        Goal::Within(seconds) => Some(ours? <= seconds),
        Goal::AtMostOwn { factor, members } => {
            let base = earlier
                .iter()
                .find(|other| other.work == row.work && other.members == members)?;
            Some(ours? <= base.median(Make::Native)? * factor)
        }
    };
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
    let mut cells = vec![row.work.as_str().to_owned(), thousands(row.members as u64)];
    cells.extend(latest.spreads.iter().map(|it| or_dash(it.map(spread_text))));
    let ratios = rivals().map(|make| ratio(make, Make::Native));
    cells.extend(ratios.map(|it| or_dash(it.map(factor))));
    cells.push(or_dash(ratio(Make::Published, Make::Foca2).map(factor)));
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
