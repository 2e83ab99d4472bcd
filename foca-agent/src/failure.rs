//! What ends the agent, in one line, and the exit code that tells it apart.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Signal;

/// Why the agent ended other than as asked. Prints as a single line; 2 is the exit code of
/// command lines that cannot be parsed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// Something broke while running.
    Running(String),
    /// An address on the command line cannot be understood.
    BadAddress {
        /// The argument it was given for.
        argument: &'static str,
        /// The text given.
        text: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The socket cannot be bound.
    Bind {
        /// Where to.
        addr: SocketAddr,
        /// What the system says.
        error: io::Error,
    },
    /// A seed cannot be resolved to an address that our socket can send to.
    Seed {
        /// The text given.
        seed: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Other members could not send to the address that they would be told.
    Identity(String),
    /// The member file cannot be written at the start.
    MemberFile {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A signal asked to end at once.
    Interrupted(Signal),
}

impl Failure {
    /// The exit code of the process.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Running(_) => 1,
            Self::BadAddress { .. } => 3,
            Self::Bind { .. } => 4,
            Self::Seed { .. } => 5,
            Self::Identity(_) => 6,
            Self::MemberFile { .. } => 7,
            Self::Interrupted(signal) => signal.exit_code(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running(problem) | Self::Identity(problem) => f.write_str(problem),
            Self::BadAddress {
                argument,
                text,
                problem,
            } => write!(f, "bad address {text:?} for {argument}: {problem}"),
            Self::Bind { addr, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "cannot bind to {addr}: the port is in use already")
            }
            Self::Bind { addr, error } => write!(f, "cannot bind to {addr}: {error}"),
            Self::Seed { seed, problem } => write!(f, "cannot announce to {seed}: {problem}"),
            Self::MemberFile { path, error } => {
                write!(f, "cannot write the member file {path:?}: {error}")
            }
            Self::Interrupted(signal) => write!(f, "interrupted by {signal}"),
        }
    }
}

impl std::error::Error for Failure {}
