#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod clock;
mod config;
mod driver;
mod events;
mod handle;
mod io;
mod node;
mod node_id;
mod notice;
mod peer;
mod seeds;
mod shared;
mod socket_error;
mod start;
mod stats;
#[cfg(feature = "testing")]
pub mod testing;
mod watched;

pub use clock::Clock;
pub use config::{EVENTS_MAX_DEFAULT, NodeConfig, SEED_PERIOD_DEFAULT};
pub use driver::{
    Driver, RECEIVE_ERRORS_MAX, RECEIVE_PAUSE, RECEIVES_PER_ROUND_MAX, ROUNDS_PER_POLL_MAX,
    SENDS_PER_ROUND_MAX,
};
pub use events::Events;
pub use foca_codec::{CheckedEnvelope, ClusterTag, PostcardCodec};
pub use foca_core::{
    Accept, Accepted, AnnounceError, BroadcastError, Broadcasts, Codec, Config, ConfigError,
    Envelope, Event, Identity, IdentityError, Instant, Member, NoBroadcasts, Periodic, Reject,
    Rejects, Rules, Settings, State, Stats, Status, Timer, Verdict, Wire,
};
pub use handle::Handle;
pub use io::{Io, poll_nonblocking};
pub use node::Node;
pub use node_id::NodeId;
pub use notice::NOTICE_INTERVAL;
pub use peer::Peer;
pub use seeds::SEEDS_PER_ROUND_MAX;
pub use socket_error::{SocketError, SocketErrors};
pub use start::{StartError, start};
pub use stats::DriverStats;
