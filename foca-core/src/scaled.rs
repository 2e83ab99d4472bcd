//! A setting that follows the number of members.

use core::time::Duration;

use crate::scale::{MILLION, log10_millionths};

/// A value that grows with the logarithm of the cluster size: what takes one datagram to a handful of
/// members takes several rounds to thousands.
///
/// A plain value converts into one that is the same at every size.
///
/// ```
/// use core::time::Duration;
/// use foca_core::Scaled;
///
/// let second = Duration::from_secs(1);
/// let suspicion = Scaled { least: 4 * second, per_decade: 4 * second };
/// assert_eq!([1, 10, 1_000].map(|members| suspicion.at(members)), [4, 4, 12].map(|n| n * second));
/// assert_eq!(Scaled::from(second).at(1_000), second);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Scaled<T> {
    /// The value in the smallest cluster, and no less in any.
    pub least: T,
    /// What each factor of ten in the number of members counts.
    pub per_decade: T,
}

impl Scaled<Duration> {
    /// `max(least, per_decade · log10(members))`; `Duration::MAX` if that cannot be told.
    #[must_use]
    pub fn at(self, members: usize) -> Duration {
        let decades_millionths = u128::from(log10_millionths(members));
        // The longest duration has fewer than 2^94 nanoseconds, the largest logarithm 2^25 millionths.
        let grown = self.per_decade.as_nanos() * decades_millionths / u128::from(MILLION);
        duration(grown).max(self.least)
    }
}

impl Scaled<u8> {
    /// `max(least, per_decade · log10(members + 1))`, rounded up, within 1 to 255.
    #[must_use]
    pub fn at(self, members: usize) -> u8 {
        let decades_millionths = u64::from(log10_millionths(members.saturating_add(1)));
        let grown = u64::from(self.per_decade) * decades_millionths;
        let grown = u8::try_from(grown.div_ceil(MILLION.into())).unwrap_or(u8::MAX);
        grown.max(self.least).max(1)
    }
}

impl<T: Default> From<T> for Scaled<T> {
    /// The same at every size.
    fn from(fixed: T) -> Self {
        Self {
            least: fixed,
            per_decade: T::default(),
        }
    }
}

/// So many nanoseconds, or the longest duration there is.
pub(crate) fn duration(nanos: u128) -> Duration {
    const NANOS_PER_SECOND: u128 = 1_000_000_000;
    match u64::try_from(nanos / NANOS_PER_SECOND) {
        Ok(seconds) => Duration::new(seconds, (nanos % NANOS_PER_SECOND) as u32),
        Err(_) => Duration::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const TIME: Scaled<Duration> = Scaled {
        least: Duration::from_secs(4),
        per_decade: Duration::from_secs(4),
    };
    const TIMES: Scaled<u8> = Scaled {
        least: 4,
        per_decade: 4,
    };

    #[test]
    fn values_agree_with_floating_point() {
        for members in (1..3_000).chain((3_000..2_000_000).step_by(313)) {
            let expected = (4.0 * (members as f64).log10()).max(4.0);
            let ours = TIME.at(members).as_secs_f64();
            assert!((ours - expected).abs() < 1e-5, "{members}: {ours}");
            let expected = (4.0 * (members as f64 + 1.0).log10()).max(4.0).ceil();
            assert_eq!(f64::from(TIMES.at(members)), expected, "{members}");
        }
    }

    /// One member more is worth no more than the slope of the logarithm says: powers of ten included.
    #[test]
    fn one_member_more_is_a_small_step_up() {
        for members in 1..1_000_000_usize {
            let (before, after) = (TIME.at(members), TIME.at(members + 1));
            let slope = (1.0 / members as f64).ln_1p() / core::f64::consts::LN_10;
            let step = after.saturating_sub(before).as_secs_f64();
            assert!(before <= after, "{members}");
            assert!(step <= 4.0 * slope + 1e-5, "{members}: {step}");
            let (before, after) = (TIMES.at(members), TIMES.at(members + 1));
            assert!(before <= after && after <= before + 1, "{members}");
        }
    }

    #[test]
    fn extremes_are_bounded() {
        let largest = usize::MAX;
        assert_eq!(Scaled::from(Duration::MAX).at(largest), Duration::MAX);
        let steep = Scaled {
            least: SECOND,
            per_decade: Duration::MAX,
        };
        assert_eq!([0, 1].map(|n| steep.at(n)), [SECOND; 2]);
        assert_eq!(steep.at(largest), Duration::MAX);
        let steep = Scaled {
            least: 0,
            per_decade: 255,
        };
        assert_eq!([0, 9, largest].map(|n| steep.at(n)), [1, 255, 255]);
    }

    #[test]
    fn a_plain_value_is_the_same_at_every_size() {
        for members in [0, 1, 10, 1_000_000] {
            assert_eq!(Scaled::from(SECOND).at(members), SECOND);
            assert_eq!(Scaled::from(7).at(members), 7);
        }
    }
}
