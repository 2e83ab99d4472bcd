//! The simulator's command line: parses, dispatches, turns errors into exit codes.

#![forbid(unsafe_code)]

#[macro_use]
mod print;
mod command;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// What a cluster of members does under loss, partitions, pauses and restarts: in virtual time, the
/// same again under the same seed.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Random faults under many seeds, then calm, with checkers watching.
    Check(command::check::Args),
    /// One scenario on ours and on the published foca 2.0.0 (needs the feature `peers`).
    Compare(command::compare::Args),
    /// What the detector is measured by, beside what it reaches.
    Goals(command::goals::Args),
    /// Published tables beside what this implementation does in the same set-up.
    Paper(command::paper::Args),
    /// What to expect of a cluster of some size: detection time, traffic, false alarms; simulated, and by formulas.
    Plan(command::plan::Args),
    /// Runs a scenario under one or more seeds.
    Run(command::run::Args),
    /// Runs a scenario with something varied.
    Sweep(command::sweep::Args),
}

fn main() -> ExitCode {
    foca_sim::use_huge_pages();
    let result = match Cli::parse().command {
        Command::Check(args) => args.run(),
        Command::Compare(args) => args.run(),
        Command::Goals(args) => args.run(),
        Command::Paper(args) => args.run(),
        Command::Plan(args) => args.run(),
        Command::Run(args) => args.run(),
        Command::Sweep(args) => args.run(),
    };
    match result {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("foca-sim: {failure}");
            ExitCode::from(2)
        }
    }
}
