#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod address;
mod alarms;
mod bursts;
#[cfg(feature = "scenario")]
pub mod check;
pub mod cluster;
mod cut;
mod link;
mod machine;
mod medium;
mod network;
mod node;
#[cfg(feature = "cli")]
pub mod paper;
mod random;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "scenario")]
pub mod scenario;
mod schedule;
mod stats;
mod trace;
mod watched;

pub use access::Access;
pub use bursts::Bursts;
pub use link::Link;
pub use machine::Machine;
pub use network::{DATAGRAM_BYTES_MAX, Network, SOCKET_BUFFER_DATAGRAMS_MAX};
pub use node::{TIMEOUTS_AT_ONCE_MAX, TRANSMITS_AT_ONCE_MAX};
pub use stats::{NodeStats, Stats};
pub use watched::{Entry, Journal, Watched};
