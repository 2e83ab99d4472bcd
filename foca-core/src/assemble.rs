//! From intent to bytes: what rides along is chosen when the datagram leaves, not before.

use crate::config::Wire;
use crate::decay::Accuser;
use crate::gossip::LeftOver;
use crate::log::trace;
use crate::machine::Machine;
use crate::members::Written;
use crate::message::Cargo;
use crate::native;
use crate::outbox::{Intent, Load, Room};
use crate::precedence::Order;
use crate::probe::Stage;
use crate::schedule::Timer;
use crate::table::Slot;
use crate::{Broadcasts, Codec, Header, Identity, Instant, Member, Message, State, Unsent};

/// Bytes of the number of members in a datagram.
pub(crate) const COUNT_BYTES: usize = 2;

/// Members in a `Feed` to whoever can compare views.
const FEED_MEMBERS_MAX: usize = 3;

/// What the last datagram handed out was, until we hear that it did not leave.
#[derive(Clone, Debug, Default)]
pub(crate) enum LastSent<I> {
    /// Nothing whose time matters.
    #[default]
    Other,
    /// The `Ping` of the probe.
    Ping { to: I, number: u32 },
    /// Another `Ping`, to a suspect whom we had not asked.
    Question { to: I },
    /// A request to help with the probe.
    PingReq { to: I },
}

/// Writes a header. `src` is its sender as bytes, if that is known.
pub(crate) fn encode_header<I: Identity, C: Codec<I>>(
    wire: Wire,
    codec: &C,
    header: &Header<&I>,
    src: Option<&[u8]>,
    out: &mut [u8],
) -> Option<usize> {
    match wire {
        Wire::Native => native::encode_header(codec, header, src, out),
        Wire::Foca2 => codec.encode_header(header, out),
    }
}

pub(crate) fn encode_member<I: Identity, C: Codec<I>>(
    wire: Wire,
    codec: &C,
    (member, accuser): (Member<&I>, Accuser),
    out: &mut [u8],
) -> Option<usize> {
    match wire {
        Wire::Native => native::encode_member(codec, member, accuser, out),
        Wire::Foca2 => codec.encode_member(member, out),
    }
}

/// A payload under construction.
struct Payload {
    len: usize,
    /// Whether it says anything beyond its header.
    says_something: bool,
    /// Whether there was more to say.
    left_over: LeftOver,
}

/// Whether members that ride on this message are news.
const fn carries_news<I>(message: &Message<I>) -> bool {
    message.cargo().has_news() && !matches!(message, Message::Feed { .. })
}

