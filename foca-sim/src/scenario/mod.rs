//! Scenarios: clusters and what happens to them, written as TOML, run under a seed, measured.

mod deployed;
mod error;
mod identity;
mod library;
mod load;
mod measure;
mod network;
mod ours;
mod participant;
#[cfg(feature = "peers")]
mod published;
mod reach;
mod run;
mod schema;
mod settings;
mod span;
mod summary;
mod validate;

pub use deployed::{Around, Deployed, Recipe};
pub use error::ScenarioError;
pub use identity::{Id, NUMBERS_MAX, address, number};
pub use library::SHIPPED;
pub use measure::{Detection, Tallies};
pub use network::{AccessSpec, Between, BurstsSpec, LinkSpec, NetworkSpec, Place};
pub use ours::Ours;
pub use participant::{Diary, News, Participant, Report};
#[cfg(feature = "peers")]
pub use published::Published;
pub use run::{Outcome, Progress, Sample, System, run};
pub use schema::{
    Direction, Fault, Generation, Kind, Pick, Preset, Scenario, Selection, Start, WireKind,
};
pub use settings::config_of;
pub use span::{Span, SpanError};
pub use summary::{
    ALL_INFORMED, ALL_LISTED, FIRST_DOWN, Figure, GOODBYE_HEARD, VIEWS_RIGHT, summarise,
};

/// Members of one scenario, those who join included.
pub const MEMBERS_MAX: usize = 20_000;
