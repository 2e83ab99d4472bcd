//! Whoever has to refute again and again is put out for a while.
//!
//! The idea is that of RFC 2439 (damping of flapping routes), section 4: every refutation counts,
//! what was counted is forgiven with time, and beyond a limit the member is out until a time has passed.
//! A member that loses most of its datagrams is never declared down for long, because what gets through
//! is life; Rapid (Suresh et al. 2018, section 1) says what that costs those who depend on it.
//!
//! What counts is public: members refute to everybody. So nobody needs to be asked, and whoever counted one
//! less holds a member that it is told to be down, which makes that member refute once more.

use alloc::vec::Vec;
use core::time::Duration;

use crate::Instant;
use crate::table::Slot;

/// When a member that refutes again and again is put out, and for how long. Only of identities that refute by
/// incarnation: where `Down` is final each return is another life, which owes nothing to the one before.
///
/// Members that lose 80 % of what they receive or send refute 1.6 times a minute at any cluster size, with
/// `Config::lan()`; where everybody loses 25 % each one does so once in three hours.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
#[non_exhaustive]
pub struct Damping {
    /// Refutations that are put up with; one more and the member is out. 1 to 100.
    pub refutations_max: u8,
    /// One of them is forgiven whenever this has passed. At least a microsecond.
    pub forgiven_every: Duration,
    /// How long a member is out. Until then no sign of life brings it back, except another life of its
    /// address. At least a microsecond.
    pub out: Duration,
    /// Where more members than this have refuted, in per cent of all and those that are out included, but at
    /// least one, it is the network: nobody else is put out, counted in `dampings_refused`. 1 to 100.
    pub percent_max: u8,
    /// Members whose refutations are counted at one time, those that are out included. More are not watched,
    /// counted in `watches_refused`, and nobody else is put out meanwhile. At least 2.
    pub watched_max: u16,
}

impl Default for Damping {
    fn default() -> Self {
        Self {
            refutations_max: 3,
            forgiven_every: Duration::from_secs(300),
            out: Duration::from_secs(1_800),
            percent_max: 25,
            watched_max: 256,
        }
    }
}

impl Damping {
    pub(crate) fn is_valid(&self) -> bool {
        let least = Duration::from_micros(1);
        (1..=100).contains(&self.refutations_max)
            && self.forgiven_every >= least
            && self.out >= least
            && (1..=100).contains(&self.percent_max)
            && self.watched_max >= 2
    }

    /// How many may refute at a time among so many, for one of them to be put out.
    pub(crate) fn refuting_max(&self, members: usize) -> usize {
        let share = members.saturating_mul(self.percent_max.into()) / 100;
        share.clamp(1, usize::from(self.watched_max) - 1)
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    /// Its refutations are counted.
    Watched,
    /// Nothing it says counts, nor what is said of its life.
    Out,
    /// It was out here when that became void: only its time to be forgotten is to be set right.
    Released,
    /// It was out; until then it may still be at others.
    Back { until: Instant },
}

#[derive(Clone, Copy, Debug)]
struct Watch {
    slot: Slot,
    /// Refutations that were not forgiven yet.
    level: u8,
    /// When the next one is.
    falls: Instant,
    /// When one was counted last.
    counted: Instant,
    standing: Standing,
}

/// Members that refuted of late.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    list: Vec<Watch>,
    /// Members put out.
    pub(crate) damped: u64,
    /// Times a member was not put out because too many refuted.
    pub(crate) refused: u64,
    /// Refutations not counted because too many members were watched.
    pub(crate) unwatched: u64,
    /// Signs of life of members that are out.
    pub(crate) ignored: u64,
}

impl Watches {
    fn of(&mut self, slot: Slot) -> Option<&mut Watch> {
        self.list.iter_mut().find(|it| it.slot == slot)
    }

    fn stands(&self, slot: Slot, is_it: impl Fn(Standing) -> bool) -> bool {
        let known = self.list.iter().find(|it| it.slot == slot);
        known.is_some_and(|it| is_it(it.standing))
    }

    /// Whether this member is out.
    pub(crate) fn is_out(&self, slot: Slot) -> bool {
        self.stands(slot, |it| it == Standing::Out)
    }

