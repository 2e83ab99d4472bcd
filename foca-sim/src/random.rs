//! The network's only source of randomness.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// The `ChaCha8` stream whose key is the seed in little-endian, padded with zeros.
///
/// Nothing but the cipher decides what is drawn, so a seed means the same in every version of every
/// random number library. Each datagram takes one number out of it, and as many as it likes out of
/// that: so whatever the network asks about one datagram, the next finds the same dice.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        Self(ChaCha8Rng::from_seed(key))
    }

    /// The dice of the next datagram.
    pub(crate) fn dice(&mut self) -> Dice {
        Dice::new(self.0.next_u64())
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): numbers that look random, out of one that is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of the same throw that share nothing with it or with those of another purpose.
    pub(crate) const fn aside(self, purpose: u64) -> Self {
        Self(Self(self.0 ^ purpose.wrapping_mul(PURPOSE)).next().1)
    }

    /// A number below `bound`, uniform but for a bias of less than `bound / 2^64`; 0 if `bound` is.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let (next, drawn) = self.next();
        *self = next;
        ((u128::from(drawn) * u128::from(bound)) >> 64) as u64
    }

    /// Whether something happens that happens so often in a million times.
    pub(crate) fn happens(&mut self, per_million: u32) -> bool {
        self.below(MILLION) < u64::from(per_million)
    }

    /// A time from the exponential distribution with this mean, in whole microseconds.
    pub(crate) fn exponential(&mut self, mean: Duration) -> Duration {
        // -ln(u) = -log2(u) ln(2), in fixed point: floating point differs between platforms.
        let halvings = minus_log2(self.below(u64::MAX));
        let mean_us = u64::try_from(mean.as_micros()).unwrap_or(u64::MAX);
        let means = (u128::from(mean_us) * u128::from(halvings)) >> 32;
        let tail_us = (means * LN_2) >> 32;
        Duration::from_micros(u64::try_from(tail_us).unwrap_or(u64::MAX))
    }

    const fn next(self) -> (Self, u64) {
        let state = self.0.wrapping_add(GOLDEN);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (Self(state), mixed ^ (mixed >> 31))
    }
}

/// `-log2((drawn + 1) / 2^64)` in units of 2^-32.
fn minus_log2(drawn: u64) -> u64 {
    let drawn = drawn.saturating_add(1);
    let zeros = drawn.leading_zeros();
    // The mantissa as a number between 1 and 2 in units of 2^-63; its logarithm bit by bit.
    let mut mantissa = drawn << zeros;
    let mut fraction = 0_u64;
    for bit in (0..32).rev() {
        let square = (u128::from(mantissa) * u128::from(mantissa)) >> 63;
        if square >> 64 == 0 {
            mantissa = square as u64;
        } else {
            mantissa = (square >> 1) as u64;
            fraction |= 1 << bit;
        }
    }
    ((u64::from(zeros) + 1) << 32) - fraction
}

const MILLION: u64 = 1_000_000;
/// `ln(2)` in units of 2^-32.
const LN_2: u128 = 2_977_044_472;
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
const PURPOSE: u64 = 0xD1B5_4A32_D192_ED03;

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
            assert_eq!(random.dice().0, u64::from_le_bytes(bytes));
        }
    }

    #[test]
    fn dice_are_the_published_splitmix64() {
        // What the reference implementation of Vigna draws from the seed 1234567.
        let mut dice = Dice::new(1_234_567);
        let drawn: Vec<u64> = (0..3)
            .map(|_| {
                let (next, drawn) = dice.next();
                dice = next;
                drawn
            })
            .collect();
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn every_number_below_the_bound_is_drawn_about_equally_often() {
        let mut random = Random::new(1);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[random.dice().below(6) as usize] += 1;
        }
        // Five standard deviations of a binomial distribution: 5 * sqrt(60000 * 1/6 * 5/6).
        assert!(
            counts.iter().all(|count| count.abs_diff(10_000) < 457),
            "{counts:?}"
        );
        assert_eq!(random.dice().below(0), 0);
    }

    #[test]
    fn logarithms_are_right_where_they_are_known() {
        assert_eq!(minus_log2(0), 64 << 32);
        assert_eq!(minus_log2((1 << 63) - 1), 1 << 32);
        assert!(minus_log2(u64::MAX - 1) <= 1);
        for drawn in [
            1_u64,
            1 << 20,
            1 << 40,
            (1 << 63) + (1 << 61),
            u64::MAX >> 3,
        ] {
            let expected = 64.0 - ((drawn as f64) + 1.0).log2();
            let got = minus_log2(drawn) as f64 / 2_f64.powi(32);
            assert!((got - expected).abs() < 1e-6, "{drawn}: {got}, {expected}");
        }
    }

    #[test]
    fn tails_are_exponential() {
        let mut dice = Dice::new(7);
        let mean = Duration::from_millis(20);
        let times: Vec<Duration> = (0..20_000).map(|_| dice.exponential(mean)).collect();
        // The share beyond k means is e^-k; five standard deviations of a binomial distribution.
        for k in 1..4_u32 {
            let share = (-f64::from(k)).exp();
            let beyond = times.iter().filter(|time| **time > mean * k).count() as f64;
            let deviation = (20_000.0 * share * (1.0 - share)).sqrt();
            assert!((beyond - 20_000.0 * share).abs() < 5.0 * deviation, "{k}");
        }
        assert_eq!(dice.exponential(Duration::ZERO), Duration::ZERO);
        let _saturates = dice.exponential(Duration::MAX);
    }
}
