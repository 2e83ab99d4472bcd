//! Members made of the published `foca` 2.0.0, with its own postcard codec.

use std::num::NonZeroU32;

use foca as published;

use super::identity::Name;

mod random {
    pub(super) use rand_chacha::ChaCha8Rng as Random;
    pub(super) use rand_chacha::rand_core::SeedableRng;
}

#[path = "published.rs"]
mod adapter;

pub use adapter::Theirs;

/// What the crate recommends for a local network with so many members.
pub fn lan(members: u32) -> foca::Config {
    foca::Config::new_lan(NonZeroU32::new(members).expect("at least one member"))
}

/// A member with this identity that knows nobody.
pub fn theirs<I: Name>(
    identity: I,
    config: foca::Config,
    seed: u64,
) -> Theirs<I, foca::PostcardCodec> {
    Theirs::new(identity, config, foca::PostcardCodec, seed)
}
