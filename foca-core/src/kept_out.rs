//! What being put out means: for the table, for what the member says, for what is said of it.
//!
//! Who is put out and when is decided in `damping.rs`.

use core::time::Duration;

use crate::log::info;
use crate::machine::Machine;
use crate::members::{Members, Source, Step};
use crate::outbox::Room;
use crate::precedence::Order;
use crate::table::{Guess, Slot};
use crate::{Broadcasts, Codec, Config, Header, Identity, Instant, Member, Message, State};

impl<I: Identity> Members<I> {
    /// Counts a refutation that `replace` has just taken in, and puts its member out if that was too often.
    pub(crate) fn note_refutation<C: Codec<I>>(
        &mut self,
        step: &Step<'_, C>,
        slot: Slot,
        was: &Member<I>,
        source: Source,
    ) {
        let Some(damping) = step.config.detector.damping else {
            return;
        };
        let member = &self.table[slot].member;
        let refuted = member.id.generation() == was.id.generation()
            && member.incarnation > was.incarnation
            && member.state != State::Left
            && source != Source::Restored
            && Order::of(step.config, &member.id) == Order::Greater;
        let burst = step.config.probe_period;
        if !refuted || !self.damping.rises(step.now, slot, damping, burst) {
            return;
        }
        let active = self.table.active_len();
        let all = active + 1 + self.damping.out_len();
        if self.damping.refuting_len() > damping.refuting_max(all) || active < 2 {
            self.damping.refused += 1;
            return;
        }
        self.put_out(step, slot, damping.out);
    }

    /// Declares this member down for so long.
    fn put_out<C: Codec<I>>(&mut self, step: &Step<'_, C>, slot: Slot, out: Duration) {
        self.damping.put_out(slot);
        let member = &self.table[slot].member;
        info!(?member, "damped");
        if member.state.is_active() {
            let verdict = Member {
                state: State::Down,
                ..member.clone()
            };
            let step = Step {
                guess: Guess::NONE,
                ..*step
            };
            self.replace(step, slot, verdict, Source::Verdict);
        }
        self.deadlines.set(slot, step.now + out);
    }

    /// Whether this is news of life about a member that is out, and so does not count.
    ///
    /// It stays down at the incarnation that it has reached: whoever still holds it alive would otherwise
    /// believe to know better, and neither suspect it nor see it refute.
    pub(crate) fn keeps_out<C: Codec<I>>(
        &mut self,
        codec: &C,
        slot: Slot,
        update: &Member<I>,
    ) -> bool {
        let known = &self.table[slot].member;
        let is_life = update.state.is_active() && !known.state.is_active();
        if !is_life || update.id.generation() != known.id.generation() || !self.damping.is_out(slot)
        {
            return false;
        }
        self.damping.ignored += 1;
        if update.incarnation > known.incarnation
            && let Some(record) = self.table.get_mut(slot)
        {
            record.member.incarnation = update.incarnation;
            self.view_changed(codec, slot);
        }
        true
    }

    /// The deadline of a member that is down has come. Whether that was the end of its being out; it is
    /// remembered as any other from now on.
    pub(crate) fn is_back_in(&mut self, now: Instant, config: &Config, slot: Slot) -> bool {
        let is_back = self.damping.ends(now, slot, config.detector.damping);
        if is_back {
            match config.forget_after {
                Some(after) => self.deadlines.set(slot, now + after),
                None => self.deadlines.remove(slot),
            }
        }
        is_back
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Whether others may still keep out whom we have taken back: that they hold it down says nothing then.
    pub(crate) fn is_out_elsewhere(&self, now: Instant, id: &I) -> bool {
        let slot = self.members.table.find(id.addr());
        slot.is_some_and(|slot| self.members.damping.may_be_out_elsewhere(slot, now))
    }

    /// Answers a member that is out with nothing but the `Ack` that keeps it from accusing us.
    ///
    /// It is not told that it is down, which it would refute without end, nor hears any news, which would
    /// tell it; nothing that it says of others counts.
    pub(crate) fn answer_kept_out(
        &mut self,
        now: Instant,
        slot: Slot,
        header: Header<I>,
        datagram_bytes: usize,
    ) {
        self.members.damping.ignored += 1;
        if let Message::Ping { number } = header.message {
            let room = Room::Bare(datagram_bytes.saturating_mul(3));
            self.reply(now, slot, header.src, Message::Ack { number }, room);
        }
    }
}
