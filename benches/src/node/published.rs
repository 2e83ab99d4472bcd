//! A node of the published crate.

use std::hint::black_box;
use std::num::{NonZeroU8, NonZeroU32, NonZeroUsize};
use std::time::Duration;

use foca::{
    Config, Foca, Member, Notification, PeriodicParams, PostcardCodec, Runtime, State, Timer,
};
use foca_core::Wire;
use rand::SeedableRng as _;
use rand::rngs::SmallRng;

use super::Make;
use super::datagram::{self, Kind, Seen, Update};
use super::peer::{Duty, Peer, Sent};
use crate::identity::{Id, myself};

/// Longest datagram, in bytes: the default of `foca`.
pub(crate) const DATAGRAM_BYTES_MAX: usize = 1_400;
/// How often news is sent; as often as possible, so that a backlog lasts.
pub(crate) const TRANSMISSIONS_MAX: u8 = u8::MAX;
/// Time between two rounds of gossip.
pub(crate) const GOSSIP_PERIOD: Duration = Duration::from_millis(200);
/// Members contacted in a round of gossip.
pub(crate) const GOSSIP_MEMBERS: usize = 3;

/// A `foca::Foca` with the fastest random numbers it takes.
pub(crate) struct Published {
    foca: Foca<Id, PostcardCodec, SmallRng, foca::NoCustomBroadcast>,
    outside: Outside,
}

/// What surrounds the node: takes what it says without copying it, and keeps no timer but one.
#[derive(Debug, Default)]
struct Outside {
    sent: Sent,
    notifications: u64,
    gossip: Option<Timer<Id>>,
}

impl Runtime<Id> for &mut Outside {
    fn notify(&mut self, notification: Notification<'_, Id>) {
        self.notifications += 1;
        black_box(notification);
    }

    fn send_to(&mut self, to: Id, data: &[u8]) {
        black_box(to);
        self.sent.take(data);
    }

    fn submit_after(&mut self, event: Timer<Id>, after: Duration) {
        if matches!(event, Timer::PeriodicGossip(_)) {
            self.gossip = Some(event);
        } else {
            black_box((event, after));
        }
    }
}

impl Published {
    fn take_in(&mut self, others: &[Id], incarnation: u16, broadcast: bool) {
        let members = others
            .iter()
            .map(|id| Member::new(*id, incarnation, State::Alive));
        self.foca
            .apply_many(members, broadcast, &mut self.outside)
            .expect("members that can be encoded");
    }
}

impl Peer for Published {
    fn new(_: Make, members: usize, duty: Duty, _room: usize) -> Self {
        let foca = Foca::new(
            myself(),
            config(members, duty),
            SmallRng::seed_from_u64(0xF0CA),
            PostcardCodec,
        );
        Self {
            foca,
            outside: Outside::default(),
        }
    }

    fn write(_: Make, from: Id, kind: Kind, updates: &[Update]) -> Vec<u8> {
        datagram::write(Wire::Foca2, from, kind, updates)
    }

    fn read(_: Make, datagram: &[u8]) -> Seen {
        datagram::read(Wire::Foca2, datagram)
    }

    fn restore(&mut self, others: &[Id], incarnation: u16) {
        self.take_in(others, incarnation, false);
    }

    fn merge(&mut self, others: &[Id], incarnation: u16) {
        self.take_in(others, incarnation, true);
    }

    /// It trusts everybody.
    fn trust(&mut self, _others: &[Id]) {}

    fn receive(&mut self, datagram: &[u8]) {
        self.foca
            .handle_data(datagram, &mut self.outside)
            .expect("a datagram that is accepted");
    }

    fn gossip(&mut self) {
        let timer = self.outside.gossip.take().expect("gossip was scheduled");
        self.foca
            .handle_timer(timer, &mut self.outside)
            .expect("members that can be encoded");
    }

    fn members(&self) -> usize {
        self.foca.num_members()
    }

    fn incarnation(&self, id: Id) -> Option<u32> {
        let mut members = self.foca.iter_members();
        let member = members.find(|member| *member.id() == id)?;
        Some(member.incarnation().into())
    }

    fn changes(&self) -> u64 {
        self.outside.notifications + self.foca.updates_backlog() as u64
    }

    fn sent(&self) -> &Sent {
        &self.outside.sent
    }

    fn sent_mut(&mut self) -> &mut Sent {
        &mut self.outside.sent
    }
}

fn config(members: usize, duty: Duty) -> Config {
    let members = u32::try_from(members).ok().and_then(NonZeroU32::new);
    let mut config = Config::new_lan(members.expect("1 to 2^32 - 1 members"));
    config.max_packet_size = NonZeroUsize::new(DATAGRAM_BYTES_MAX).expect("more than 0");
    config.max_transmissions = NonZeroU8::new(TRANSMISSIONS_MAX).expect("more than 0");
    config.periodic_announce = None;
    config.periodic_announce_to_down_members = None;
    config.periodic_gossip = (duty == Duty::Gossip).then_some(PeriodicParams {
        frequency: GOSSIP_PERIOD,
        num_members: NonZeroUsize::new(GOSSIP_MEMBERS).expect("more than 0"),
    });
    config
}
