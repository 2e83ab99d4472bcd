#![cfg_attr(feature = "postcard", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "postcard"),
    doc = "Codecs and the checked envelope for `foca-core`. The README has the rest."
)]
#![no_std]
#![forbid(unsafe_code)]
#![warn(clippy::std_instead_of_core, clippy::alloc_instead_of_core)]

#[cfg(test)]
extern crate std;

#[cfg(feature = "bincode")]
mod bincode_codec;
mod envelope;
#[cfg(any(feature = "postcard", feature = "bincode"))]
mod foca2;
#[cfg(any(feature = "postcard", feature = "bincode"))]
mod format;
#[cfg(any(feature = "postcard", feature = "bincode"))]
mod guard;
#[cfg(feature = "postcard")]
mod postcard_codec;

#[cfg(feature = "bincode")]
pub use bincode;
#[cfg(feature = "bincode")]
pub use bincode_codec::BincodeCodec;
pub use envelope::{CheckedEnvelope, ClusterTag};
#[cfg(feature = "postcard")]
pub use postcard_codec::PostcardCodec;
