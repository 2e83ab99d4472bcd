//! A published `foca` as a machine: the crate, and the timer queue that it leaves to its user.
//!
//! Compiled once for each version: `published` and `random` are what the parent module calls so.

use std::collections::VecDeque;
use std::net::SocketAddr;

use foca_core::Instant;
use foca_sim::Machine;

use super::super::board::Board;
use super::super::peer::{Make, News, Peer};
use super::published::{
    AccumulatingRuntime, Codec, Config, Error, Foca, Identity, OwnedNotification, State, Timer,
};
use super::random::{Random, SeedableRng as _};

/// A member made of the published crate.
pub struct Theirs<I: Identity, C> {
    foca: Foca<I, C, Random, Board>,
    runtime: AccumulatingRuntime<I>,
    /// By due time, then in the crate's own order of timers, then first come, first served.
    timers: VecDeque<(Instant, Timer<I>)>,
    board: Board,
    news: Vec<News<I>>,
    errors: Vec<Error>,
}

impl<I, C> Theirs<I, C>
where
    I: Identity<Addr = SocketAddr>,
    C: Codec<I, Error: std::error::Error>,
{
    pub fn new(identity: I, config: Config, codec: C, seed: u64) -> Self {
        let random = Random::seed_from_u64(seed);
        let board = Board::default();
        Self {
            foca: Foca::with_custom_broadcast(identity, config, random, codec, board.clone()),
            runtime: AccumulatingRuntime::new(),
            timers: VecDeque::new(),
            board,
            news: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Lets the crate do something, then takes its timers and notifications, as it demands.
    ///
    /// What it sends stays in the runtime until the machine is polled.
    fn act<R>(
        &mut self,
        now: Instant,
        action: impl FnOnce(
            &mut Foca<I, C, Random, Board>,
            &mut AccumulatingRuntime<I>,
        ) -> Result<R, Error>,
    ) {
        if let Err(error) = action(&mut self.foca, &mut self.runtime) {
            self.errors.push(error);
        }
        while let Some((delay, timer)) = self.runtime.to_schedule() {
            let due = now + delay;
            let position = self.timers.partition_point(|(at, queued)| {
                at.cmp(&due).then_with(|| queued.cmp(&timer)).is_le()
            });
            self.timers.insert(position, (due, timer));
        }
        while let Some(notification) = self.runtime.to_notify() {
            self.news.extend(news(notification));
        }
    }
}

impl<I, C> Machine for Theirs<I, C>
where
    I: Identity<Addr = SocketAddr>,
    C: Codec<I, Error: std::error::Error>,
{
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.act(now, |foca, runtime| foca.handle_data(datagram, runtime));
    }

    fn handle_timeout(&mut self, now: Instant) {
        while self.timers.front().is_some_and(|(due, _)| *due <= now)
            && let Some((_, timer)) = self.timers.pop_front()
        {
            self.act(now, |foca, runtime| foca.handle_timer(timer, runtime));
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        let (to, datagram) = self.runtime.to_send()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to.addr(), datagram.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.timers.front().map(|(due, _)| *due)
    }
}

impl<I, C> Peer<I> for Theirs<I, C>
where
    I: Identity<Addr = SocketAddr> + foca_core::Identity<Addr = SocketAddr>,
    C: Codec<I, Error: std::error::Error>,
{
    fn make(&self) -> Make {
        Make::Theirs
    }

    fn identity(&self) -> I {
        self.foca.identity().clone()
    }

    fn active(&self) -> Vec<I> {
        self.foca
            .iter_members()
            .map(|member| member.id().clone())
            .collect()
    }

    fn member(&self, addr: SocketAddr) -> Option<foca_core::Member<I>> {
        let mut everybody = self.foca.iter_membership_state();
        let member = everybody.find(|member| Identity::addr(member.id()) == addr)?;
        Some(foca_core::Member {
            id: member.id().clone(),
            incarnation: member.incarnation().into(),
            state: match member.state() {
                State::Alive => foca_core::State::Alive,
                State::Suspect => foca_core::State::Suspect,
                State::Down => foca_core::State::Down,
            },
        })
    }

    fn board(&self) -> &Board {
        &self.board
    }

    fn news(&mut self) -> Vec<News<I>> {
        std::mem::take(&mut self.news)
    }

    fn complaints(&self) -> Vec<String> {
        self.errors
            .iter()
            .map(|error| format!("{error:?}"))
            .collect()
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        let to = <I as foca_core::Identity>::placeholder(&to);
        self.act(now, |foca, runtime| foca.announce(to, runtime));
    }

    fn leave(&mut self, now: Instant) {
        self.act(now, |foca, runtime| foca.leave_cluster(runtime));
    }

    fn rejoin(&mut self, now: Instant, identity: I) {
        self.act(now, |foca, runtime| foca.change_identity(identity, runtime));
    }

    fn broadcast(&mut self, now: Instant, item: &[u8]) {
        self.act(now, |foca, _| foca.add_broadcast(item));
        self.act(now, |foca, runtime| foca.broadcast(runtime));
    }

    fn set_config(&mut self, _: Instant, _: &foca_core::Config) {
        panic!("the published crate speaks one wire");
    }
}

fn news<I>(notification: OwnedNotification<I>) -> Option<News<I>> {
    match notification {
        OwnedNotification::MemberUp(id) => Some(News::Up(id)),
        OwnedNotification::MemberDown(id) => Some(News::Down(id)),
        OwnedNotification::Rename(from, to) => Some(News::Renamed { from, to }),
        OwnedNotification::Rejoin(id) => Some(News::Renewed(id)),
        OwnedNotification::Defunct => Some(News::Defunct),
        OwnedNotification::Active | OwnedNotification::Idle => None,
    }
}