    /// Whether this member was out and may be at others still.
    pub(crate) fn may_be_out_elsewhere(&self, slot: Slot, now: Instant) -> bool {
        self.stands(slot, |it| match it {
            Standing::Back { until } => now < until,
            Standing::Watched | Standing::Out | Standing::Released => false,
        })
    }

    /// How many are out.
    pub(crate) fn out_len(&self) -> usize {
        let out = |it: &&Watch| it.standing == Standing::Out;
        self.list.iter().filter(out).count()
    }

    /// How many are out or refuted of late.
    pub(crate) fn refuting_len(&self) -> usize {
        let refuting = |it: &&Watch| it.level > 0 || it.standing == Standing::Out;
        self.list.iter().filter(refuting).count()
    }

    /// A member raised its incarnation. Whether that was once too often.
    ///
    /// However far it rose counts as one: an incarnation that we missed on the way may be hours old. So do all
    /// rises within `burst`: after a cut many accuse a member of the same.
    pub(crate) fn rises(
        &mut self,
        now: Instant,
        slot: Slot,
        damping: Damping,
        burst: Duration,
    ) -> bool {
        self.age(now, damping);
        let limit = damping.refutations_max;
        if let Some(known) = self.of(slot) {
            if known.standing == Standing::Out || now < known.counted + burst {
                return false;
            }
            if known.level == 0 {
                known.falls = now + damping.forgiven_every;
            }
            if known.standing == Standing::Released {
                known.standing = Standing::Watched;
            }
            known.level = known.level.saturating_add(1).min(limit + 1);
            known.counted = now;
            return known.level > limit;
        }
        if self.list.len() >= damping.watched_max.into() {
            self.unwatched += 1;
            return false;
        }
        self.list.push(Watch {
            slot,
            level: 1,
            falls: now + damping.forgiven_every,
            counted: now,
            standing: Standing::Watched,
        });
        false
    }

    /// This member is out from now on.
    pub(crate) fn put_out(&mut self, slot: Slot) {
        if let Some(known) = self.of(slot) {
            known.standing = Standing::Out;
            self.damped += 1;
        }
    }

    /// The time of a member has come: whether it was out, so that it can be taken back from now on.
    pub(crate) fn ends(&mut self, now: Instant, slot: Slot, damping: Option<Damping>) -> bool {
        let Some(known) = self.of(slot) else {
            return false;
        };
        let was = known.standing;
        match (was, damping) {
            (Standing::Out, Some(damping)) => {
                // Its return is one more refutation, and must not put it out again.
                known.level = known.level.min(damping.refutations_max - 1);
                let until = now + damping.out;
                known.standing = Standing::Back { until };
            }
            (Standing::Out, None) | (Standing::Released, _) => self.forget(slot),
            (Standing::Watched | Standing::Back { .. }, _) => {}
        }
        matches!(was, Standing::Out | Standing::Released)
    }

    /// Nobody is out any more: it was us who were cut off.
    pub(crate) fn release(&mut self, damping: Option<Damping>) {
        for it in &mut self.list {
            if it.standing == Standing::Out {
                it.standing = Standing::Released;
                // Its return is one more refutation, and must not put it out again.
                let level_max = damping.map_or(0, |damping| damping.refutations_max - 1);
                it.level = it.level.min(level_max);
            }
        }
    }

    /// A member is active again: the time of whoever was released is not that of being out any more.
    pub(crate) fn returns(&mut self, slot: Slot) {
        if let Some(known) = self.of(slot)
            && known.standing == Standing::Released
        {
            known.standing = Standing::Watched;
        }
    }

    /// Another life has nothing to do with it, nor has whoever gets the slot next.
    pub(crate) fn forget(&mut self, slot: Slot) {
        self.list.retain(|it| it.slot != slot);
    }

