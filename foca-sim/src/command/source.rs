//! Which scenario, with which changes, under which seeds: the same for all commands.

use std::path::Path;

use foca_sim::scenario::Scenario;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What commands have in common that run a scenario.
#[derive(clap::Args)]
pub(crate) struct Source {
    /// A shipped scenario (`foca-sim run --list`) or a TOML file.
    scenario: Option<String>,
    /// Members at the start.
    #[arg(long, allow_negative_numbers = true)]
    nodes: Option<usize>,
    /// Runs, each under a seed of its own.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(crate) seeds: u64,
    /// The first seed; the others follow it.
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(u64).range(..=SEED_MAX))]
    seed: Option<u64>,
    /// Changes the scenario or a setting of its members: `network.link.loss_percent=5`, `faults.block.for=4s`,
    /// `suspicion.least=2s`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    changes: Vec<String>,
}

impl Source {
    /// The scenario as it will be run.
    pub(crate) fn scenario(&self) -> Result<Scenario, Failure> {
        let Some(name) = &self.scenario else {
            return Err("which scenario? `foca-sim run --list` names those that ship".into());
        };
        let scenario = read(name)?;
        let mut changes = Vec::new();
        changes.extend(self.nodes.map(|nodes| format!("nodes={nodes}")));
        changes.extend(self.seed.map(|seed| format!("seed={seed}")));
        changes.extend(self.changes.iter().cloned());
        Ok(scenario.with_changes(&changes)?)
    }
}

/// TOML has no larger numbers.
const SEED_MAX: u64 = i64::MAX as u64;

fn read(name: &str) -> Result<Scenario, Failure> {
    let path = Path::new(name);
    let is_file = path.components().count() > 1 || path.extension().is_some_and(|it| it == "toml");
    if !is_file {
        return Ok(Scenario::shipped(name)?);
    }
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    Ok(Scenario::from_toml(&text).map_err(|error| format!("{name}: {error}"))?)
}
