//! What is measured in a run, from what members are told and from what is true.

mod detections;
mod ledger;
mod verdicts;
mod views;

pub use detections::Detection;
pub(super) use ledger::Ledger;
pub use verdicts::Tallies;
