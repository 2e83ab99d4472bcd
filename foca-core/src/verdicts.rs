//! What follows from verdicts: who returns from one, who has to hear of one, and what becomes of our own
//! when we were the one cut off.

use crate::members::{Members, Source, Step, news_key};
use crate::table::Slot;
use crate::{Codec, Config, Event, Identity, Member, State};

impl<I: Identity> Members<I> {
    /// Remembers who was held down and lives; it was not away if only we thought so.
    pub(crate) fn note_return<C: Codec<I>>(
        &mut self,
        step: &Step<'_, C>,
        slot: Slot,
        was: &Member<I>,
        was_void: bool,
    ) {
        let member = &self.table[slot].member;
        if member.id.generation() != was.id.generation() {
            self.damping.forget(slot);
            return self.patience.forget(slot);
        }
        let state = member.state;
        match state {
            State::Alive | State::Suspect => self.damping.returns(slot),
            State::Left => self.damping.forget(slot),
            State::Down => {}
        }
        let returned = was.state == State::Down && state.is_active() && !was_void;
        if returned && step.config.detector.patience {
            self.patience
                .returned(step.now, slot, step.config.probe_period);
        }
    }

    /// A verdict, a goodbye and the end of a suspicion are what everybody waits for; whatever was found
    /// by comparing views is old already.
    /// Returns whether this is to be passed on at once.
    pub(crate) fn note_urgency(
        &mut self,
        config: &Config,
        was: &Member<I>,
        state: State,
        source: Source,
    ) -> bool {
        let is_news = matches!(source, Source::Rumour(_) | Source::Verdict);
        let may_hurry =
            config.periodic_gossip.is_some() && config.gossip_burst_bytes_per_second.is_some();
        let matters = match state {
            State::Down | State::Left => was.state.is_active(),
            State::Alive => was.state == State::Suspect,
            State::Suspect => false,
        };
        let urgent = is_news && may_hurry && matters;
        self.is_urgent |= urgent;
        urgent
    }

    /// Withdraws what we concluded by ourselves: verdicts become void, suspicions end, and neither is
    /// spread any further.
    ///
    /// Called when the last active member is gone and when we learn that we were held down: it is more
    /// likely that we were cut off than that all those died, so what we concluded meanwhile must not
    /// follow us back into the cluster.
    pub(crate) fn withdraw_own_verdicts<C: Codec<I>>(&mut self, config: &Config, codec: &C) {
        self.damping.release(config.detector.damping);
        for index in 0..self.table.inactive_len() {
            let slot = self.table.inactive_slots()[index];
            let Some(record) = self.table.get_mut(slot).filter(|it| it.own_verdict) else {
                continue;
            };
            record.void = true;
            let ticket = record.ticket;
            self.news.remove(news_key(slot), ticket);
            self.view_changed(codec, slot);
        }
        for index in 0..self.table.active_len() {
            let slot = self.table.active_slots()[index];
            let record = &self.table[slot];
            if record.own_verdict && record.member.state == State::Suspect {
                let cleared = Member {
                    state: State::Alive,
                    ..record.member.clone()
                };
                let refuted = Event::MemberRefuted(cleared.id.clone());
                self.table.replace(slot, cleared);
                self.events.push(refuted, config.events_max);
                self.deadlines.remove(slot);
                self.suspicion_ends(slot);
                self.news.remove(news_key(slot), self.table[slot].ticket);
            }
        }
    }
}
