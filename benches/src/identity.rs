//! The identity that both sides have in common, and who is who in a measurement.

pub use foca_sim::scenario::{Id, address, number};

/// The node that is measured.
#[must_use]
pub fn myself() -> Id {
    Id::new(0)
}

/// Whom it knows.
#[must_use]
pub fn others(members: usize) -> Vec<Id> {
    (1..=members).map(Id::new).collect()
}
