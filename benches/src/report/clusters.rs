//! Whole clusters in virtual time.

use std::time::Duration;

use super::Effort;
use super::goal::verdict;
use super::table::{Table, digits, thousands};
use crate::cluster::{Bootstrap, Experiment, Moment, Naming, System, bootstrap, quiet};

/// Longest time that a cluster is given to become complete.
const LIMIT: Duration = Duration::from_secs(30);

/// How long a quiet cluster is watched.
const QUIET: Duration = Duration::from_secs(120);

/// Each decides everything that is drawn. The largest clusters get the first one only.
const SEEDS: [u64; 3] = [1, 2, 3];

/// What joining should cost with so many members: seconds, bytes a member, bytes of the busiest.
struct Goals {
    nodes: usize,
    seconds: f64,
    bytes_mean: f64,
    bytes_max: f64,
}

const GOALS: [Goals; 2] = [
    Goals {
        nodes: 1_000,
        seconds: 3.0,
        bytes_mean: 60e3,
        bytes_max: 240e3,
    },
    Goals {
        nodes: 10_000,
        seconds: 8.0,
        bytes_mean: 500e3,
        bytes_max: 2e6,
    },
];

/// Losses allow for so many times as much of everything.
const LOSS_FACTOR: f64 = 2.0;

/// What a quiet member should send in a second, at most: datagrams and bytes.
const QUIET_DATAGRAMS: f64 = 2.5;
const QUIET_BYTES: f64 = 150.0;

const KINDS: [(System, Naming); 4] = [
    (System::Ours, Naming::Rival),
    (System::Ours, Naming::Shipped),
    (System::Foca2Wire, Naming::Rival),
    (System::Published, Naming::Rival),
];

pub(super) fn section(effort: Effort) -> String {
    let sizes: &[usize] = match effort {
        Effort::Short => &[100],
        Effort::Full => &[100, 1_000],
        Effort::Large => &[100, 1_000, 10_000],
    };
    let nodes = match effort {
        Effort::Short => 100,
        Effort::Full | Effort::Large => 1_000,
    };
    format!("{}\n\n{}", joining(sizes), staying(nodes))
}

fn joining(sizes: &[usize]) -> String {
    let mut table = Table::new([
        "joining one seed within a second",
        "loss",
        "whose",
        "identity",
        "everybody lists all after",
        "99.9 % of pairs",
        "bytes sent, mean",
        "busiest sent",
        "busiest received",
        "datagrams sent, mean",
        "false verdicts",
        "goal",
        "",
    ]);
    for nodes in sizes {
        for loss_percent in [0.0, 2.0] {
            for (system, naming) in KINDS {
                // The published crate takes hours from here on, and what has no goal is not
                // worth its minutes.
                if *nodes > 1_000 && (system, naming) != KINDS[0] && (system, naming) != KINDS[1] {
                    continue;
                }
                let experiment = Experiment {
                    nodes: *nodes,
                    loss_percent,
                    naming,
                    system,
                    seed: SEEDS[0],
                    limit: LIMIT,
                };
                table.row(joining_cells(&experiment, &worst_of_seeds(&experiment)));
            }
        }
    }
    table.finish()
}

/// Each figure of the seed that it is worst with.
fn worst_of_seeds(experiment: &Experiment) -> Bootstrap {
    let seeds = match experiment.nodes > 1_000 {
        true => &SEEDS[..1],
        false => &SEEDS[..],
    };
    let outcomes = seeds.iter().map(|seed| {
        let experiment = Experiment {
            seed: *seed,
            ..experiment.clone()
        };
        bootstrap(&experiment, &mut progress(&experiment))
    });
    outcomes
        .reduce(|one, other| one.worst(&other))
        .expect("at least one seed")
}

