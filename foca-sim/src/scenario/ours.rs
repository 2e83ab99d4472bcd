//! Members made of `foca-core`.

use std::net::SocketAddr;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Event, Foca, Instant, Member, NoBroadcasts, Setup};

use super::identity::Id;
use super::participant::{Diary, News, Participant};
use crate::Machine;

/// A member of ours whose events go to a diary.
pub struct Ours {
    foca: Foca<Id, PostcardCodec>,
    diary: Diary,
}

impl Ours {
    /// The member.
    #[must_use]
    pub const fn foca(&self) -> &Foca<Id, PostcardCodec> {
        &self.foca
    }

    fn write_down(&mut self, now: Instant) {
        while let Some(event) = self.foca.poll_event() {
            if let Some(news) = news(event) {
                self.diary.write(now, &self.foca.identity().addr, news);
            }
        }
    }
}

impl Participant for Ours {
    type Recipe = Config;

    /// # Panics
    ///
    /// If datagrams of the configuration have no room for identities such as these; a built recipe
    /// was tried.
    fn start(config: &Config, id: Id, seed: u64, now: Instant, diary: Diary) -> Self {
        let setup = Setup {
            identity: id,
            config: config.clone(),
            codec: PostcardCodec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed,
        };
        let foca = match Foca::new(setup, now) {
            Ok(foca) => foca,
            Err(error) => panic!("a configuration that was not tried: {error}"),
        };
        Self { foca, diary }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        // Refused by a member that has left, or asked to join through itself: nothing to do then.
        let _ = self.foca.announce(now, &to);
    }

    fn know(&mut self, now: Instant, everybody: &[Id]) {
        let myself = *self.foca.identity();
        let others = everybody.iter().filter(|id| **id != myself);
        self.foca.restore(now, others.map(|id| Member::alive(*id)));
        self.write_down(now);
    }

    fn leave(&mut self, now: Instant) {
        self.foca.leave(now);
        self.write_down(now);
    }

    fn identity(&self) -> Id {
        *self.foca.identity()
    }

    fn listed(&self) -> Vec<Id> {
        self.foca.members().map(|member| member.id).collect()
    }

    fn listed_len(&self) -> usize {
        self.foca.members().len()
    }
}

impl Machine for Ours {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        Machine::handle_datagram(&mut self.foca, now, datagram);
        self.write_down(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.foca.handle_timeout(now);
        self.write_down(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        Machine::poll_transmit(&mut self.foca, now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.foca.poll_timeout()
    }
}

/// What an event says in the words of all makes.
pub(super) fn news(event: Event<Id>) -> Option<News> {
    match event {
        Event::MemberUp(id) => Some(News::Up(id)),
        Event::MemberSuspect(id) => Some(News::Suspect(id)),
        Event::MemberRefuted(id) => Some(News::Refuted(id)),
        Event::MemberDown(id) => Some(News::Down(id)),
        Event::MemberLeft(id) => Some(News::Left(id)),
        Event::Renamed { from, to } => Some(News::Renamed { from, to }),
        Event::Renewed(id) => Some(News::Renewed(id)),
        Event::Defunct => Some(News::Defunct),
        Event::Lost(_) => Some(News::Missed),
        Event::Conflict(_) | Event::Joined | Event::Alone | Event::Left | _ => None,
    }
}
