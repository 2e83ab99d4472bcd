//! The clock of the protocol: a number of microseconds that somebody else counts.

use core::fmt;
use core::ops::Add;
use core::time::Duration;

/// A moment in microseconds since an origin that the caller chose, such as the start of the driver.
///
/// The core never reads a clock. Arithmetic saturates: adding past [`Instant::MAX`] stays there and
/// subtracting a later moment yields zero, so no input can make it panic or run backwards.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Instant(u64);

impl Instant {
    /// The origin.
    pub const ZERO: Self = Self(0);
    /// The last moment that can be told, some 584,000 years after the origin.
    pub const MAX: Self = Self(u64::MAX);

    /// The moment `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Time that passed since `earlier`; zero if `earlier` is later than `self`.
    #[must_use]
    pub const fn duration_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The first moment after `now` that is a whole number of steps after this one; this one if it is
    /// yet to come.
    pub(crate) fn next_in_step(self, step: Duration, now: Self) -> Self {
        let step_us = micros(step).max(1);
        let Some(late_us) = now.0.checked_sub(self.0) else {
            return self;
        };
        let steps = (late_us / step_us).saturating_add(1);
        Self(self.0.saturating_add(steps.saturating_mul(step_us)))
    }
}

/// Whole microseconds, in 64 bits: this is done for every deadline.
const fn micros(duration: Duration) -> u64 {
    duration
        .as_secs()
        .saturating_mul(1_000_000)
        .saturating_add(duration.subsec_micros() as u64)
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}s", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn arithmetic_saturates_at_both_ends() {
        assert_eq!(Instant::MAX + Duration::MAX, Instant::MAX);
        assert_eq!(Instant::ZERO.duration_since(Instant::MAX), Duration::ZERO);
        let later = Instant::from_micros(5) + Duration::from_millis(2);
        assert_eq!(later.as_micros(), 2_005);
        assert_eq!(
            later.duration_since(Instant::from_micros(5)),
            Duration::from_millis(2)
        );
    }

    #[test]
    fn steps_lead_from_one_moment_to_the_first_that_is_to_come() {
        let every = Duration::from_millis(3);
        let next = |from_us, now_us| {
            let from = Instant::from_micros(from_us);
            let next = from.next_in_step(every, Instant::from_micros(now_us));
            next.as_micros()
        };
        assert_eq!([next(10, 0), next(10, 9)], [10, 10]);
        assert_eq!([next(10, 10), next(10, 3_009)], [3_010, 3_010]);
        assert_eq!(next(10, 3_010), 6_010);
        assert_eq!(next(10, u64::MAX), u64::MAX);
        let never = Instant::ZERO.next_in_step(Duration::ZERO, Instant::MAX);
        assert_eq!(never, Instant::MAX);
    }

    #[test]
    fn it_prints_as_seconds() {
        assert_eq!(Instant::from_micros(1_000_042).to_string(), "1.000042s");
    }
}
