//! Suspicions that end sooner the more members agree.
//!
//! Lifeguard, section IV-B (LHA-Suspicion). A suspicion begins with a long time to refute it, which shrinks
//! with every other member that accuses the same one. So whoever is slow, and accuses others because it does
//! not hear them, finds nobody to agree with it, and those it accuses have long to say so.

use alloc::collections::BTreeMap;
use core::time::Duration;

use crate::config::Wire;
use crate::members::{Members, Source, Step};
use crate::scale::log10_millionths;
use crate::scaled::duration;
use crate::table::Slot;
use crate::{Codec, Config, Identity, Instant};

/// How the time of a suspicion shrinks as others agree: Lifeguard, section IV-B. `Wire::Native` only: on the
/// wire of the published crate nobody can tell who accuses.
///
/// With C members that agree, a suspicion lasts `max(Min, Max − (Max − Min) · log(C + 1) / log(K + 1))`, where
/// Min is `Config::suspicion`, Max is `factor` times that, and K is `confirmations`. Each of the first K is
/// passed on. Where fewer than K others could agree it lasts Min.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Decay {
    /// How many times the shortest time the longest is. At least 1; 6 in the paper and in memberlist.
    pub factor: u8,
    /// Members that agree with the first for the shortest time. 1 to 62; 3 in the paper, the multiplier of its
    /// suspicions less two in memberlist, by default 2.
    pub confirmations: u8,
}

impl Decay {
    /// As published.
    pub const PAPER: Self = Self {
        factor: 6,
        confirmations: 3,
    };

    /// As in memberlist with its default settings.
    pub const MEMBERLIST: Self = Self {
        factor: 6,
        confirmations: 2,
    };

    pub(crate) const fn is_valid(self) -> bool {
        // One of all accusers that can be told apart is the first.
        self.factor >= 1 && self.confirmations >= 1 && self.confirmations < Accuser::MAX
    }

    /// How long a suspicion lasts with so many members that agree, out of so many that could.
    fn time(self, shortest: Duration, agree: u32, could_agree: usize) -> Duration {
        let (factor, confirmations) = (u128::from(self.factor), u32::from(self.confirmations));
        if agree >= confirmations || could_agree < confirmations as usize {
            return shortest;
        }
        let log = |count: u32| u128::from(log10_millionths(count as usize + 1));
        let more = shortest.as_nanos().saturating_mul(factor - 1);
        let gone = more.saturating_mul(log(agree)) / log(confirmations).max(1);
        duration(shortest.as_nanos().saturating_add(more - gone.min(more)))
    }
}

/// Who accuses, as far as statements about suspects tell: one of 63 tags, or unknown.
///
/// A tag is all that is needed to see that two accusations are not one. Two members in 63 share theirs, and
/// then count as one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Accuser(u8);

impl Accuser {
    pub(crate) const UNKNOWN: Self = Self(0);
    const MAX: u8 = 63;

    /// What six bits say.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        Self(bits & Self::MAX)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// The tag of the member with this address: FNV-1a, so that it stays the same over restarts.
    pub(crate) fn at(addr: &[u8]) -> Self {
        let hash = addr.iter().fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
        });
        Self(1 + (hash % u32::from(Self::MAX)) as u8)
    }

    /// A set of this one; empty if it is unknown.
    const fn alone(self) -> u64 {
        (1 << self.0) & !1
    }
}

/// One member that is suspected.
#[derive(Clone, Copy, Debug)]
struct Suspicion {
    since: Instant,
    /// Bit n is set if the accuser with tag n was heard.
    accusers: u64,
    /// Whose accusation is passed on.
    last: Accuser,
    /// Whether it is ours alone and told again at the next deadline, before it ends.
    repeats: bool,
}

impl Suspicion {
    /// How many agree with the first. Whoever is unknown may be the same as any other.
    const fn agree(self) -> u32 {
        self.accusers.count_ones().saturating_sub(1)
    }
}

/// All members that are suspected, while suspicions decay.
#[derive(Debug, Default)]
pub(crate) struct Suspicions {
    list: BTreeMap<Slot, Suspicion>,
    /// What we accuse others as.
    pub(crate) own: Accuser,
    /// Accusations by further members that shortened a suspicion.
    pub(crate) confirmed: u64,
    /// Times a suspicion of ours was told again because nobody agreed.
    pub(crate) repeated: u64,
}

impl Suspicions {
    fn accuser(&self, source: Source) -> Accuser {
        match source {
            Source::Rumour(accuser) => accuser,
            Source::Verdict => self.own,
            Source::Restored | Source::Farewell | Source::Compared { .. } => Accuser::UNKNOWN,
        }
    }

