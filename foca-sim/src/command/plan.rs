//! `foca-sim plan`: what to expect of a cluster that somebody thinks of running.

use std::process::ExitCode;

use foca_core::Config;
use foca_sim::scenario::{ALL_INFORMED, FIRST_DOWN, Figure, Scenario, System, summarise};

use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::table::{number, print};

/// Arguments of `foca-sim plan`.
///
/// The first column is simulated: crashes under `--seeds` seeds, and twice five minutes in which nobody fails. The second
/// is what the analysis of plain SWIM gives for the same settings, without anything that makes a detector better.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Members of the cluster.
    #[arg(long)]
    nodes: usize,
    /// Datagrams lost, in percent.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
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
}

impl Args {
    pub(crate) fn run(self) -> Ending {
        let crash = self.scenario("crash", &["duration=300s"])?;
        let quiet = self.scenario("quiet", &["duration=300s"])?;
        let config = crash.config()?;
        println!(
            "{} members, {} % loss, {} preset: {} simulated crashes, {} quiet runs of {}",
            self.nodes, self.loss, self.preset, self.seeds, QUIET_RUNS, quiet.duration
        );
        println!();
        let quiet_runs = run_seeds(&quiet, System::Ours, QUIET_RUNS, "quiet")?;
        let crash_figures = summarise(&run_seeds(&crash, System::Ours, self.seeds, "crash")?);
        let node_hours =
            QUIET_RUNS as f64 * quiet.duration.0.as_secs_f64() * self.nodes as f64 / 3_600.0;
        let per_node_hour = |count: u64| count as f64 / node_hours;
        let total = |value: fn(&foca_sim::scenario::Outcome) -> u64| {
            quiet_runs.iter().map(value).sum::<u64>()
        };
        let quiet_figures = summarise(&quiet_runs);
        let formulas = Formulas::of(&config, self.nodes, self.loss / 100.0);

        let of = |name: &str| {
            quiet_figures
                .iter()
                .find(|it| it.name == name)
                .map_or(f64::NAN, |it| it.mean)
        };
        let mut rows = vec![["", "simulated", "formulas of plain SWIM"].map(str::to_owned)];
        let mut row = |name: &str, simulated: String, formula: String| {
            rows.push([name.to_owned(), simulated, formula]);
        };
        for (name, figure) in [("first Down", FIRST_DOWN), ("all informed", ALL_INFORMED)] {
            let median = crashed(&crash_figures, figure, |it| it.median);
            let p99 = crashed(&crash_figures, figure, |it| it.p99);
            let formula = match figure == FIRST_DOWN {
                true => number(formulas.first_down_seconds),
                false => String::new(),
            };
            row(&format!("crash: {name}, median, s"), median, formula);
            let name = format!("crash: {name}, 99th percentile, s");
            row(&name, p99, String::new());
        }
        row(
            "datagrams per node and second",
            number(of("messages per node and second")),
            number(formulas.datagrams_per_second),
        );
        row(
            "bytes per node and second",
            number(of("bytes per node and second")),
            String::new(),
        );
        row(
            "suspicions of living members, events per node and hour",
            number(per_node_hour(total(|it| it.tallies.suspicions_of_running))),
            number(formulas.suspicions_per_hour * self.nodes.saturating_sub(1) as f64),
        );
        row(
            "false declarations per node and hour",
            number(per_node_hour(total(|it| it.tallies.declarations_false))),
            String::new(),
        );
        print(&rows);
        println!();
        println!("{}", formulas.said(&config, self.nodes));
        Ok(ExitCode::SUCCESS)
    }

    fn scenario(
        &self,
        name: &str,
        more: &[&str],
    ) -> Result<Scenario, Box<dyn std::error::Error + Send + Sync>> {
        let mut changes = vec![
            format!("nodes={}", self.nodes),
            format!("network.link.loss_percent={}", self.loss),
            format!("preset={}", self.preset),
        ];
        changes.extend(more.iter().map(ToString::to_string));
        changes.extend(self.changes.iter().cloned());
        Ok(Scenario::shipped(name)?.with_changes(&changes)?)
    }
}

fn crashed(figures: &[Figure], name: &str, of: fn(&Figure) -> f64) -> String {
    let figure = figures.iter().find(|it| it.name == name && it.count > 0);
    figure.map_or_else(|| "never".to_owned(), |it| number(of(it)))
}

/// What the analysis of SWIM says of these settings, without anything that makes a detector better.
struct Formulas {
    first_down_seconds: f64,
    datagrams_per_second: f64,
    /// Of one member by whoever probes it.
    suspicions_per_hour: f64,
    probe_fails: f64,
    suspicion_seconds: f64,
}

impl Formulas {
    fn of(config: &Config, nodes: usize, loss: f64) -> Self {
        let period = config.probe_period.as_secs_f64();
        let arrives = 1.0 - loss;
        let direct_fails = 1.0 - arrives.powi(2);
        let others = config.indirect_probes.min(nodes.saturating_sub(2));
        let indirect_fails =
            (1.0 - arrives.powi(4)).powi(i32::try_from(others).unwrap_or(i32::MAX));
        let probe_fails = direct_fails * indirect_fails;
        let suspicion_seconds = config.suspicion.at(nodes).as_secs_f64();
        let until_suspected = period * (std::f64::consts::E / (std::f64::consts::E - 1.0));
        Self {
            first_down_seconds: until_suspected + suspicion_seconds,
            datagrams_per_second: 2.0 / period,
            suspicions_per_hour: probe_fails * 3_600.0 / period,
            probe_fails,
            suspicion_seconds,
        }
    }

    fn said(&self, config: &Config, nodes: usize) -> String {
        format!(
            "Plain SWIM: each member is probed once in a period of {} s on average and a crash is suspected after\n\
             e/(e-1) periods (SWIM, section 3.1); a suspicion lasts {} s among {nodes} members; a probe and its\n\
             answer are 2 datagrams a period; a probe of a living member fails, {} indirect ones included, with\n\
             probability {}, and all {} others hear of the suspicion.",
            config.probe_period.as_secs_f64(),
            number(self.suspicion_seconds),
            config.indirect_probes,
            match self.probe_fails {
                0.0 => "0".to_owned(),
                fails => format!("{fails:.1e}"),
            },
            nodes.saturating_sub(1),
        )
    }
}

/// Quiet runs: they differ little.
const QUIET_RUNS: u64 = 2;
