//! Ten of a thousand processes lose 80 % of what they receive, or of what they send.

use std::time::Duration;

use foca_core::{Config, Damping};

use super::views::{FAULTY, MEMBERS, Reports, Sizes, Views, cluster_with, faulty, plot};
use crate::Access;
use crate::paper::sample::Sample;
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "rapid-loss",
    summary: "Rapid figure 10: ten of 1,000 processes lose 80 % of their datagrams",
    table,
};

/// Datagrams lost, in a million.
const LOSS_PER_MILLION: u32 = 800_000;

/// Views are looked at this often when they are judged.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// What becomes of members that refute again and again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Policy {
    /// Whoever can be talked to is kept: the settings that hold if nobody changes them.
    Kept,
    /// They are put out for a while: `Detector::damping` with its defaults.
    Damped,
}

impl Policy {
    const ALL: [Self; 2] = [Self::Kept, Self::Damped];

    const fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Damped => "damped",
        }
    }

    fn config(self) -> Config {
        let damping = (self == Self::Damped).then(Damping::default);
        let config = Config::lan().with(|it| it.detector.damping = damping);
        config.unwrap_or_else(|error| unreachable!("defaults are valid: {error}"))
    }

    /// How long members lose datagrams, and for how much of the end of it views are looked at. The figure
    /// shows about six minutes; members that lose 80 % refute 1.6 times a minute, so that it takes more until
    /// the last of ten has refuted too often.
    const fn lossy(self) -> (Duration, Duration) {
        match self {
            Self::Kept => (Duration::from_secs(360), Duration::from_secs(180)),
            Self::Damped => (Duration::from_secs(1_200), Duration::from_secs(300)),
        }
    }
}

/// Where datagrams are lost: the caption of the figure and the text disagree.
#[derive(Clone, Copy, Debug)]
enum Direction {
    In,
    Out,
    Both,
}

impl Direction {
    const ALL: [Self; 3] = [Self::In, Self::Out, Self::Both];

    const fn name(self) -> &'static str {
        match self {
            Self::In => "received",
            Self::Out => "sent",
            Self::Both => "received and sent",
        }
    }

    fn access(self) -> Access {
        let (lost_in, lost_out) = match self {
            Self::In => (LOSS_PER_MILLION, 0),
            Self::Out => (0, LOSS_PER_MILLION),
            Self::Both => (LOSS_PER_MILLION, LOSS_PER_MILLION),
        };
        Access {
            loss_in_per_million: lost_in,
            loss_out_per_million: lost_out,
            ..Access::default()
        }
    }
}

/// One run.
#[derive(Clone, Copy)]
struct Job {
    policy: Policy,
    direction: Direction,
    seed: u64,
}

struct Outcome {
    looks: Vec<Views>,
    sizes: Sizes,
    healthy_down: u64,
    faulty_down: usize,
}

fn table(run: &Run<'_>) -> Table {
    let (members, seeds) = (run.pick(120, 1_000, 1_000) as usize, run.pick(1, 1, 5));
    let mut jobs = Vec::new();
    for policy in Policy::ALL {
        for direction in Direction::ALL {
            jobs.extend((0..seeds).map(|seed| Job {
                policy,
                direction,
                seed,
            }));
        }
    }
    let runs = run.each("lossy members", &jobs, |job| outcome(*job, members));
    let cells: Vec<(&Job, &[Outcome])> = jobs
        .iter()
        .step_by(seeds as usize)
        .zip(runs.chunks(seeds as usize))
        .collect();
    let shortest = cells.iter().map(|(job, runs)| {
        let what = format!("{}, {}: ", job.direction.name(), job.policy.name());
        let [_, shortest] = runs[0].sizes.lines(&what);
        shortest
    });
    Table {
        name: EXPERIMENT.name,
        plot: plot(shortest.collect()),
        source: "Rapid (ATC 2018), figure 10",
        setup: format!(
            "Ten of N = {members} lose 80 % of what they receive, send, or both (published: N = {MEMBERS}; the caption says \
             received, the text sent); one-way 0.5 to 2 ms, {seeds} runs each. Kept: Config::lan(), six minutes. Damped: with \
             Detector::damping, which no preset has, 20 minutes"
        ),
        rows: cells.iter().flat_map(|(job, runs)| judge(job, runs, members)).collect(),
        notes: vec![
            "Views are looked at every ten seconds: kept, in the last three minutes; damped, in the last five. Rapid counts \
             the share of probes that fail and removes exactly the ten; a detector of the SWIM family lets a member \
             refute, and one datagram in five reaches it or is heard of it. So it is kept, unless members that refute \
             again and again are put out: that is a choice, and only where it was made it is judged. Loss in both \
             directions was not published and is not judged."
                .to_owned(),
        ],
    }
}

