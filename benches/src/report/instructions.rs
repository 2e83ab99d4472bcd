//! Instructions of every workload, counted by valgrind in a process of its own for each make.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Rows;
use super::table::{Table, digits, factor, thousands};
use crate::node::Make;
use crate::work::{Work, Workload};

/// Runs before the count begins, so that every buffer has found its size, and runs counted.
const WARM_UP_RUNS: u64 = 64;
const COUNTED_RUNS: u64 = 64;

const ROWS: &[(Work, usize)] = &[
    (Work::Ping, 10),
    (Work::Ping, 1_000),
    (Work::Ping, 10_000),
    (Work::KnownUpdates, 10),
    (Work::KnownUpdates, 1_000),
    (Work::AppliedUpdates, 1_000),
    (Work::GossipRound, 10),
    (Work::GossipRound, 1_000),
    (Work::Announce, 10),
    (Work::Announce, 1_000),
    (Work::Restore, 1_000),
];

/// What `report --count-instructions` does inside of valgrind: the work alone, in the order of rows.
pub fn count_here(make: Make, rows: &Rows) {
    for (work, members) in wanted(rows) {
        let mut workload = work.prepare(make, *members);
        let mut left = WARM_UP_RUNS;
        while left > 0 {
            if workload.runs_left() == 0 {
                workload.replenish();
            }
            let now = left.min(workload.runs_left());
            workload.run(now);
            left -= now;
        }
        workload.replenish();
        let runs = COUNTED_RUNS.min(workload.runs_left());
        benches_counted_runs(workload.as_mut(), runs);
        workload.verify();
        println!("{runs}");
    }
}

fn wanted(rows: &Rows) -> impl Iterator<Item = &'static (Work, usize)> {
    ROWS.iter().filter(|(work, _)| rows.want(*work))
}

/// Known to valgrind by this name: it counts here and nowhere else.
#[inline(never)]
fn benches_counted_runs(workload: &mut dyn Workload, runs: u64) {
    workload.run(runs);
}

pub(super) fn section(rows: &Rows) -> String {
    if !valgrind_works() {
        return "Not counted: valgrind is not installed.".to_owned();
    }
    let columns: Result<Vec<Vec<f64>>, String> = Make::FOCA
        .into_iter()
        .map(|make| {
            eprintln!("instructions: {}", make.as_str());
            count(make, rows)
        })
        .collect();
    match columns {
        Ok(columns) => table(rows, &columns),
        Err(why) => format!("Not counted: {why}."),
    }
}

fn table(rows: &Rows, columns: &[Vec<f64>]) -> String {
    let mut heads = vec!["instructions a run".to_owned(), "N".to_owned()];
    heads.extend(Make::FOCA.map(|make| make.as_str().to_owned()));
    heads.push(format!("{} / ours", Make::Published.as_str()));
    let mut table = Table::new(heads);
    for (index, (work, members)) in wanted(rows).enumerate() {
        let figures: Vec<f64> = columns.iter().map(|column| column[index]).collect();
        let mut cells = vec![work.as_str().to_owned(), thousands(*members as u64)];
        cells.extend(figures.iter().map(|figure| digits(*figure)));
        let published = figures.last().copied().unwrap_or_default();
        cells.push(factor(published / figures[0]));
        table.row(cells);
    }
    table.finish()
}

fn valgrind_works() -> bool {
    let mut command = Command::new("valgrind");
    command.arg("--version").stdout(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs this program under valgrind and reads what it wrote, one file for each row.
fn count(make: Make, rows: &Rows) -> Result<Vec<f64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let folder = std::env::temp_dir().join(format!("foca-benches-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let figures = count_in(&program, &folder, make, rows);
    // What cannot be removed is in a folder for what nobody misses.
    let _ = std::fs::remove_dir_all(&folder);
    figures
}

fn count_in(program: &Path, folder: &Path, make: Make, rows: &Rows) -> Result<Vec<f64>, String> {
    let file = folder.join("out");
    let output = Command::new("valgrind")
        .args([
            "--tool=callgrind",
            "--toggle-collect=*benches_counted_runs*",
        ])
        // Of two equal patterns it would heed the first only.
        .arg("--dump-after=*counted_runs")
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(program)
        .args(["--count-instructions", make.name(), "--rows", &rows.0])
        .stderr(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!("valgrind ended with {}", output.status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let runs: Vec<f64> = text.lines().filter_map(|line| line.parse().ok()).collect();
    let wanted = wanted(rows).count();
    if runs.len() != wanted {
        return Err(format!("{} of {wanted} rows were run", runs.len()));
    }
    runs.iter()
        .enumerate()
        .map(|(index, runs)| {
            let dump = folder.join(format!("out.{}", index + 1));
            let text = std::fs::read_to_string(&dump).map_err(|error| error.to_string())?;
            let total = total(&text).ok_or("a file of valgrind has no total")?;
            Ok(total / runs)
        })
        .collect()
}

/// The instructions of a dump of callgrind.
fn total(dump: &str) -> Option<f64> {
    let line = dump.lines().find_map(|line| line.strip_prefix("totals:"))?;
    line.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_dump_is_read() {
        let dump = "version: 1\nevents: Ir\nsummary: 1234\n\nfn=(1)\n16 400\n\ntotals: 1234\n";
        assert_eq!(total(dump), Some(1_234.0));
        assert_eq!(total("version: 1\n"), None);
    }
}
