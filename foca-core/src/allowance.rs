//! How many bytes may leave: a bucket that fills with time and that every datagram is charged to.

use core::num::NonZeroU32;
use core::time::Duration;

use crate::Instant;

/// Millionths of a byte: what flows into the bucket in a microsecond at one byte per second.
const MILLION: i64 = 1_000_000;

/// What a number of bytes per second leaves to be sent.
///
/// The bucket holds one second's worth and starts full. What must be sent whatever the ceiling is
/// charged as well, so it can owe up to another second's worth.
pub(crate) struct Allowance {
    /// `None` without a ceiling.
    bytes_per_second: Option<u32>,
    /// In millionths of a byte.
    balance: i64,
    counted_at: Instant,
}

impl Allowance {
    /// With this ceiling, or none.
    pub(crate) fn new(bytes_per_second: Option<NonZeroU32>) -> Self {
        let bytes_per_second = bytes_per_second.map(Into::into);
        let mut allowance = Self {
            bytes_per_second,
            balance: 0,
            counted_at: Instant::ZERO,
        };
        allowance.balance = allowance.capacity();
        allowance
    }

    /// Goes on with another ceiling, from what is left of this one.
    pub(crate) fn configure(&mut self, now: Instant, bytes_per_second: Option<NonZeroU32>) {
        let next = Self::new(bytes_per_second);
        if self.bytes_per_second != next.bytes_per_second {
            let left = self.balance_at(now);
            let limited = self.bytes_per_second.is_some();
            *self = Self {
                balance: if limited {
                    left.min(next.balance)
                } else {
                    next.balance
                },
                counted_at: now,
                ..next
            };
        }
    }

    /// Bytes that may be sent now; `usize::MAX` without a ceiling.
    pub(crate) fn available(&self, now: Instant) -> usize {
        match self.bytes_per_second {
            Some(_) => usize::try_from(self.balance_at(now) / MILLION).unwrap_or(0),
            None => usize::MAX,
        }
    }

    /// When `bytes` will be available; what the bucket never holds counts as all that it holds.
    pub(crate) fn available_at(&self, now: Instant, bytes: usize) -> Instant {
        let Some(rate) = self.bytes_per_second else {
            return now;
        };
        let wanted = i64::try_from(bytes).unwrap_or(i64::MAX);
        let wanted = wanted.saturating_mul(MILLION).min(self.capacity());
        let missing = u64::try_from(wanted - self.balance_at(now)).unwrap_or(0);
        now + Duration::from_micros(missing.div_ceil(rate.into()))
    }

    /// Bytes that the bucket holds.
    pub(crate) fn bytes_saved_max(&self) -> usize {
        self.bytes_per_second.map_or(0, |rate| rate as usize)
    }

    /// Takes what was sent out of the bucket.
    pub(crate) fn charge(&mut self, now: Instant, bytes: usize) {
        if self.bytes_per_second.is_none() {
            return;
        }
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let left = self.balance_at(now);
        self.balance = left
            .saturating_sub(bytes.saturating_mul(MILLION))
            .max(-self.capacity());
        self.counted_at = now;
    }

    fn capacity(&self) -> i64 {
        i64::from(self.bytes_per_second.unwrap_or(0)) * MILLION
    }

    fn balance_at(&self, now: Instant) -> i64 {
        let micros = now.duration_since(self.counted_at).as_micros();
        let rate = self.bytes_per_second.unwrap_or(0);
        let gained = i64::try_from(micros)
            .unwrap_or(i64::MAX)
            .saturating_mul(rate.into());
        self.balance.saturating_add(gained).min(self.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowance(bytes_per_second: u32) -> Allowance {
        Allowance::new(limited(bytes_per_second))
    }

    fn limited(bytes_per_second: u32) -> Option<NonZeroU32> {
        NonZeroU32::new(bytes_per_second)
    }

    const fn at_ms(ms: u64) -> Instant {
        Instant::from_micros(ms * 1_000)
    }

    #[test]
    fn a_second_is_saved_up_and_no_more() {
        let mut allowance = allowance(10_000);
        assert_eq!(allowance.available(at_ms(0)), 10_000);
        allowance.charge(at_ms(0), 4_000);
        assert_eq!(allowance.available(at_ms(0)), 6_000);
        assert_eq!(allowance.available(at_ms(100)), 7_000);
        assert_eq!(allowance.available(Instant::MAX), 10_000);
    }

    #[test]
    fn what_must_be_sent_is_owed_up_to_a_second() {
        let mut allowance = allowance(10_000);
        for _ in 0..100 {
            allowance.charge(at_ms(0), 1_000);
        }
        assert_eq!(allowance.available(at_ms(1_000)), 0);
        assert_eq!(allowance.available_at(at_ms(0), 500), at_ms(1_050));
        assert_eq!(allowance.available(at_ms(1_050)), 500);
        let never = allowance.available_at(at_ms(0), 20_000);
        assert_eq!(never, at_ms(2_000), "as much as there will ever be");
    }

    #[test]
    fn nothing_is_lost_to_rounding() {
        let mut allowance = allowance(2_333);
        let (mut sent, end) = (0, at_ms(60_000));
        let mut now = at_ms(0);
        while now < end {
            assert!(allowance.available(now) >= 7);
            allowance.charge(now, 7);
            sent += 7;
            now = allowance.available_at(now, 7).max(now);
        }
        let exact = 2_333 * 61;
        assert!((exact - 14..=exact).contains(&sent), "{sent}");
    }

    #[test]
    fn a_ceiling_can_come_change_and_go() {
        let mut allowance = Allowance::new(None);
        allowance.charge(at_ms(0), usize::MAX);
        assert_eq!(allowance.available(at_ms(0)), usize::MAX);
        assert_eq!(allowance.available_at(at_ms(0), usize::MAX), at_ms(0));
        allowance.configure(at_ms(5), limited(10_000));
        assert_eq!(allowance.available(at_ms(5)), 10_000);
        allowance.charge(at_ms(5), 9_000);
        allowance.configure(at_ms(5), limited(5_000));
        assert_eq!(allowance.available(at_ms(5)), 1_000);
        allowance.configure(at_ms(5), limited(5_000));
        assert_eq!(allowance.available(at_ms(5)), 1_000);
        allowance.configure(at_ms(5), None);
        assert_eq!(allowance.available(at_ms(5)), usize::MAX);
    }
}
