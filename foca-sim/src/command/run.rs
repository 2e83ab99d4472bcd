//! `foca-sim run`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use foca_sim::report;
use foca_sim::scenario::{Figure, Outcome, SHIPPED, Scenario, System, summarise};
use serde::Serialize;

use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::source::Source;
use super::table::{counted, number, print};
use crate::print::json;

/// Arguments of `foca-sim run`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Names the scenarios that ship.
    #[arg(long, exclusive = true)]
    list: bool,
    /// What runs in each process: the protocol alone, with its seeds, or the whole driver of production.
    #[arg(long, value_enum, default_value_t)]
    level: Level,
    /// Writes everything measured to standard output as JSON.
    #[arg(long)]
    json: bool,
    /// Writes a page with plots to this file.
    #[arg(long, value_name = "FILE", value_parser = super::file)]
    report: Option<PathBuf>,
}

/// What a process of the cluster is made of.
#[derive(Clone, Copy, Default, clap::ValueEnum)]
enum Level {
    /// `foca_core::Foca`.
    #[default]
    Foca,
    /// `foca_runtime::Node`.
    Node,
    /// `foca_runtime::Driver` on a simulated socket.
    Driver,
}

impl Level {
    const fn system(self) -> System {
        match self {
            Self::Foca => System::Ours,
            Self::Node => System::Nodes,
            Self::Driver => System::Drivers,
        }
    }
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
        if let Some(file) = &self.report {
            // Before anything runs for long.
            File::options()
                .append(true)
                .create(true)
                .open(file)
                .map_err(|error| cannot_write(file, &error))?;
        }
        let runs = run_seeds(
            &scenario,
            self.level.system(),
            self.source.seeds,
            &scenario.name,
        )?;
        let figures = summarise(&runs);
        if let Some(file) = &self.report {
            let page = report::page(&scenario, &runs, &figures, &command_line())?;
            std::fs::write(file, page).map_err(|error| cannot_write(file, &error))?;
        }
        if self.json {
            let document = Document {
                scenario: &scenario,
                figures: &figures,
                runs: &runs,
            };
            json(&document)?;
        } else {
            show(&scenario, &runs, &figures);
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn cannot_write(file: &Path, error: &std::io::Error) -> String {
    format!("the report {}: {error}", file.display())
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
    match scenario.description.as_str() {
        "" => println!("{}", scenario.name),
        description => println!("{}: {description}", scenario.name),
    }
    println!(
        "{} members, {} after {} of warm-up, {} from seed {}",
        scenario.nodes,
        scenario.duration,
        scenario.warm_up,
        counted(runs.len() as u64, "run"),
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
