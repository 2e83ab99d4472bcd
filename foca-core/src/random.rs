//! The one source of randomness: a stream that is fixed by its seed for ever.

use core::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::Instant;

/// Random numbers whose stream is part of the crate's contract.
///
/// Only raw words of the generator are used: how other crates turn words into ranges may change
/// between their versions, the words of ChaCha8 do not.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn word(&mut self) -> u32 {
        self.0.next_u32()
    }

    pub(crate) fn long(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; 0 if `bound` is 0. Off from uniform by at most `bound / 2^32`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.word()) * u64::from(bound)) >> 32) as u32
    }

    /// A moment within `span` after `now`.
    pub(crate) fn within(&mut self, now: Instant, span: Duration) -> Instant {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let offset = (u128::from(micros) * u128::from(self.word())) >> 32;
        now + Duration::from_micros(offset as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_below_their_bound_and_reach_it() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 5];
        for _ in 0..5_000 {
            seen[random.below(5) as usize] += 1;
        }
        assert!(
            seen.iter().all(|count| (800..1_200).contains(count)),
            "{seen:?}"
        );
        assert_eq!(random.below(0), 0);
    }

    #[test]
    fn moments_stay_within_their_span() {
        let mut random = Random::new(2);
        for _ in 0..1_000 {
            let at = random.within(Instant::from_micros(10), Duration::from_micros(7));
            assert!((10..17).contains(&at.as_micros()));
        }
        assert!(random.within(Instant::MAX, Duration::MAX) == Instant::MAX);
    }
}
