//! When gossip goes round: at a pace that follows the cluster, sooner while much waits to be told, later
//! while the ceiling on bytes is reached, not at all while there is nothing to tell.

use core::time::Duration;

use crate::machine::Machine;
use crate::outbox::Intent;
use crate::schedule::Timer;
use crate::{Broadcasts, Codec, Event, Identity, Instant, Message, Status};

/// How far what is sent may be ahead of `gossip_burst_bytes_per_second` for news to ride on probes.
const NEWS_AHEAD: Duration = Duration::from_millis(500);

/// When the next round may come.
#[derive(Default)]
pub(crate) struct Gossip {
    /// When it comes unless more waits than one datagram holds. Without a deadline, because there was
    /// nothing to tell, a moment when it would have come: later rounds keep in step with it.
    due: Instant,
    /// Whether a round is due and waits for the one before to leave.
    pub(crate) is_overdue: bool,
    /// When what was sent of late is within `gossip_burst_bytes_per_second`.
    earned: Instant,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Sets the next round.
    pub(crate) fn schedule_gossip(&mut self, at: Instant) {
        self.gossip.due = at;
        self.schedule.set(Timer::Gossip, at);
    }

    pub(crate) fn gossip_due(&mut self, now: Instant) {
        if self.gossip_hangs() {
            return self.schedule.stop(Timer::Gossip);
        }
        let leaves = self.status == Status::Left;
        if leaves && !self.members.has_news_of_ourselves() {
            self.schedule.stop(Timer::Gossip);
            self.push_event(Event::Left);
            return;
        }
        let something_to_tell = self.has_something_to_tell();
        if something_to_tell {
            let affordable = self.news_affordable_at(now);
            if affordable > now {
                self.stats.gossip_postponed += 1;
                self.schedule_gossip(affordable);
                return;
            }
        }
        let every = match self.members.pace.gossip {
            // Without gossip a goodbye has no other way.
            None if leaves => self.config.probe_period,
            None => return self.schedule.stop(Timer::Gossip),
            Some(every) => every,
        };
        self.schedule_gossip(now + every);
        if !something_to_tell {
            return self.schedule.stop(Timer::Gossip);
        }
        let task = self.config.periodic_gossip;
        let wanted = task.map_or(self.config.indirect_probes, |task| task.members);
        self.gossip_to(wanted);
    }

    /// Sets the next round if there is something to tell and none is set: when it would have come if they
    /// had gone on, so that those of a cluster stay as spread out as they are.
    pub(crate) fn resume_gossip(&mut self, now: Instant) {
        if self.status != Status::Joined
            || self.schedule.is_set(Timer::Gossip)
            || !self.has_something_to_tell()
        {
            return;
        }
        if let Some(every) = self.members.pace.gossip {
            let next = self.gossip.due.next_in_step(every, now);
            self.schedule_gossip(next);
        }
    }

    fn has_something_to_tell(&self) -> bool {
        self.members.has_news() || !self.items.is_empty()
    }

    /// Sends news to so many random members.
    fn gossip_to(&mut self, wanted: usize) {
        let down = self.down_among(wanted);
        let table = &self.members.table;
        for slot in table.draw_active(&mut self.random).take(wanted - down) {
            let to = table[slot].member.id.clone();
            let intent = Intent::with_news(to, Message::Gossip);
            self.outbox.push(intent, self.config.outbox_max);
        }
        for to in self.draw_down(down) {
            let intent = Intent::with_news(to, Message::Gossip);
            self.outbox.push(intent, self.config.outbox_max);
        }
    }

    /// How many of so many members drawn among all are held down, if they are drawn at all.
    fn down_among(&mut self, wanted: usize) -> usize {
        let table = &self.members.table;
        let (active, inactive) = (table.active_len() as u32, table.inactive_len() as u32);
        if !self.config.detector.talks_to_the_down || inactive == 0 {
            return 0;
        }
        let mut draw = || self.random.below(active + inactive) >= active;
        (0..wanted).filter(|_| draw()).count()
    }

    /// Sends news to a few random members at once.
    pub(crate) fn gossip_now(&mut self) {
        self.gossip_to(self.config.indirect_probes);
    }

    /// Passes on at once what cannot wait, as far as gossip in a hurry is allowed: news that every member
    /// passes on when it hears it is everywhere after as many flights as it would take rounds.
    pub(crate) fn gossip_if_urgent(&mut self, now: Instant) {
        if !core::mem::take(&mut self.members.is_urgent) {
            return;
        }
        let may_hurry = self.config.gossip_burst_bytes_per_second.is_some()
            && self.schedule.is_set(Timer::Gossip)
            && self.gossip.earned <= now + NEWS_AHEAD
            && self.news_affordable_at(now) <= now;
        if may_hurry {
            self.gossip_now();
        }
    }

    /// A datagram of gossip was handed out; `left_over` says whether there was more to tell.
    pub(crate) fn gossip_sent(&mut self, now: Instant, bytes: usize, left_over: LeftOver) {
        self.news_sent(now, bytes);
        let can_burst = self.config.gossip_burst_bytes_per_second.is_some();
        if can_burst && left_over == LeftOver::More && self.schedule.is_set(Timer::Gossip) {
            let sooner = self.gossip.due.min(self.gossip.earned);
            self.schedule.set(Timer::Gossip, sooner);
        }
    }

    /// A datagram with news was handed out.
    pub(crate) fn news_sent(&mut self, now: Instant, bytes: usize) {
        let Some(rate) = self.config.gossip_burst_bytes_per_second else {
            return;
        };
        let micros = (bytes as u64)
            .saturating_mul(1_000_000)
            .div_ceil(rate.get().into());
        let earned = self.gossip.earned.max(now) + Duration::from_micros(micros);
        // The base pace may cost more than that for as long as it likes: no more is owed.
        self.gossip.earned = earned.min(now + NEWS_AHEAD * 2);
    }

    /// Whether news may ride on a datagram that leaves anyway. A member that many ask, because all know
    /// it, would otherwise send most of the news of the cluster.
    pub(crate) fn may_carry_news(&self, now: Instant, message: &Message<I>) -> bool {
        *message == Message::Gossip || self.gossip.earned <= now + NEWS_AHEAD
    }

    /// From when on news may leave under `bytes_per_second_max`: half of what can be saved up remains for
    /// those who ask, as far as a datagram leaves that much.
    pub(crate) fn news_affordable_at(&self, now: Instant) -> Instant {
        let reserve = self.allowance.bytes_saved_max() / 2;
        let bytes = self.config.datagram_bytes_max + reserve;
        self.allowance.available_at(now, bytes)
    }

    /// Whether this message must wait for better times. The failure detector's never do, and gossip is
    /// reduced to what concerns its receiver.
    pub(crate) fn is_withheld(&self, now: Instant, message: &Message<I>) -> bool {
        let asked_for = matches!(
            message,
            Message::Announce { .. }
                | Message::Feed { .. }
                | Message::TurnUndead { .. }
                | Message::Challenge { .. }
                | Message::Compare { .. }
                | Message::Differences { .. }
        );
        asked_for && self.allowance.available(now) < self.config.datagram_bytes_max
    }
}

/// Whether a datagram held all that there was to tell.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum LeftOver {
    Nothing,
    More,
}