/// Which news a datagram may carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum News {
    All,
    /// Only that its receiver is suspected, which it alone can refute.
    AboutReceiver,
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Writes the next datagram into `out`, except for prefix and suffix. Returns its receiver
    /// and its whole length.
    pub(crate) fn next_datagram(&mut self, now: Instant, out: &mut [u8]) -> Option<(I, usize)> {
        while let Some(intent) = self.outbox.pop() {
            self.probe_goes_on(now);
            self.gossip_goes_on(now);
            if self.is_withheld(now, &intent.message) {
                self.stats.datagrams_withheld += 1;
                continue;
            }
            let Some(payload) = self.assemble(now, &intent, out) else {
                self.dropped(now, &intent);
                continue;
            };
            let (len, left_over) = (payload.len, payload.left_over);
            let carries_news = payload.says_something && carries_news(&intent.message);
            self.allowance.charge(now, len);
            if intent.message == Message::Gossip {
                self.gossip_sent(now, len, left_over);
            } else if carries_news {
                self.news_sent(now, len);
            }
            self.handed_out(now, &intent, len);
            self.stats.datagrams_sent += 1;
            self.stats.bytes_sent += len as u64;
            trace!(to = ?intent.to, message = ?intent.message, bytes = len, "sending");
            return Some((intent.to, len));
        }
        None
    }

    /// The datagram handed out last has not left.
    pub(crate) fn unsent(&mut self, now: Instant, why: Unsent) {
        let last = match why {
            Unsent::Blocked => self.last_sent.clone(),
            Unsent::Failed => core::mem::take(&mut self.last_sent),
        };
        match last {
            LastSent::Other => {}
            LastSent::Question { to } => self.suspect_not_pinged(now, &to),
            LastSent::Ping { to, .. } => {
                self.suspect_not_pinged(now, &to);
                match why {
                    Unsent::Blocked => {
                        self.probe.unsent();
                        self.schedule.stop(Timer::Probe);
                    }
                    Unsent::Failed => self.ping_refused(now),
                }
            }
            LastSent::PingReq { to } => {
                if let Some(cycle) = &mut self.probe.current {
                    cycle.relays.retain(|relay| *relay != to);
                }
            }
        }
    }

    /// The datagram reported as blocked has left.
    pub(crate) fn sent_late(&mut self, now: Instant) {
        match core::mem::take(&mut self.last_sent) {
            LastSent::Other => {}
            LastSent::Question { to } => {
                self.suspect_pinged(now, &to);
            }
            LastSent::Ping { to, number } => {
                self.suspect_pinged(now, &to);
                self.start_probe_clock(now, &to, number);
            }
            LastSent::PingReq { to } => self.relay_asked(now, to),
        }
    }

    /// Starts the clocks that count from here.
    fn handed_out(&mut self, now: Instant, intent: &Intent<I>, bytes: usize) {
        self.last_sent = LastSent::Other;
        if matches!(intent.load, Load::Questions | Load::Answer { .. }) {
            self.reconcile.budget.charge(now, bytes);
        }
        if let Message::Ping { number } = intent.message {
            self.ping_handed_out(now, &intent.to, number);
        }
        if let Message::PingReq { number, .. } = intent.message {
            self.help_handed_out(now, &intent.to, number);
        }
    }

    fn ping_handed_out(&mut self, now: Instant, to: &I, number: u32) {
        self.doubts.ping_left(number);
        if self.suspect_pinged(now, to) {
            self.last_sent = LastSent::Question { to: to.clone() };
        }
        if self.start_probe_clock(now, to, number) {
            self.stats.probes_started += 1;
            let to = to.clone();
            self.last_sent = LastSent::Ping { to, number };
        }
    }

    fn help_handed_out(&mut self, now: Instant, to: &I, number: u32) {
        self.doubts.asked(to, number);
        if let Some(cycle) = &self.probe.current
            && cycle.number == number
            && self.config.detector.sent_probes_only
        {
            self.relay_asked(now, to.clone());
            self.last_sent = LastSent::PingReq { to: to.clone() };
        }
    }

    /// A request for help with the probe left just now: its answer has time from here.
    fn relay_asked(&mut self, now: Instant, relay: I) {
        let Some(cycle) = &mut self.probe.current else {
            return;
        };
        cycle.relays.push(relay);
        let answer = now + cycle.times.for_helpers();
        if matches!(cycle.stage, Stage::Indirect(_)) {
            self.schedule.postpone(Timer::Probe, answer);
        }
    }

    /// Starts the clock of the probe if this `Ping` is its.
    fn start_probe_clock(&mut self, now: Instant, to: &I, number: u32) -> bool {
        let sent = self.probe.sent(now, to, number);
        if sent {
            self.schedule_help(now);
        }
        sent
    }

    fn dropped(&mut self, now: Instant, intent: &Intent<I>) {
        if intent.only_with_news {
            return;
        }
        self.stats.unsendable += 1;
        if let Message::Ping { number } = intent.message {
            self.doubts.ping_left(number);
        }
        if let Message::Ping { number } = intent.message
            && self.probe.sent(now, &intent.to, number)
        {
            self.ping_refused(now);
        }
    }

    /// The `Ping` of the probe will never leave: that says nothing about its target, but members to
    /// whom we can send may reach it.
    fn ping_refused(&mut self, now: Instant) {
        if let Some(cycle) = &mut self.probe.current {
            cycle.never_left = true;
            self.ask_others(now, now);
        }
    }

    /// Writes one datagram. `None` if it does not fit, or if it had nothing to say and need not.
    fn assemble(&mut self, now: Instant, intent: &Intent<I>, out: &mut [u8]) -> Option<Payload> {
        let (prefix, suffix) = match self.config.wire {
            Wire::Native => self.envelope_bytes,
            Wire::Foca2 => (0, 0),
        };
        let limit = match intent.room {
            Room::Full => usize::MAX,
            Room::Bare(bytes) | Room::Limited(bytes) => bytes,
        };
        let end = limit
            .min(self.config.datagram_bytes_max)
            .min(out.len())
            .checked_sub(suffix)?;
        let body = out.get_mut(prefix..end)?;
        let mut payload = self.write_payload(now, intent, body)?;
        if intent.only_with_news && !payload.says_something {
            return None;
        }
        payload.len += prefix + suffix;
        Some(payload)
    }

    fn write_payload(
        &mut self,
        now: Instant,
        intent: &Intent<I>,
        body: &mut [u8],
    ) -> Option<Payload> {
        let message = intent.message.as_ref();
        let header = Header {
            src: &self.id,
            incarnation: self.incarnation,
            dst: &intent.to,
            message,
        };
        let src = match self.config.wire {
            Wire::Native => Some(self.spelling.of(&self.codec, &self.id)),
            Wire::Foca2 => None,
        };
        let mut len = encode_header(self.config.wire, &self.codec, &header, src, body)?;
        let cargo = match intent.room {
            Room::Bare(_) => Cargo::Nothing,
            Room::Full | Room::Limited(_) => intent.message.cargo(),
        };
        if let Some(comparison) = self.write_comparison(now, intent, body.get_mut(len..)?) {
            len += comparison?;
            return Some(Payload {
                len,
                says_something: true,
                left_over: LeftOver::Nothing,
            });
        }
        let header_len = len;
        let (mut says_something, mut left_over) = (false, LeftOver::Nothing);
        let news = self.news_for(now, &intent.message, cargo);
        if cargo.has_members()
            && let Some(rest) = body
                .get_mut(len + COUNT_BYTES..)
                .filter(|it| !it.is_empty())
        {
            let written = self.write_members(intent, news, rest);
            left_over = written.left_over;
            says_something |= written.count > 0;
            body[len..len + COUNT_BYTES].copy_from_slice(&written.count.to_be_bytes());
            len += COUNT_BYTES + written.used;
        }
        if cargo.has_items()
            && news == News::All
            && !matches!(intent.load, Load::Record)
            && !self.items.is_empty()
            && self.policy.wants(&intent.to)
        {
            let empty_handed = !says_something && intent.room == Room::Full;
            let (used, items_left) = self.items.write(body.get_mut(len..)?, empty_handed);
            says_something |= used > 0;
            left_over = left_over.max(items_left);
            len += used;
        }
        // Peers of the published crate expect the number of members even if it is zero.
        let count_expected = self.config.wire == Wire::Foca2
            && !matches!(intent.message, Message::TurnUndead { .. });
        if !says_something && !count_expected {
            len = header_len;
        }
        Some(Payload {
            len,
            says_something,
            left_over,
        })
    }

    /// Writes what a comparison carries, if this is one; `None` in it if that does not fit.
    fn write_comparison(
        &mut self,
        now: Instant,
        intent: &Intent<I>,
        out: &mut [u8],
    ) -> Option<Option<usize>> {
        match &intent.load {
            Load::Usual | Load::Record => None,
            Load::Questions => Some(self.write_questions(now, &intent.to, out)),
            Load::Answer { asks, .. } if self.is_spent(now, asks) => {
                Some(self.write_busy(now, &intent.to, out))
            }
            Load::Answer {
                flags,
                applied,
                asks,
            } => Some(self.write_answer(now, (*flags, *applied, asks), out)),
        }
    }

    /// What the ceiling on bytes leaves of the news for this message.
    fn news_for(&mut self, now: Instant, message: &Message<I>, cargo: Cargo) -> News {
        let news = carries_news(message)
            && (cargo.has_members() && self.members.has_news()
                || cargo.has_items() && !self.items.is_empty());
        let affordable =
            || self.may_carry_news(now, message) && self.news_affordable_at(now) <= now;
        if news && !affordable() {
            self.stats.news_withheld += 1;
            News::AboutReceiver
        } else {
            News::All
        }
    }

    /// Writes the members that belong into this message.
    fn write_members(&mut self, intent: &Intent<I>, news: News, out: &mut [u8]) -> Written {
        let about_receiver = self.members.table.find(intent.to.addr());
        if let Message::Feed { echo } = intent.message {
            return self.write_feed(about_receiver, echo, out);
        }
        if matches!(intent.message, Message::TurnUndead { .. }) {
            return self.write_accusation(about_receiver, out);
        }
        if matches!(intent.load, Load::Record) {
            return self.write_record(about_receiver, out);
        }
        // Whoever is suspected hears of it first: it alone can refute it.
        let suspected = about_receiver.filter(|slot| {
            self.config.detector.buddy && self.members.table[*slot].member.state == State::Suspect
        });
        if news == News::AboutReceiver {
            return self.write_record(suspected, out);
        }
        let (incarnation, state) = (self.incarnation, self.own_state());
        let ourselves = Member {
            id: &self.id,
            incarnation,
            state,
        };
        let (wire, codec) = (self.config.wire, &self.codec);
        self.members
            .write_news(ourselves, suspected, out, |member, accuser, out| {
                encode_member(wire, codec, (member, accuser), out)
            })
    }

    /// Random active members, as many as fit, without the receiver.
    fn write_feed(&mut self, receiver: Option<Slot>, echo: u32, out: &mut [u8]) -> Written {
        let (mut count, mut used) = (0_u16, 0);
        // Whoever can compare views needs somebody to compare with, and not everybody at once. Whoever
        // announces on the other wire, where nothing can be echoed, cannot.
        let most = match self.compares() && echo != 0 {
            true => FEED_MEMBERS_MAX,
            false => usize::MAX,
        };
        let table = &self.members.table;
        for slot in table
            .draw_active(&mut self.random)
            .filter(|slot| Some(*slot) != receiver)
            .take(most)
        {
            let member = (
                table[slot].member.as_ref(),
                self.members.suspicions.told(slot),
            );
            let rest = &mut out[used..];
            let Some(bytes) = encode_member(self.config.wire, &self.codec, member, rest) else {
                break;
            };
            let Some(more) = count.checked_add(1) else {
                break;
            };
            (count, used) = (more, used + bytes);
        }
        Written::all(count, used)
    }

    /// What is held against the receiver, so that it knows what to override.
    ///
    /// Identities that renew need not know, and peers of the published crate expect nothing here.
    fn write_accusation(&self, receiver: Option<Slot>, out: &mut [u8]) -> Written {
        let told = receiver.filter(|slot| {
            let id = &self.members.table[*slot].member.id;
            let renews = Order::of(&self.config, id) == Order::DownIsFinal;
            self.config.wire != Wire::Foca2 || !renews
        });
        self.write_record(told, out)
    }

    /// What is believed of one member.
    fn write_record(&self, slot: Option<Slot>, out: &mut [u8]) -> Written {
        let member = slot.map(|slot| {
            let member = self.members.table[slot].member.as_ref();
            (member, self.members.suspicions.told(slot))
        });
        let bytes =
            member.and_then(|member| encode_member(self.config.wire, &self.codec, member, out));
        Written::all(bytes.is_some().into(), bytes.unwrap_or(0))
    }
}
