//! SWIM: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group
//! Membership Protocol", DSN 2002.

pub(super) mod detection;
pub(super) mod infection;
pub(super) mod load;
mod setup;
pub(super) mod suspicion;
pub(super) mod worst_case;
