//! Runs a scenario under a seed.

mod faults;
mod outcome;
mod queue;
mod runner;
mod seeds;
mod select;
mod traffic;
mod world;

pub use outcome::{Outcome, Progress, Sample};
pub use runner::{System, run};
