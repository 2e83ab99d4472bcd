//! A member of the published crate.

use std::num::NonZeroU32;

use foca::{Config, Foca, PostcardCodec};
use foca_core::Instant;
use foca_sim::{Machine, peers};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use crate::Subject;
use crate::name::{Addr, Name};

pub(crate) struct Published(peers::Published<Name>);

impl Published {
    /// Nobody reads what it tells, and it must not pile up.
    fn forget_news(&mut self) {
        while self.0.poll_notification().is_some() {}
    }
}

impl Subject for Published {
    fn start(name: Name, nodes: u32, _: Instant) -> Self {
        let nodes = NonZeroU32::new(nodes).expect("a few nodes");
        let seed = match name.addr() {
            Addr::V4(addr) => u64::from(addr.ip().to_bits()),
            Addr::V6(_) => 0,
        };
        let random = ChaCha8Rng::seed_from_u64(seed);
        let foca = Foca::new(name, Config::new_lan(nodes), random, PostcardCodec);
        Self(peers::Published::new(foca))
    }

    fn announce(&mut self, now: Instant, to: Name) {
        self.0.announce(now, to);
    }

    fn know(&mut self, now: Instant, others: &mut dyn Iterator<Item = Name>) {
        self.0.know(now, others);
        self.forget_news();
    }

    fn members(&self) -> usize {
        self.0.foca().num_members()
    }
}

impl Machine for Published {
    type Addr = Addr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.0.handle_datagram(now, datagram);
        self.forget_news();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
        self.forget_news();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(Addr, usize)> {
        self.0.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }
}
