//! Lifeguard: Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for More Accurate Failure
//! Detection", arXiv 1707.00788v2.

mod agent;
mod anomaly;
mod closed_form;
mod configuration;
mod connection;
mod datagram;
pub(super) mod false_positives;
mod interval;
pub(super) mod latency;
mod relay;
mod threshold;
pub(super) mod tuning;
