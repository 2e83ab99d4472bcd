//! Doubt in ourselves: who fails to hear others may be the one that is slow.
//!
//! Lifeguard, section IV-A (LHA-Probe). It changes how long our own probes last, and nothing about what is
//! concluded from one that failed.

use crate::config::Accept;
use crate::detector::MissedNacks;
use crate::machine::Machine;
use crate::probe::{Cycle, Times};
use crate::{Broadcasts, Codec, Identity, Instant};

/// How much there is to doubt: 0 is healthy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Health(u8);

impl Health {
    fn better(&mut self, by: u8) {
        self.0 = self.0.saturating_sub(by);
    }

    fn worse(&mut self, by: usize, max: u8) {
        let by = u8::try_from(by).unwrap_or(u8::MAX);
        self.0 = self.0.saturating_add(by).min(max);
    }
}

/// What a probe counts of which so many helpers were asked, and so many of them said that they got no
/// answer.
fn failure(missed_nacks: MissedNacks, asked: usize, nacked: usize) -> usize {
    let silent = asked.saturating_sub(nacked);
    match missed_nacks {
        MissedNacks::InAddition => 1 + usize::from(silent > 0),
        MissedNacks::Instead if asked > 0 => silent,
        MissedNacks::Instead => 1,
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// How much we doubt ourselves; the settings may have changed since it was counted.
    pub(crate) fn local_health(&self) -> u8 {
        let health = self.config.detector.local_health;
        health.map_or(0, |health| self.health.0.min(health.max))
    }

    /// Forgets what other settings counted beyond what these do.
    pub(crate) fn limit_health(&mut self) {
        self.health = Health(self.local_health());
        self.doubts.refund_at_most(self.health.0);
    }

    /// How long the stages of a probe last that begins now.
    pub(crate) fn probe_times(&self, now: Instant) -> Times {
        // Whoever hears nobody at all cannot find out who is slow, but soon should that it is alone.
        let times = match self.hears_nobody(now, self.members.pace.suspicion) {
            true => 1,
            false => u32::from(self.local_health()) + 1,
        };
        let health = self.config.detector.local_health;
        let times_if = |scales| if scales { times } else { 1 };
        let rtt_times = times_if(health.is_some_and(|health| health.scales_rtt));
        let pause_times = times_if(health.is_some_and(|health| health.scales_pause));
        Times {
            period: self.config.probe_period.saturating_mul(times),
            if_answered: self.config.probe_period.saturating_mul(pause_times),
            alone: self.answer_timeout().saturating_mul(rtt_times),
            rtt: self.config.probe_rtt.saturating_mul(rtt_times),
        }
    }

    /// A probe was answered.
    pub(crate) fn probe_succeeded(&mut self) {
        self.health.better(1);
        self.doubts.refund_at_most(self.health.0);
    }

    /// A probe was not answered, although it left. Returns what that counted.
    pub(crate) fn probe_failed(&mut self, cycle: &Cycle<I>) -> u8 {
        let Some(health) = self.config.detector.local_health else {
            return 0;
        };
        let asked = if self.expects_nacks() {
            cycle.relays.len()
        } else {
            0
        };
        let before = self.health.0;
        let by = failure(health.missed_nacks, asked, cycle.nacked.len());
        self.health.worse(by, health.max);
        self.health.0.saturating_sub(before)
    }

    /// Others agree that it was not for us that a probe was not answered: what it counted is taken back, as far
    /// as answers have not taken it away already. What was counted for anything else stays.
    pub(crate) fn probe_failed_for_others(&mut self, counted: u8) {
        self.health.better(counted);
    }

    /// Others did not hear us: we had to refute that.
    pub(crate) fn was_accused(&mut self) {
        if let Some(health) = self.config.detector.local_health {
            self.health.worse(1, health.max);
        }
    }

    /// Whether those whom we ask for help say so when they get no answer. While some of them speak another
    /// wire, which has no words for it, their silence says nothing.
    fn expects_nacks(&self) -> bool {
        self.config.accept == Accept::Own && self.nacks()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_probe_counts_once_and_once_more_if_a_helper_was_silent() {
        let counted = |asked, nacked| failure(MissedNacks::InAddition, asked, nacked);
        assert_eq!([counted(0, 0), counted(3, 3)], [1, 1]);
        assert_eq!([counted(3, 2), counted(3, 0)], [2, 2]);
    }

    #[test]
    fn or_once_for_each_helper_that_was_silent() {
        let counted = |asked, nacked| failure(MissedNacks::Instead, asked, nacked);
        assert_eq!(counted(0, 0), 1, "nobody could have said anything");
        assert_eq!([counted(3, 3), counted(3, 2), counted(3, 0)], [0, 1, 3]);
    }

    #[test]
    fn it_stays_within_its_bounds() {
        let mut health = Health::default();
        health.better(1);
        assert_eq!(health.0, 0);
        health.worse(7, 8);
        health.worse(2, 8);
        assert_eq!(health.0, 8);
        health.worse(usize::MAX, u8::MAX);
        health.worse(usize::MAX, u8::MAX);
        assert_eq!(health.0, u8::MAX);
        health.worse(0, 7);
        assert_eq!(health.0, 7, "a lower bound holds at once");
    }
}
