//! The network's only source of randomness.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The `ChaCha8` stream whose key is the seed in little-endian, padded with zeros.
///
/// Nothing but the cipher decides what is drawn, so a seed means the same in every version of every
/// random number library.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A number below `bound`, uniform but for a bias of less than `bound / 2^64`; 0 if `bound` is.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_published_chacha8_key_stream() {
        // draft-strombergson-chacha-test-vectors, TC1: all-zero key and nonce, 256 bits, 8 rounds.
        let key_stream = [
            [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6],
            [0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09, 0xa5, 0xa1],
        ];
        let mut random = Random::new(0);
        for bytes in key_stream {
            assert_eq!(random.below(1 << 32), u64::from_le_bytes(bytes) >> 32);
        }
    }

    #[test]
    fn every_number_below_the_bound_is_drawn_about_equally_often() {
        let mut random = Random::new(1);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[random.below(6) as usize] += 1;
        }
        // Five standard deviations of a binomial distribution: 5 * sqrt(60000 * 1/6 * 5/6).
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 457),
            "{counts:?}"
        );
        assert_eq!(random.below(0), 0);
    }
}