    /// Forgives what is old.
    fn age(&mut self, now: Instant, damping: Damping) {
        for it in &mut self.list {
            while it.level > 0 && it.falls <= now {
                it.level -= 1;
                it.falls = it.falls + damping.forgiven_every;
            }
        }
        self.list.retain(|it| match it.standing {
            Standing::Watched => it.level > 0,
            Standing::Back { until } => it.level > 0 || now < until,
            Standing::Out | Standing::Released => true,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BURST: Duration = Duration::from_secs(1);

    fn at(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    fn damping() -> Damping {
        Damping {
            refutations_max: 2,
            forgiven_every: Duration::from_secs(100),
            ..Damping::default()
        }
    }

    fn rise(watches: &mut Watches, second: u64, slot: Slot) -> bool {
        watches.rises(at(second), slot, damping(), BURST)
    }

    #[test]
    fn one_more_than_are_put_up_with_is_too_often() {
        let mut watches = Watches::default();
        let rises = [0, 10, 20].map(|second| rise(&mut watches, second, 7));
        assert_eq!(rises, [false, false, true]);
        assert!(!rise(&mut watches, 30, 8));
    }

    #[test]
    fn one_is_forgiven_whenever_the_time_has_passed() {
        let mut watches = Watches::default();
        // One per hundred seconds, for ever.
        for second in (0..10_000).step_by(100) {
            assert!(!rise(&mut watches, second, 7), "{second}");
        }
        // Two in a hundred seconds add up.
        let mut seconds = (20_000..).step_by(50);
        assert_eq!(seconds.find(|it| rise(&mut watches, *it, 7)), Some(20_150));
    }

    #[test]
    fn a_burst_counts_once() {
        let mut watches = Watches::default();
        let micros = |micros| Instant::from_micros(micros);
        for now in 0..1_000 {
            assert!(!watches.rises(micros(now), 7, damping(), BURST));
        }
        assert!(!rise(&mut watches, 1, 7));
        assert!(rise(&mut watches, 2, 7));
    }

    #[test]
    fn who_is_out_is_not_counted_until_its_time_has_come() {
        let mut watches = Watches::default();
        (0..3).for_each(|second| {
            rise(&mut watches, second, 7);
        });
        watches.put_out(7);
        assert!(watches.is_out(7) && !rise(&mut watches, 4, 7));
        assert!(watches.ends(at(5), 7, Some(damping())) && !watches.is_out(7));
        assert!(watches.may_be_out_elsewhere(7, at(6)));
        // The first is its return.
        assert_eq!([7, 9].map(|it| rise(&mut watches, it, 7)), [false, true]);
        assert!(!watches.ends(at(9), 8, Some(damping())));
    }

    #[test]
    fn no_more_than_watched_max_are_watched() {
        let few = Damping {
            watched_max: 2,
            ..damping()
        };
        let mut watches = Watches::default();
        let mut rise = |second, slot| watches.rises(at(second), slot, few, BURST);
        assert!([0, 2, 4].map(|second| rise(second, 1))[2]);
        for slot in 2..10 {
            assert!(!rise(u64::from(slot), slot));
        }
        // The first nine are forgiven by then.
        assert!(!rise(310, 3));
        assert_eq!((watches.unwatched, watches.refuting_len()), (7, 1));
    }

    #[test]
    fn where_many_refute_it_is_the_network() {
        let damping = damping();
        let among = [1, 7, 8, 100, 1_000, usize::MAX].map(|all| damping.refuting_max(all));
        assert_eq!(among, [1, 1, 2, 25, 250, 255]);
    }

    #[test]
    fn what_is_void_lets_everybody_back() {
        let mut watches = Watches::default();
        (0..3).for_each(|second| {
            rise(&mut watches, second, 7);
        });
        watches.put_out(7);
        watches.release(Some(damping()));
        assert_eq!((watches.is_out(7), watches.out_len()), (false, 0));
        assert!(watches.ends(at(9), 7, Some(damping())));
        assert!(watches.list.is_empty());
    }

    #[test]
    fn whoever_was_let_back_is_not_put_out_for_its_return_and_is_watched_as_any_other() {
        let mut watches = Watches::default();
        (0..3).for_each(|second| {
            rise(&mut watches, second, 7);
        });
        watches.put_out(7);
        watches.release(Some(damping()));
        assert!(!rise(&mut watches, 5, 7), "its return");
        watches.release(Some(damping()));
        watches.returns(7);
        assert!(!watches.ends(at(9), 7, Some(damping())), "forgotten late");
        assert!(rise(&mut watches, 9, 7));

        let mut watches = Watches::default();
        (0..3).for_each(|second| {
            rise(&mut watches, second, 7);
        });
        watches.put_out(7);
        watches.release(Some(damping()));
        watches.returns(7);
        rise(&mut watches, 10_000, 8);
        assert_eq!(watches.list.len(), 1, "what is forgiven is not kept");
    }
}
