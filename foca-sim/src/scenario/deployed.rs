//! Members as they are deployed: nodes, and the drivers that run them in production.

use std::net::SocketAddr;

use foca_core::{Config, Instant, Member};
use foca_runtime::{Node, NodeConfig, PostcardCodec};

use super::identity::Id;
use super::ours::news;
use super::participant::{Diary, Participant};
use crate::Machine;
use crate::levels::{DriverMachine, Level};

/// What is around the protocol in each member of a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Around {
    /// What tries seeds again; scenarios name none, and ask again themselves.
    Node,
    /// The loop around a socket, too.
    Driver,
}

/// A member of ours whose events go to a diary, on one of the higher levels.
pub struct Deployed {
    recipe: Recipe,
    seed: u64,
    level: Level<Id, PostcardCodec>,
    diary: Diary,
}

/// How members are configured, and what is around them.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// How the protocol behaves.
    pub config: Config,
    /// What is around it.
    pub around: Around,
}

impl Recipe {
    /// # Panics
    ///
    /// If datagrams of the configuration have no room for identities such as these; a built recipe
    /// was tried.
    fn make(&self, id: Id, seed: u64, now: Instant, knows: &[Id]) -> Level<Id, PostcardCodec> {
        let config = NodeConfig::new(id, PostcardCodec)
            .config(self.config.clone())
            .random_seed(seed)
            .saved(knows.iter().map(|id| Member::alive(*id)));
        let level = match self.around {
            Around::Node => Node::new(config, now).map(Level::Node),
            Around::Driver => DriverMachine::start(config, now).map(Level::Driver),
        };
        match level {
            Ok(level) => level,
            Err(error) => panic!("a configuration that was not tried: {error}"),
        }
    }
}

impl Deployed {
    fn write_down(&mut self, now: Instant) {
        while let Some(event) = self.level.poll_event() {
            if let Some(news) = news(event) {
                self.diary.write(now, &self.level.identity().addr, news);
            }
        }
    }
}

impl Participant for Deployed {
    type Recipe = Recipe;

    fn start(recipe: &Recipe, id: Id, seed: u64, now: Instant, diary: Diary) -> Self {
        Self {
            recipe: recipe.clone(),
            seed,
            level: recipe.make(id, seed, now, &[]),
            diary,
        }
    }

    fn announce(&mut self, now: Instant, to: SocketAddr) {
        // Refused by a member that has left, or asked to join through itself: nothing to do then.
        let _ = self.level.join(now, &to);
    }

    /// What was known before a start is named when starting: it starts again.
    fn know(&mut self, now: Instant, everybody: &[Id]) {
        let myself = self.identity();
        let others: Vec<Id> = everybody
            .iter()
            .copied()
            .filter(|id| *id != myself)
            .collect();
        self.level = self.recipe.make(myself, self.seed, now, &others);
        self.write_down(now);
    }

    fn leave(&mut self, now: Instant) {
        self.level.leave(now);
        self.write_down(now);
    }

    fn identity(&self) -> Id {
        self.level.identity()
    }

    fn listed(&self) -> Vec<Id> {
        self.level.members().iter().map(|it| it.id).collect()
    }

    fn listed_len(&self) -> usize {
        self.level.members_count()
    }
}

impl Machine for Deployed {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.level.handle_datagram(now, datagram);
        self.write_down(now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.level.handle_timeout(now);
        self.write_down(now);
    }

    /// A driver does its work when it is asked for datagrams.
    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        let transmit = self.level.poll_transmit(now, out);
        self.write_down(now);
        transmit
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.level.poll_timeout()
    }

    fn reads_on(&self) -> bool {
        self.level.reads_on()
    }
}
