//! Published tables beside what this implementation does in the same set-up.
//!
//! Each experiment has a file of its own: the published figures with their source, the tolerance
//! that was fixed for each, and the set-up. Whatever involves a protocol runs on
//! [`Network`](crate::Network) with members of `foca-core`; combinatorics and synchronous rumours
//! are small models.

mod cluster;
mod demers;
mod experiment;
mod lifeguard;
mod plot;
mod rapid;
mod sample;
mod swim;
mod table;

pub use experiment::{EXPERIMENTS, Experiment, Extent, Progress, Run, Silent};
pub use plot::{Plot, PlotFailed};
pub use table::{Judged, Row, Table, Tolerance};
