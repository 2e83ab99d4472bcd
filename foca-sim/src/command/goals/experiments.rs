//! The experiments: a shipped scenario with changes, what is measured, and the goal.

use foca_sim::scenario::Outcome;

use super::figures::{
    bytes, changes, declarations, downs, first, informed, listed, longest, mean, median, p99,
    righted, wrongly_down,
};

pub(super) struct Experiment {
    pub(super) name: &'static str,
    /// The shipped scenario, and what is changed in it.
    pub(super) scenario: &'static str,
    pub(super) changes: &'static [&'static str],
    /// Runs if nothing else is asked for: enough for what is judged.
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

/// One member crashes; `first_published` and `informed_published` are medians of the published crate.
const fn crash(
    first_published: &'static str,
    informed_published: &'static str,
    informed_goal: f64,
) -> [Target; 4] {
    [
        target("first Down, median, s", 4.0, first_published, |it| {
            first(it, median)
        }),
        target("first Down, 99th percentile, s", 8.0, "", |it| {
            first(it, p99)
        }),
        target(
            "all informed, median, s",
            informed_goal,
            informed_published,
            |it| informed(it, median),
        ),
        target("all informed, 99th percentile, s", 8.0, "", |it| {
            informed(it, p99)
        }),
    ]
}

/// Nobody is gone; so many false declarations are let pass in a run.
const fn nobody_gone(declarations_goal: f64) -> [Target; 2] {
    [
        target(
            "false declarations, mean",
            declarations_goal,
            "",
            declarations,
        ),
        target("identity changes, mean", 0.0, "", changes),
    ]
}

const fn experiment(
    name: &'static str,
    scenario: &'static str,
    changes: &'static [&'static str],
    runs: u64,
    targets: &'static [Target],
) -> Experiment {
    Experiment {
        name,
        scenario,
        changes,
        runs,
        targets,
    }
}

/// At the sizes that the goals are set for; those of other sizes follow.
pub(super) const EXPERIMENTS: &[Experiment] = &[
    experiment(
        "crash-128",
        "crash",
        &["nodes=128"],
        200,
        &crash("10.2", "10.9", 4.5),
    ),
    experiment(
        "crash-1000",
        "crash",
        &["nodes=1000"],
        40,
        &crash("13.8", "14.6", 5.0),
    ),
    experiment("blocked-32-of-128", "blocked", &[], 40, BLOCKED),
    experiment("loss-10", "loss-10", &[], 20, LOSS_10),
    experiment("loss-25", "loss-25", &[], 40, LOSS_25),
    experiment("partition-120s", "partition", &[], 20, PARTITION),
    experiment("isolated-one-180s", "isolated-one", &[], 20, ISOLATED_ONE),
    experiment(
        "total-isolation-5",
        "total-isolation",
        &[],
        20,
        TOTAL_ISOLATION,
    ),
    experiment(
        "rolling-restart-128",
        "rolling-restart",
        &[],
        10,
        ROLLING_RESTART,
    ),
    experiment("quiet-128", "quiet", &[], 5, QUIET),
    experiment(
        "size-3-crash",
        "crash",
        &["nodes=3"],
        40,
        &crash("", "", 4.5),
    ),
    experiment(
        "size-10-crash",
        "crash",
        &["nodes=10"],
        40,
        &crash("", "", 4.5),
    ),
    experiment(
        "size-32-crash",
        "crash",
        &["nodes=32"],
        40,
        &crash("", "", 4.5),
    ),
    experiment(
        "size-3-blocked-1",
        "blocked",
        &["nodes=3", ONE],
        20,
        &nobody_gone(0.05),
    ),
    experiment(
        "size-10-blocked-3",
        "blocked",
        &["nodes=10", THREE],
        20,
        &nobody_gone(0.05),
    ),
    experiment(
        "size-32-blocked-8",
        "blocked",
        &["nodes=32", EIGHT],
        20,
        &nobody_gone(0.05),
    ),
    experiment(
        "size-1000-blocked-250",
        "blocked",
        &["nodes=1000", MANY],
        2,
        &nobody_gone(0.05),
    ),
    experiment(
        "size-3-loss-25",
        "loss-25",
        &["nodes=3"],
        20,
        &nobody_gone(1.0),
    ),
    experiment(
        "size-10-loss-25",
        "loss-25",
        &["nodes=10"],
        20,
        &nobody_gone(1.0),
    ),
    experiment(
        "size-32-loss-25",
        "loss-25",
        &["nodes=32"],
        20,
        &nobody_gone(1.0),
    ),
    experiment(
        "size-1000-loss-25",
        "loss-25",
        &["nodes=1000"],
        2,
        &nobody_gone(1.0),
    ),
];

