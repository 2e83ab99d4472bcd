//! Many seeds at once, with a sign of life while they run.

use std::sync::Mutex;
use std::time::Duration;

use foca_sim::scenario::{Outcome, Progress, Scenario, ScenarioError, System, run};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::table::counted;

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

/// Two lines on the terminal for all runs together, cut to its width; nothing where there is no terminal.
struct Board {
    bar: ProgressBar,
    runs: u64,
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
        let style = ProgressStyle::with_template(
            "{prefix} [{bar:20}] {percent:>3}% {elapsed} + {eta}\n  {wide_msg}",
        );
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(shortened(title));
        // A second of a large cluster takes minutes: the clock shows that something goes on.
        bar.enable_steady_tick(TICK);
        Self {
            bar,
            runs,
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
        let moment = match sample.at_seconds < 0.0 {
            true => format!("warm-up, {:.0} s left", -sample.at_seconds),
            false => format!("{:.0} s", sample.at_seconds),
        };
        self.bar.set_message(format!(
            "{} of {} done · {moment}: {:.1}% known, {} wrong, {} wrongly down, {:.0} B/node/s",
            done.finished,
            counted(self.runs, "run"),
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

/// As much of a title as leaves room for the rest of the line.
fn shortened(title: &str) -> String {
    match title.chars().count() > TITLE_MAX {
        true => title.chars().take(TITLE_MAX - 1).chain(['…']).collect(),
        false => title.to_owned(),
    }
}

/// Characters of a title.
const TITLE_MAX: usize = 20;

/// How often the clock of the bar is drawn.
const TICK: Duration = Duration::from_millis(500);

/// Steps of the bar for each run.
const STEPS: f64 = 1_000.0;
