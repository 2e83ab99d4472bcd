//! Figures of several runs in one: median, 99th percentile, maximum.

use serde::Serialize;

use super::run::Outcome;

/// One figure over several runs. What is infinite or not a number is `null` as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// What is measured.
    pub name: &'static str,
    /// How many values there are; of those that never came there is none.
    pub count: usize,
    /// How many never came, such as crashes that nobody noticed.
    pub missing: usize,
    /// Whether it is a time, of which the median is typical; of everything else it is the mean.
    pub is_time: bool,
    /// Mean of the values; not a number without any.
    pub mean: f64,
    /// The value in the middle. Here and below those that never came count as infinite.
    pub median: f64,
    /// The value that 99 of 100 do not exceed (nearest rank).
    pub p99: f64,
    /// The largest value.
    pub max: f64,
}

impl Figure {
    /// The figure of these values; `None` among them are those that never came.
    #[must_use]
    pub fn of(name: &'static str, values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let all: Vec<Option<f64>> = values.into_iter().collect();
        let present = || all.iter().flatten().copied();
        let count = present().count();
        // What never came is later than anything that did.
        let late = |value: &Option<f64>| value.unwrap_or(f64::INFINITY);
        let mut sorted: Vec<f64> = all.iter().map(late).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        Self {
            name,
            is_time: [
                FIRST_DOWN,
                ALL_INFORMED,
                GOODBYE_HEARD,
                ALL_LISTED,
                VIEWS_RIGHT,
            ]
            .contains(&name),
            count,
            missing: all.len() - count,
            mean: match count {
                0 => f64::NAN,
                count => present().sum::<f64>() / count as f64,
            },
            median: percentile(&sorted, 50.0),
            p99: percentile(&sorted, 99.0),
            max: percentile(&sorted, 100.0),
        }
    }

    /// The median of times, the mean of everything else.
    #[must_use]
    pub const fn typical(&self) -> f64 {
        match self.is_time {
            true => self.median,
            false => self.mean,
        }
    }
}

/// The value that so many percent do not exceed, by nearest rank; half-way between the two in the middle for the
/// median of an even number. Not a number if there is none.
fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let rank = percent / 100.0 * sorted.len() as f64;
    let at = |rank: f64| {
        sorted
            .get((rank as usize).saturating_sub(1))
            .copied()
            .unwrap_or(f64::NAN)
    };
    match percent == 50.0 && sorted.len().is_multiple_of(2) && !sorted.is_empty() {
        true => (at(rank) + at(rank + 1.0)) / 2.0,
        false => at(rank.ceil().max(1.0)),
    }
}

/// All figures of some runs of one scenario, in a fixed order.
#[must_use]
pub fn summarise(outcomes: &[Outcome]) -> Vec<Figure> {
    let crashes = || detections(outcomes, false);
    let goodbyes = || detections(outcomes, true);
    let mut figures = Vec::new();
    if crashes().next().is_some() {
        figures.push(Figure::of(FIRST_DOWN, crashes().map(|it| it.first_seconds)));
        figures.push(Figure::of(ALL_INFORMED, crashes().map(|it| it.all_seconds)));
    }
    if goodbyes().next().is_some() {
        figures.push(Figure::of(
            GOODBYE_HEARD,
            goodbyes().map(|it| it.all_seconds),
        ));
    }
    let per_run = METRICS
        .iter()
        .map(|(name, value)| Figure::of(name, outcomes.iter().map(|outcome| Some(value(outcome)))));
    figures.push(Figure::of(
        ALL_LISTED,
        outcomes.iter().map(|it| it.listed_seconds),
    ));
    figures.push(Figure::of(
        VIEWS_RIGHT,
        outcomes.iter().map(|it| it.heal_seconds),
    ));
    figures.extend(per_run);
    figures
}

/// Those who went while somebody was there to miss them, and did not come back before everybody knew.
fn detections(outcomes: &[Outcome], graceful: bool) -> impl Iterator<Item = &super::Detection> {
    let all = outcomes.iter().flat_map(|outcome| &outcome.detections);
    all.filter(move |it| it.graceful == graceful && !it.returned && !it.unseen)
}

/// Name of the figure: seconds from a crash to the first `Down`.
pub const FIRST_DOWN: &str = "first Down after a crash, s";
/// Name of the figure: seconds from a crash until nobody lists the member.
pub const ALL_INFORMED: &str = "all informed of a crash, s";
/// Name of the figure: seconds from a goodbye until nobody lists the member.
pub const GOODBYE_HEARD: &str = "all informed of a goodbye, s";
/// Name of the figure: seconds from the last fault until everybody lists everybody, in whatever life.
pub const ALL_LISTED: &str = "all listed after the last fault, s";
/// Name of the figure: seconds from the last fault until all views are right.
pub const VIEWS_RIGHT: &str = "all views right after the last fault, s";

type Metric = (&'static str, fn(&Outcome) -> f64);

const METRICS: [Metric; 18] = [
    ("false Down: events", |it| it.tallies.downs_false as f64),
    ("false Down: events at healthy members", |it| {
        it.tallies.downs_false_at_healthy as f64
    }),
    ("false Down: declarations", |it| {
        it.tallies.declarations_false as f64
    }),
    ("false Down: declarations by healthy members", |it| {
        it.tallies.declarations_false_by_healthy as f64
    }),
    ("somebody wrongly held down, s", |it| {
        it.tallies.wrongly_down_seconds
    }),
    ("Down of paused members: events", |it| {
        it.tallies.downs_of_paused as f64
    }),
    ("Down of paused members: declarations", |it| {
        it.tallies.declarations_of_paused as f64
    }),
    ("Down of unreachable members: events", |it| {
        it.tallies.downs_of_unreachable as f64
    }),
    ("Down of earlier lives: events", |it| {
        it.tallies.downs_of_earlier_lives as f64
    }),
    ("Down of members that said goodbye: events", |it| {
        it.tallies.downs_of_departed as f64
    }),
    ("goodbyes of earlier lives: events", |it| {
        it.tallies.goodbyes_heard_late as f64
    }),
    ("suspicions of running members: events", |it| {
        it.tallies.suspicions_of_running as f64
    }),
    ("identity changes", |it| it.tallies.identity_changes as f64),
    ("healthy members that changed identity", |it| {
        it.tallies.healthy_members_renewed as f64
    }),
    ("members outside for good", |it| it.tallies.defunct as f64),
    ("views wrong at the end, runs", |it| {
        f64::from(u8::from(!it.complete_at_end))
    }),
    ("messages per node and second", |it| {
        it.messages_per_node_second
    }),
    ("bytes per node and second", |it| it.bytes_per_node_second),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let figure = |n: u32| Figure::of("", (1..=n).map(|value| Some(f64::from(value))));
        assert_eq!(
            (figure(200).median, figure(200).p99, figure(200).max),
            (100.5, 198.0, 200.0)
        );
        assert_eq!(
            (figure(3).median, figure(3).p99, figure(3).mean),
            (2.0, 3.0, 2.0)
        );
        assert_eq!((figure(1).median, figure(1).p99), (1.0, 1.0));
        assert!(figure(0).median.is_nan() && figure(0).max.is_nan());
        let some = Figure::of("", [None, Some(5.0), None]);
        assert_eq!((some.count, some.missing, some.mean), (1, 2, 5.0));
        assert_eq!((some.median, some.max), (f64::INFINITY, f64::INFINITY));
        let most = Figure::of("", [Some(3.0), None, Some(5.0)]);
        assert_eq!((most.median, most.p99), (5.0, f64::INFINITY));
    }
}
