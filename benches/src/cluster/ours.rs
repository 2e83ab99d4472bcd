//! A member of ours.

use std::net::SocketAddr;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Codec, Event, Foca, Identity, Instant, Member, NoBroadcasts, Setup, Wire};
use foca_sim::Machine;

use super::subject::{Name, Subject};
use super::{Experiment, System};
use crate::preset;

pub(super) struct Ours<I: Identity>
where
    PostcardCodec: Codec<I>,
{
    foca: Foca<I, PostcardCodec>,
    downs: u64,
}

impl<I: Identity> Ours<I>
where
    PostcardCodec: Codec<I>,
{
    fn read_events(&mut self) {
        while let Some(event) = self.foca.poll_event() {
            if matches!(event, Event::MemberDown(_)) {
                self.downs += 1;
            }
        }
    }
}

impl<I> Subject for Ours<I>
where
    I: Identity<Addr = SocketAddr> + Name,
    PostcardCodec: Codec<I>,
{
    type Name = I;

    fn start(name: I, experiment: &Experiment, seed: u64, now: Instant) -> Self {
        let wire = match experiment.system {
            System::Ours => Wire::Native,
            System::Foca2Wire => Wire::Foca2,
            System::Published => unreachable!("somebody else's"),
        };
        let setup = Setup {
            identity: name,
            config: preset::lan(wire, experiment.nodes),
            codec: PostcardCodec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed,
        };
        Self {
            foca: Foca::new(setup, now).expect("an identity that fits"),
            downs: 0,
        }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        self.foca
            .announce(now, &to)
            .expect("a node that takes part");
    }

    fn know(&mut self, now: Instant, everybody: &[I]) {
        let myself = *self.foca.identity();
        let others = everybody.iter().filter(|id| **id != myself);
        self.foca.restore(now, others.map(|id| Member::alive(*id)));
        self.read_events();
    }

    fn name(&self) -> I {
        *self.foca.identity()
    }

    fn members(&self) -> usize {
        self.foca.members().len()
    }

    fn view(&self) -> impl Iterator<Item = I> {
        self.foca.members().map(|member| member.id)
    }

    fn downs(&self) -> u64 {
        self.downs
    }
}

impl<I: Identity<Addr = SocketAddr>> Machine for Ours<I>
where
    PostcardCodec: Codec<I>,
{
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        Machine::handle_datagram(&mut self.foca, now, datagram);
        self.read_events();
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.foca.handle_timeout(now);
        self.read_events();
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        Machine::poll_transmit(&mut self.foca, now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.foca.poll_timeout()
    }
}
