//! A node of ours.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Foca, Instant, Member, Periodic, Settings, Setup, Timer, Wire};

use super::datagram::{self, Kind, Seen, Update};
use super::peer::{Duty, Peer, Sent};
use super::{Make, published};
use crate::identity::{Id, myself};
use crate::preset;

/// Time from one datagram to the next. Every member asks for less than it may in a probe period.
const PACE: Duration = Duration::from_millis(50);

/// A datagram of `Wire::Native` is longer by this, so that it holds as many members.
const NATIVE_EXTRA_BYTES: usize = 15;

/// Longer than anything that is measured.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// A `Foca` of this workspace, driven as its contract says.
pub(crate) struct Ours {
    foca: Foca<Id, PostcardCodec>,
    now: Instant,
    out: [u8; published::DATAGRAM_BYTES_MAX + NATIVE_EXTRA_BYTES],
    sent: Sent,
}

impl Ours {
    /// Takes all that the node has to say, and asks it when it wants to be served.
    fn drain(&mut self) {
        while let Some(transmit) = self.foca.poll_transmit(self.now, &mut self.out) {
            black_box(transmit.to);
            self.sent.take(&self.out[..transmit.len]);
        }
        while let Some(event) = self.foca.poll_event() {
            black_box(event);
        }
        black_box(self.foca.poll_timeout());
    }

    /// Serves the next timer.
    fn wait(&mut self) {
        self.now = self.foca.poll_timeout().expect("a probe that is due");
        self.foca.handle_timeout(self.now);
    }
}

impl Peer for Ours {
    fn new(make: Make, members: usize, duty: Duty, _room: usize) -> Self {
        let setup = Setup {
            identity: myself(),
            config: config(wire_of(make), members, duty),
            codec: PostcardCodec,
            broadcasts: foca_core::NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed: 0xF0CA,
        };
        Self {
            foca: Foca::new(setup, Instant::ZERO).expect("an identity that fits"),
            now: Instant::ZERO,
            out: [0; published::DATAGRAM_BYTES_MAX + NATIVE_EXTRA_BYTES],
            sent: Sent::default(),
        }
    }

    fn write(make: Make, from: Id, kind: Kind, updates: &[Update]) -> Vec<u8> {
        datagram::write(wire_of(make), from, kind, updates)
    }

    fn read(make: Make, datagram: &[u8]) -> Seen {
        datagram::read(wire_of(make), datagram)
    }

    fn restore(&mut self, others: &[Id], incarnation: u16) {
        let members = others.iter().map(|id| alive(*id, incarnation));
        self.foca.restore(self.now, members);
        self.drain();
    }

    fn merge(&mut self, others: &[Id], incarnation: u16) {
        let members = others.iter().map(|id| alive(*id, incarnation));
        self.foca.merge(self.now, members);
        self.drain();
    }

    /// Has them answer a probe. Every member is probed within two rounds; now and then our turn comes
    /// to compare views instead.
    fn trust(&mut self, others: &[Id]) {
        let mut wanted: BTreeSet<Id> = others.iter().copied().collect();
        let wire = self.foca.config().wire;
        let timers_max = self.members() * 4 + 100;
        for _ in 0..timers_max {
            if wanted.is_empty() {
                break;
            }
            self.wait();
            while let Some(transmit) = self.foca.poll_transmit(self.now, &mut self.out) {
                let (to, len) = (Id::at(*transmit.to), transmit.len);
                let Kind::Ping(number) = datagram::read(wire, &self.out[..len]).kind else {
                    continue;
                };
                let ack = datagram::write(wire, to, Kind::Ack(number), &[]);
                let accepted = self.foca.handle_datagram(self.now, &ack);
                assert_eq!(accepted, Ok(()));
                wanted.remove(&to);
            }
        }
        assert!(wanted.is_empty(), "never probed: {wanted:?}");
    }

    fn receive(&mut self, datagram: &[u8]) {
        self.now = self.now + PACE;
        let accepted = self.foca.handle_datagram(self.now, datagram);
        assert_eq!(accepted, Ok(()));
        self.drain();
    }

    fn gossip(&mut self) {
        let due = self.foca.next_timer();
        let Some((at, Timer::Gossip)) = due else {
            panic!("gossip comes next, not {due:?}");
        };
        self.now = at;
        self.foca.handle_timeout(at);
        self.drain();
    }

    fn members(&self) -> usize {
        self.foca.members().len()
    }

    fn incarnation(&self, id: Id) -> Option<u32> {
        self.foca.member(&id.addr).map(|member| member.incarnation)
    }

    fn changes(&self) -> u64 {
        self.foca.stats().updates_applied
    }

    fn sent(&self) -> &Sent {
        &self.sent
    }

    fn sent_mut(&mut self) -> &mut Sent {
        &mut self.sent
    }
}

fn wire_of(make: Make) -> Wire {
    match make {
        Make::Native => Wire::Native,
        Make::Foca2 => Wire::Foca2,
        Make::Published => unreachable!("somebody else's"),
        #[cfg(feature = "peers")]
        Make::Kinship => unreachable!("somebody else's"),
    }
}

fn alive(id: Id, incarnation: u16) -> Member<Id> {
    Member {
        incarnation: incarnation.into(),
        ..Member::alive(id)
    }
}

fn config(wire: Wire, members: usize, duty: Duty) -> Config {
    let settings = |settings: &mut Settings| {
        settings.datagram_bytes_max = match wire {
            Wire::Foca2 => published::DATAGRAM_BYTES_MAX,
            Wire::Native => published::DATAGRAM_BYTES_MAX + NATIVE_EXTRA_BYTES,
        };
        settings.transmissions = published::TRANSMISSIONS_MAX.into();
        settings.gossip_burst_bytes_per_second = None;
        settings.gossip_base_members = usize::MAX;
        settings.periodic_announce = None;
        settings.periodic_announce_to_down = None;
        settings.periodic_gossip = None;
        if duty == Duty::Gossip {
            settings.probe_period = NEVER;
            settings.periodic_gossip = Some(Periodic {
                every: published::GOSSIP_PERIOD,
                members: published::GOSSIP_MEMBERS,
            });
        }
    };
    preset::lan(wire, members)
        .with(settings)
        .expect("valid settings")
}
