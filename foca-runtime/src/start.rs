//! From a configuration to a handle and a driver.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use foca_core::{Broadcasts, Codec, ConfigError};

use crate::shared::Shared;
use crate::{Driver, Handle, Io, Node, NodeConfig, Peer};

/// Makes a node over `io`. It lives as long as the driver is polled: spawn that on your executor.
///
/// # Errors
///
/// If something configured cannot work.
#[expect(
    clippy::type_complexity,
    reason = "the pair is taken apart where it is received"
)]
pub fn start<I: Peer, C: Codec<I>, B: Broadcasts<I>, T: Io>(
    config: NodeConfig<I, C, B>,
    io: T,
) -> Result<(Handle<I, C, B>, Driver<T, I, C, B>), StartError> {
    let now = io.now();
    let events_max = config.events_max;
    let node = Node::new(config, now)?;
    let shared = Shared::new(node, events_max, now, io.clock());
    Ok((Handle::new(shared.clone()), Driver::new(shared, io)))
}

/// Why a node was not started.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StartError {
    /// The protocol cannot be configured like this.
    Config(ConfigError),
    /// `events_max` is zero.
    EventsMax,
    /// `seed_period` is zero.
    SeedPeriod,
    /// The identity names an address that nobody can send to: any host, or port 0.
    Unreachable(SocketAddr),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::EventsMax => f.write_str("events_max must be at least 1"),
            Self::SeedPeriod => f.write_str("seed_period must not be zero"),
            Self::Unreachable(addr) => {
                write!(f, "{addr} is no address that other members can send to")
            }
        }
    }
}

impl std::error::Error for StartError {}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<StartError> for io::Error {
    fn from(error: StartError) -> Self {
        Self::new(io::ErrorKind::InvalidInput, error)
    }
}
