//! Everybody starts within a second and asks the same seed to be taken in.

use std::time::Duration;

use foca_core::Instant;
use foca_runtime::NodeId;
use foca_sim::Network;

use super::joiner::Joiner;
use super::ours::Ours;
use super::published::Published;
use super::subject::{Name, Subject};
use super::{Experiment, Moment, Naming, System};
use crate::identity::{self, Id};

/// All start within this time, the seed at its beginning.
const START_WITHIN: Duration = Duration::from_secs(1);

/// Virtual time between two looks at who knows whom.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// What it took until every member listed every other one, or until the time was over.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// When every member listed all others in their current lives, to 10 ms; `None` if never.
    pub complete_at: Option<Duration>,
    /// When 90, 99 and 99.9 percent of the pairs were known.
    pub milestones: [Option<Duration>; 3],
    /// Pairs of members of which the first does not list the second at the end.
    pub pairs_missing: u64,
    /// How long it was watched.
    pub watched: Duration,
    /// Bytes sent by a member, on average.
    pub bytes_mean: f64,
    /// Bytes sent by the member that sent most.
    pub bytes_sent_max: u64,
    /// Bytes received by the member that received most.
    pub bytes_received_max: u64,
    /// Whether that is the seed, which everybody asked.
    pub seed_is_busiest: bool,
    /// Datagrams sent by a member, on average.
    pub datagrams_mean: f64,
    /// Verdicts of `Down`, all members together, none of them right.
    pub downs: u64,
    /// Datagrams delivered, of all members.
    pub datagrams_delivered: u64,
}

impl Bootstrap {
    /// Each figure of whichever of the two is worse.
    #[must_use]
    pub fn worst(&self, other: &Self) -> Self {
        let later = |one: Option<Duration>, other: Option<Duration>| Some(one?.max(other?));
        let busier = match other.bytes_sent_max > self.bytes_sent_max {
            true => other,
            false => self,
        };
        let [a, b, c] = self.milestones;
        let [d, e, f] = other.milestones;
        Self {
            complete_at: later(self.complete_at, other.complete_at),
            milestones: [later(a, d), later(b, e), later(c, f)],
            pairs_missing: self.pairs_missing.max(other.pairs_missing),
            watched: self.watched.max(other.watched),
            bytes_mean: self.bytes_mean.max(other.bytes_mean),
            bytes_sent_max: busier.bytes_sent_max,
            bytes_received_max: self.bytes_received_max.max(other.bytes_received_max),
            seed_is_busiest: busier.seed_is_busiest,
            datagrams_mean: self.datagrams_mean.max(other.datagrams_mean),
            downs: self.downs.max(other.downs),
            datagrams_delivered: self.datagrams_delivered.max(other.datagrams_delivered),
        }
    }
}

/// Runs the experiment and shows its progress after every look.
///
/// # Panics
///
/// If this kind of member cannot have names of this kind.
pub fn bootstrap(experiment: &Experiment, progress: &mut dyn FnMut(Moment)) -> Bootstrap {
    match (experiment.system, experiment.naming) {
        (System::Ours | System::Foca2Wire, Naming::Rival) => run::<Ours<Id>>(experiment, progress),
        (System::Ours | System::Foca2Wire, Naming::Shipped) => {
            run::<Ours<NodeId>>(experiment, progress)
        }
        (System::Published, Naming::Rival) => run::<Published>(experiment, progress),
        (System::Published, Naming::Shipped) => panic!("no such identity for the published crate"),
    }
}

fn run<S: Subject>(experiment: &Experiment, progress: &mut dyn FnMut(Moment)) -> Bootstrap {
    let mut cluster = Cluster::<S>::new(experiment);
    let mut milestones = [None; 3];
    let mut complete_at = None;
    while complete_at.is_none() && cluster.now() < experiment.limit {
        cluster.run_for(LOOK_EVERY);
        let pairs_missing = cluster.pairs_missing();
        let pairs_known = cluster.pairs() - pairs_missing;
        for (milestone, per_mille) in milestones.iter_mut().zip([900, 990, 999]) {
            if milestone.is_none() && pairs_known * 1_000 >= cluster.pairs() * per_mille {
                *milestone = Some(cluster.now());
            }
        }
        if pairs_missing == 0 && cluster.is_complete() {
            complete_at = Some(cluster.now());
        }
        progress(Moment {
            at: cluster.now(),
            pairs_missing,
            bytes_sent: cluster.network.stats().bytes_sent,
        });
    }
    cluster.outcome(complete_at, milestones)
}

