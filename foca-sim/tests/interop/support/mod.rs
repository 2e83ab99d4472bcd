//! What the scenarios share: members of every make, and clusters of them in virtual time.
#![allow(dead_code, unreachable_pub, reason = "each scenario uses its part")]

pub mod accusation;
pub mod board;
pub mod cluster;
pub mod identity;
pub mod ours;
pub mod peer;
pub mod published_019;
pub mod published_2;

use std::time::Duration;

use foca_core::Instant;

pub const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub const fn at(seconds: u64) -> Instant {
    Instant::from_micros(seconds * 1_000_000)
}
