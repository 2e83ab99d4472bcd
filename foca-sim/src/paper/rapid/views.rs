//! The set-up of section 7 of the paper, and what the healthy members hold of each other and of the
//! faulty ones.

use std::collections::BTreeMap;
use std::time::Duration;

use foca_core::{Config, Event};

use crate::Link;
use crate::paper::Plot;
use crate::paper::cluster::{Cluster, Id, id, number};

/// Processes of the experiments of figures 8 to 10.
pub(super) const MEMBERS: usize = 1_000;

/// Faulty ones among them: 1 %.
pub(super) const FAULTY: usize = 10;

/// How long members run before anything happens to them.
const SETTLED: Duration = Duration::from_secs(10);

/// A cluster at rest with the settings that it has if nobody changes them. The first members are the
/// ones that become faulty.
pub(super) fn cluster(seed: u64, members: usize) -> Cluster {
    cluster_with(seed, members, &Config::lan())
}

/// The same with these settings.
pub(super) fn cluster_with(seed: u64, members: usize, config: &Config) -> Cluster {
    let mut cluster = Cluster::new(seed, members, Link::default(), |_| config.clone());
    cluster.settle(SETTLED, Duration::from_secs(1));
    cluster
}

/// Whether this member is one of the faulty ones.
pub(super) fn is_faulty(member: &Id) -> bool {
    number(member) < FAULTY
}

/// The faulty members.
pub(super) fn faulty() -> Vec<Id> {
    (0..FAULTY).map(id).collect()
}

/// What the healthy members list at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Views {
    /// Different lists.
    pub(super) distinct: usize,
    /// Members of the shortest and of the longest list, the one who lists included.
    pub(super) sizes: (usize, usize),
    /// Healthy members that list exactly the healthy ones.
    pub(super) exact: usize,
    /// Pairs of a healthy member and a healthy one that it does not list.
    pub(super) healthy_missing: usize,
}

impl Views {
    /// Whether exactly the faulty members are removed, everywhere.
    pub(super) fn are_exact(&self, members: usize) -> bool {
        self.exact == members - FAULTY
    }

    pub(super) fn of(cluster: &Cluster, members: usize) -> Self {
        let mut lists: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
        for (observer, node) in cluster.network.machines() {
            if is_faulty(observer) {
                continue;
            }
            let mut listed = vec![false; members];
            listed[number(observer)] = true;
            for member in node.foca().members() {
                listed[number(&member.id)] = true;
            }
            *lists.entry(listed).or_default() += 1;
        }
        let size = |list: &Vec<bool>| list.iter().filter(|listed| **listed).count();
        let exact: Vec<bool> = (0..members).map(|member| member >= FAULTY).collect();
        let missing = |list: &Vec<bool>| list[FAULTY..].iter().filter(|listed| !**listed).count();
        Self {
            distinct: lists.len(),
            sizes: (
                lists.keys().map(size).min().unwrap_or(0),
                lists.keys().map(size).max().unwrap_or(0),
            ),
            exact: lists.get(&exact).copied().unwrap_or(0),
            healthy_missing: lists
                .iter()
                .map(|(list, count)| missing(list) * count)
                .sum(),
        }
    }
}

/// Members in the shortest and in the longest list of a healthy one, second by second.
#[derive(Clone, Debug, Default)]
pub(super) struct Sizes(Vec<(usize, usize)>);

impl Sizes {
    /// Lets so many whole seconds pass.
    pub(super) fn watch(&mut self, cluster: &mut Cluster, members: usize, time: Duration) {
        for _ in 0..time.as_secs() {
            cluster.network.run_for(Duration::from_secs(1));
            self.0.push(Views::of(cluster, members).sizes);
        }
    }

    /// Seconds from which on all lists had this many members to the end; `None` if they had not.
    pub(super) fn stay_at(&self, members: usize) -> Option<f64> {
        let others = |sizes: &(usize, usize)| *sizes != (members, members);
        let last = self.0.iter().rposition(others);
        let from = last.map_or(0, |last| last + 1);
        (from < self.0.len()).then_some(from as f64 + 1.0)
    }

    /// Two lines, named after what befell the members.
    pub(super) fn lines(&self, what: &str) -> [(String, Vec<(f64, f64)>); 2] {
        let line = |name: &str, of: fn(&(usize, usize)) -> usize| {
            let seconds = self.0.iter().zip(1_u32..);
            let points = seconds.map(|(sizes, second)| (second.into(), of(sizes) as f64));
            (format!("{what}{name}"), points.collect())
        };
        [
            line("longest list", |sizes| sizes.1),
            line("shortest list", |sizes| sizes.0),
        ]
    }
}

/// Of the lists of healthy members over time.
pub(super) fn plot(lines: Vec<(String, Vec<(f64, f64)>)>) -> Option<Plot> {
    Some(Plot {
        across: "seconds",
        up: "members listed by healthy ones",
        lines,
    })
}

/// What healthy members reported about others.
#[derive(Clone, Debug, Default)]
pub(super) struct Reports {
    /// Healthy members declared down.
    pub(super) healthy_down: u64,
    /// When faulty members were declared down, on the clock of the network.
    pub(super) faulty_down: Vec<Duration>,
}

impl Reports {
    /// Takes in what was reported since the last time.
    pub(super) fn read(&mut self, cluster: &Cluster) {
        for entry in cluster.journal.take() {
            let Event::MemberDown(member) = entry.event else {
                continue;
            };
            if is_faulty(&entry.observer) {
                continue;
            }
            if is_faulty(&member) {
                let at = Duration::from_micros(entry.at.as_micros());
                self.faulty_down.push(at);
            } else {
                self.healthy_down += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_from_the_second_after_the_last_other() {
        let stay = |sizes: &[(usize, usize)]| Sizes(sizes.to_vec()).stay_at(9);
        assert_eq!(
            stay(&[(10, 10), (9, 9), (9, 10), (9, 9), (9, 9)]),
            Some(4.0)
        );
        assert_eq!(stay(&[(9, 9), (9, 10)]), None);
        assert_eq!(stay(&[(9, 9)]), Some(1.0));
    }

    #[test]
    fn views_tell_who_lists_whom() {
        let members = FAULTY + 5;
        let mut cluster = Cluster::new(1, members, Link::default(), |_| Config::lan());
        let views = Views::of(&cluster, members);
        assert_eq!((views.distinct, views.sizes), (1, (members, members)));
        assert!(!views.are_exact(members));
        for faulty in faulty() {
            cluster.network.remove(&faulty);
        }
        cluster.network.run_for(Duration::from_secs(60));
        let views = Views::of(&cluster, members);
        assert_eq!((views.distinct, views.sizes), (1, (5, 5)));
        assert!(views.are_exact(members));
        let mut reports = Reports::default();
        reports.read(&cluster);
        assert_eq!((reports.healthy_down, reports.faulty_down.len()), (0, 50));
    }
}
