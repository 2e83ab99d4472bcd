//! `foca-sim plan`: what to expect of a cluster that somebody thinks of running.

use std::process::ExitCode;

use foca_core::Config;
use foca_sim::scenario::{
    ALL_INFORMED, FIRST_DOWN, Figure, Outcome, Scenario, ScenarioError, System, summarise,
};
use serde::Serialize;

use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::table::{counted, number, print};
use crate::print::json;

/// Arguments of `foca-sim plan`.
#[derive(clap::Args)]
#[command(after_help = EXPLANATION)]
pub(crate) struct Args {
    /// Members of the cluster.
    #[arg(long)]
    nodes: usize,
    /// Datagrams lost, in percent.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = percent)]
    loss: f64,
    /// What the settings start from: lan, wan, local or simple.
    #[arg(long, default_value = "lan")]
    preset: String,
    /// Changes the scenarios or a setting of members, as in `run`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    changes: Vec<String>,
    /// Runs for the time of detection.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,
    /// Writes the table to standard output as JSON.
    #[arg(long)]
    json: bool,
}

const EXPLANATION: &str = "The first column is simulated: crashes under as many seeds as --seeds says, and runs of five \
    minutes in which nobody fails. The second is what the analysis of plain SWIM gives for the same settings, without \
    anything that makes a detector better.";

/// What `--json` writes, and what the table shows.
#[derive(Serialize)]
struct Answer {
    nodes: usize,
    loss_percent: f64,
    crash_runs: u64,
    quiet_runs: u64,
    /// How long all members of all quiet runs were watched, added up.
    quiet_node_hours: f64,
    rows: Vec<Row>,
}

/// What somebody asks who chooses. `null` as JSON: not simulated to its end, or there is no formula.
#[derive(Serialize)]
struct Row {
    question: String,
    simulated: f64,
    formula: Option<f64>,
}

impl Args {
    pub(crate) fn run(self) -> Ending {
        let crash = self.scenario("crash", &["duration=300s"])?;
        let quiet = self.scenario("quiet", &["duration=300s"])?;
        let formulas = Formulas::of(&crash, &crash.config()?);
        let quiet_runs = quiet_runs(quiet.nodes);
        if !self.json {
            println!(
                "{} members, {} % loss, {} preset: {}, {} of {}",
                crash.nodes,
                crash.network.link.loss_percent,
                self.preset,
                counted(self.seeds, "crash run"),
                counted(quiet_runs, "quiet run"),
                quiet.duration
            );
            println!();
        }
        let quiet_outcomes = run_seeds(&quiet, System::Ours, quiet_runs, "quiet")?;
        let crash_outcomes = run_seeds(&crash, System::Ours, self.seeds, "crash")?;
        let node_seconds: f64 = quiet_outcomes.iter().map(|it| it.seconds).sum();
        let quiet_node_hours = node_seconds * quiet.nodes as f64 / 3_600.0;
        let mut rows = crash_rows(&summarise(&crash_outcomes), &formulas);
        rows.extend(quiet_rows(&quiet_outcomes, quiet_node_hours, &formulas));
        let answer = Answer {
            nodes: crash.nodes,
            loss_percent: crash.network.link.loss_percent,
            crash_runs: self.seeds,
            quiet_runs,
            quiet_node_hours,
            rows,
        };
        match self.json {
            true => json(&answer)?,
            false => answer.show(&formulas),
        }
        Ok(ExitCode::SUCCESS)
    }

    fn scenario(&self, name: &str, more: &[&str]) -> Result<Scenario, ScenarioError> {
        let mut changes = vec![
            format!("nodes={}", self.nodes),
            format!("network.link.loss_percent={}", self.loss),
            format!("preset={}", self.preset),
        ];
        changes.extend(more.iter().map(ToString::to_string));
        changes.extend(self.changes.iter().cloned());
        Scenario::shipped(name)?.with_changes(&changes)
    }
}

impl Answer {
    fn show(&self, formulas: &Formulas) {
        let mut rows = vec![["", "simulated", "formulas of plain SWIM"].map(str::to_owned)];
        rows.extend(self.rows.iter().map(|row| {
            let formula = row.formula.map_or_else(String::new, number);
            [row.question.clone(), number(row.simulated), formula]
        }));
        print(&rows);
        println!();
        println!(
            "0 of something in an hour is none in the {} node hours of the quiet runs.",
            number(self.quiet_node_hours)
        );
        println!("{}", formulas.said());
    }
}

fn crash_rows(figures: &[Figure], formulas: &Formulas) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, figure) in [("first Down", FIRST_DOWN), ("all informed", ALL_INFORMED)] {
        let figure = figures.iter().find(|it| it.name == figure);
        let crashes = figure.map_or(0, |it| it.count + it.missing);
        rows.push(Row {
            question: format!("crash: {name}, median, s"),
            simulated: figure.map_or(f64::INFINITY, |it| it.median),
            formula: (name == "first Down").then_some(formulas.first_down_seconds),
        });
        rows.push(Row {
            question: match crashes >= PERCENTILE_CRASHES_MIN {
                true => format!("crash: {name}, 99th percentile, s"),
                false => format!("crash: {name}, longest, s"),
            },
            simulated: figure.map_or(f64::INFINITY, |it| it.p99),
            formula: None,
        });
    }
    rows
}