    /// Whose accusation is told with what is believed of this member.
    pub(crate) fn told(&self, slot: Slot) -> Accuser {
        match self.list.is_empty() {
            true => Accuser::UNKNOWN,
            false => self.list.get(&slot).map_or(Accuser::UNKNOWN, |it| it.last),
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Forgets who accuses if the settings no longer ask for it.
    pub(crate) fn follow(&mut self, config: &Config) {
        if decay(config).is_none() {
            self.list.clear();
        }
    }

    pub(crate) fn end(&mut self, slot: Slot) {
        if !self.list.is_empty() {
            self.list.remove(&slot);
        }
    }
}

/// How suspicions decay, if they do.
fn decay(config: &Config) -> Option<Decay> {
    let decay = config.detector.decay;
    decay.filter(|_| config.wire == Wire::Native)
}

impl<I: Identity> Members<I> {
    /// A suspicion begins. When its next deadline is, unless others agree.
    pub(crate) fn suspicion_begins(
        &mut self,
        now: Instant,
        config: &Config,
        slot: Slot,
        source: Source,
    ) -> Instant {
        match source == Source::Verdict {
            true => self.inquiries.end(slot),
            false => self.inquiries.begin(slot),
        }
        if decay(config).is_some() {
            let last = self.suspicions.accuser(source);
            let suspicion = Suspicion {
                since: now,
                accusers: last.alone(),
                last,
                repeats: false,
            };
            self.suspicions.list.insert(slot, suspicion);
        } else {
            self.suspicions.end(slot);
        }
        self.next_repeat(now, config, slot)
    }

    /// A member is suspected no more.
    pub(crate) fn suspicion_ends(&mut self, slot: Slot) {
        self.suspicions.end(slot);
        self.inquiries.end(slot);
    }

    /// A suspect gave a sign of life, although it did not refute: its time starts anew.
    pub(crate) fn suspicion_begins_anew(&mut self, now: Instant, config: &Config, slot: Slot) {
        if let Some(suspicion) = self.suspicions.list.get_mut(&slot) {
            suspicion.since = now;
        }
        self.inquiries.time_begins_anew(slot);
        let next = self.next_repeat(now, config, slot);
        self.deadlines.set(slot, next);
    }

    /// A deadline of a suspicion passed. Whether it goes on, and was told again.
    ///
    /// Whoever is hardly heard may have told it in vain, and be heard with the verdict alone: then nobody would have
    /// warned the suspect, and nobody could object.
    pub(crate) fn suspicion_goes_on(&mut self, now: Instant, config: &Config, slot: Slot) -> bool {
        if !self.suspicions.list.get(&slot).is_some_and(|it| it.repeats) {
            return false;
        }
        let next = self.next_repeat(now, config, slot);
        if next <= now {
            return false;
        }
        self.suspicions.repeated += 1;
        self.pass_on(slot, self.pace.transmissions);
        self.deadlines.set(slot, next);
        true
    }

    /// Others who asked agree, so that the suspicion needs no more telling and no question: it ends at `verdict` or
    /// before.
    pub(crate) fn suspicion_is_agreed(&mut self, slot: Slot, verdict: Instant) {
        self.inquiries.end(slot);
        self.ends_by(slot, verdict);
    }

    /// A suspicion that is not ours alone ends at this moment or before.
    fn ends_by(&mut self, slot: Slot, verdict: Instant) {
        let suspicion = self.suspicions.list.get_mut(&slot);
        // The deadline of one that is told again is not its end.
        let told_again = suspicion.is_some_and(|it| core::mem::take(&mut it.repeats));
        if told_again || self.deadlines.at(slot).is_none_or(|end| end > verdict) {
            self.deadlines.set(slot, verdict);
        }
    }

    /// When to tell a suspicion again, if it is ours alone, or when it ends.
    fn next_repeat(&mut self, now: Instant, config: &Config, slot: Slot) -> Instant {
        let lasts = self.suspicion_lasts(now, config, slot);
        let repeats = config.detector.repeat_suspicions && self.table[slot].own_verdict;
        let soon = now + self.shortest_suspicion(now, config, slot);
        let Some(suspicion) = self.suspicions.list.get_mut(&slot) else {
            return now + lasts;
        };
        let end = suspicion.since + lasts;
        suspicion.repeats = repeats && soon < end;
        if suspicion.repeats { soon } else { end }
    }

    /// How long a suspicion lasts at least.
    fn shortest_suspicion(&mut self, now: Instant, config: &Config, slot: Slot) -> Duration {
        let patience = self.patience.factor_at(now, slot, config.probe_period);
        self.pace.suspicion.saturating_mul(patience)
    }

    /// How long a suspicion lasts from its beginning.
    fn suspicion_lasts(&mut self, now: Instant, config: &Config, slot: Slot) -> Duration {
        let shortest = self.shortest_suspicion(now, config, slot);
        match (decay(config), self.suspicions.list.get(&slot)) {
            (Some(decay), Some(suspicion)) => {
                // Neither the suspect nor its first accuser can agree; we are not in the table.
                let could_agree = (self.table.active_len() + 1).saturating_sub(2);
                decay.time(shortest, suspicion.agree(), could_agree)
            }
            _ => shortest,
        }
    }

    /// Somebody suspects whom we suspect already.
    pub(crate) fn suspected_again<C: Codec<I>>(
        &mut self,
        step: &Step<'_, C>,
        slot: Slot,
        source: Source,
    ) {
        let (Some(decay), accuser) = (decay(step.config), self.suspicions.accuser(source)) else {
            return;
        };
        let Some(suspicion) = self.suspicions.list.get_mut(&slot) else {
            return;
        };
        let is_new = suspicion.accusers & accuser.alone() == 0 && accuser != Accuser::UNKNOWN;
        if !is_new || suspicion.agree() >= decay.confirmations.into() {
            return;
        }
        let mut shortened = *suspicion;
        shortened.accusers |= accuser.alone();
        shortened.last = accuser;
        let before = self.suspicion_lasts(step.now, step.config, slot);
        self.suspicions.list.insert(slot, shortened);
        let after = self.suspicion_lasts(step.now, step.config, slot);
        if after >= before {
            // The first whose name we hear, or there are too few to agree.
            return;
        }
        self.suspicions.confirmed += 1;
        if accuser != self.suspicions.own
            && let Some(record) = self.table.get_mut(slot)
        {
            // It is not only ours any more, nor ours to withdraw.
            record.own_verdict = false;
        }
        self.pass_on(slot, self.pace.transmissions);
        self.ends_by(slot, shortened.since + after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORTEST: Duration = Duration::from_secs(10);

    /// The formula in floating point.
    fn published(decay: Decay, agree: u32) -> f64 {
        let (min, max) = (10.0, 10.0 * f64::from(decay.factor));
        let share = f64::from(agree + 1).ln() / (f64::from(decay.confirmations) + 1.0).ln();
        (max - (max - min) * share).max(min)
    }

    #[test]
    fn the_time_shrinks_with_the_logarithm_of_those_who_agree() {
        for factor in 1..=8 {
            for confirmations in 1..=8 {
                let decay = Decay {
                    factor,
                    confirmations,
                };
                for agree in 0..=10 {
                    let ours = decay.time(SHORTEST, agree, 100).as_secs_f64();
                    let theirs = published(decay, agree);
                    assert!((ours - theirs).abs() < 1e-3, "{decay:?}: {ours} {theirs}");
                }
            }
        }
    }

    #[test]
    fn where_too_few_could_agree_it_is_short_at_once() {
        let time = |could_agree| Decay::PAPER.time(SHORTEST, 0, could_agree);
        assert_eq!([time(0), time(2)], [SHORTEST; 2]);
        assert_eq!(time(3), SHORTEST * 6);
        let longest = Decay::PAPER.time(Duration::MAX, 0, 3);
        assert_eq!(longest, Duration::MAX);
    }

    #[test]
    fn bounds_are_those_that_tags_can_tell_apart() {
        let valid = |factor, confirmations| {
            let decay = Decay {
                factor,
                confirmations,
            };
            decay.is_valid()
        };
        assert!(valid(1, 1) && valid(255, 62));
        assert!(!valid(0, 1) && !valid(1, 0) && !valid(1, 63));
        assert!(Decay::PAPER.is_valid() && Decay::MEMBERLIST.is_valid());
    }

    #[test]
    fn every_address_has_a_tag_and_few_share_one() {
        let mut tags = [0; 64];
        for addr in 0..6_300_u32 {
            let tag = Accuser::at(&addr.to_be_bytes());
            assert_ne!(tag, Accuser::UNKNOWN);
            assert_eq!(Accuser::from_bits(tag.bits()), tag);
            tags[usize::from(tag.bits())] += 1;
        }
        assert!(tags[1..].iter().all(|count| (50..200).contains(count)));
        // The published test vector of FNV-1a for "foobar" is 0xbf9cf968.
        let tag = Accuser::at(b"foobar");
        assert_eq!(u32::from(tag.bits()), 0xbf9c_f968 % 63 + 1);
    }

    #[test]
    fn whoever_is_unknown_is_not_counted() {
        assert_eq!(Accuser::UNKNOWN.alone(), 0);
        assert_eq!(Accuser::from_bits(63).alone(), 1 << 63);
        let suspicion = |accusers| Suspicion {
            since: Instant::ZERO,
            accusers,
            last: Accuser::UNKNOWN,
            repeats: false,
        };
        let agree = [0, 2, 6, 14].map(|accusers| suspicion(accusers).agree());
        assert_eq!(agree, [0, 0, 1, 2]);
    }
}
