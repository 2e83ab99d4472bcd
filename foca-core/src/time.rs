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
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        // In 64 bits: this is done for every deadline.
        let micros = duration
            .as_secs()
            .saturating_mul(1_000_000)
            .saturating_add(duration.subsec_micros().into());
        Self(self.0.saturating_add(micros))
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
    fn it_prints_as_seconds() {
        assert_eq!(Instant::from_micros(1_000_042).to_string(), "1.000042s");
    }
}