fn joining_cells(experiment: &Experiment, outcome: &Bootstrap) -> Vec<String> {
    let complete = match outcome.complete_at {
        Some(at) => seconds(at),
        None => format!(
            "not within {} (pairs missing: {})",
            seconds(outcome.watched),
            thousands(outcome.pairs_missing)
        ),
    };
    let busiest = match outcome.seed_is_busiest {
        true => format!("{} (seed)", kilobytes(outcome.bytes_sent_max as f64)),
        false => kilobytes(outcome.bytes_sent_max as f64),
    };
    let [goal, met] = joining_goal(experiment, outcome);
    vec![
        format!("N={}", thousands(experiment.nodes as u64)),
        format!("{} %", experiment.loss_percent),
        whose(experiment.system).to_owned(),
        identity(experiment.naming).to_owned(),
        complete,
        outcome.milestones[2].map_or_else(|| "–".to_owned(), seconds),
        kilobytes(outcome.bytes_mean),
        busiest,
        kilobytes(outcome.bytes_received_max as f64),
        digits(outcome.datagrams_mean),
        thousands(outcome.downs),
        goal,
        met,
    ]
}

fn joining_goal(experiment: &Experiment, outcome: &Bootstrap) -> [String; 2] {
    let goals = GOALS.iter().find(|goals| goals.nodes == experiment.nodes);
    let (Some(goals), System::Ours) = (goals, experiment.system) else {
        return [String::new(), String::new()];
    };
    let slack = match experiment.loss_percent > 0.0 {
        true => LOSS_FACTOR,
        false => 1.0,
    };
    let after = outcome
        .complete_at
        .map_or(f64::INFINITY, |at| at.as_secs_f64());
    let pairs = [
        (after, goals.seconds),
        (outcome.bytes_mean, goals.bytes_mean),
        (outcome.bytes_sent_max as f64, goals.bytes_max),
    ];
    let verdicts = pairs.map(|(figure, goal)| verdict(Some(figure <= goal * slack)));
    [
        format!(
            "{} s; {}; {}",
            digits(goals.seconds * slack),
            kilobytes(goals.bytes_mean * slack),
            kilobytes(goals.bytes_max * slack)
        ),
        verdicts.join("; "),
    ]
}

fn staying(nodes: usize) -> String {
    let mut table = Table::new([
        "quiet, 120 s",
        "whose",
        "identity",
        "datagrams a member and second",
        "bytes a member and second",
        "false verdicts",
        "goal",
        "",
    ]);
    for (system, naming) in KINDS {
        let experiment = Experiment {
            nodes,
            loss_percent: 0.0,
            naming,
            system,
            seed: SEEDS[0],
            limit: QUIET,
        };
        let outcome = quiet(&experiment, &mut progress(&experiment));
        let [goal, met] = match system {
            System::Ours => [
                format!("{}; {}", digits(QUIET_DATAGRAMS), digits(QUIET_BYTES)),
                [
                    verdict(Some(outcome.datagrams_per_second <= QUIET_DATAGRAMS)),
                    verdict(Some(outcome.bytes_per_second <= QUIET_BYTES)),
                ]
                .join("; "),
            ],
            System::Foca2Wire | System::Published => [String::new(), String::new()],
        };
        table.row([
            format!("N={}", thousands(nodes as u64)),
            whose(system).to_owned(),
            identity(naming).to_owned(),
            digits(outcome.datagrams_per_second),
            digits(outcome.bytes_per_second),
            thousands(outcome.downs),
            goal,
            met,
        ]);
    }
    table.finish()
}

/// Tells what begins, and every ten virtual seconds that it goes on.
fn progress(experiment: &Experiment) -> impl FnMut(Moment) + use<> {
    eprintln!(
        "clusters: {} of {}, {}, {} % loss, seed {}",
        experiment.nodes,
        whose(experiment.system),
        identity(experiment.naming),
        experiment.loss_percent,
        experiment.seed
    );
    let mut next = Duration::from_secs(10);
    move |moment| {
        if moment.at >= next {
            eprintln!(
                "  virtual time {:.0} s, {} pairs missing",
                moment.at.as_secs_f64(),
                moment.pairs_missing
            );
            next += Duration::from_secs(10);
        }
    }
}

const fn whose(system: System) -> &'static str {
    match system {
        System::Ours => "ours",
        System::Foca2Wire => "ours, foca2 wire",
        System::Published => "`foca` 2.0.0",
    }
}

const fn identity(naming: Naming) -> &'static str {
    match naming {
        Naming::Rival => "address and 16 bits",
        Naming::Shipped => "`NodeId`",
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn kilobytes(bytes: f64) -> String {
    format!("{} kB", digits(bytes / 1e3))
}
