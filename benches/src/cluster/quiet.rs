//! Everybody knows everybody and nothing happens.

use std::time::Duration;

use foca_core::Instant;
use foca_runtime::NodeId;
use foca_sim::{Network, Stats};

use super::joiner::Joiner;
use super::ours::Ours;
use super::published::Published;
use super::subject::{Name, Subject};
use super::{Experiment, Moment, Naming, System};
use crate::identity::Id;

/// Virtual time before the books are opened, so that everybody is under way.
const SETTLE: Duration = Duration::from_secs(10);

/// Virtual time between two signs of life.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a member does all day.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    /// Datagrams that a member sends in a second.
    pub datagrams_per_second: f64,
    /// Their bytes.
    pub bytes_per_second: f64,
    /// Verdicts of `Down`, all members together, none of them right.
    pub downs: u64,
}

/// Has members that know each other talk for the time limit of the experiment.
///
/// # Panics
///
/// If this kind of member cannot have names of this kind.
pub fn quiet(experiment: &Experiment, progress: &mut dyn FnMut(Moment)) -> Quiet {
    match (experiment.system, experiment.naming) {
        (System::Ours | System::Foca2Wire, Naming::Rival) => run::<Ours<Id>>(experiment, progress),
        (System::Ours | System::Foca2Wire, Naming::Shipped) => {
            run::<Ours<NodeId>>(experiment, progress)
        }
        (System::Published, Naming::Rival) => run::<Published>(experiment, progress),
        (System::Published, Naming::Shipped) => panic!("no such identity for the published crate"),
    }
}

fn run<S: Subject>(experiment: &Experiment, progress: &mut dyn FnMut(Moment)) -> Quiet {
    let mut network = Network::new(experiment.seed_of(0)).with_link(experiment.link());
    let names: Vec<S::Name> = (0..experiment.nodes).map(S::Name::numbered).collect();
    for (n, name) in names.iter().enumerate() {
        let seed = experiment.seed_of(1 + 2 * n as u64);
        let mut subject = S::start(*name, experiment, seed, network.now());
        subject.know(network.now(), &names);
        network.insert(name.addr(), Joiner::new(subject));
    }
    network.run_for(SETTLE);
    let before = network.stats();
    let end = network.now() + experiment.limit;
    while network.now() < end {
        network.run_until((network.now() + LOOK_EVERY).min(end));
        progress(Moment {
            at: network.now().duration_since(Instant::ZERO),
            pairs_missing: 0,
            bytes_sent: network.stats().bytes_sent,
        });
    }
    let machines = network.machines();
    let downs = machines.map(|(_, it)| it.subject.downs()).sum();
    rates(before, network.stats(), experiment, downs)
}

fn rates(before: Stats, after: Stats, experiment: &Experiment, downs: u64) -> Quiet {
    let node_seconds = experiment.nodes as f64 * experiment.limit.as_secs_f64();
    Quiet {
        datagrams_per_second: (after.datagrams_sent - before.datagrams_sent) as f64 / node_seconds,
        bytes_per_second: (after.bytes_sent - before.bytes_sent) as f64 / node_seconds,
        downs,
    }
}
