//! Timing in turns: a batch of each make, again and again, so that noise hits all of them.

use std::time::{Duration, Instant};

use crate::work::Workload;

/// A batch takes at least this long. Short ones are mostly over before something else gets the
/// processor; long ones warm the caches that another make has cooled.
const BATCH_MIN: Duration = Duration::from_millis(1);

/// What takes this long is warm from its first run on.
const RUN_LONG: Duration = Duration::from_secs(1);

/// Batches of each make, at least and at most.
const BATCHES_MIN: usize = 3;
const BATCHES_MAX: usize = 201;

/// Seconds a run, over several batches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    pub(super) median: f64,
    /// The tenth part of the batches was faster, and the tenth part slower.
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Spread {
    fn new(mut samples: Vec<f64>) -> Self {
        samples.sort_by(f64::total_cmp);
        let at = |share: f64| samples[((samples.len() - 1) as f64 * share).round() as usize];
        Self {
            median: at(0.5),
            low: at(0.1),
            high: at(0.9),
        }
    }
}

/// Times each of these in turns, each until it has taken about `patience`.
pub(super) fn in_turns(workloads: &mut [Box<dyn Workload>], patience: Duration) -> Vec<Spread> {
    let mut contenders: Vec<Contender<'_>> = workloads
        .iter_mut()
        .map(|workload| Contender::new(workload.as_mut()))
        .collect();
    while contenders.iter().any(|it| it.wants_more(patience)) {
        let wanting = contenders.iter_mut().filter(|it| it.wants_more(patience));
        wanting.for_each(Contender::batch);
    }
    contenders
        .into_iter()
        .map(|it| {
            it.workload.verify();
            Spread::new(it.samples)
        })
        .collect()
}

struct Contender<'a> {
    workload: &'a mut dyn Workload,
    runs: u64,
    samples: Vec<f64>,
    spent: Duration,
}

impl<'a> Contender<'a> {
    /// Warms up, and finds out how many runs make a batch.
    fn new(workload: &'a mut dyn Workload) -> Self {
        let mut runs = 1;
        let mut elapsed = time(workload, runs);
        while elapsed < BATCH_MIN {
            runs *= 2;
            elapsed = time(workload, runs);
        }
        let samples = match elapsed >= RUN_LONG {
            true => vec![elapsed.as_secs_f64() / runs as f64],
            false => Vec::new(),
        };
        Self {
            workload,
            runs,
            samples,
            spent: Duration::ZERO,
        }
    }

    fn wants_more(&self, patience: Duration) -> bool {
        let batches = self.samples.len();
        batches < BATCHES_MIN || (batches < BATCHES_MAX && self.spent < patience)
    }

    fn batch(&mut self) {
        let elapsed = time(self.workload, self.runs);
        self.spent += elapsed;
        self.samples.push(elapsed.as_secs_f64() / self.runs as f64);
    }
}

/// The time of so many runs, without what is prepared between them.
fn time(workload: &mut dyn Workload, mut runs: u64) -> Duration {
    let mut elapsed = Duration::ZERO;
    while runs > 0 {
        if workload.runs_left() == 0 {
            workload.replenish();
        }
        let now = runs.min(workload.runs_left());
        let start = Instant::now();
        workload.run(now);
        elapsed += start.elapsed();
        runs -= now;
    }
    elapsed
}
