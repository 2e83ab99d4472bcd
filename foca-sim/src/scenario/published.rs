//! Members of scenarios made of the published `foca` 2.0.0.

use std::net::SocketAddr;
use std::num::NonZeroU32;

use foca::{Config, Foca, OwnedNotification, PostcardCodec};
use foca_core::Instant;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::error::ScenarioError;
use super::identity::Id;
use super::participant::{Diary, News, Participant};
use super::schema::{Preset, Scenario};
use crate::{Machine, peers};

/// A member of the published crate whose notifications go to a diary.
pub struct Published {
    member: peers::Published<Id>,
    diary: Diary,
}

impl Published {
    fn write_down(&mut self, now: Instant) {
        while let Some(notification) = self.member.poll_notification() {
            if let Some(news) = news(notification) {
                let observer = self.member.foca().identity().addr;
                self.diary.write(now, &observer, news);
            }
        }
    }
}

impl Participant for Published {
    type Recipe = Config;

    fn start(config: &Config, id: Id, seed: u64, _: Instant, diary: Diary) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        let foca = Foca::new(id, config.clone(), random, PostcardCodec);
        Self {
            member: peers::Published::new(foca),
            diary,
        }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        self.member.announce(now, Id::at(to));
        self.write_down(now);
    }

    fn know(&mut self, now: Instant, everybody: &[Id]) {
        let myself = self.identity();
        let others = everybody.iter().filter(|id| **id != myself);
        self.member.know(now, others.copied());
        self.write_down(now);
    }

    fn leave(&mut self, now: Instant) {
        self.member.leave(now);
        self.write_down(now);
    }

    fn identity(&self) -> Id {
        *self.member.foca().identity()
    }

    fn listed(&self) -> Vec<Id> {
        let members = self.member.foca().iter_members();
        members.map(|member| *member.id()).collect()
    }

    fn listed_len(&self) -> usize {
        self.member.foca().num_members()
    }
}

impl Machine for Published {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.member.handle_datagram(now, datagram);
        self.write_down(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.member.handle_timeout(now);
        self.write_down(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        self.member.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.member.poll_timeout()
    }
}

fn news(notification: OwnedNotification<Id>) -> Option<News> {
    match notification {
        OwnedNotification::MemberUp(id) => Some(News::Up(id)),
        OwnedNotification::MemberDown(id) => Some(News::Down(id)),
        OwnedNotification::Rename(from, to) => Some(News::Renamed { from, to }),
        OwnedNotification::Rejoin(id) => Some(News::Renewed(id)),
        OwnedNotification::Defunct => Some(News::Defunct),
        OwnedNotification::Active | OwnedNotification::Idle => None,
    }
}

/// What the crate recommends for the members of a scenario.
///
/// # Errors
///
/// If it has no preset like the one of the scenario.
pub(super) fn recipe(scenario: &Scenario) -> Result<Config, ScenarioError> {
    let members = u32::try_from(scenario.nodes).ok().and_then(NonZeroU32::new);
    match (scenario.preset, members) {
        (Preset::Lan, Some(members)) => Ok(Config::new_lan(members)),
        (Preset::Wan, Some(members)) => Ok(Config::new_wan(members)),
        (Preset::Simple, _) => Ok(Config::simple()),
        (Preset::Local, _) | (_, None) => Err(ScenarioError::Invalid(
            "the published foca has no preset `local`".to_owned(),
        )),
    }
}