const ONE: &str = "faults.block.members={ count = 1 }";
const THREE: &str = "faults.block.members={ count = 3 }";
const EIGHT: &str = "faults.block.members={ count = 8 }";
const MANY: &str = "faults.block.members={ count = 250 }";

const BLOCKED: &[Target] = &[
    target("false declarations, mean", 0.05, "", declarations),
    note("false Downs at healthy members, mean", "66", |it| {
        mean(it, |run| run.tallies.downs_false_at_healthy as f64)
    }),
    note("false Downs at all members, mean", "88", downs),
    note("somebody wrongly held down, s, mean", "", wrongly_down),
    target("identity changes, mean", 0.0, "454", changes),
    note("bytes per node and second", "2636", bytes),
];

const LOSS_10: &[Target] = &[
    target("false Downs, mean", 0.0, "42", downs),
    note("false declarations, mean", "", declarations),
    target("identity changes, mean", 0.0, "230", changes),
    target("bytes per node and second", 300.0, "497", bytes),
];

const LOSS_25: &[Target] = &[
    target("false declarations, mean", 1.0, "", declarations),
    note("false Downs, mean", "3342", downs),
    note("somebody wrongly held down, s, mean", "", wrongly_down),
    target("identity changes, mean", 0.0, "1461", changes),
    note("bytes per node and second", "2411", bytes),
];

const PARTITION: &[Target] = &[
    target("heal until all know all, median, s", 10.0, "97", |it| {
        listed(it, median)
    }),
    target("heal until all know all, longest, s", 10.0, "152", |it| {
        listed(it, longest)
    }),
    note("all views right, median, s", "", |it| righted(it, median)),
    target("identity changes, mean", 0.0, "128", changes),
];

const ISOLATED_ONE: &[Target] = &[
    target("healthy members renewed, most", 0.0, "127", |it| {
        let renewed = it.iter().map(|run| run.tallies.healthy_members_renewed);
        Some(renewed.max()? as f64)
    }),
    note("heal until all know all, longest, s", "", |it| {
        listed(it, longest)
    }),
    note("false declarations, mean", "", declarations),
];

const TOTAL_ISOLATION: &[Target] = &[
    target("heal until all know all, median, s", 10.0, "never", |it| {
        listed(it, median)
    }),
    target("heal until all know all, longest, s", 10.0, "never", |it| {
        listed(it, longest)
    }),
];

const ROLLING_RESTART: &[Target] = &[
    target("Downs of running processes, mean", 0.0, "2519", |it| {
        mean(it, |run| {
            (run.tallies.downs_of_earlier_lives + run.tallies.downs_false) as f64
        })
    }),
    note("Downs of whoever said goodbye, mean", "", |it| {
        mean(it, |run| run.tallies.downs_of_departed as f64)
    }),
    note("goodbyes heard after the return, mean", "", |it| {
        mean(it, |run| run.tallies.goodbyes_heard_late as f64)
    }),
];

const QUIET: &[Target] = &[
    target("bytes per node and second", 150.0, "85", bytes),
    note("messages per node and second", "2.1", |it| {
        mean(it, |run| run.messages_per_node_second)
    }),
    target("false Downs, mean", 0.0, "0", downs),
];