fn quiet_rows(outcomes: &[Outcome], node_hours: f64, formulas: &Formulas) -> [Row; 4] {
    let mean = |value: fn(&Outcome) -> f64| {
        outcomes.iter().map(value).sum::<f64>() / outcomes.len() as f64
    };
    let per_node_hour =
        |value: fn(&Outcome) -> u64| outcomes.iter().map(value).sum::<u64>() as f64 / node_hours;
    let row = |question: &str, simulated, formula| Row {
        question: question.to_owned(),
        simulated,
        formula,
    };
    [
        row(
            "datagrams per node and second",
            mean(|it| it.messages_per_node_second),
            Some(formulas.datagrams_per_second),
        ),
        row(
            "bytes per node and second",
            mean(|it| it.bytes_per_node_second),
            None,
        ),
        row(
            "suspicions of living members, events per node and hour",
            per_node_hour(|it| it.tallies.suspicions_of_running),
            Some(formulas.suspicion_events_per_hour()),
        ),
        row(
            "false declarations per node and hour",
            per_node_hour(|it| it.tallies.declarations_false),
            None,
        ),
    ]
}

/// What is seldom needs to be looked for for long, which is cheap in a small cluster only.
fn quiet_runs(nodes: usize) -> u64 {
    (QUIET_MEMBERS / nodes.max(1) as u64).clamp(2, 10)
}

/// A percentage, with or without its sign.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim_end();
    match number.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("it must be a number within 0 to 100".to_owned()),
    }
}

/// What the analysis of SWIM says of these settings, without anything that makes a detector better.
struct Formulas {
    nodes: usize,
    period_seconds: f64,
    indirect_probes: usize,
    first_down_seconds: f64,
    datagrams_per_second: f64,
    probe_fails: f64,
    suspicion_seconds: f64,
}

impl Formulas {
    fn of(scenario: &Scenario, config: &Config) -> Self {
        let nodes = scenario.nodes;
        let period_seconds = config.probe_period.as_secs_f64();
        let arrives = 1.0 - scenario.network.link.loss_percent / 100.0;
        let direct_fails = 1.0 - arrives.powi(2);
        let others = config.indirect_probes.min(nodes.saturating_sub(2));
        let indirect_fails =
            (1.0 - arrives.powi(4)).powi(i32::try_from(others).unwrap_or(i32::MAX));
        let suspicion_seconds = config.suspicion.at(nodes).as_secs_f64();
        let until_suspected = period_seconds * (std::f64::consts::E / (std::f64::consts::E - 1.0));
        Self {
            nodes,
            period_seconds,
            indirect_probes: config.indirect_probes,
            first_down_seconds: until_suspected + suspicion_seconds,
            datagrams_per_second: 2.0 / period_seconds,
            probe_fails: direct_fails * indirect_fails,
            suspicion_seconds,
        }
    }

    /// Of one member by whoever probes it, at all who hear of it.
    fn suspicion_events_per_hour(&self) -> f64 {
        let suspicions = self.probe_fails * 3_600.0 / self.period_seconds;
        suspicions * self.nodes.saturating_sub(1) as f64
    }

    fn said(&self) -> String {
        format!(
            "Plain SWIM: each member is probed once in a period of {} s on average and a crash is suspected after\n\
             e/(e-1) periods (SWIM, section 3.1); a suspicion lasts {} s among {} members; a probe and its\n\
             answer are 2 datagrams a period; a probe of a living member fails, {} indirect ones included, with\n\
             probability {}, and all {} others hear of the suspicion.",
            self.period_seconds,
            number(self.suspicion_seconds),
            self.nodes,
            self.indirect_probes,
            match self.probe_fails {
                0.0 => "0".to_owned(),
                fails => format!("{fails:.1e}"),
            },
            self.nodes.saturating_sub(1),
        )
    }
}

/// Members of all quiet runs together, about.
const QUIET_MEMBERS: u64 = 640;

/// With fewer crashes the 99th percentile is the largest.
const PERCENTILE_CRASHES_MIN: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_with_and_without_its_sign() {
        assert_eq!(percent("5"), Ok(5.0));
        assert_eq!(percent("2.5 %"), Ok(2.5));
        for wrong in ["", "%", "-1", "101", "nan", "five"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_largest_of_a_few_is_not_called_a_percentile() {
        let scenario = Scenario::shipped("crash").unwrap();
        let formulas = Formulas::of(&scenario, &scenario.config().unwrap());
        let question = |crashes: u32| {
            let values = (1..=crashes).map(|value| Some(f64::from(value)));
            let figures = [Figure::of(FIRST_DOWN, values)];
            let row = crash_rows(&figures, &formulas).swap_remove(1);
            (row.question, row.simulated)
        };
        assert_eq!(
            question(10),
            ("crash: first Down, longest, s".to_owned(), 10.0)
        );
        let percentile = "crash: first Down, 99th percentile, s".to_owned();
        assert_eq!(question(200), (percentile, 198.0));
    }
}
