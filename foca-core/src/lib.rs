#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::std_instead_of_core, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod assemble;
mod backlog;
mod broadcast;
mod codec;
mod config;
mod deadlines;
mod defend;
mod envelope;
mod error;
mod event;
mod foca;
mod growth;
mod hash;
mod identity;
mod inbound;
mod items;
mod log;
mod machine;
mod members;
mod message;
mod native;
mod outbox;
mod precedence;
mod probe;
mod random;
mod react;
mod scale;
mod schedule;
mod spelling;
mod stats;
mod table;
mod tick;
mod time;
mod token;

pub use broadcast::{Broadcasts, NoBroadcasts, Verdict};
pub use codec::Codec;
pub use config::{Accept, Config, ConfigError, Periodic, Rules, Settings, Wire};
pub use envelope::{Envelope, MAGIC, VERSION};
pub use error::{AnnounceError, BroadcastError, IdentityError};
pub use event::{Event, Status};
pub use foca::{Accepted, Foca, Setup, Transmit, Unsent};
pub use identity::{Identity, RENEWALS_MAX};
pub use message::{Header, Member, Message, State};
pub use schedule::Timer;
pub use stats::{Reject, Rejects, Stats};
pub use time::Instant;
