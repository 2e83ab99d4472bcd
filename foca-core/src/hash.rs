//! The hash behind the member table: fast, and nobody outside can choose addresses that collide.
//!
//! What is hashed becomes the coefficients of a polynomial, which is evaluated at a secret point of
//! the field of integers modulo 2^61 - 1. The values of two different addresses of up to n words are
//! congruent at no more than n of the 2^60 points, and their hashes agree in so many of the low bits, by
//! which the table places them, at most 6n times as often as chance would have it: whoever does not
//! know the point cannot choose better. Nothing that a node says depends on a hash, so nothing betrays
//! the point.

use core::hash::{BuildHasher, Hasher};

use crate::random::Random;

/// A Mersenne prime: 2^61 is congruent to 1.
const PRIME: u64 = (1 << 61) - 1;
/// Points lie below, so that a sum is at most half of the one before and 2^61: it never overflows.
const POINTS: u64 = 1 << 60;
/// Longer words come in two parts, of which the first is marked by this bit.
const SPLIT: u64 = 1 << 60;
/// Bytes in a word; above them there is room for the bit that ends them.
const WORD_BYTES: usize = 7;

/// Makes hashers of one key.
#[derive(Clone, Copy)]
pub(crate) struct Keyed {
    /// Where the polynomial is evaluated.
    point: u64,
    /// An odd number that spreads its value over all bits.
    spread: u64,
}

impl Keyed {
    pub(crate) fn new(random: &mut Random) -> Self {
        // Neither 0 nor 1, where the polynomial shows too little of its coefficients.
        Self {
            point: 2 + random.long() % (POINTS - 2),
            spread: random.long() | 1,
        }
    }
}

impl BuildHasher for Keyed {
    type Hasher = Polynomial;

    fn build_hasher(&self) -> Polynomial {
        // A leading coefficient of 1 tells shorter inputs from longer ones that begin with zeros.
        Polynomial {
            key: *self,
            sum: self.point,
        }
    }
}

/// A polynomial under evaluation, by Horner's rule: each coefficient is added, then multiplied, so
/// that the last one does not show through.
pub(crate) struct Polynomial {
    key: Keyed,
    /// Congruent to the value so far; below 2^62 + 2^61.
    sum: u64,
}

impl Polynomial {
    /// The next coefficient, which must be below the prime.
    fn word(&mut self, word: u64) {
        let product = u128::from(self.sum + word) * u128::from(self.key.point);
        self.sum = (product as u64 & PRIME) + (product >> 61) as u64;
    }

    fn long(&mut self, word: u64) {
        if word < SPLIT {
            return self.word(word);
        }
        self.word(SPLIT | word >> 32);
        self.word(word & u64::from(u32::MAX));
    }
}

impl Hasher for Polynomial {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(WORD_BYTES) {
            let mut word = 1;
            for byte in chunk.iter().rev() {
                word = word << 8 | u64::from(*byte);
            }
            self.word(word);
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.word(word.into());
    }

    fn write_u16(&mut self, word: u16) {
        self.word(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.word(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.long(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.long(word as u64);
    }

    fn finish(&self) -> u64 {
        // The multiplication fills the upper bits, from which the table takes its tags, and keeps what
        // differs in the lower ones apart.
        self.sum.wrapping_mul(self.key.spread)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use core::hash::Hash;
    use core::net::{IpAddr, Ipv4Addr, SocketAddr};
    use std::collections::BTreeSet;

    fn keyed(seed: u64) -> Keyed {
        Keyed::new(&mut Random::new(seed))
    }

    #[test]
    fn it_is_the_value_of_the_polynomial() {
        let keyed = keyed(1);
        let prime = u128::from(PRIME);
        let mut random = Random::new(2);
        for words in 0..20 {
            let (mut hasher, mut value) = (keyed.build_hasher(), u128::from(keyed.point));
            for _ in 0..words {
                let word = random.long() >> (4 + random.below(60));
                hasher.write_u64(word);
                value = (value + u128::from(word)) % prime * u128::from(keyed.point) % prime;
                assert_eq!(u128::from(hasher.sum) % prime, value);
            }
        }
    }

    #[test]
    fn the_greatest_words_do_not_overflow() {
        let key = Keyed {
            point: POINTS - 1,
            spread: 1,
        };
        let mut hasher = key.build_hasher();
        for _ in 0..1_000 {
            hasher.word(PRIME - 1);
            assert!(hasher.sum < 3 * SPLIT * 2);
        }
    }

    #[test]
    fn what_differs_differs() {
        let keyed = keyed(3);
        let texts = [
            "",
            "a",
            "a\0",
            "\0a",
            "\0",
            "\0\0",
            "abcdefg",
            "abcdefg\0",
            "abcdefgh",
        ];
        let mut hashes: Vec<u64> = texts.iter().map(|text| keyed.hash_one(text)).collect();
        for bits in 0..64 {
            hashes.push(keyed.hash_one(1_u64 << bits));
        }
        hashes.push(keyed.hash_one((1_u64, 0_u64)));
        hashes.push(keyed.hash_one((0_u64, 1_u64)));
        let distinct: BTreeSet<_> = hashes.iter().collect();
        assert_eq!(distinct.len(), hashes.len());
        assert_eq!(keyed.hash_one("a"), keyed.hash_one("a"));
    }

    /// Addresses as they are found in clusters fill the buckets as chance would.
    #[test]
    fn neighbours_spread_over_buckets_and_tags() {
        let addresses = |high: u32, low: u32| {
            let ip = IpAddr::V4(Ipv4Addr::from(0x0A00_0000 | high << 12 | low & 0xFFF));
            SocketAddr::new(ip, 7_000)
        };
        spread((0..4_096).map(|n| addresses(0, n)));
        spread((0..4_096).map(|n| addresses(n, 0)));
        spread((0..4_096_u16).map(|port| SocketAddr::from(([127, 0, 0, 1], port))));
        spread((0..4_096_u64).map(|n| n << 52));
    }

    fn spread<T: Hash>(values: impl Iterator<Item = T>) {
        let keyed = keyed(5);
        let hashes: Vec<u64> = values.map(|value| keyed.hash_one(value)).collect();
        for (name, shift, bits) in [("buckets", 0, 7), ("tags", 57, 7)] {
            let mut counts = [0_i32; 1 << 7];
            for hash in &hashes {
                counts[(hash >> shift) as usize & ((1 << bits) - 1)] += 1;
            }
            // 32 on average, with a standard deviation below 6.
            let (least, most) = (counts.iter().min(), counts.iter().max());
            assert!(least >= Some(&4) && most <= Some(&72), "{name} {counts:?}");
        }
    }

    #[test]
    fn another_key_hashes_differently() {
        assert_ne!(keyed(1).hash_one(7_u32), keyed(2).hash_one(7_u32));
    }
}
