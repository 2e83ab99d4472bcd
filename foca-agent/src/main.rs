//! Parse, assemble, run, and say in one line what went wrong.

#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use foca_agent::{Cli, Command, Failure, demo, log_if_asked, log_to_stderr, run};
use tokio::runtime::{Builder, Runtime};

fn main() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // With nobody to read it there is still the exit code.
            let _ = writeln!(io::stderr(), "error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn execute(command: Command) -> Result<(), Failure> {
    match command {
        Command::Run(options) => {
            log_to_stderr();
            within(Builder::new_current_thread(), run(&options))
        }
        Command::Demo(options) => {
            log_if_asked();
            // A slow terminal must not keep the members from answering each other.
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(2);
            within(builder, demo(&options))
        }
    }
}

fn within(
    mut builder: Builder,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let runtime: Runtime = builder
        .enable_all()
        .build()
        .map_err(|error| Failure::Running(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(work);
    // Whoever asked twice to end does not wait for a disk.
    runtime.shutdown_background();
    outcome
}
