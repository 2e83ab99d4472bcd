//! How long a suspicion lasts.

use foca_core::Event;

use super::setup::{PERIOD, config, limit, link, periods};
use crate::paper::cluster::{Cluster, id};
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "swim-suspicion",
    summary: "SWIM figure 3c: periods that a suspicion lasts",
    table,
};

/// Group sizes and the periods that figure 3c draws for them: the ends of its three steps, but for
/// the two sizes at which its base of the logarithm, about 2.7, and e disagree.
const FIGURE_3C: [(usize, f64); 6] = [
    (8, 9.0),
    (18, 9.0),
    (20, 12.0),
    (52, 12.0),
    (54, 15.0),
    (56, 15.0),
];

fn table(run: &Run<'_>) -> Table {
    let measured = run.each("crashes", &FIGURE_3C, |(members, _)| {
        suspicion_periods(*members)
    });
    let mut rows = Vec::new();
    for ((members, drawn), measured) in FIGURE_3C.into_iter().zip(measured) {
        let formula = Row::new(
            format!("3⌈ln(N + 1)⌉, N = {members}"),
            drawn,
            limit(members).into(),
        );
        rows.push(formula.within(Tolerance::Absolute(0.0)).digits(0));
        let measured = Row::new(
            format!("suspected to declared, N = {members}"),
            drawn,
            measured,
        );
        rows.push(measured.within(Tolerance::Absolute(0.001)).digits(2));
    }
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "SWIM (DSN 2002), figure 3c",
        setup: "One member crashes; the first accuser's time from suspicion to verdict, T' = 2 s".to_owned(),
        rows,
        notes: vec![
            "With the natural logarithm the steps are behind N = 19 and N = 53; the figure has them behind \
             18 and 52, as a base of 2.7 gives. N = 19 and N = 53 are therefore not judged."
                .to_owned(),
        ],
    }
}

/// Periods from the first suspicion of a crashed member to the verdict of its accuser.
fn suspicion_periods(members: usize) -> f64 {
    let mut cluster = Cluster::new(members as u64, members, link(), |_| config(members));
    cluster.settle(PERIOD, PERIOD);
    let victim = id(0);
    cluster.network.remove(&victim);
    let deadline = cluster.network.now() + PERIOD * 200;
    let suspected = cluster.first(deadline, |event| *event == Event::MemberSuspect(victim));
    let Some(suspected) = suspected else {
        return f64::NAN;
    };
    let declared = cluster.first(deadline, |event| *event == Event::MemberDown(victim));
    declared
        .filter(|declared| declared.observer == suspected.observer)
        .map_or(f64::NAN, |declared| {
            periods(declared.at.duration_since(suspected.at))
        })
}
