//! What a run was like.

use serde::Serialize;

use crate::scenario::measure::{Detection, Tallies};

/// What a run was like. Equal scenarios, systems and seeds give equal outcomes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Seconds watched, without the warm-up.
    pub seconds: f64,
    /// What members were told of each other.
    pub tallies: Tallies,
    /// Who went, and how others came to know.
    pub detections: Vec<Detection>,
    /// Seconds from the last fault, its end if it has one, until all running members listed exactly all running
    /// members; without faults, from the beginning. `None` if that never came.
    pub heal_seconds: Option<f64>,
    /// The same without regard to lives: until all listed the addresses of all others and no more.
    pub listed_seconds: Option<f64>,
    /// Whether all views were right at the end.
    pub complete_at_end: bool,
    /// Datagrams that a running member sent in a second.
    pub messages_per_node_second: f64,
    /// Their bytes, without headers of lower layers.
    pub bytes_per_node_second: f64,
    /// The state of the cluster over time.
    pub samples: Vec<Sample>,
    /// The fingerprint of all datagrams, in hexadecimal.
    pub trace: String,
    /// Datagrams sent, those of the warm-up included.
    pub datagrams_sent: u64,
}

/// The state of the cluster at one moment, and its traffic since the one before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// Seconds since the end of the warm-up.
    pub at_seconds: f64,
    /// How many of the pairs of running members are known, 0 to 1.
    pub completeness: f64,
    /// Entries of members about whoever does not run, or not in that life.
    pub wrong_entries: u64,
    /// Members that run.
    pub running: u64,
    /// False declarations so far.
    pub declarations_false: u64,
    /// Members that somebody wrongly holds down at this moment.
    pub wrongly_down: u64,
    /// Datagrams that a running member sent in a second.
    pub messages_per_node_second: f64,
    /// Their bytes, without headers of lower layers.
    pub bytes_per_node_second: f64,
}

/// A sign of life from a run that goes on.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How much of the run is done, 0 to 1.
    pub done: f64,
    /// The state of the cluster. During the warm-up without traffic, and so many seconds before its end as a negative
    /// number.
    pub sample: Sample,
}
