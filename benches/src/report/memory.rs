//! Heap of a member, and allocations of every workload.

use super::goal::verdict;
use super::table::{Table, digits, thousands};
use super::{Effort, Rows};
use crate::heap;
use crate::node::{self, Make, OneByOne};
use crate::work::{self, Work};

/// Fewer members than this are not worth a figure for each.
const MEMBERS_MIN: usize = 10;

pub(super) fn heap_section(effort: Effort) -> String {
    let members = effort.members_max();
    let mut heads = vec!["bytes of heap a member".to_owned()];
    heads.extend(Make::FOCA.map(|make| make.as_str().to_owned()));
    heads.extend(["goal".to_owned(), "".to_owned()]);
    let mut table = Table::new(heads);
    let of_all = |what: fn(Make, usize) -> f64| Make::FOCA.map(|make| what(make, members));

    let with = |what: &str| format!("{what}, N={}", thousands(members as u64));

    eprintln!("memory: one after the other");
    let one_by_one = Make::FOCA.map(|make| node::heap_one_by_one(make, MEMBERS_MIN..=members));
    let last = one_by_one.map(|it| it.last_bytes);
    let name = with("quiet, taken in one by one");
    table.row(cells(&name, last.map(exactly), last[0], 96.0));

    eprintln!("memory: all at once");
    let quiet = of_all(node::heap_quiet);
    let name = with("quiet, restored at once");
    table.row(cells(&name, quiet.map(exactly), quiet[0], 96.0));

    let text = |it: OneByOne| {
        let members = thousands(it.worst_members as u64);
        format!("{} (N={members})", exactly(it.worst_bytes))
    };
    let name = format!("quiet, one by one, worst of all N from {MEMBERS_MIN} on");
    let worst = one_by_one[0].worst_bytes;
    table.row(cells(&name, one_by_one.map(text), worst, 140.0));

    eprintln!("memory: everybody is news");
    let backlog = of_all(node::heap_backlog);
    let name = with("all in the backlog, merged at once");
    table.row(cells(&name, backlog.map(exactly), backlog[0], 180.0));
    table.finish()
}

fn cells(name: &str, figures: [String; 3], ours: f64, goal: f64) -> Vec<String> {
    let mut cells = vec![name.to_owned()];
    cells.extend(figures);
    cells.push(format!("at most {}", digits(goal)));
    cells.push(verdict(Some(ours <= goal)).to_owned());
    cells
}

fn exactly(bytes: f64) -> String {
    format!("{bytes:.1}")
}

/// Runs before the count begins, so that every buffer has found its size, and runs counted.
const WARM_UP_RUNS: u64 = 300;
const COUNTED_RUNS: u64 = 200;

/// What must not allocate once it is under way, and with how many members it is looked at.
const ROWS: &[(Work, usize)] = &[
    (Work::Ping, 1_000),
    (Work::KnownUpdates, 1_000),
    (Work::AppliedUpdates, 1_000),
    (Work::GossipRound, 1_000),
    (Work::Announce, 1_000),
];

/// With addresses that are strings.
const NAMED_MEMBERS: usize = 10_000;

pub(super) fn allocations_section(effort: Effort, rows: &Rows) -> String {
    let mut heads = vec!["allocations a run".to_owned(), "N".to_owned()];
    heads.extend(Make::FOCA.map(|make| make.as_str().to_owned()));
    heads.extend(["goal".to_owned(), "".to_owned()]);
    let mut table = Table::new(heads);
    for (work, members) in ROWS.iter().filter(|(work, _)| rows.want(*work)) {
        eprintln!("allocations: {}", work.as_str());
        let figures = Make::FOCA.map(|make| allocations(*work, make, *members));
        table.row(allocation_cells(work.as_str(), *members, figures, 0.0));
    }
    if !rows.want(Work::Ping) {
        return table.finish();
    }
    let members = NAMED_MEMBERS.min(effort.members_max());
    eprintln!("allocations: addresses that are strings");
    let figures = Make::FOCA.map(|make| work::named_ping_allocations(make, members));
    let name = "`Ping` to `Ack`, addresses are `String`s";
    table.row(allocation_cells(name, members, figures, work::NAMED_IDS));
    table.finish()
}

fn allocations(work: Work, make: Make, members: usize) -> f64 {
    let mut workload = work.prepare(make, members);
    let mut runs = 0;
    let mut allocations = 0;
    while runs < WARM_UP_RUNS + COUNTED_RUNS {
        if workload.runs_left() == 0 {
            workload.replenish();
        }
        let ((), heap) = heap::measure(|| workload.run(1));
        if runs >= WARM_UP_RUNS {
            allocations += heap.allocations;
        }
        runs += 1;
    }
    allocations as f64 / COUNTED_RUNS as f64
}

fn allocation_cells(name: &str, members: usize, figures: [f64; 3], goal: f64) -> Vec<String> {
    let mut cells = vec![name.to_owned(), thousands(members as u64)];
    cells.extend(figures.map(digits));
    cells.push(format!("at most {}", digits(goal)));
    cells.push(verdict(Some(figures[0] <= goal)).to_owned());
    cells
}
