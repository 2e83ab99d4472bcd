//! Ten of a thousand processes lose 80 % of what they receive, or of what they send.

use std::time::Duration;

use super::views::{FAULTY, MEMBERS, Reports, Sizes, Views, cluster, faulty, plot};
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

/// The figure shows about six minutes with loss.
const LOSSY: Duration = Duration::from_secs(360);

/// Views are looked at this often during the last half of it.
const LOOK_EVERY: Duration = Duration::from_secs(10);

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

struct Outcome {
    looks: Vec<Views>,
    sizes: Sizes,
    healthy_down: u64,
    faulty_down: usize,
}

fn table(run: &Run<'_>) -> Table {
    let (members, seeds) = (run.pick(120, 1_000, 1_000) as usize, run.pick(1, 1, 5));
    let jobs: Vec<(Direction, u64)> = Direction::ALL
        .into_iter()
        .flat_map(|direction| (0..seeds).map(move |seed| (direction, seed)))
        .collect();
    let lossy = if members == MEMBERS { LOSSY } else { LOSSY / 4 };
    let runs = run.each("lossy members", &jobs, |(direction, seed)| {
        outcome(*seed, members, *direction, lossy)
    });
    let rows = Direction::ALL.into_iter().zip(runs.chunks(seeds as usize));
    let shortest = rows.clone().map(|(direction, runs)| {
        let [_, shortest] = runs[0].sizes.lines(&format!("{}: ", direction.name()));
        shortest
    });
    Table {
        name: EXPERIMENT.name,
        plot: plot(shortest.collect()),
        source: "Rapid (ATC 2018), figure 10",
        setup: format!(
            "Ten of N = {members} lose 80 % of what they receive, send, or both for {} s (published: N = {MEMBERS}; the \
             caption says received, the text sent); Config::lan(), one-way 0.5 to 2 ms, {seeds} runs each",
            lossy.as_secs()
        ),
        rows: rows.flat_map(|(direction, runs)| judge(direction, runs, members)).collect(),
        notes: vec![
            "Views are those of the second half of the time, every ten seconds. Rapid counts the share of \
             probes that fail and removes exactly the ten; a detector of the SWIM family lets a member refute, \
             and one datagram in five reaches it or is heard of it."
                .to_owned(),
        ],
    }
}

fn judge(direction: Direction, runs: &[Outcome], members: usize) -> [Row; 4] {
    let looks: Vec<&Views> = runs.iter().flat_map(|run| &run.looks).collect();
    let exact = looks
        .iter()
        .filter(|views| views.are_exact(members))
        .count();
    let false_removals: u64 = runs.iter().map(|run| run.healthy_down).sum();
    let least: Sample = looks.iter().map(|views| views.sizes.0 as f64).collect();
    let most: Sample = looks.iter().map(|views| views.sizes.1 as f64).collect();
    let removals: usize = runs.iter().map(|run| run.faulty_down).sum();
    let per_observer = removals as f64 / runs.len() as f64 / (members - FAULTY) as f64;
    let name = |what: &str| format!("{}: {what}", direction.name());
    [
        Row::new(
            name("looks at which exactly the ten are removed everywhere"),
            looks.len() as f64,
            exact as f64,
        )
        .within(Tolerance::Absolute(0.0))
        .digits(0)
        .detail(format!(
            "views of {:.0} to {:.0} members",
            least.least(),
            most.most()
        )),
        Row::new(name("healthy members removed"), 0.0, false_removals as f64)
            .within(Tolerance::Absolute(0.0))
            .digits(0),
        Row::new(
            name("members in a view, mean of the shortest"),
            (members - FAULTY) as f64,
            least.mean(),
        )
        .digits(1),
        Row::new(
            name("removals of lossy members per healthy one"),
            FAULTY as f64,
            per_observer,
        )
        .digits(1),
    ]
}

fn outcome(seed: u64, members: usize, direction: Direction, lossy: Duration) -> Outcome {
    let mut cluster = cluster(seed, members);
    for faulty in faulty() {
        cluster.network.set_access(&faulty, direction.access());
    }
    let mut sizes = Sizes::default();
    sizes.watch(&mut cluster, members, lossy / 2);
    let mut looks = Vec::new();
    for _ in 0..lossy.as_secs() / 2 / LOOK_EVERY.as_secs() {
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
