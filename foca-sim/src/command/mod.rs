//! The subcommands, one a file: each has its arguments and a function that runs it.
//!
//! They exit with 0 if everything went well, with 1 if what was checked does not hold, and with 2 if
//! they could not do what was asked.

pub(crate) mod check;
pub(crate) mod compare;
mod ensemble;
pub(crate) mod goals;
pub(crate) mod paper;
pub(crate) mod plan;
pub(crate) mod run;
mod source;
pub(crate) mod sweep;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

/// How a subcommand ends: an exit code, or why it could not do what was asked.
pub(crate) type Outcome = Result<ExitCode, Box<dyn std::error::Error + Send + Sync>>;

/// A file to write to, among the arguments.
fn file(name: &str) -> Result<PathBuf, &'static str> {
    match name {
        "-" => Err("a file is needed: standard output has the table"),
        name => Ok(name.into()),
    }
}
