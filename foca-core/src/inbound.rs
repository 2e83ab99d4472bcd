//! From bytes to a judged packet. Nothing changes before all of it was read.

use crate::assemble::COUNT_BYTES;
use crate::config::{Accept, Wire};
use crate::decay::Accuser;
use crate::items::ITEM_LENGTH_BYTES;
use crate::log::{debug, trace};
use crate::machine::Machine;
use crate::members::{Applied, Source};
use crate::message::Cargo;
use crate::native;
use crate::outbox::Room;
use crate::precedence::Outcome;
use crate::react::COST_HIGH;
use crate::table::Slot;
use crate::{
    Broadcasts, Codec, Header, Identity, Instant, Member, Message, Reject, State, Verdict,
};

/// What a sender is to us.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    /// Its news count and it gets answers. `Some` if it proved its address in this datagram.
    Welcome { proof: bool },
    /// It must prove first that it receives at its address.
    Unproven,
    /// It is held down, or is a past life of its address.
    Outdated(Slot),
    /// It is held down whatever it says.
    KeptOut(Slot),
}

/// A datagram that was read to its end.
struct Packet<'a, I> {
    wire: Wire,
    header: Header<I>,
    items: &'a [u8],
    /// Length of the whole datagram.
    datagram_bytes: usize,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Whether a datagram of this wire is listened to.
    pub(crate) fn accepts(&self, wire: Wire) -> bool {
        self.config.accept == Accept::Both || self.config.wire == wire
    }

    /// Takes in the payload of a datagram.
    pub(crate) fn handle(
        &mut self,
        now: Instant,
        wire: Wire,
        payload: &[u8],
        datagram_bytes: usize,
    ) -> Result<(), Reject> {
        if self.has_stopped() {
            return Err(Reject::Stopped);
        }
        let (header, items) = self.read(wire, payload)?;
        trace!(from = ?header.src, message = ?header.message, "received");
        self.last_heard = now;
        self.stats.datagrams_accepted += 1;
        self.stats.bytes_accepted += datagram_bytes as u64;
        self.process(
            now,
            Packet {
                wire,
                header,
                items,
                datagram_bytes,
            },
        );
        self.settle(now);
        Ok(())
    }

    /// Reads everything, members into the inbox, and returns the header and the items.
    fn read<'a>(&mut self, wire: Wire, payload: &'a [u8]) -> Result<(Header<I>, &'a [u8]), Reject> {
        let mut rest = payload;
        let header: Header<I> = match wire {
            Wire::Native => {
                let own = (&self.id, self.spelling.of(&self.codec, &self.id));
                native::decode_header(&self.codec, own, &mut rest)
            }
            Wire::Foca2 => self.codec.decode_header(&mut rest),
        }
        .ok_or(Reject::Undecodable)?;
        if header.src.addr() == self.id.addr() {
            return Err(Reject::FromMyself);
        }
        let for_me = match header.message {
            Message::Announce { .. } => header.dst.addr() == self.id.addr(),
            // A probe of an earlier life: its sender has to hear of this one.
            Message::Ping { .. } if self.is_earlier_life(&header.dst) => true,
            Message::Ping { .. }
            | Message::Ack { .. }
            | Message::PingReq { .. }
            | Message::IndirectPing { .. }
            | Message::IndirectAck { .. }
            | Message::ForwardedAck { .. }
            | Message::Nack { .. }
            | Message::Feed { .. }
            | Message::Gossip
            | Message::Broadcast
            | Message::TurnUndead { .. }
            | Message::Challenge { .. }
            | Message::Compare { .. }
            | Message::Differences { .. } => header.dst == self.id,
        };
        if !for_me {
            return Err(Reject::NotForMe);
        }
        if header
            .message
            .third_party()
            .is_some_and(|party| party.addr() == self.id.addr())
        {
            return Err(Reject::NamesMyself);
        }
        self.inbox.clear();
        let cargo = header.message.cargo();
        if cargo.has_members() && !rest.is_empty() {
            self.read_members(wire, &mut rest)
                .ok_or(Reject::Undecodable)?;
        }
        if let Cargo::Comparison(side) = cargo {
            let inbox = &mut self.inbox;
            self.comparison
                .read(side, &self.codec, &mut rest, inbox)
                .ok_or(Reject::Undecodable)?;
        }
        let sound = if cargo.has_items() {
            items_are_sound(rest)
        } else {
            rest.is_empty()
        };
        if sound {
            Ok((header, rest))
        } else {
            Err(Reject::Undecodable)
        }
    }

    fn read_members(&mut self, wire: Wire, rest: &mut &[u8]) -> Option<()> {
        const { assert!(COUNT_BYTES == size_of::<u16>()) };
        for _ in 0..native::take_u16(rest)? {
            self.inbox.push(match wire {
                Wire::Native => native::decode_member(&self.codec, rest)?,
                Wire::Foca2 => (self.codec.decode_member(rest)?, Accuser::UNKNOWN),
            });
        }
        Some(())
    }

    fn is_earlier_life(&self, id: &I) -> bool {
        id.addr() == self.id.addr() && id.generation() < self.id.generation()
    }

    /// Shows a member that probes an earlier life of ours who we are by now.
    fn correct(&mut self, now: Instant, prober: I) {
        if let Some(slot) = self.members.table.find(prober.addr())
            && self.members.table[slot].member.state.is_active()
            && self.may_reply(now, slot, COST_HIGH)
        {
            self.announce_to(now, prober, 0);
        }
    }

    fn process(&mut self, now: Instant, packet: Packet<'_, I>) {
        let by_address = matches!(packet.header.message, Message::Announce { .. });
        if !by_address && packet.header.dst != self.id {
            return self.correct(now, packet.header.src);
        }
        match self.standing(now, packet.wire, &packet.header) {
            Standing::Unproven => self.challenge(now, packet.header, packet.datagram_bytes),
            Standing::Outdated(slot) if self.config.detector.talks_to_the_down => {
                self.listen(now, slot, false, packet);
            }
            Standing::Outdated(slot) => self.answer_outdated(now, slot, packet),
            Standing::KeptOut(slot) => {
                self.answer_kept_out(now, slot, packet.header, packet.datagram_bytes);
            }
            Standing::Welcome { proof } => {
                let Some(slot) = self.meet(now, &packet.header) else {
                    return;
                };
                if let Some(record) = self.members.table.get_mut(slot) {
                    record.proven |= proof;
                }
                // What it says of itself may have been once too often.
                if self.members.damping.is_out(slot) {
                    let (header, bytes) = (packet.header, packet.datagram_bytes);
                    return self.answer_kept_out(now, slot, header, bytes);
                }
                self.listen(now, slot, proof, packet);
            }
        }
    }

    /// Takes in what the member in `slot` tells of others, and answers it.
    fn listen(&mut self, now: Instant, slot: Slot, proof: bool, packet: Packet<'_, I>) {
        // What a `TurnUndead` tells is about us, and is the reaction's business; so is what a
        // comparison brings up.
        if packet.header.message.cargo().has_news() {
            let (told, known) = (self.inbox.len(), self.members.applied);
            self.take_in_updates(now);
            if let Message::Feed { .. } = packet.header.message {
                self.fed(now, told, (self.members.applied - known) as usize);
            }
        }
        self.take_in_items(&packet.header.src, packet.items);
        // Nothing that a packet does takes a member out of the table: the slot still holds.
        if !self.has_stopped() {
            let about = (proof, packet.datagram_bytes);
            self.react(now, slot, packet.wire, packet.header, about);
        }
    }

    /// Judges the sender by what is known of its address and by what the datagram proves.
    fn standing(&self, now: Instant, wire: Wire, header: &Header<I>) -> Standing {
        let addr = header.src.addr();
        let proof = self.token_proves(now, addr, header.message.said_back());
        // The wire of the published crate has nothing to prove an address with; whoever sends, joins.
        let may_join = proof || wire == Wire::Foca2 || self.config.wire == Wire::Foca2;
        let stranger = match may_join {
            true => Standing::Welcome { proof },
            false => Standing::Unproven,
        };
        let Some(slot) = self.members.table.find(addr) else {
            return stranger;
        };
        let known = &self.members.table[slot].member;
        if known.state.is_active() && header.src.generation() >= known.id.generation() {
            return Standing::Welcome { proof };
        }
        let is_same = header.src.generation() == known.id.generation();
        if is_same && self.members.damping.is_out(slot) {
            return Standing::KeptOut(slot);
        }
        let claim = Member {
            id: header.src.clone(),
            incarnation: header.incarnation,
            state: State::Alive,
        };
        match self.members.judge(&self.config, slot, &claim) {
            Outcome::Ignore => Standing::Outdated(slot),
            Outcome::Update | Outcome::Rename if self.config.detector.talks_to_the_down => {
                Standing::Welcome { proof }
            }
            Outcome::Update | Outcome::Rename => stranger,
        }
    }

    /// Takes the sender in as alive, as it says. `None` if there is no room for it.
    fn meet(&mut self, now: Instant, header: &Header<I>) -> Option<Slot> {
        let known = self.members.table.find(header.src.addr());
        let mut was_down = false;
        if let Some(slot) = known {
            let member = &self.members.table[slot].member;
            was_down = member.state == State::Down;
            let nothing_new = member.id == header.src
                && member.state.is_active()
                && header.incarnation <= member.incarnation;
            if nothing_new {
                return known;
            }
        }
        let claim = Member {
            id: header.src.clone(),
            incarnation: header.incarnation,
            state: State::Alive,
        };
        let applied = self.apply(now, claim, Source::Rumour(Accuser::UNKNOWN));
        if was_down && applied == Applied::Changed {
            self.compare_with_returned(now, &header.src);
        }
        match applied {
            Applied::Refused => None,
            Applied::Changed | Applied::Ignored => self.members.table.find(header.src.addr()),
        }
    }

    fn take_in_updates(&mut self, now: Instant) {
        let told = self.inbox.iter().map(|(member, _)| member.id.addr());
        self.members.table.guess(told, &mut self.guesses);
        let mut inbox = core::mem::take(&mut self.inbox);
        for (number, (update, accuser)) in inbox.drain(..).enumerate() {
            if update.id.addr() == self.id.addr() {
                self.about_ourselves(now, &update, Source::Rumour(accuser));
            } else {
                let guess = self.guesses.of(number);
                self.apply_at(now, guess, update, Source::Rumour(accuser));
            }
        }
        self.inbox = inbox;
    }

    fn take_in_items(&mut self, from: &I, mut rest: &[u8]) {
        while let Some(item) = take_item(&mut rest) {
            match self.policy.receive(item, Some(from)) {
                Verdict::Spread(key) => {
                    self.spread_item(item, key);
                }
                Verdict::Known => {}
                Verdict::Malformed => {
                    debug!(?from, "malformed custom broadcast");
                    self.stats.broadcasts_malformed += 1;
                }
            }
        }
    }

    /// Answers a stranger with no more than three times the bytes it sent, remembering nothing.
    fn challenge(&mut self, now: Instant, header: Header<I>, datagram_bytes: usize) {
        if matches!(header.message, Message::Challenge { .. }) {
            // Two strangers would challenge each other for ever.
            return;
        }
        if self.outbox.len() >= self.config.outbox_max / 2 {
            // A flood of strangers must not keep members from being answered.
            self.stats.challenges_dropped += 1;
            return;
        }
        self.stats.challenges += 1;
        let echo = header.message.nonce();
        let cookie = self.token(now, header.src.addr());
        let mut room = Room::Bare(datagram_bytes * 3);
        if let Message::Ping { number } = header.message {
            room = Room::Bare(datagram_bytes * 3 / 2);
            self.send(header.src.clone(), Message::Ack { number }, room);
        }
        self.send(header.src, Message::Challenge { echo, cookie }, room);
    }

    /// Tells a sender that is held down, and listens to it only where it says the same of us.
    fn answer_outdated(&mut self, now: Instant, slot: Slot, packet: Packet<'_, I>) {
        let Packet { wire, header, .. } = packet;
        self.stats.senders_outdated += 1;
        if matches!(header.message, Message::TurnUndead { .. }) {
            self.told_down(now, wire, header.src.clone());
        }
        if !self.config.tell_the_down || self.has_stopped() || !self.may_reply(now, slot, COST_HIGH)
        {
            return;
        }
        let mut echo = header.message.nonce();
        if let Message::Challenge { cookie, .. } = header.message {
            if self.token_proves(now, header.src.addr(), header.message.said_back()) {
                // It asks who we are because we asked first. Once it knows us it will feed us, and
                // then hear what is held against it.
                self.announce_to(now, header.src, cookie);
                return;
            }
            echo = cookie;
        }
        let room = self.room_for(slot, packet.datagram_bytes);
        self.send(header.src, Message::TurnUndead { echo }, room);
    }
}

fn items_are_sound(mut rest: &[u8]) -> bool {
    while take_item(&mut rest).is_some() {}
    rest.is_empty()
}

/// Takes an item of at least one byte off the front; `None` at the end, or if it is broken.
fn take_item<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, body) = rest.split_first_chunk::<ITEM_LENGTH_BYTES>()?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 {
        return None;
    }
    let (item, after) = body.split_at_checked(length)?;
    *rest = after;
    Some(item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_must_fill_their_space_exactly() {
        assert!(items_are_sound(b""));
        assert!(items_are_sound(b"\0\x05hello\0\x02AB"));
        for broken in [
            &b"\0"[..],
            b"\0\0",
            b"\0\0\0",
            b"\0\x02A",
            b"\0\x01A\0",
            b"\0\x01A\0\0",
        ] {
            assert!(!items_are_sound(broken), "{broken:?}");
        }
    }
}
