//! The clocks of a probe: they start when its datagrams leave, or when they are decided.
//!
//! The latter is what published detectors do, and why a process whose socket is blocked accuses others. It
//! holds only if `sent_probes_only` is off; how datagrams that leave start clocks is in `assemble.rs`.

use crate::machine::Machine;
use crate::outbox::{Intent, Load, Room};
use crate::schedule::Timer;
use crate::{Broadcasts, Codec, Identity, Instant, Message, Status};

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Queues the `Ping` of the probe that has just begun.
    pub(crate) fn send_ping(&mut self, now: Instant, to: I, number: u32) {
        let ping = Intent {
            to,
            message: Message::Ping { number },
            room: Room::Full,
            only_with_news: false,
            load: Load::Usual,
        };
        if self.config.detector.sent_probes_only {
            // The next probe begins after this one has left or was given up: there is never more than one.
            self.outbox.push_ping(ping, number);
            return;
        }
        self.probe.sent(now, &ping.to, number);
        self.stats.probes_started += 1;
        self.schedule_help(now);
        self.outbox.push(ping, self.config.outbox_max);
    }

    /// A request for help with the probe is being queued: its answer counts, even if it never leaves.
    pub(crate) fn relay_chosen(&mut self, relay: &I) {
        if let Some(cycle) = &mut self.probe.current
            && !self.config.detector.sent_probes_only
        {
            cycle.relays.push(relay.clone());
        }
    }

    /// Whether the stage of the probe that is due has to wait until what it sent has left.
    pub(crate) fn probe_hangs(&mut self) -> bool {
        let detector = &self.config.detector;
        let may_hang = detector.tasks_hang && !detector.sent_probes_only;
        let Some(cycle) = &mut self.probe.current else {
            return false;
        };
        cycle.is_overdue = may_hang && self.outbox.holds_question(cycle.number);
        cycle.is_overdue
    }

    /// Something has left: a probe that hung goes on once that was the last of it.
    pub(crate) fn probe_goes_on(&mut self, now: Instant) {
        let is_overdue = self.probe.current.as_ref().is_some_and(|it| it.is_overdue);
        if is_overdue && !self.probe_hangs() {
            self.schedule.set(Timer::Probe, now);
        }
    }

    /// Whether the round of gossip that is due has to wait until the one before has left.
    pub(crate) fn gossip_hangs(&mut self) -> bool {
        let detector = &self.config.detector;
        let may_hang = detector.tasks_hang && !detector.sent_probes_only;
        self.gossip.is_overdue = may_hang && self.outbox.holds_gossip();
        self.gossip.is_overdue
    }

    /// Something has left: gossip that hung goes on once that was the last of it.
    pub(crate) fn gossip_goes_on(&mut self, now: Instant) {
        if self.gossip.is_overdue && !self.gossip_hangs() && self.status != Status::Alone {
            self.schedule_gossip(now);
        }
    }

    /// The `Ping` of the probe under way leaves now: others are asked when it was not answered in time.
    pub(crate) fn schedule_help(&mut self, now: Instant) {
        if let Some(cycle) = &self.probe.current {
            self.schedule.set(Timer::Probe, now + cycle.times.alone);
        }
    }

    /// Others are asked at `now` about a probe whose `Ping` left at `sent`.
    pub(crate) fn schedule_probe_end(&mut self, now: Instant, sent: Instant) {
        let Some(cycle) = &self.probe.current else {
            return;
        };
        let end = sent + cycle.times.period;
        let end = match self.config.detector.sent_probes_only {
            // Those who help need as much time as if they had been asked at once.
            true => end.max(now + cycle.times.for_helpers()),
            false => end,
        };
        self.schedule.set(Timer::Probe, end);
    }
}
