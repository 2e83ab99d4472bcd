//! `foca-sim run`.

use std::path::PathBuf;
use std::process::ExitCode;

use foca_sim::report;
use foca_sim::scenario::{Figure, Outcome, SHIPPED, Scenario, System, summarise};
use serde::Serialize;

use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::source::Source;
use super::table::{number, print};

/// Arguments of `foca-sim run`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Names the scenarios that ship.
    #[arg(long, exclusive = true)]
    list: bool,
    /// Writes everything measured to standard output as JSON.
    #[arg(long)]
    json: bool,
    /// Writes a page with plots to this file.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Document<'a> {
    scenario: &'a Scenario,
    figures: &'a [Figure],
    runs: &'a [Outcome],
}

impl Args {
    pub(crate) fn run(self) -> Ending {
        if self.list {
            return list();
        }
        let scenario = self.source.scenario()?;
        let runs = run_seeds(&scenario, System::Ours, self.source.seeds, &scenario.name)?;
        let figures = summarise(&runs);
        if let Some(file) = &self.report {
            let page = report::page(&scenario, &runs, &figures, &command_line())?;
            std::fs::write(file, page).map_err(|error| format!("{}: {error}", file.display()))?;
        }
        if self.json {
            let document = Document {
                scenario: &scenario,
                figures: &figures,
                runs: &runs,
            };
            serde_json::to_writer_pretty(std::io::stdout().lock(), &document)?;
            println!();
        } else {
            show(&scenario, &runs, &figures);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list() -> Ending {
    for (name, _) in SHIPPED {
        let scenario = Scenario::shipped(name)?;
        println!(
            "{name:<16} {:>4} members  {}",
            scenario.nodes, scenario.description
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn show(scenario: &Scenario, runs: &[Outcome], figures: &[Figure]) {
    println!("{}: {}", scenario.name, scenario.description);
    println!(
        "{} members, {} after {} of warm-up, {} runs from seed {}",
        scenario.nodes,
        scenario.duration,
        scenario.warm_up,
        runs.len(),
        scenario.seed
    );
    println!();
    let mut rows = vec![["", "mean", "median", "p99", "max", "never"].map(str::to_owned)];
    rows.extend(figures.iter().map(|figure| {
        let [mean, median, p99, max] =
            [figure.mean, figure.median, figure.p99, figure.max].map(number);
        let never = match figure.missing {
            0 => String::new(),
            missing => missing.to_string(),
        };
        [figure.name.to_owned(), mean, median, p99, max, never]
    }));
    print(&rows);
}

/// The command that is being carried out, to be repeated.
fn command_line() -> String {
    let arguments = std::env::args().skip(1).map(|argument| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:".contains(c);
        match argument.chars().all(plain) {
            true => argument,
            false => format!("'{}'", argument.replace('\'', r"'\''")),
        }
    });
    std::iter::once("foca-sim".to_owned())
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}
