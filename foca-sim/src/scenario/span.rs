//! Durations as people write them: a number and a unit.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A duration that is read from and written as text: `"2.048s"`, `"16ms"`, `"500us"`, `"2m"`, `"1h"`.
///
/// Whole microseconds, the resolution of the simulator's clock; what is finer is cut off.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span(pub Duration);

impl Span {
    /// So many milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// So many seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

/// Why a text is no duration.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpanError(String);

impl fmt::Display for SpanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no duration: write a number and one of the units h, m, s, ms, us, such as \"2.5s\"",
            self.0
        )
    }
}

impl std::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let error = || SpanError(text.to_owned());
        let trimmed = text.trim();
        let unit_at = trimmed
            .find(|c: char| c.is_ascii_alphabetic())
            .ok_or_else(error)?;
        let (number, unit) = trimmed.split_at(unit_at);
        let (_, unit_us) = UNITS
            .into_iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(error)?;
        let (whole, fraction) = number
            .trim()
            .split_once('.')
            .unwrap_or_else(|| (number.trim(), ""));
        if whole.is_empty() || !fraction.chars().all(|c| c.is_ascii_digit()) {
            return Err(error());
        }
        let whole: u64 = whole.parse().map_err(|_| error())?;
        let whole_us = whole.checked_mul(unit_us).ok_or_else(error)?;
        let fraction_us = fraction
            .chars()
            .scan(unit_us, |digit_us, digit| {
                *digit_us /= 10;
                Some(*digit_us * u64::from(digit.to_digit(10).unwrap_or(0)))
            })
            .sum();
        let micros = whole_us.checked_add(fraction_us).ok_or_else(error)?;
        Ok(Self(Duration::from_micros(micros)))
    }
}

/// In seconds, or in milliseconds if it is shorter than one or has more than three decimals.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX);
        match micros {
            0 => f.write_str("0s"),
            _ if micros % 1_000 != 0 || micros < 1_000_000 => write!(f, "{}ms", Decimal(micros)),
            _ => write!(f, "{}s", Decimal(micros / 1_000)),
        }
    }
}

/// Thousandths, without trailing zeros.
struct Decimal(u64);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, thousandths) = (self.0 / 1_000, self.0 % 1_000);
        let fraction = format!("{thousandths:03}");
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{whole}"),
            fraction => write!(f, "{whole}.{fraction}"),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(SpanVisitor)
    }
}

struct SpanVisitor;

impl Visitor<'_> for SpanVisitor {
    type Value = Span;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration with its unit, such as \"2.5s\" or \"16ms\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Span, E> {
        text.parse().map_err(E::custom)
    }
}

/// Units and their microseconds.
const UNITS: [(&str, u64); 5] = [
    ("us", 1),
    ("ms", 1_000),
    ("s", 1_000_000),
    ("m", 60_000_000),
    ("h", 3_600_000_000),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_is_read_and_the_text_is_read_back() {
        for (text, micros) in [
            ("2.048s", 2_048_000),
            ("16ms", 16_000),
            ("500us", 500),
            ("0.5ms", 500),
            ("2m", 120_000_000),
            ("1.5h", 5_400_000_000),
            (" 3 s", 3_000_000),
            ("0s", 0),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.0, Duration::from_micros(micros), "{text}");
            assert_eq!(span.to_string().parse(), Ok(span), "{span}");
        }
    }

    #[test]
    fn what_is_short_is_written_in_milliseconds() {
        for (text, written) in [
            ("2ms", "2ms"),
            ("0.5ms", "0.5ms"),
            ("2.048s", "2.048s"),
            ("2m", "120s"),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), written);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "-1s",
            "1.s2",
            "1..5s",
            "1e3s",
            "5 days",
            "99999999999999h",
            ".5s",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