fn judge(job: &Job, runs: &[Outcome], members: usize) -> Vec<Row> {
    let looks: Vec<&Views> = runs.iter().flat_map(|run| &run.looks).collect();
    let exact = looks
        .iter()
        .filter(|views| views.are_exact(members))
        .count();
    let distinct = looks.iter().map(|views| views.distinct).max().unwrap_or(0);
    let false_removals: u64 = runs.iter().map(|run| run.healthy_down).sum();
    let least: Sample = looks.iter().map(|views| views.sizes.0 as f64).collect();
    let most: Sample = looks.iter().map(|views| views.sizes.1 as f64).collect();
    let removals: usize = runs.iter().map(|run| run.faulty_down).sum();
    let per_observer = removals as f64 / runs.len() as f64 / (members - FAULTY) as f64;
    let settled: Sample = runs
        .iter()
        .filter_map(|run| run.sizes.stay_at(members - FAULTY))
        .collect();
    let name = |what: &str| format!("{}, {}: {what}", job.direction.name(), job.policy.name());
    let judged = |row: Row| match (job.policy, job.direction) {
        (Policy::Damped, Direction::In | Direction::Out) => {
            row.within(Tolerance::Absolute(0.0)).digits(0)
        }
        (Policy::Kept, _) | (Policy::Damped, Direction::Both) => row.digits(0),
    };
    let mut rows = vec![
        judged(Row::new(
            name("looks at which exactly the ten are removed everywhere"),
            looks.len() as f64,
            exact as f64,
        ))
        .detail(format!(
            "views of {:.0} to {:.0} members",
            least.least(),
            most.most()
        )),
        judged(Row::new(
            name("different views among the healthy, most"),
            1.0,
            distinct as f64,
        )),
        judged(Row::new(
            name("healthy members removed"),
            0.0,
            false_removals as f64,
        )),
        Row::new(
            name("removals of lossy members per healthy one"),
            FAULTY as f64,
            per_observer,
        )
        .digits(1),
    ];
    if settled.len() > 0 {
        let row = Row::new(
            name("seconds until no lossy member is listed any more, most"),
            None,
            settled.most(),
        );
        let detail = format!("{} of {} runs", settled.len(), runs.len());
        rows.push(row.digits(0).detail(detail));
    }
    rows
}

fn outcome(job: Job, members: usize) -> Outcome {
    let mut cluster = cluster_with(job.seed, members, &job.policy.config());
    for faulty in faulty() {
        cluster.network.set_access(&faulty, job.direction.access());
    }
    let (lossy, looked_at) = job.policy.lossy();
    let mut sizes = Sizes::default();
    sizes.watch(&mut cluster, members, lossy - looked_at);
    let mut looks = Vec::new();
    for _ in 0..looked_at.as_secs() / LOOK_EVERY.as_secs() {
        sizes.watch(&mut cluster, members, LOOK_EVERY);
        looks.push(Views::of(&cluster, members));
    }
    let mut reports = Reports::default();
    reports.read(&cluster);
    Outcome {
        looks,
        sizes,
        healthy_down: reports.healthy_down,
        faulty_down: reports.faulty_down.len(),
    }
}
