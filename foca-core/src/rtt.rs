//! How long answers take: what was measured decides when others are asked, rather than a guess that must suit
//! every network.

use core::time::Duration;

use crate::Instant;
use crate::machine::Machine;
use crate::probe::Stage;
use crate::{Broadcasts, Codec, Identity};

/// Others are asked after this part of `probe_rtt` at the soonest: a process that shares its processor answers
/// late now and then, however short the way is.
const SHARE_MIN: u32 = 5;

/// The smoothed time that answers take, and how much it varies: RFC 6298, section 2.
///
/// One estimate for all members. Where they are at different distances it varies, and grows by that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RoundTrips(Option<Measured>);

#[derive(Clone, Copy, Debug)]
struct Measured {
    smoothed: Duration,
    variation: Duration,
}

impl RoundTrips {
    pub(crate) fn measured(&mut self, sample: Duration) {
        let next = match self.0 {
            None => Measured {
                smoothed: sample,
                variation: sample / 2,
            },
            Some(Measured {
                smoothed,
                variation,
            }) => Measured {
                variation: weighted(variation, smoothed.abs_diff(sample), 4),
                smoothed: weighted(smoothed, sample, 8),
            },
        };
        self.0 = Some(next);
    }

    /// The smoothed time; `None` before anything was measured.
    pub(crate) fn smoothed(&self) -> Option<Duration> {
        self.0.map(|measured| measured.smoothed)
    }

    /// How long an answer may take, `most` at most.
    fn timeout(&self, most: Duration) -> Duration {
        self.0.map_or(most, |measured| {
            let usual = measured.smoothed + measured.variation * 4;
            usual.clamp(most / SHARE_MIN, most)
        })
    }
}

/// The old value moved by one part in `parts` towards the new.
fn weighted(old: Duration, new: Duration, parts: u32) -> Duration {
    old - old / parts + new / parts
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// How long the answer to a `Ping` may take before others are asked.
    pub(crate) fn answer_timeout(&self) -> Duration {
        let most = self.config.probe_rtt;
        match self.config.detector.measured_rtt {
            true => self.round_trips.timeout(most),
            false => most,
        }
    }

    /// The member that we probe answers now.
    pub(crate) fn measure(&mut self, now: Instant) {
        if let Some(cycle) = &self.probe.current
            && let Stage::Direct(sent) | Stage::Indirect(sent) = cycle.stage
        {
            // More than a period is no measure of the way.
            let sample = now.duration_since(sent).min(self.config.probe_period);
            self.round_trips.measured(sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    const MOST: Duration = Duration::from_millis(500);

    #[test]
    fn before_anything_was_measured_it_is_the_setting() {
        assert_eq!(RoundTrips::default().timeout(MOST), MOST);
        assert_eq!(RoundTrips::default().smoothed(), None);
    }

    /// The formulas of RFC 6298 in floating point.
    #[test]
    fn samples_are_smoothed_as_published() {
        let mut ours = RoundTrips::default();
        let (mut smoothed, mut variation) = (0.0, 0.0);
        let samples = [100, 120, 80, 100, 300, 90, 90, 110, 1, 500, 100];
        for (index, sample) in samples.into_iter().enumerate() {
            ours.measured(millis(sample));
            let sample = sample as f64;
            if index == 0 {
                (smoothed, variation) = (sample, sample / 2.0);
            } else {
                variation = 0.75 * variation + 0.25 * f64::abs(smoothed - sample);
                smoothed = 0.875 * smoothed + 0.125 * sample;
            }
            let expected = (smoothed + 4.0 * variation).clamp(0.2 * 2_000.0, 2_000.0);
            let timeout = ours.timeout(millis(2_000)).as_secs_f64() * 1e3;
            assert!((timeout - expected).abs() < 1e-3, "{timeout} {expected}");
        }
    }

    #[test]
    fn it_stays_between_a_fifth_of_the_setting_and_all_of_it() {
        let mut short = RoundTrips::default();
        let mut long = RoundTrips::default();
        for _ in 0..50 {
            short.measured(millis(1));
            long.measured(Duration::MAX / 8);
        }
        assert_eq!(short.timeout(MOST), millis(100));
        assert_eq!(long.timeout(MOST), MOST);
    }
}
