//! Members made of the published `foca` 0.19, with its own bincode codec.

use std::num::NonZeroU32;

use foca_019 as published;
use foca_codec::bincode::config;

use super::identity::Id;

mod random {
    pub(super) use rand_09::SeedableRng;
    pub(super) use rand_09::rngs::SmallRng as Random;
}

#[path = "published.rs"]
#[allow(
    clippy::duplicate_mod,
    reason = "the same adapter around two versions of one crate"
)]
mod adapter;

pub use adapter::Theirs;

type Bincode = foca_019::BincodeCodec<config::Configuration>;

/// A member with this identity that knows nobody, configured for a local network.
pub fn theirs(identity: Id, members: u32, seed: u64) -> Theirs<Id, Bincode> {
    let members = NonZeroU32::new(members).expect("at least one member");
    let codec = foca_019::BincodeCodec(config::standard());
    Theirs::new(identity, foca_019::Config::new_lan(members), codec, seed)
}
