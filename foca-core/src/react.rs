//! What a message asks for: the answers, within the limits of what one peer can make us say.

use crate::config::Wire;
use crate::machine::Machine;
use crate::outbox::{Intent, Load, Room};
use crate::precedence::Order;
use crate::probe::Answer;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Header, Identity, Instant, Message, State};

/// What a small reply costs of `replies_max`.
pub(crate) const COST_LOW: u16 = 1;
/// What a reply costs that is large or that makes the peer act.
pub(crate) const COST_HIGH: u16 = 8;

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Answers a message from a sender that is welcome and active.
    pub(crate) fn react(
        &mut self,
        now: Instant,
        slot: Slot,
        wire: Wire,
        header: Header<I>,
        (proof, datagram_bytes): (bool, usize),
    ) {
        let behind = self.is_behind(slot, &header).then(|| header.src.clone());
        let src = header.src;
        let room = self.room_for(slot, datagram_bytes);
        match header.message {
            Message::Ping { number } => {
                self.reply(now, slot, src, Message::Ack { number }, room);
            }
            Message::Ack { number } => self.acknowledged(now, slot, wire, src, number),
            Message::PingReq { target, number } => {
                self.help(now, slot, (src, target, number), datagram_bytes);
            }
            Message::IndirectPing { origin, number } => {
                let message = Message::IndirectAck {
                    target: origin,
                    number,
                };
                self.reply(now, slot, src, message, room);
            }
            Message::IndirectAck { target, number } => {
                self.helped(now, slot, (target, src, number), room);
            }
            Message::ForwardedAck { origin, number } => {
                if self.probe.forwarded(&src, &origin, number) {
                    self.probe_answered(now);
                } else {
                    self.doubt_forwarded(now, &src, &origin, number);
                }
            }
            Message::Nack { origin, number } => self.nacked(&src, &origin, number),
            Message::Announce { nonce, .. } => {
                self.feed(now, slot, wire, src, nonce, datagram_bytes);
            }
            Message::TurnUndead { .. } => self.told_down(now, wire, src),
            Message::Challenge { cookie, .. } => {
                let compared = self.comparison_challenged(now, &src, cookie);
                if !compared && self.may_reply(now, slot, COST_HIGH) {
                    self.announce_to(now, src, cookie);
                }
            }
            Message::Compare { nonce, .. } => {
                self.answer_comparison(now, slot, src, nonce, (proof, datagram_bytes));
            }
            Message::Differences { nonce, .. } => {
                if proof {
                    self.comparison_answered(now, slot, &src, nonce);
                }
            }
            Message::Feed { .. } => {
                self.reconcile.fed_by.get_or_insert_with(|| src.clone());
                self.tell_if_suspected(now, slot, src, room);
            }
            Message::Gossip | Message::Broadcast => {
                self.tell_if_suspected(now, slot, src, room);
            }
        }
        if let Some(behind) = behind.filter(|_| !self.has_stopped()) {
            self.remind(now, slot, behind);
        }
    }

    /// How long an answer to a datagram of this length may be: a member that we know by hearsay only
    /// gets three times its bytes.
    pub(crate) fn room_for(&self, slot: Slot, datagram_bytes: usize) -> Room {
        if self.members.table[slot].proven {
            Room::Full
        } else {
            Room::Limited(datagram_bytes * 3)
        }
    }

    /// Whether the member in `slot` may cause another reply in this probe period.
    pub(crate) fn may_reply(&mut self, now: Instant, slot: Slot, cost: u16) -> bool {
        let (epoch, replies_max) = (self.epoch(now), self.config.replies_max);
        let Some(record) = self.members.table.get_mut(slot) else {
            return false;
        };
        if record.replies_epoch != epoch {
            (record.replies_epoch, record.replies) = (epoch, 0);
        }
        let replies = record.replies + cost;
        // Whoever asked for much is still alive, and must be told that we are.
        let allowed = match cost {
            COST_LOW => replies_max,
            _ => (replies_max - replies_max / 4).max(COST_HIGH),
        };
        if replies > allowed {
            self.stats.replies_limited += 1;
            return false;
        }
        record.replies = replies;
        true
    }

    pub(crate) fn reply(
        &mut self,
        now: Instant,
        slot: Slot,
        to: I,
        message: Message<I>,
        room: Room,
    ) -> bool {
        self.may_reply(now, slot, COST_LOW) && self.send(to, message, room)
    }

    /// Active members only: nobody makes us contact an address that we know nothing of.
    pub(crate) fn third_party(&mut self, party: &I) -> Option<I> {
        let known = self
            .members
            .table
            .find(party.addr())
            .map(|slot| &self.members.table[slot]);
        match known {
            Some(record) if record.member.state.is_active() => Some(party.clone()),
            _ => {
                self.stats.relays_refused += 1;
                None
            }
        }
    }

    fn acknowledged(&mut self, now: Instant, slot: Slot, wire: Wire, src: I, number: u32) {
        let ends_doubt = self.doubt_answered(&src, number);
        if self.probe.is_asked(&src, number) {
            self.measure(now);
        }
        match self.probe.answered(&src, number) {
            Answer::Current => self.probe_answered(now),
            Answer::Late => {}
            Answer::Unasked if ends_doubt || self.suspect_answered(slot, number) => {}
            Answer::Unasked => return self.newcomer_answered(now, slot, wire, src, number),
        }
        if let Some(record) = self.members.table.get_mut(slot) {
            record.proven = true;
        }
        // It received a question of ours and answered: it is alive, and has yet to hear of the
        // suspicion. A datagram of any other kind only shows that it can send.
        let suspected = self.members.table[slot].member.state == State::Suspect;
        if suspected && self.config.detector.late_answers {
            self.members.suspicion_begins_anew(now, &self.config, slot);
        }
        self.tell_if_suspected(now, slot, src, Room::Full);
    }

    /// The `Ping` that went with a short `Feed` was answered: now the newcomer gets a full one.
    fn newcomer_answered(&mut self, now: Instant, slot: Slot, wire: Wire, src: I, number: u32) {
        let weak = wire == Wire::Foca2 || self.config.wire == Wire::Foca2;
        let proven = self.members.table[slot].proven;
        if weak && !proven && self.byte_proves(now, src.addr(), number) {
            if let Some(record) = self.members.table.get_mut(slot) {
                record.proven = true;
            }
            if self.may_reply(now, slot, COST_HIGH) {
                self.send(src, Message::Feed { echo: 0 }, Room::Full);
            }
        }
    }

    /// Answers what asks for no answer, if its sender should know that it is suspected.
    fn tell_if_suspected(&mut self, now: Instant, slot: Slot, to: I, room: Room) {
        let suspected = self.config.detector.tell_suspects
            && self.members.table[slot].member.state == State::Suspect;
        if suspected && self.may_reply(now, slot, COST_HIGH) {
            self.send(to, Message::Gossip, room);
        }
    }

    /// Whether the sender is held alive at a higher incarnation than it shows, so that its goodbye would not be
    /// believed: it was started again and forgot how far it had gone.
    ///
    /// A suspect hears of that anyhow, and who announces itself need not know us yet. Where the address is not
    /// proven the answer alone may take all the bytes that are allowed.
    fn is_behind(&self, slot: Slot, header: &Header<I>) -> bool {
        let record = &self.members.table[slot];
        let known = &record.member;
        header.incarnation < known.incarnation
            && record.proven
            && known.state == State::Alive
            && known.id == header.src
            && !matches!(header.message, Message::Announce { .. })
            && Order::of(&self.config, &known.id) == Order::Greater
    }

    /// Tells a member how far it had gone, and nothing else: a member that never learns costs little.
    fn remind(&mut self, now: Instant, slot: Slot, to: I) {
        if !self.may_reply(now, slot, COST_HIGH) {
            return;
        }
        let intent = Intent {
            to,
            message: Message::Gossip,
            room: Room::Full,
            only_with_news: true,
            load: Load::Record,
        };
        if self.outbox.push(intent, self.config.outbox_max) {
            self.stats.members_reminded += 1;
        }
    }

    /// Tells a newcomer whom we know: all that fits if it has proven its address, otherwise three
    /// times the bytes it sent at most.
    fn feed(
        &mut self,
        now: Instant,
        slot: Slot,
        wire: Wire,
        to: I,
        nonce: u32,
        datagram_bytes: usize,
    ) {
        if !self.may_reply(now, slot, COST_HIGH) {
            return;
        }
        let proven = self.members.table[slot].proven;
        if proven {
            self.send(to, Message::Feed { echo: nonce }, Room::Full);
        } else if wire == Wire::Native && self.config.wire == Wire::Native {
            let cookie = self.token(now, to.addr());
            let room = Room::Bare(datagram_bytes * 3);
            self.stats.challenges += 1;
            self.send(
                to,
                Message::Challenge {
                    echo: nonce,
                    cookie,
                },
                room,
            );
        } else if self.config.wire == Wire::Native {
            // It can say back a byte at most: the number of a `Ping`. Its `Ack` earns the `Feed`.
            let number = self.token(now, to.addr()) & 0xff;
            let room = Room::Bare(datagram_bytes * 3);
            self.send(to, Message::Ping { number }, room);
        } else {
            // This wire can say back a byte at most: the number of a `Ping`, which may be a little
            // longer than an `Announce`. Both together stay within three times its length.
            let number = self.token(now, to.addr()) & 0xff;
            let ping_bytes = datagram_bytes + PING_BYTES_MORE;
            let room = Room::Limited((datagram_bytes * 3).saturating_sub(ping_bytes));
            self.send(to.clone(), Message::Feed { echo: nonce }, room);
            self.send(to, Message::Ping { number }, Room::Bare(ping_bytes));
        }
    }
}

/// Bytes by which a bare `Ping` may be longer than the `Announce` that it answers.
const PING_BYTES_MORE: usize = 4;
