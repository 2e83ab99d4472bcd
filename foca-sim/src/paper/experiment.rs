//! What all experiments share: a name, an extent, progress, and runs in parallel.

use rayon::prelude::*;

use super::table::Table;
use super::{demers, lifeguard, rapid, swim};

/// Something published that can be measured again.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// What it is asked for by: the paper, a hyphen, the subject.
    pub name: &'static str,
    /// What is measured, in a line.
    pub summary: &'static str,
    pub(super) table: fn(&Run<'_>) -> Table,
}

/// Everything there is, in the order in which it is listed.
pub const EXPERIMENTS: &[Experiment] = &[
    swim::detection::EXPERIMENT,
    swim::worst_case::EXPERIMENT,
    swim::load::EXPERIMENT,
    swim::infection::EXPERIMENT,
    swim::suspicion::EXPERIMENT,
    demers::EXPERIMENT,
    lifeguard::latency::EXPERIMENT,
    lifeguard::false_positives::EXPERIMENT,
    lifeguard::tuning::EXPERIMENT,
    rapid::conflicts::EXPERIMENT,
    rapid::crash::EXPERIMENT,
    rapid::cut::EXPERIMENT,
    rapid::loss::EXPERIMENT,
];

/// How much of a published experiment is run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Extent {
    /// Seconds, for tests: shows that it runs; too few runs for narrow tolerances.
    Tiny,
    /// About a minute.
    Reduced,
    /// As much as was published, or more.
    Full,
}

/// Told how far an experiment is.
pub trait Progress: Sync {
    /// Something of so many steps begins.
    fn begin(&self, what: &str, steps: u64);
    /// A step is done.
    fn step(&self);
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _what: &str, _steps: u64) {}
    fn step(&self) {}
}

/// How an experiment is run.
#[derive(Clone, Copy)]
pub struct Run<'a> {
    /// How much of it.
    pub extent: Extent,
    /// Who watches.
    pub progress: &'a dyn Progress,
}

impl Experiment {
    /// Measures. Equal extents give equal tables.
    #[must_use]
    pub fn run(&self, run: &Run<'_>) -> Table {
        (self.table)(run)
    }

    /// The experiments that `name` stands for: itself, all of a paper, or `all`.
    pub fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        EXPERIMENTS.iter().filter(move |experiment| {
            let rest = experiment.name.strip_prefix(name);
            name == "all" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }
}

impl Run<'_> {
    /// One of three, by the extent.
    pub(super) const fn pick(&self, tiny: u64, reduced: u64, full: u64) -> u64 {
        match self.extent {
            Extent::Tiny => tiny,
            Extent::Reduced => reduced,
            Extent::Full => full,
        }
    }

    /// Does one job per seed, several at once; results are in the order of the seeds.
    pub(super) fn seeds<R: Send>(
        &self,
        what: &str,
        seeds: u64,
        job: impl Fn(u64) -> R + Sync,
    ) -> Vec<R> {
        let seeds: Vec<u64> = (0..seeds).collect();
        self.each(what, &seeds, |seed| job(*seed))
    }

    /// Does all jobs, several at once; results are in the order of the jobs.
    pub(super) fn each<J: Sync, R: Send>(
        &self,
        what: &str,
        jobs: &[J],
        job: impl Fn(&J) -> R + Sync,
    ) -> Vec<R> {
        self.progress.begin(what, jobs.len() as u64);
        let do_one = |one: &J| {
            let result = job(one);
            self.progress.step();
            result
        };
        jobs.par_iter().map(do_one).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_itself_for_its_paper_or_for_all() {
        let named = |name: &str| {
            Experiment::named(name)
                .map(|it| it.name)
                .collect::<Vec<_>>()
        };
        assert_eq!(named("swim-load"), ["swim-load"]);
        assert!(named("swim").len() > 1);
        assert_eq!(named("all").len(), EXPERIMENTS.len());
        assert!(named("swi").is_empty());
    }
}
