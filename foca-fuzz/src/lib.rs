//! What the fuzz targets in `fuzz/` drive: one function per target, from bytes to assertions.
//!
//! They live here, and not with the targets, so that an ordinary test can replay the corpus
//! (`tests/corpus.rs`) without a nightly toolchain.

#![forbid(unsafe_code)]

mod decoders;
mod input;
mod packet;
mod schedule;
mod victim;

/// A fuzz target: its name, which is that of its corpus, and what it does with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: &[Target] = &[
    ("identity", decoders::identity),
    ("foca2_header", decoders::foca2_header),
    ("foca2_member", decoders::foca2_member),
    ("envelope", decoders::envelope),
    ("native_datagram", victim::native_datagram),
    ("foca2_datagram", victim::foca2_datagram),
    ("schedule", schedule::schedule),
];

/// Does what the target called `name` does with `input`.
///
/// # Panics
///
/// If something does not hold, or if there is no such target.
pub fn drive(name: &str, input: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.unwrap_or_else(|| panic!("no target is called {name}"));
    target(input);
}
