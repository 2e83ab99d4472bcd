//! Nodes and drivers in the simulated network, through the public interface.
#![cfg(feature = "runtime")]

mod cluster;
mod commands;
mod departures;
mod determinism;
mod faults;
mod mixed;
