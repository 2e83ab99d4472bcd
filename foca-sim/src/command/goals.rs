//! `foca-sim goals`: what the detector is measured by, beside what it reaches.

mod experiments;
mod figures;

use std::process::ExitCode;

use foca_sim::scenario::{Outcome, Scenario, ScenarioError, System};

use self::experiments::{EXPERIMENTS, Experiment, Target};
use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::table::counted;

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
    #[arg(long)]
    markdown: bool,
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
        let mut all_hold = true;
        for (n, (experiment, scenario)) in experiments.into_iter().zip(&scenarios).enumerate() {
            all_hold &= self.perform(experiment, scenario, n == 0)?;
        }
        Ok(ExitCode::from(u8::from(!all_hold)))
    }

    fn scenario(&self, experiment: &Experiment) -> Result<Scenario, ScenarioError> {
        let mut changes: Vec<String> = experiment.changes.iter().map(ToString::to_string).collect();
        changes.extend(self.changes.iter().cloned());
        Scenario::shipped(experiment.scenario)?.with_changes(&changes)
    }

    /// Runs an experiment, prints its rows, and tells whether all its goals hold.
    fn perform(
        &self,
        experiment: &Experiment,
        scenario: &Scenario,
        is_first: bool,
    ) -> Result<bool, ScenarioError> {
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
        if is_first {
            self.print_header();
        }
        let mut all_hold = true;
        for (n, target) in experiment.targets.iter().enumerate() {
            let name = match n {
                0 => format!("{} ({})", experiment.name, counted(runs, "run")),
                _ => String::new(),
            };
            let value = (target.measure)(&ours);
            let holds = target
                .goal
                .is_none_or(|goal| value.is_some_and(|value| value <= goal));
            all_hold &= holds;
            println!(
                "{}",
                self.line(Self::row(&name, target, &ours, theirs.as_deref(), holds))
            );
        }
        Ok(all_hold)
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

    fn row(
        name: &str,
        target: &Target,
        ours: &[Outcome],
        theirs: Option<&[Outcome]>,
        holds: bool,
    ) -> [String; 6] {
        let theirs = match theirs {
            Some(theirs) => show((target.measure)(theirs)),
            None if target.published.is_empty() => String::new(),
            None => format!("({})", target.published),
        };
        let verdict = match (target.goal, holds) {
            (None, _) => "",
            (Some(_), true) => "holds",
            (Some(_), false) => "MISSED",
        };
        [
            name.to_owned(),
            target.figure.to_owned(),
            target
                .goal
                .map_or_else(String::new, |goal| show(Some(goal))),
            show((target.measure)(ours)),
            theirs,
            verdict.to_owned(),
        ]
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

/// A figure in as many digits as it deserves; what never came is `never`.
fn show(value: Option<f64>) -> String {
    match value {
        None => "never".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    }
}
