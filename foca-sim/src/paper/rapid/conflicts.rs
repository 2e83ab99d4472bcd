//! How often alerts in random order make a process propose a part of the truth: pure combinatorics.

use crate::paper::{Experiment, Row, Run, Table, Tolerance};
use crate::random::Dice;

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "rapid-conflicts",
    summary: "Rapid figure 11: rate of conflicting proposals by watermarks and failures",
    table,
};

/// Alerts about each failed process.
const K: usize = 10;

/// High watermark H, failed processes F, and the conflict rate in percent for the low watermarks
/// L = 1 to 4, read off the vectors of figure 11.
const FIGURE_11: [(u8, usize, [f64; 4]); 13] = [
    (6, 2, [1.04, 5.78, 16.47, 36.73]),
    (6, 4, [0.15, 1.74, 10.87, 36.93]),
    (6, 8, [0.03, 0.32, 3.81, 23.78]),
    (6, 16, [0.00, 0.09, 1.52, 12.59]),
    (7, 2, [0.30, 2.05, 6.82, 18.30]),
    (7, 4, [0.01, 0.22, 2.52, 11.75]),
    (7, 8, [0.00, 0.04, 0.54, 4.28]),
    (7, 16, [0.00, 0.01, 0.17, 1.57]),
    (8, 2, [0.04, 0.59, 2.23, 6.82]),
    (8, 4, [0.00, 0.05, 0.34, 2.34]),
    (8, 8, [0.00, 0.00, 0.03, 0.47]),
    (9, 2, [0.01, 0.12, 0.53, 1.99]),
    (9, 4, [0.00, 0.00, 0.03, 0.23]),
];

/// Processes times repetitions behind each published figure.
const PUBLISHED_TRIALS: f64 = 20_000.0;

/// Standard errors of the difference of two binomial shares: with 52 figures judged at once one in
/// three hundred such tables would have one beyond by chance.
const STANDARD_ERRORS: f64 = 4.0;

/// Half a unit of the last digit, in percent.
const ROUNDING_PERCENT: f64 = 0.005;

/// Trials that draw from one seed.
const TRIALS_PER_SEED: u64 = 1_000;

fn table(run: &Run<'_>) -> Table {
    let seeds = run.pick(2, 20, 200);
    let trials = (seeds * TRIALS_PER_SEED) as f64;
    let mut rows = Vec::new();
    for (line, (high, failed, published)) in FIGURE_11.into_iter().enumerate() {
        let counts = run.seeds(&format!("H = {high}, F = {failed}"), seeds, |seed| {
            conflicts(seed << 8 | line as u64, high, failed)
        });
        for (index, published_percent) in published.into_iter().enumerate() {
            let conflicts: u64 = counts.iter().map(|counts| counts[index]).sum();
            let percent = 100.0 * conflicts as f64 / trials;
            let what = format!("H = {high}, L = {}, F = {failed}, %", index + 1);
            let margin = margin_percent(published_percent, percent, trials);
            let row = Row::new(what, published_percent, percent).digits(2);
            rows.push(row.within(Tolerance::Absolute(margin)));
        }
    }
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "Rapid (ATC 2018), figure 11",
        setup: format!("K = {K}; F processes fail, their alerts arrive in random order; {trials} trials a figure"),
        rows,
        notes: vec![
            "Allowed are four standard errors of the difference between two binomial shares, of 20,000 trials \
             there and of ours, and half a unit of the last digit."
                .to_owned(),
        ],
    }
}

/// The share is pooled: where one of them is 0 it has an error all the same.
fn margin_percent(published: f64, ours: f64, trials: f64) -> f64 {
    let pooled =
        (published * PUBLISHED_TRIALS + ours * trials) / (PUBLISHED_TRIALS + trials) / 100.0;
    let variance = pooled * (1.0 - pooled) * (1.0 / PUBLISHED_TRIALS + 1.0 / trials);
    STANDARD_ERRORS * 100.0 * variance.sqrt() + ROUNDING_PERCENT
}

/// Conflicts in a batch of trials for each low watermark.
fn conflicts(seed: u64, high: u8, failed: usize) -> [u64; 4] {
    let mut random = Dice::new(seed);
    let mut counts = [0; 4];
    for _ in 0..TRIALS_PER_SEED {
        let mut alerts: Vec<usize> = (0..failed * K).map(|alert| alert % failed).collect();
        for last in (1..alerts.len()).rev() {
            alerts.swap(last, random.below(last as u64 + 1) as usize);
        }
        for (count, low) in counts.iter_mut().zip(1..) {
            *count += u64::from(proposed(&alerts, failed, low, high) < failed);
        }
    }
    counts
}

/// How many processes are in the first proposal: made as soon as the tally of one has reached the
/// high watermark and that of none lies between both.
fn proposed(alerts: &[usize], failed: usize, low: u8, high: u8) -> usize {
    let mut tallies = vec![0_u8; failed];
    let (mut stable, mut unstable) = (0, 0);
    for about in alerts {
        tallies[*about] += 1;
        if tallies[*about] == low {
            unstable += 1;
        }
        if tallies[*about] == high {
            unstable -= 1;
            stable += 1;
        }
        if stable > 0 && unstable == 0 {
            break;
        }
    }
    stable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_waits_for_everybody_between_the_watermarks() {
        // Tallies of 0 and 1 after each alert, with L = 1 and H = 2.
        assert_eq!(proposed(&[0, 0, 1, 1], 2, 1, 2), 1);
        assert_eq!(proposed(&[0, 1, 0, 1], 2, 1, 2), 2);
        assert_eq!(proposed(&[1, 0, 0, 1], 2, 1, 2), 2);
    }
}
