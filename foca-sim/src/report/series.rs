//! Several runs in one line over time.

use super::plot::Line;
use crate::scenario::{Outcome, Sample};

/// The mean over all runs; of one that ended early its last state counts.
pub(super) fn mean(runs: &[Outcome], value: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
    over_time(runs, Ended::Stays, |samples| {
        samples.iter().map(|it| value(it)).sum::<f64>() / samples.len() as f64
    })
}

/// The mean, and the run in which it was least unless that is the only one.
pub(super) fn mean_and_worst(runs: &[Outcome], value: fn(&Sample) -> f64) -> Vec<Line<'static>> {
    let least = over_time(runs, Ended::Stays, |samples| {
        samples
            .iter()
            .map(|it| value(it))
            .fold(f64::INFINITY, f64::min)
    });
    let mut lines = vec![
        Line {
            name: "mean of all runs",
            points: mean(runs, value),
        },
        Line {
            name: "worst run",
            points: least,
        },
    ];
    lines.truncate(runs.len());
    lines
}

/// The mean over all runs that were still going on. Nothing at the very beginning: a rate is that of the time since the
/// sample before.
pub(super) fn mean_rate(runs: &[Outcome], value: impl Fn(&Sample) -> f64) -> Vec<(f64, f64)> {
    let mut points = over_time(runs, Ended::Goes, |samples| {
        samples.iter().map(|it| value(it)).sum::<f64>() / samples.len() as f64
    });
    points.retain(|(at_seconds, _)| *at_seconds > 0.0);
    points
}

/// What becomes of a run that ended before others.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Ended {
    /// Its last state counts until all have ended.
    Stays,
    /// It does not count any more.
    Goes,
}

fn over_time(runs: &[Outcome], ended: Ended, of: impl Fn(&[&Sample]) -> f64) -> Vec<(f64, f64)> {
    let Some(longest) = runs.iter().max_by_key(|run| run.samples.len()) else {
        return Vec::new();
    };
    let moments = longest.samples.iter().enumerate();
    let points = moments.map(|(n, moment)| {
        let at = |run: &'_ Outcome| -> Option<usize> {
            let last = run.samples.len().checked_sub(1)?;
            (n <= last || ended == Ended::Stays).then_some(n.min(last))
        };
        let samples: Vec<&Sample> = runs
            .iter()
            .filter_map(|run| run.samples.get(at(run)?))
            .collect();
        (moment.at_seconds, of(&samples))
    });
    points.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, System, run};

    #[test]
    fn a_run_that_ended_early_stays_as_it_was_but_sends_nothing() {
        let scenario = Scenario::shipped("crash").unwrap();
        let scenario = scenario.with_changes(&["nodes=4"]).unwrap();
        let mut long = run(&scenario, System::Ours, 1, &mut |_| {}).unwrap();
        long.samples.truncate(2);
        long.samples.iter_mut().for_each(|it| it.completeness = 1.0);
        let mut short = long.clone();
        short.samples.truncate(1);
        short.samples[0].completeness = 0.0;
        let runs = [short, long];
        let value = |it: &Sample| it.completeness;
        assert_eq!(mean(&runs, value), [(0.0, 0.5), (1.0, 0.5)]);
        assert_eq!(
            mean_rate(&runs, value),
            [(1.0, 1.0)],
            "no rate at the beginning"
        );
    }

    #[test]
    fn one_run_is_not_drawn_twice() {
        let scenario = Scenario::shipped("crash").unwrap();
        let scenario = scenario.with_changes(&["nodes=4"]).unwrap();
        let one = run(&scenario, System::Ours, 1, &mut |_| {}).unwrap();
        let drawn = |runs: &[Outcome]| mean_and_worst(runs, |it| it.completeness).len();
        assert_eq!(drawn(std::slice::from_ref(&one)), 1);
        assert_eq!(drawn(&[one.clone(), one]), 2);
    }
}
