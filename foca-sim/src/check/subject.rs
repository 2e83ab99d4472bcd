//! A member under observation: everything that passes it is written down.

use std::collections::VecDeque;
use std::time::Duration;

use foca_codec::PostcardCodec;
use foca_core::{Foca, Instant, Status};

use super::broadcasts::Numbered;
use super::identity::Id;
use super::ledger::{Happening, Ledger, Process};
use super::mutation::Mutation;
use super::wire;
use crate::Machine;

/// The members that are checked.
pub type CheckedFoca = Foca<Id, PostcardCodec, Numbered>;

/// A member, the book it is written into, and what is wrong with it.
pub(crate) struct Subject {
    foca: CheckedFoca,
    process: Process,
    ledger: Ledger,
    mutation: Option<Box<dyn Mutation>>,
    /// How far its clock is ahead of the network's.
    ahead: Duration,
    /// What a mutation made of datagrams that were handed out.
    outgoing: VecDeque<(u16, Vec<u8>)>,
    datagrams_in_a_row: usize,
}

impl Subject {
    pub(crate) fn new(
        foca: CheckedFoca,
        process: Process,
        ledger: Ledger,
        mutation: Option<Box<dyn Mutation>>,
    ) -> Self {
        Self {
            foca,
            process,
            ledger,
            mutation,
            ahead: Duration::ZERO,
            outgoing: VecDeque::new(),
            datagrams_in_a_row: 0,
        }
    }

    pub(crate) const fn foca(&self) -> &CheckedFoca {
        &self.foca
    }

    pub(crate) const fn process(&self) -> Process {
        self.process
    }

    /// Whether it takes part: it has not left.
    pub(crate) fn takes_part(&self) -> bool {
        self.foca.status() != Status::Left
    }

    /// Does something with the member and writes down what follows.
    pub(crate) fn with<R>(
        &mut self,
        now: Instant,
        command: impl FnOnce(&mut CheckedFoca, Instant) -> R,
    ) -> R {
        let was = self.standing();
        let told = self.told(now);
        let result = command(&mut self.foca, told);
        self.write_down(self.at(now), was);
        result
    }

    /// Its clock is put ahead by so much.
    pub(crate) fn note_jump(&mut self, now: Instant, by: Duration) {
        let (process, at) = (self.process, self.at(now));
        self.ledger.write(at, Happening::Jumped { process });
        self.ahead += by;
    }

    /// The time that the member is told when its clock shows `now`.
    fn told(&self, now: Instant) -> Instant {
        self.mutation.as_ref().map_or(now, |it| it.clock(now))
    }

    /// The time of the network, in which happenings are written down.
    fn at(&self, now: Instant) -> Instant {
        let ahead = u64::try_from(self.ahead.as_micros()).unwrap_or(u64::MAX);
        Instant::from_micros(now.as_micros().saturating_sub(ahead))
    }

    /// Who it is, at which incarnation, and whether it takes part.
    fn standing(&self) -> (Id, u32, bool) {
        let foca = &self.foca;
        (*foca.identity(), foca.incarnation(), self.takes_part())
    }

    fn write_down(&mut self, at: Instant, (id, incarnation, took_part): (Id, u32, bool)) {
        let process = self.process;
        let (next, _, takes_part) = self.standing();
        if took_part && (next != id || !takes_part) {
            let ended = Happening::Ended {
                process,
                id,
                incarnation,
            };
            self.ledger.write(at, ended);
        }
        if takes_part && (next != id || !took_part) {
            let began = Happening::Began { process, id: next };
            self.ledger.write(at, began);
        }
        let mut events = 0;
        while let Some(event) = self.foca.poll_event() {
            events += 1;
            let reported = match &mut self.mutation {
                Some(mutation) => mutation.report(event),
                None => vec![event],
            };
            for event in reported {
                self.ledger
                    .write(at, Happening::Reported { process, event });
            }
        }
        if events > 0 {
            let datagrams = 0;
            let fetched = Happening::Fetched {
                process,
                events,
                datagrams,
            };
            self.ledger.write(at, fetched);
        }
    }

    /// Whom a datagram says goodbye of, if its receiver has no reason not to believe it.
    fn goodbye(&self, datagram: &[u8]) -> Option<Id> {
        if !self.ledger.is_goodbye(datagram) {
            return None;
        }
        let (of, incarnation) = wire::sender(datagram)?;
        let known = self.foca.member(&of.addr)?;
        let believed = known.id == of && known.incarnation <= incarnation;
        (believed && known.state.is_active()).then_some(of)
    }

    fn next_datagram(&mut self, now: Instant, out: &mut [u8]) -> Option<(u16, usize)> {
        let told = self.told(now);
        let Some(mutation) = &mut self.mutation else {
            let transmit = self.foca.poll_transmit(told, out)?;
            return Some((*transmit.to, transmit.len));
        };
        while self.outgoing.is_empty() {
            let transmit = self.foca.poll_transmit(told, out)?;
            let (to, len) = (*transmit.to, transmit.len);
            self.outgoing
                .extend(mutation.send(&self.foca, to, &out[..len]));
        }
        let (to, datagram) = self.outgoing.pop_front()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to, datagram.len()))
    }
}

impl Machine for Subject {
    type Addr = u16;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        let (process, at) = (self.process, self.at(now));
        self.ledger.write(at, Happening::Received { process });
        let was = self.standing();
        let goodbye = self.goodbye(datagram);
        let told = self.told(now);
        let result = match &mut self.mutation {
            None => self.foca.handle_datagram(told, datagram),
            Some(mutation) => {
                mutation.tamper(told, &mut self.foca);
                match mutation.receive(&self.foca, datagram) {
                    Some(datagram) => self.foca.handle_datagram(told, &datagram),
                    None => Ok(()),
                }
            }
        };
        if let (Some(of), Ok(())) = (goodbye, result) {
            self.ledger
                .write(at, Happening::HeardGoodbye { process, of });
        }
        self.write_down(self.at(now), was);
    }

    fn handle_timeout(&mut self, now: Instant) {
        let was = self.standing();
        let told = self.told(now);
        if let Some(mutation) = &mut self.mutation {
            mutation.tamper(told, &mut self.foca);
        }
        self.foca.handle_timeout(told);
        self.write_down(self.at(now), was);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(u16, usize)> {
        let (process, at) = (self.process, self.at(now));
        let Some((to, len)) = self.next_datagram(now, out) else {
            let datagrams = std::mem::take(&mut self.datagrams_in_a_row);
            if datagrams > 0 {
                let events = 0;
                let fetched = Happening::Fetched {
                    process,
                    events,
                    datagrams,
                };
                self.ledger.write(at, fetched);
            }
            return None;
        };
        self.datagrams_in_a_row += 1;
        let datagram = &out[..len];
        let sent = Happening::Sent {
            process,
            bytes: len,
            says: wire::sender(datagram),
        };
        self.ledger.write(at, sent);
        self.ledger.capture(to, datagram);
        if self.foca.status() == Status::Left {
            self.ledger.note_goodbye(datagram);
        }
        Some((to, len))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let mut deadline = self.foca.poll_timeout()?;
        if let Some(mutation) = &self.mutation {
            deadline = mutation.deadline(deadline)?;
        }
        Some(deadline)
    }
}
