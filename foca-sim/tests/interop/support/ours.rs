//! A member made of `foca-core`.

use std::net::SocketAddr;

use foca_codec::CheckedEnvelope;
use foca_core::{Codec, Config, Event, Foca, Identity, Instant, Member, Reject, Setup};

use super::board::Board;
use super::peer::{Make, News, Peer};

/// A member with this identity that knows nobody.
pub fn ours<I, C>(identity: I, config: Config, codec: C, seed: u64) -> Foca<I, C, Board>
where
    I: Identity,
    C: Codec<I>,
{
    let setup = Setup {
        identity,
        config,
        codec,
        broadcasts: Board::default(),
        envelope: Box::new(CheckedEnvelope::default()),
        seed,
    };
    Foca::new(setup, Instant::ZERO).expect("an identity that fits")
}

impl<I, C> Peer<I> for Foca<I, C, Board>
where
    I: Identity<Addr = SocketAddr>,
    C: Codec<I>,
{
    fn make(&self) -> Make {
        Make::Ours
    }

    fn identity(&self) -> I {
        self.identity().clone()
    }

    fn active(&self) -> Vec<I> {
        self.members().map(|member| member.id.clone()).collect()
    }

    fn member(&self, addr: SocketAddr) -> Option<Member<I>> {
        self.member(&addr).cloned()
    }

    fn board(&self) -> &Board {
        self.broadcasts()
    }

    fn news(&mut self) -> Vec<News<I>> {
        std::iter::from_fn(|| self.poll_event())
            .filter_map(news)
            .collect()
    }

    fn complaints(&self) -> Vec<String> {
        let stats = self.stats();
        let mut complaints: Vec<String> = Reject::ALL
            .into_iter()
            // Datagrams to a past life, and to a member that has left, are everyday life.
            .filter(|reject| !matches!(reject, Reject::NotForMe | Reject::Stopped))
            .filter(|reject| stats.datagrams_rejected.of(*reject) > 0)
            .map(|reject| format!("{reject:?}"))
            .collect();
        if stats.broadcasts_malformed > 0 {
            complaints.push("malformed broadcasts".to_owned());
        }
        complaints
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        self.announce(now, &to).expect("a member that takes part");
    }

    fn leave(&mut self, now: Instant) {
        self.leave(now);
    }

    fn rejoin(&mut self, now: Instant, identity: I) {
        self.set_identity(now, identity).expect("a later life");
    }

    fn broadcast(&mut self, now: Instant, item: &[u8]) {
        self.broadcast(now, item).expect("a legible item");
    }

    fn set_config(&mut self, now: Instant, config: &Config) {
        self.set_config(now, config.clone())
            .expect("a configuration that fits");
    }
}

fn news<I>(event: Event<I>) -> Option<News<I>> {
    match event {
        Event::MemberUp(id) => Some(News::Up(id)),
        Event::MemberDown(id) | Event::MemberLeft(id) => Some(News::Down(id)),
        Event::Renamed { from, to } => Some(News::Renamed { from, to }),
        Event::Renewed(id) => Some(News::Renewed(id)),
        Event::Defunct => Some(News::Defunct),
        Event::Lost(count) => panic!("{count} events were lost"),
        Event::MemberSuspect(_)
        | Event::MemberRefuted(_)
        | Event::Conflict(_)
        | Event::Joined
        | Event::Alone
        | Event::Left
        | _ => None,
    }
}
