//! Many seeds at once, with a sign of life while they run.

use std::sync::Mutex;

use foca_sim::scenario::{Outcome, Progress, Scenario, ScenarioError, System, run};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

/// Runs a scenario under `runs` seeds from that of the scenario on, in parallel.
///
/// The outcomes come in the order of the seeds, whoever finished first.
///
/// # Errors
///
/// If the scenario is not valid, or the system is not built in.
pub(crate) fn run_seeds(
    scenario: &Scenario,
    system: System,
    runs: u64,
    title: &str,
) -> Result<Vec<Outcome>, ScenarioError> {
    let board = Board::new(title, runs);
    let seeds: Vec<u64> = (0..runs).map(|n| scenario.seed.wrapping_add(n)).collect();
    let outcomes = seeds
        .into_par_iter()
        .map(|seed| {
            let mut done = 0.0;
            let outcome = run(scenario, system, seed, &mut |progress| {
                board.show(&progress, progress.done - done);
                done = progress.done;
            });
            board.finish(1.0 - done);
            outcome
        })
        .collect();
    board.close();
    outcomes
}

/// One line on the terminal for all runs together; nothing where there is no terminal.
struct Board {
    bar: ProgressBar,
    done: Mutex<Done>,
}

#[derive(Default)]
struct Done {
    /// Runs and parts of runs.
    runs: f64,
    finished: u64,
}

impl Board {
    fn new(title: &str, runs: u64) -> Self {
        let bar = ProgressBar::new(runs * STEPS as u64);
        let style = ProgressStyle::with_template("{prefix} {bar:24} {percent:>3}% {elapsed} {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(title.to_owned());
        Self {
            bar,
            done: Mutex::default(),
        }
    }

    fn show(&self, progress: &Progress, more: f64) {
        let Ok(mut done) = self.done.lock() else {
            return;
        };
        done.runs += more;
        let sample = progress.sample;
        self.bar.set_position((done.runs * STEPS) as u64);
        self.bar.set_message(format!(
            "{} runs done · at {:.0} s: {:.2}% of pairs known, {} wrong entries, {} wrongly down, {:.0} bytes/node/s",
            done.finished,
            sample.at_seconds,
            sample.completeness * 100.0,
            sample.wrong_entries,
            sample.wrongly_down,
            sample.bytes_per_node_second,
        ));
    }

    fn finish(&self, rest: f64) {
        if let Ok(mut done) = self.done.lock() {
            done.runs += rest;
            done.finished += 1;
            self.bar.set_position((done.runs * STEPS) as u64);
        }
    }

    fn close(&self) {
        self.bar.finish_and_clear();
    }
}

/// Steps of the bar for each run.
const STEPS: f64 = 1_000.0;
