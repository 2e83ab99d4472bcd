// Some of its examples are members that come with that feature.
#![cfg_attr(feature = "runtime", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "runtime"),
    doc = "A deterministic network in virtual time."
)]
#![forbid(unsafe_code)]

mod access;
mod address;
mod alarms;
mod bursts;
#[cfg(feature = "scenario")]
pub mod check;
pub mod cluster;
mod cut;
mod huge_pages;
#[cfg(feature = "runtime")]
pub mod levels;
mod link;
mod machine;
mod medium;
mod network;
mod node;
#[cfg(feature = "cli")]
pub mod paper;
#[cfg(feature = "peers")]
pub mod peers;
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
pub use huge_pages::use_huge_pages;
pub use link::Link;
pub use machine::Machine;
pub use network::{DATAGRAM_BYTES_MAX, Network, SOCKET_BUFFER_DATAGRAMS_MAX};
pub use node::{TIMEOUTS_AT_ONCE_MAX, TRANSMITS_AT_ONCE_MAX};
pub use stats::{NodeStats, Stats};
pub use watched::{Entry, Journal, Watched};
