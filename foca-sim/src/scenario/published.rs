//! Members made of the published `foca` 2.0.0, with the timer queue that it leaves to its user.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroU32;

use foca::{
    AccumulatingRuntime, Config, Foca, Member, NoCustomBroadcast, OwnedNotification, PostcardCodec,
    Timer,
};
use foca_core::Instant;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;

use super::error::ScenarioError;
use super::identity::Id;
use super::participant::{Diary, News, Participant};
use super::schema::{Preset, Scenario};
use crate::Machine;

/// A member of the published crate whose notifications go to a diary.
pub struct Published {
    foca: Foca<Id, PostcardCodec, ChaCha8Rng, NoCustomBroadcast>,
    runtime: AccumulatingRuntime<Id>,
    /// By due time, then in the crate's own order of timers, then first come, first served.
    timers: BTreeMap<(Instant, Timer<Id>, u64), ()>,
    timers_scheduled: u64,
    diary: Diary,
}

impl Published {
    /// Takes the timers and notifications that a call left behind; what it sends stays until polled.
    fn collect(&mut self, now: Instant) {
        while let Some((delay, timer)) = self.runtime.to_schedule() {
            self.timers_scheduled += 1;
            let due = (now + delay, timer, self.timers_scheduled);
            self.timers.insert(due, ());
        }
        while let Some(notification) = self.runtime.to_notify() {
            if let Some(news) = news(notification) {
                self.diary.write(now, &self.foca.identity().addr, news);
            }
        }
    }
}

/// What the crate calls an error is nothing to stop for: a datagram to an earlier life is one.
impl Participant for Published {
    type Recipe = Config;

    fn start(config: &Config, id: Id, seed: u64, _: Instant, diary: Diary) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed);
        Self {
            foca: Foca::new(id, config.clone(), random, PostcardCodec),
            runtime: AccumulatingRuntime::new(),
            timers: BTreeMap::new(),
            timers_scheduled: 0,
            diary,
        }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        let _ = self.foca.announce(Id::at(to), &mut self.runtime);
        self.collect(now);
    }

    fn know(&mut self, now: Instant, everybody: &[Id]) {
        let myself = *self.foca.identity();
        let others = everybody.iter().filter(|id| **id != myself);
        let others = others.map(|id| Member::alive(*id));
        let _ = self.foca.apply_many(others, false, &mut self.runtime);
        self.collect(now);
    }

    fn leave(&mut self, now: Instant) {
        let _ = self.foca.leave_cluster(&mut self.runtime);
        self.collect(now);
    }

    fn identity(&self) -> Id {
        *self.foca.identity()
    }

    fn listed(&self) -> Vec<Id> {
        self.foca
            .iter_members()
            .map(|member| *member.id())
            .collect()
    }

    fn listed_len(&self) -> usize {
        self.foca.num_members()
    }
}

impl Machine for Published {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        let _ = self.foca.handle_data(datagram, &mut self.runtime);
        self.collect(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        while let Some(entry) = self.timers.first_entry().filter(|next| next.key().0 <= now) {
            let ((_, timer, _), ()) = entry.remove_entry();
            let _ = self.foca.handle_timer(timer, &mut self.runtime);
            self.collect(now);
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        let (to, datagram) = self.runtime.to_send()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to.addr, datagram.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.first_key_value().map(|((at, ..), ())| *at)
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