struct Cluster<S: Subject> {
    network: Network<Joiner<S>>,
    /// Those who have not started, the next one last.
    waiting: Vec<(Instant, usize)>,
    experiment: Experiment,
}

impl<S: Subject> Cluster<S> {
    fn new(experiment: &Experiment) -> Self {
        let mut waiting: Vec<_> = (0..experiment.nodes)
            .map(|n| (start_of(experiment, n), n))
            .collect();
        waiting.sort_unstable();
        waiting.reverse();
        Self {
            network: Network::new(experiment.seed_of(0)).with_link(experiment.link()),
            waiting,
            experiment: experiment.clone(),
        }
    }

    fn now(&self) -> Duration {
        self.network.now().duration_since(Instant::ZERO)
    }

    fn run_for(&mut self, duration: Duration) {
        let until = self.network.now() + duration;
        while let Some((at, n)) = self.waiting.pop_if(|(at, _)| *at <= until) {
            self.network.run_until(at);
            self.start(n);
        }
        self.network.run_until(until);
    }

    fn start(&mut self, n: usize) {
        let (name, now) = (S::Name::numbered(n), self.network.now());
        let seed = self.experiment.seed_of(1 + 2 * n as u64);
        let subject = S::start(name, &self.experiment, seed, now);
        self.network.insert(name.addr(), Joiner::new(subject));
        if n > 0 {
            let first = identity::address(0);
            self.network
                .with(&name.addr(), |joiner, now| joiner.join(now, first));
        }
    }

    const fn pairs(&self) -> u64 {
        let nodes = self.experiment.nodes as u64;
        nodes * (nodes - 1)
    }

    /// By number alone: members that list somebody who is gone are told by `is_complete`.
    fn pairs_missing(&self) -> u64 {
        let known = |joiner: &Joiner<S>| joiner.subject.members() as u64;
        let known: u64 = self.network.machines().map(|(_, it)| known(it)).sum();
        self.pairs().saturating_sub(known)
    }

    /// Whether every member lists every other one in its current life, and nobody else.
    fn is_complete(&self) -> bool {
        let names: Vec<S::Name> = (0..self.experiment.nodes)
            .filter_map(|n| self.network.machine(&identity::address(n)))
            .map(|joiner| joiner.subject.name())
            .collect();
        let is_current = |name: S::Name| {
            let n = identity::number(&name.addr());
            n.and_then(|n| names.get(n)) == Some(&name)
        };
        // A view holds each address once and never its owner's: equal size and inclusion suffice.
        names.len() == self.experiment.nodes
            && self.network.machines().all(|(_, joiner)| {
                joiner.subject.members() == names.len() - 1 && joiner.subject.view().all(is_current)
            })
    }

    fn outcome(
        &self,
        complete_at: Option<Duration>,
        milestones: [Option<Duration>; 3],
    ) -> Bootstrap {
        let stats = self.network.stats();
        let nodes = self.experiment.nodes as f64;
        let machines = || self.network.machines();
        let sent = |(addr, _)| {
            (
                self.network.node_stats(addr).map_or(0, |it| it.bytes_sent),
                addr,
            )
        };
        let busiest = machines().map(sent).max();
        Bootstrap {
            complete_at,
            milestones,
            pairs_missing: self.pairs_missing(),
            watched: self.now(),
            bytes_mean: stats.bytes_sent as f64 / nodes,
            bytes_sent_max: busiest.map_or(0, |(bytes, _)| bytes),
            bytes_received_max: machines()
                .map(|(_, it)| it.bytes_received)
                .max()
                .unwrap_or(0),
            seed_is_busiest: busiest.is_some_and(|(_, addr)| *addr == identity::address(0)),
            datagrams_mean: stats.datagrams_sent as f64 / nodes,
            downs: machines().map(|(_, it)| it.subject.downs()).sum(),
            datagrams_delivered: stats.datagrams_delivered,
        }
    }
}

/// When a member starts: the seed at once, the others at any microsecond of the first second.
fn start_of(experiment: &Experiment, n: usize) -> Instant {
    let span_us = START_WITHIN.as_micros() as u64;
    let after_us = match n {
        0 => 0,
        n => experiment.seed_of(2 + 2 * n as u64) % span_us,
    };
    Instant::from_micros(after_us)
}
