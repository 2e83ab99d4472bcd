//! The experiments: a shipped scenario with changes, what is measured, and the goal.

use foca_sim::scenario::{Detection, Figure, Outcome};

pub(super) struct Experiment {
    pub(super) name: &'static str,
    /// The shipped scenario, and what is changed in it.
    pub(super) scenario: &'static str,
    pub(super) changes: &'static [&'static str],
    /// Runs of the quick look.
    pub(super) runs: u64,
    pub(super) targets: &'static [Target],
}

pub(super) struct Target {
    pub(super) figure: &'static str,
    /// What the figure may be at most; `None` where there is no goal.
    pub(super) goal: Option<f64>,
    /// The figure of the published foca 2.0.0, `new_lan`, in a plain harness; empty where it was not measured.
    pub(super) published: &'static str,
    pub(super) measure: fn(&[Outcome]) -> Option<f64>,
}

const fn target(
    figure: &'static str,
    goal: f64,
    published: &'static str,
    measure: fn(&[Outcome]) -> Option<f64>,
) -> Target {
    Target {
        figure,
        goal: Some(goal),
        published,
        measure,
    }
}

const fn note(
    figure: &'static str,
    published: &'static str,
    measure: fn(&[Outcome]) -> Option<f64>,
) -> Target {
    Target {
        figure,
        goal: None,
        published,
        measure,
    }
}

pub(super) const EXPERIMENTS: &[Experiment] = &[
    Experiment {
        name: "crash-128",
        scenario: "crash",
        changes: &["nodes=128"],
        runs: 20,
        targets: &[
            target("first Down, median, s", 4.0, "10.2", |it| first(it, median)),
            target("first Down, 99th percentile, s", 8.0, "", |it| {
                first(it, p99)
            }),
            target("all informed, median, s", 4.5, "10.9", |it| {
                informed(it, median)
            }),
            target("all informed, 99th percentile, s", 8.0, "", |it| {
                informed(it, p99)
            }),
        ],
    },
    Experiment {
        name: "crash-1000",
        scenario: "crash",
        changes: &["nodes=1000"],
        runs: 4,
        targets: &[
            target("first Down, median, s", 4.0, "13.8", |it| first(it, median)),
            target("first Down, 99th percentile, s", 8.0, "", |it| {
                first(it, p99)
            }),
            target("all informed, median, s", 5.0, "14.6", |it| {
                informed(it, median)
            }),
            target("all informed, 99th percentile, s", 8.0, "", |it| {
                informed(it, p99)
            }),
        ],
    },
    Experiment {
        name: "blocked-32-of-128",
        scenario: "blocked",
        changes: &[],
        runs: 8,
        targets: &[
            target("false declarations, mean", 0.05, "", |it| {
                mean(it, |run| run.tallies.declarations_false as f64)
            }),
            note("false Downs at healthy members, mean", "66", |it| {
                mean(it, |run| run.tallies.downs_false_at_healthy as f64)
            }),
            note("false Downs at all members, mean", "88", |it| {
                mean(it, |run| run.tallies.downs_false as f64)
            }),
            note("somebody wrongly held down, s, mean", "", |it| {
                mean(it, |run| run.tallies.wrongly_down_seconds)
            }),
            target("identity changes, mean", 0.0, "454", changes),
            note("bytes per node and second", "2636", bytes),
        ],
    },
    Experiment {
        name: "loss-10",
        scenario: "loss-10",
        changes: &[],
        runs: 4,
        targets: &[
            target("false Downs, mean", 0.0, "42", |it| {
                mean(it, |run| run.tallies.downs_false as f64)
            }),
            note("false declarations, mean", "", |it| {
                mean(it, |run| run.tallies.declarations_false as f64)
            }),
            target("identity changes, mean", 0.0, "230", changes),
            target("bytes per node and second", 300.0, "497", bytes),
        ],
    },
    Experiment {
        name: "loss-25",
        scenario: "loss-25",
        changes: &[],
        runs: 4,
        targets: &[
            target("false declarations, mean", 1.0, "", |it| {
                mean(it, |run| run.tallies.declarations_false as f64)
            }),
            note("false Downs, mean", "3342", |it| {
                mean(it, |run| run.tallies.downs_false as f64)
            }),
            note("somebody wrongly held down, s, mean", "", |it| {
                mean(it, |run| run.tallies.wrongly_down_seconds)
            }),
            note("identity changes, mean", "1461", changes),
            note("bytes per node and second", "2411", bytes),
        ],
    },
    Experiment {
        name: "partition-120s",
        scenario: "partition",
        changes: &[],
        runs: 4,
        targets: &[
            target("heal until all know all, median, s", 10.0, "97", |it| {
                listed(it, median)
            }),
            target("heal until all know all, longest, s", 10.0, "152", |it| {
                listed(it, longest)
            }),
            note("all views right, median, s", "", |it| righted(it, median)),
            target("identity changes, mean", 0.0, "128", changes),
        ],
    },
    Experiment {
        name: "isolated-one-180s",
        scenario: "isolated-one",
        changes: &[],
        runs: 4,
        targets: &[
            target("healthy members renewed, most", 0.0, "127", |it| {
                Some(
                    it.iter()
                        .map(|run| run.tallies.healthy_members_renewed)
                        .max()? as f64,
                )
            }),
            note("heal until all know all, longest, s", "", |it| {
                listed(it, longest)
            }),
            note("false declarations, mean", "", |it| {
                mean(it, |run| run.tallies.declarations_false as f64)
            }),
        ],
    },
    Experiment {
        name: "total-isolation-5",
        scenario: "total-isolation",
        changes: &[],
        runs: 20,
        targets: &[
            target("heal until all know all, median, s", 10.0, "never", |it| {
                listed(it, median)
            }),
            target("heal until all know all, longest, s", 10.0, "never", |it| {
                listed(it, longest)
            }),
        ],
    },
    Experiment {
        name: "rolling-restart-128",
        scenario: "rolling-restart",
        changes: &[],
        runs: 4,
        targets: &[
            target("Downs of running processes, mean", 0.0, "2519", |it| {
                let tallies = |run: &Outcome| {
                    let tallies = &run.tallies;
                    (tallies.downs_of_earlier_lives + tallies.downs_false) as f64
                };
                mean(it, tallies)
            }),
            note("Downs of whoever said goodbye, mean", "", |it| {
                mean(it, |run| run.tallies.downs_of_departed as f64)
            }),
            note("goodbyes heard after the return, mean", "", |it| {
                mean(it, |run| run.tallies.goodbyes_heard_late as f64)
            }),
        ],
    },
    Experiment {
        name: "quiet-128",
        scenario: "quiet",
        changes: &[],
        runs: 2,
        targets: &[
            target("bytes per node and second", 150.0, "85", bytes),
            note("messages per node and second", "2.1", |it| {
                mean(it, |run| run.messages_per_node_second)
            }),
            target("false Downs, mean", 0.0, "0", |it| {
                mean(it, |run| run.tallies.downs_false as f64)
            }),
        ],
    },
];

