//! A member of the published crate.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use foca::{Config, Foca, OwnedNotification, PostcardCodec};
use foca_core::Instant;
use foca_sim::{Machine, peers};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::Experiment;
use super::subject::Subject;
use crate::identity::Id;

pub(super) struct Published {
    member: peers::Published<Id, PostcardCodec, SmallRng>,
    downs: u64,
}

impl Published {
    fn read_news(&mut self) {
        while let Some(notification) = self.member.poll_notification() {
            if matches!(notification, OwnedNotification::MemberDown(_)) {
                self.downs += 1;
            }
        }
    }
}

impl Subject for Published {
    type Name = Id;

    fn start(name: Id, experiment: &Experiment, seed: u64, _: Instant) -> Self {
        let nodes = u32::try_from(experiment.nodes).ok();
        let nodes = nodes.and_then(NonZeroU32::new).expect("a few nodes");
        let random = SmallRng::seed_from_u64(seed);
        let foca = Foca::new(name, Config::new_lan(nodes), random, PostcardCodec);
        Self {
            member: peers::Published::new(foca),
            downs: 0,
        }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        self.member.announce(now, Id::at(to));
    }

    fn know(&mut self, now: Instant, everybody: &[Id]) {
        let myself = self.name();
        let others = everybody.iter().filter(|id| **id != myself);
        self.member.know(now, others.copied());
        self.read_news();
    }

    fn name(&self) -> Id {
        *self.member.foca().identity()
    }

    fn members(&self) -> usize {
        self.member.foca().num_members()
    }

    fn view(&self) -> impl Iterator<Item = Id> {
        self.member.foca().iter_members().map(|member| *member.id())
    }

    fn downs(&self) -> u64 {
        self.downs
    }
}

impl Machine for Published {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.member.handle_datagram(now, datagram);
        self.read_news();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.member.handle_timeout(now);
        self.read_news();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        self.member.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.member.poll_timeout()
    }
}
