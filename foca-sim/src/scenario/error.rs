//! Why a scenario cannot be run.

use std::fmt;

use super::schema::Kind;

/// Why a scenario cannot be run.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ScenarioError {
    /// The text is no scenario: what the parser says.
    Syntax(String),
    /// What it says makes no sense.
    Invalid(String),
    /// A setting does not exist or cannot have that value.
    Setting(String),
    /// There is no scenario of that name.
    Unknown(String),
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(what)
            | Self::Invalid(what)
            | Self::Setting(what)
            | Self::Unknown(what) => f.write_str(what.trim_end()),
        }
    }
}

impl std::error::Error for ScenarioError {}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crash => "crash",
            Self::Restart => "restart",
            Self::Leave => "leave",
            Self::Join => "join",
            Self::Pause => "pause",
            Self::Block => "block",
            Self::Slow => "slow",
            Self::Loss => "loss",
            Self::Cut => "cut",
            Self::Partition => "partition",
            Self::Isolate => "isolate",
            Self::ClockJump => "clock-jump",
        })
    }
}
