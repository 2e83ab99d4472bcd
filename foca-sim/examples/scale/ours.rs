//! A member of ours that asks again until somebody takes it in.

use std::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Foca, Instant, Member, NoBroadcasts, Setup};
use foca_sim::Machine;

use crate::Subject;
use crate::name::{Addr, Name};

pub(crate) struct Ours {
    foca: Foca<Name, PostcardCodec>,
    /// Whom to ask, and when next.
    attempt: Option<(Name, Instant)>,
}

impl Ours {
    fn read_events(&mut self) {
        while self.foca.poll_event().is_some() {}
    }
}

impl Subject for Ours {
    fn start(name: Name, _: u32, now: Instant) -> Self {
        let [a, b, c, d] = match name.addr() {
            Addr::V4(addr) => addr.ip().octets(),
            Addr::V6(_) => [0; 4],
        };
        let setup = Setup {
            identity: name,
            config: Config::lan(),
            codec: PostcardCodec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed: u32::from_be_bytes([a, b, c, d]).into(),
        };
        Self {
            foca: Foca::new(setup, now).expect("an identity that fits"),
            attempt: None,
        }
    }

    fn announce(&mut self, now: Instant, to: Name) {
        let announced = self.foca.announce(now, &to.addr());
        announced.expect("a member that takes part");
        self.attempt = Some((to, now + Duration::from_secs(1)));
    }

    fn know(&mut self, now: Instant, others: &mut dyn Iterator<Item = Name>) {
        self.foca.restore(now, others.map(Member::alive));
        self.read_events();
    }

    fn members(&self) -> usize {
        self.foca.members().len()
    }
}

impl Machine for Ours {
    type Addr = Addr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        Machine::handle_datagram(&mut self.foca, now, datagram);
        self.read_events();
        if self.attempt.is_some() && self.members() > 0 {
            self.attempt = None;
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Some((to, _)) = self.attempt.filter(|(_, at)| *at <= now) {
            self.announce(now, to);
        }
        self.foca.handle_timeout(now);
        self.read_events();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(Addr, usize)> {
        Machine::poll_transmit(&mut self.foca, now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let attempt = self.attempt.map(|(_, at)| at);
        match (attempt, self.foca.poll_timeout()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }
}
