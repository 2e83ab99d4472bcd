//! `foca-sim goals`: what the detector is measured by, beside what it reaches.

mod experiments;
mod figures;
mod row;

use std::process::ExitCode;

use foca_sim::scenario::{Scenario, ScenarioError, System};

use self::experiments::{EXPERIMENTS, Experiment};
use self::row::Row;
use super::Outcome as Ending;
use super::ensemble::run_seeds;

/// Arguments of `foca-sim goals`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Runs of each experiment; without it, as many as its figures deserve, some minutes in all.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    runs: Option<u64>,
    /// Only experiments whose name contains this; several with commas.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Runs the published foca 2.0.0 beside ours (needs the feature `peers`).
    #[arg(long)]
    with_peer: bool,
    /// Changes the scenarios, as in `run`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    changes: Vec<String>,
    /// Writes the table as Markdown.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(crate) fn run(self) -> Ending {
        let wanted = |experiment: &&Experiment| {
            self.only.is_empty()
                || self
                    .only
                    .iter()
                    .any(|part| experiment.name.contains(part.as_str()))
        };
        let experiments: Vec<&Experiment> = EXPERIMENTS.iter().filter(wanted).collect();
        if experiments.is_empty() {
            let names: Vec<&str> = EXPERIMENTS.iter().map(|it| it.name).collect();
            return Err(format!(
                "no experiment is called so; there are: {}",
                names.join(", ")
            )
            .into());
        }
        // All of them, before the first runs for long.
        let scenarios = experiments.iter().map(|it| self.scenario(it));
        let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
        let mut rows = vec![];
        for (n, (experiment, scenario)) in experiments.into_iter().zip(&scenarios).enumerate() {
            let more = self.perform(experiment, scenario)?;
            if !self.json {
                if n == 0 {
                    self.print_header();
                }
                for (n, row) in more.iter().enumerate() {
                    println!("{}", self.line(row.cells(n == 0)));
                }
            }
            rows.extend(more);
        }
        if self.json {
            let rows: Vec<_> = rows.iter().map(Row::to_json).collect();
            println!("{}", serde_json::to_string_pretty(&rows)?);
        }
        let all_hold = rows.iter().all(|row| row.holds() != Some(false));
        Ok(ExitCode::from(u8::from(!all_hold)))
    }

    fn scenario(&self, experiment: &Experiment) -> Result<Scenario, ScenarioError> {
        let mut changes: Vec<String> = experiment.changes.iter().map(ToString::to_string).collect();
        changes.extend(self.changes.iter().cloned());
        Scenario::shipped(experiment.scenario)?.with_changes(&changes)
    }

    /// Runs an experiment.
    fn perform(
        &self,
        experiment: &Experiment,
        scenario: &Scenario,
    ) -> Result<Vec<Row>, ScenarioError> {
        let runs = self.runs.unwrap_or(experiment.runs);
        // First whoever may be missing: it says so before the other has run for long.
        let theirs = match self.with_peer {
            true => Some(run_seeds(
                scenario,
                System::Published,
                runs,
                experiment.name,
            )?),
            false => None,
        };
        let ours = run_seeds(scenario, System::Ours, runs, experiment.name)?;
        let rows = experiment.targets.iter().map(|target| Row {
            experiment: experiment.name,
            runs,
            target,
            ours: (target.measure)(&ours),
            theirs: theirs.as_deref().map(target.measure),
        });
        Ok(rows.collect())
    }

    fn print_header(&self) {
        let header = [
            "experiment",
            "figure",
            "goal",
            "ours",
            "foca 2.0.0",
            "verdict",
        ];
        println!("{}", self.line(header));
        if self.markdown {
            println!("|---|---|---:|---:|---:|---|");
        }
    }

    fn line<S: AsRef<str>>(&self, cells: [S; 6]) -> String {
        let [name, figure, goal, ours, theirs, verdict] = cells.each_ref().map(AsRef::as_ref);
        match self.markdown {
            true => format!("| {name} | {figure} | {goal} | {ours} | {theirs} | {verdict} |"),
            false => {
                format!("{name:<30} {figure:<42} {goal:>8} {ours:>10} {theirs:>12}  {verdict}")
            }
        }
    }
}
