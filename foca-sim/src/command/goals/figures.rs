//! What is measured in an experiment: one figure of many runs.

use foca_sim::scenario::{Detection, Figure, Outcome};

pub(super) type Of = fn(&Figure) -> f64;

pub(super) const fn median(figure: &Figure) -> f64 {
    figure.median
}

pub(super) const fn p99(figure: &Figure) -> f64 {
    figure.p99
}

pub(super) const fn longest(figure: &Figure) -> f64 {
    figure.max
}

pub(super) fn mean(outcomes: &[Outcome], value: fn(&Outcome) -> f64) -> Option<f64> {
    Some(Figure::of("", outcomes.iter().map(|it| Some(value(it)))).mean)
}

pub(super) fn declarations(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.tallies.declarations_false as f64)
}

pub(super) fn downs(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.tallies.downs_false as f64)
}

pub(super) fn wrongly_down(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.tallies.wrongly_down_seconds)
}

pub(super) fn changes(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.tallies.identity_changes as f64)
}

pub(super) fn bytes(outcomes: &[Outcome]) -> Option<f64> {
    mean(outcomes, |run| run.bytes_per_node_second)
}

pub(super) fn first(outcomes: &[Outcome], of: Of) -> Option<f64> {
    detected(outcomes, of, |it| it.first_seconds)
}

pub(super) fn informed(outcomes: &[Outcome], of: Of) -> Option<f64> {
    detected(outcomes, of, |it| it.all_seconds)
}

fn detected(outcomes: &[Outcome], of: Of, value: fn(&Detection) -> Option<f64>) -> Option<f64> {
    let detections = outcomes.iter().flat_map(|outcome| &outcome.detections);
    come(&Figure::of("", detections.map(value)), of)
}

pub(super) fn listed(outcomes: &[Outcome], of: Of) -> Option<f64> {
    let seconds = outcomes.iter().map(|it| it.listed_seconds);
    come(&Figure::of("", seconds), of)
}

pub(super) fn righted(outcomes: &[Outcome], of: Of) -> Option<f64> {
    let seconds = outcomes.iter().map(|it| it.heal_seconds);
    come(&Figure::of("", seconds), of)
}

/// The figure, unless it is that of what never came.
fn come(figure: &Figure, of: Of) -> Option<f64> {
    Some(of(figure)).filter(|value| value.is_finite())
}