type Of = fn(&Figure) -> f64;

const fn median(figure: &Figure) -> f64 {
    figure.median
}

const fn p99(figure: &Figure) -> f64 {
    figure.p99
}

const fn longest(figure: &Figure) -> f64 {
    figure.max
}

fn mean(outcomes: &[Outcome], value: fn(&Outcome) -> f64) -> Option<f64> {
    Some(Figure::of("", outcomes.iter().map(|it| Some(value(it)))).mean)
}

fn changes(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.tallies.identity_changes as f64)
}

fn bytes(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.bytes_per_node_second)
}

fn first(outcomes: &[Outcome], of: Of) -> Option<f64> {
    detected(outcomes, of, |it| it.first_seconds)
}

fn informed(outcomes: &[Outcome], of: Of) -> Option<f64> {
    detected(outcomes, of, |it| it.all_seconds)
}

fn detected(outcomes: &[Outcome], of: Of, value: fn(&Detection) -> Option<f64>) -> Option<f64> {
    let detections = outcomes.iter().flat_map(|outcome| &outcome.detections);
    come(&Figure::of("", detections.map(value)), of)
}

fn listed(outcomes: &[Outcome], of: Of) -> Option<f64> {
    let seconds = outcomes.iter().map(|it| it.listed_seconds);
    come(&Figure::of("", seconds), of)
}

fn righted(outcomes: &[Outcome], of: Of) -> Option<f64> {
    let seconds = outcomes.iter().map(|it| it.heal_seconds);
    come(&Figure::of("", seconds), of)
}

/// The figure, unless it is that of what never came.
fn come(figure: &Figure, of: Of) -> Option<f64> {
    Some(of(figure)).filter(|value| value.is_finite())
}
