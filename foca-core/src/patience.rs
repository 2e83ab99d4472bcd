//! Who turned out to live after all gets more time before the next verdict.
//!
//! A pause that is longer than a verdict takes cannot be told from a crash. But a member that came
//! back from one is likely to pause again, and by then it can be known.

use alloc::vec::Vec;

use crate::Instant;
use crate::table::Slot;
use core::time::Duration;

/// How often the time before a verdict is doubled at most.
const LEVEL_MAX: u32 = 3;

/// Members remembered. Where more come back within the time it was the network that was away.
const MEMBERS_MAX: usize = 64;

/// Probe periods after which one doubling is taken back.
const MEMORY_PERIODS: u32 = 600;

#[derive(Clone, Copy)]
struct Returned {
    slot: Slot,
    level: u32,
    /// When the level falls by one.
    falls: Instant,
}

/// Members that came back from a verdict of late.
#[derive(Default)]
pub(crate) struct Patience {
    returned: Vec<Returned>,
    /// While the network is taken to have been away nobody is remembered.
    suspended_until: Instant,
    /// Returns that were not remembered, or not for long, because more members returned than are remembered.
    pub(crate) forgotten: u64,
}

impl Patience {
    /// A member that was down proved to be alive, in the same life.
    pub(crate) fn returned(&mut self, now: Instant, slot: Slot, probe_period: Duration) {
        let memory = probe_period.saturating_mul(MEMORY_PERIODS);
        self.age(now, memory);
        let falls = now + memory;
        if let Some(known) = self.returned.iter_mut().find(|it| it.slot == slot) {
            known.level = LEVEL_MAX.min(known.level + 1);
            known.falls = falls;
        } else if self.returned.len() >= MEMBERS_MAX {
            self.forgotten += self.returned.len() as u64 + 1;
            self.returned = Vec::new();
            self.suspended_until = falls;
        } else if now >= self.suspended_until {
            let level = 1;
            self.returned.push(Returned { slot, level, falls });
        } else {
            self.forgotten += 1;
        }
    }

    /// By what to multiply the time before a verdict about this member.
    pub(crate) fn factor_at(&mut self, now: Instant, slot: Slot, probe_period: Duration) -> u32 {
        self.age(now, probe_period.saturating_mul(MEMORY_PERIODS));
        self.factor(slot)
    }

    fn factor(&self, slot: Slot) -> u32 {
        let known = self.returned.iter().find(|it| it.slot == slot);
        known.map_or(1, |it| 1 << it.level)
    }

    /// Another life has nothing to do with it, nor has whoever gets the slot next.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.returned.retain(|it| it.slot != slot);
    }

    /// Takes back what is old.
    fn age(&mut self, now: Instant, memory: Duration) {
        for it in &mut self.returned {
            if it.falls <= now {
                it.level -= 1;
                it.falls = now + memory;
            }
        }
        self.returned.retain(|it| it.level > 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn each_return_doubles_up_to_eight_times() {
        let mut patience = Patience::default();
        let factors = [1, 2, 3, 4, 5].map(|second| {
            let before = patience.factor(7);
            patience.returned(at(second), 7, SECOND);
            before
        });
        assert_eq!(factors, [1, 2, 4, 8, 8]);
        assert_eq!(patience.factor(8), 1);
        patience.forget(7);
        assert_eq!(patience.factor(7), 1);
    }

    #[test]
    fn it_is_taken_back_step_by_step() {
        let mut patience = Patience::default();
        patience.returned(at(0), 7, SECOND);
        patience.returned(at(0), 7, SECOND);
        let mut factor_at = |second| {
            patience.age(at(second), 600 * SECOND);
            patience.factor(7)
        };
        assert_eq!([599, 600, 1_199, 1_200].map(&mut factor_at), [4, 2, 2, 1]);
    }

    #[test]
    fn where_many_return_it_was_the_network() {
        let mut patience = Patience::default();
        (0..64).for_each(|slot| patience.returned(at(0), slot, SECOND));
        assert_eq!((patience.factor(63), patience.forgotten), (2, 0));
        patience.returned(at(1), 64, SECOND);
        patience.returned(at(2), 65, SECOND);
        assert!((0..70).all(|slot| patience.factor(slot) == 1));
        assert_eq!(patience.forgotten, 66);
        patience.returned(at(601), 65, SECOND);
        assert_eq!(patience.factor(65), 2);
    }
}
