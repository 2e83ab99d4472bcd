//! Lifeguard: Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for More Accurate Failure
//! Detection", arXiv 1707.00788v2.

mod anomaly;
mod configuration;
pub(super) mod latency;
mod threshold;
