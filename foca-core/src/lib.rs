#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::std_instead_of_core, clippy::alloc_instead_of_core)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod allowance;
mod answer;
mod assemble;
mod backlog;
mod broadcast;
mod check;
mod chunks;
mod codec;
mod commands;
mod comparison;
mod config;
mod damping;
mod deadlines;
mod decay;
mod decided;
mod defend;
mod detector;
mod digest;
mod envelope;
mod error;
mod event;
mod foca;
mod gossip;
mod growth;
mod hash;
mod health;
mod identity;
mod inbound;
mod items;
mod kept_out;
mod log;
mod machine;
mod members;
mod message;
mod native;
mod outbox;
mod own_question;
mod pace;
mod patience;
mod precedence;
mod presets;
mod probe;
mod questions;
mod random;
mod ranges;
mod react;
mod reconcile;
mod relay;
mod rtt;
mod scale;
mod scaled;
mod schedule;
mod search;
mod spelling;
mod stats;
mod table;
mod tick;
mod time;
mod token;
mod verdicts;
mod view;

pub use broadcast::{Broadcasts, NoBroadcasts, Verdict};
pub use check::Check;
pub use codec::Codec;
pub use config::{Accept, Config, ConfigError, Periodic, Rules, Settings, Wire};
pub use damping::Damping;
pub use decay::Decay;
pub use detector::{Detector, LocalHealth, MissedNacks};
pub use envelope::{Envelope, MAGIC, VERSION};
pub use error::{AnnounceError, BroadcastError, IdentityError};
pub use event::{Event, Status};
pub use foca::{Accepted, Foca, Setup, Transmit, Unsent};
pub use identity::{Identity, RENEWALS_MAX};
pub use message::{Header, Member, Message, State};
pub use pace::Pace;
pub use scaled::Scaled;
pub use schedule::Timer;
pub use stats::{Reject, Rejects, Stats};
pub use time::Instant;
