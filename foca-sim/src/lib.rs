#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod cluster;
mod link;
mod machine;
mod medium;
mod network;
mod node;
mod random;
mod schedule;
mod stats;
mod trace;

pub use link::Link;
pub use machine::Machine;
pub use network::{DATAGRAM_BYTES_MAX, Network, SOCKET_BUFFER_DATAGRAMS_MAX};
pub use node::{TIMEOUTS_AT_ONCE_MAX, TRANSMITS_AT_ONCE_MAX};
pub use stats::{NodeStats, Stats};
