//! What happens because time passed.

use alloc::vec::Vec;

use crate::config::{Accept, Periodic, Wire};
use crate::log::debug;
use crate::machine::{DRAWS_EXTRA_MAX, Machine};
use crate::members::Source;
use crate::outbox::Room;
use crate::probe::Stage;
use crate::schedule::Timer;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Identity, Instant, Member, Message, State, Status};

/// Deadlines served in one call. What is still due then is due in the next call.
const DEADLINES_MAX: usize = 4_096;

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// The earliest deadline and what it is for.
    pub(crate) fn next_timer(&self) -> Option<(Instant, Timer)> {
        let mut next = self.schedule.earliest();
        if self.has_stopped() {
            return next;
        }
        // Of equal ones that which is listed first in `Timer`.
        let relay = self.relays.due().map(|at| (at, Timer::Relay));
        let member = self.members.deadlines.earliest();
        let member = member.map(|(at, _)| (at, Timer::Member));
        for other in [relay, member].into_iter().flatten() {
            if next.is_none_or(|next| other.0 < next.0) {
                next = Some(other);
            }
        }
        next
    }

    /// Does everything that is due.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let mut next = self.next_timer();
        if self.config.detector.stalls
            && let Some((due, _)) = next
            && now.duration_since(due) > self.config.probe_rtt
        {
            // Nobody served us for so long that answers may have been lost on our side.
            debug!(late = ?now.duration_since(due), "stalled");
            self.stats.stalls += 1;
            self.grace_until = now + self.config.probe_period;
            self.void_probe_after_stall(now);
            self.restart_checks(now);
            self.members.inquiries.begin_anew();
            next = self.next_timer();
        }
        for _ in 0..DEADLINES_MAX {
            let Some((_, timer)) = next.filter(|(due, _)| *due <= now) else {
                break;
            };
            match timer {
                Timer::Probe => self.probe_due(now),
                Timer::Check => self.check_due(now),
                Timer::Gossip => self.gossip_due(now),
                Timer::Announce => self.announce_due(now),
                Timer::AnnounceToDown => self.announce_to_down_due(now),
                Timer::Lonely => self.lonely_due(now),
                Timer::Reconcile => self.reconcile_due(now),
                Timer::Relay => self.relay_due(now),
                Timer::Member => self.member_due(now),
            }
            next = self.next_timer();
        }
        self.settle(now);
    }

    /// A member answered the probe; what remains is to wait for the next one.
    pub(crate) fn probe_answered(&mut self, now: Instant) {
        if let Some(cycle) = &self.probe.current
            && let Stage::Answered(sent) = cycle.stage
        {
            let end = sent + cycle.times.if_answered;
            // Not in the past: that would pass for a stall of our own.
            self.schedule.set(Timer::Probe, end.max(now));
        }
    }

    fn probe_due(&mut self, now: Instant) {
        self.schedule.stop(Timer::Probe);
        if self.probe_hangs() {
            return;
        }
        match self.probe.current.as_ref().map(|cycle| cycle.stage) {
            // Its clock starts when the `Ping` leaves.
            Some(Stage::Unsent) => {}
            Some(Stage::Direct(sent)) => self.ask_others(now, sent),
            Some(Stage::Indirect(_)) => {
                self.judge_probe(now);
                self.begin_probe(now);
            }
            Some(Stage::Answered(_)) => {
                self.probe.end();
                self.probe_succeeded();
                self.begin_probe(now);
            }
            None => {
                self.begin_probe(now);
            }
        }
    }

    fn begin_probe(&mut self, now: Instant) {
        let Some(slot) = self.members.table.next_to_probe(&mut self.random) else {
            return;
        };
        let member = &self.members.table[slot].member;
        let (to, incarnation) = (member.id.clone(), member.incarnation);
        let number = self.question_number();
        let times = self.probe_times(now);
        self.probe.begin(to.clone(), incarnation, number, times);
        self.send_ping(now, to, number);
    }

    /// The number of a question that its answer says back.
    pub(crate) fn question_number(&mut self) -> u32 {
        // An answer on the wire of the published crate has room for eight bits.
        let own_wire_only = self.config.accept == Accept::Own && self.config.wire == Wire::Native;
        self.random.word() & if own_wire_only { u32::MAX } else { 0xff }
    }

    /// The direct `Ping` was not answered in time: others may reach the member.
    pub(crate) fn ask_others(&mut self, now: Instant, sent: Instant) {
        let Some(cycle) = &self.probe.current else {
            return;
        };
        let (target, number) = (cycle.target.clone(), cycle.number);
        let relays = self.relays_for(&target);
        if let Some(cycle) = &mut self.probe.current {
            cycle.stage = Stage::Indirect(sent);
            cycle.relays_asked = relays.len();
        }
        for to in relays {
            self.relay_chosen(&to);
            self.send(
                to,
                Message::PingReq {
                    target: target.clone(),
                    number,
                },
                Room::Full,
            );
        }
        self.schedule_probe_end(now, sent);
    }

    /// Whom to ask about `target`: nobody if it is no longer what we probed.
    fn relays_for(&mut self, target: &I) -> Vec<I> {
        let table = &self.members.table;
        let unchanged = table.find(target.addr()).is_some_and(|slot| {
            let member = &table[slot].member;
            member.state.is_active() && member.id == *target
        });
        if !unchanged {
            return Vec::new();
        }
        let wanted = self.config.indirect_probes;
        let (mut relays, mut spare) = (Vec::new(), Vec::new());
        let drawn = table.draw_active(&mut self.random);
        let others = drawn
            .map(|slot| &table[slot].member)
            .filter(|member| member.id.addr() != target.addr());
        for member in others.take(wanted + DRAWS_EXTRA_MAX) {
            // A suspect may be of no help: it is asked only for want of others.
            if member.state == State::Alive {
                relays.push(member.id.clone());
            } else if spare.len() < wanted {
                spare.push(member.id.clone());
            }
            if relays.len() == wanted {
                break;
            }
        }
        relays.extend(spare);
        relays.truncate(wanted);
        relays
    }

    /// The probe ended without an answer.
    fn judge_probe(&mut self, now: Instant) {
        let Some(cycle) = self.probe.end() else {
            return;
        };
        let none_left = (cycle.relays_asked > 0 || cycle.never_left) && cycle.relays.is_empty();
        if none_left && self.config.detector.sent_probes_only {
            // Nothing that we asked anybody about it ever left.
            self.stats.probes_void += 1;
            return;
        }
        let slot = self.members.table.find(cycle.target.addr());
        if slot.is_none_or(|slot| !self.members.table[slot].member.state.is_active()) {
            // Others have judged it meanwhile.
            self.stats.probes_void += 1;
            return;
        }
        self.stats.probes_failed += 1;
        let counted = self.probe_failed(&cycle);
        debug!(target = ?cycle.target, "no answer");
        let (id, incarnation) = (cycle.target, cycle.incarnation);
        if id.addr() != self.id.addr()
            && !self.doubt(now, &id, (incarnation, cycle.number), counted)
        {
            self.apply(
                now,
                Member {
                    id,
                    incarnation,
                    state: State::Suspect,
                },
                Source::Verdict,
            );
        }
    }

    /// A probe that was under way while we were stalled says nothing about its target.
    fn void_probe_after_stall(&mut self, now: Instant) {
        let waiting = matches!(
            self.probe.current.as_ref().map(|cycle| cycle.stage),
            Some(Stage::Direct(_) | Stage::Indirect(_))
        );
        if waiting {
            self.probe.end();
            self.stats.probes_void += 1;
            self.schedule.set(Timer::Probe, now);
        }
    }

    fn announce_to_down_due(&mut self, now: Instant) {
        let task = self.config.periodic_announce_to_down;
        let wanted = self.repeat(now, Timer::AnnounceToDown, task);
        for to in self.draw_down(wanted) {
            self.announce_to(now, to, 0);
        }
    }

    fn lonely_due(&mut self, now: Instant) {
        self.schedule_lonely(now);
        for to in self.draw_down(self.config.indirect_probes) {
            self.announce_to(now, to, 0);
        }
    }

    /// Sets the next round of a periodic task; returns how many members this one is for.
    fn repeat(&mut self, now: Instant, timer: Timer, task: Option<Periodic>) -> usize {
        match task {
            Some(task) => {
                self.schedule.set(timer, now + task.every);
                task.members
            }
            None => {
                self.schedule.stop(timer);
                0
            }
        }
    }

    /// The deadline of one member passed.
    fn member_due(&mut self, now: Instant) {
        let Some((_, slot)) = self.members.deadlines.earliest() else {
            return;
        };
        let state = self.members.table[slot].member.state;
        match state {
            State::Suspect => self.suspicion_due(now, slot),
            State::Down if self.members.is_back_in(now, &self.config, slot) => {}
            State::Down if self.status == Status::Alone => {
                // Whom we look for: forgetting them would leave us alone for ever.
                let later = now
                    + self
                        .config
                        .forget_after
                        .unwrap_or(self.members.pace.suspicion);
                self.members.deadlines.set(slot, later);
            }
            State::Down | State::Left => self.members.forget(&self.codec, slot),
            State::Alive => self.members.deadlines.remove(slot),
        }
    }

    /// The time of a suspicion is over.
    fn suspicion_due(&mut self, now: Instant, slot: Slot) {
        if now < self.grace_until {
            self.members.deadlines.set(slot, self.grace_until);
        } else if self.is_deaf(now) {
            let later = now + self.config.probe_period;
            self.members.deadlines.set(slot, later);
            // What was asked while nothing was heard says nothing, whoever asked.
            self.members.inquiries.begin(slot);
        } else if !self.members.suspicion_goes_on(now, &self.config, slot)
            && !self.ask_before_verdict(now, slot)
        {
            self.declare_down(now, slot);
        }
    }

    /// Whether nothing was heard for as long as a suspicion lasts although somebody should be there
    /// to be heard: it is more likely that we are cut off than that a suspect died.
    fn is_deaf(&self, now: Instant) -> bool {
        self.config.detector.deafness
            && now.duration_since(self.last_heard) >= self.members.pace.suspicion
            && self.members.table.alive_len() > 0
    }

    fn declare_down(&mut self, now: Instant, slot: Slot) {
        let suspect = &self.members.table[slot].member;
        let verdict = Member {
            state: State::Down,
            ..suspect.clone()
        };
        let id = verdict.id.clone();
        self.apply(now, verdict, Source::Verdict);
        if self.config.tell_the_down {
            self.send(id, Message::TurnUndead { echo: 0 }, Room::Full);
        }
    }
}
