//! Rapid: Suresh et al., "Stable and Consistent Membership at Scale with Rapid", USENIX ATC 2018.

pub(super) mod conflicts;
pub(super) mod crash;
pub(super) mod cut;
pub(super) mod loss;
mod views;
