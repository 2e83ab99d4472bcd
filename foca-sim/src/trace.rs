//! A fingerprint of everything that was sent and delivered.

use foca_core::Instant;

use crate::address::Slot;
use crate::schedule::Datagram;

/// Hashes a run, event by event, as [`Network::trace_hash`](crate::Network::trace_hash) documents.
pub(crate) struct Trace(u64);

impl Trace {
    pub(crate) const fn new() -> Self {
        Self(0)
    }

    pub(crate) fn sent(&mut self, now: Instant, from: Slot, to: Slot, bytes: &[u8]) {
        self.add_head(now, Some(from), to, bytes.len() as u64 * KINDS + SENT);
        self.add_bytes(bytes);
    }

    pub(crate) fn injected(&mut self, now: Instant, to: Slot, bytes: &[u8]) {
        self.add_head(now, None, to, bytes.len() as u64 * KINDS + INJECTED);
        self.add_bytes(bytes);
    }

    /// What is delivered was hashed as it was sent; `number` says which one it is.
    pub(crate) fn delivered(&mut self, now: Instant, datagram: &Datagram) {
        let number = datagram.number.wrapping_mul(KINDS) + DELIVERED;
        self.add_head(now, datagram.from, datagram.to, number);
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.0
    }

    fn add_head(&mut self, now: Instant, from: Option<Slot>, to: Slot, what: u64) {
        let from = from.map_or(u32::MAX, Slot::number);
        self.add(now.as_micros());
        self.add(u64::from(from) << 32 | u64::from(to.number()));
        self.add(what);
    }

    fn add_bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last));
    }

    fn add(&mut self, word: u64) {
        let product = u128::from(self.0.rotate_left(23) ^ word) * MULTIPLIER;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

const SENT: u64 = 0;
const DELIVERED: u64 = 1;
const INJECTED: u64 = 2;
const KINDS: u64 = 3;
/// The golden ratio in units of 2^-64, odd.
const MULTIPLIER: u128 = 0x9E37_79B9_7F4A_7C15;
