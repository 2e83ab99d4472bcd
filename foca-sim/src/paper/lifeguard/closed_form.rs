//! How long it takes to notice agents that hang, without a simulation.
//!
//! With fixed suspicions nothing but chance decides: each of the healthy agents comes to probe the one that
//! hangs after a time that is uniform within a round, the first of them suspects it when its probe period
//! ends, and reports it when the suspicion ends. An anomaly that ends before is not noticed.

/// The set-up that decides.
pub(super) struct Form<'a> {
    /// Agents, those that hang included.
    pub(super) agents: usize,
    /// Numbers of agents that hang at once; each agent that hangs counts once.
    pub(super) concurrent: &'a [usize],
    /// How long anomalies last, in seconds.
    pub(super) anomalies: &'a [f64],
    /// From the first unanswered `Ping` to the report, in seconds.
    pub(super) verdict: f64,
}

impl Form<'_> {
    /// Seconds within which so many percent of those noticed are reported.
    pub(super) fn percentile(&self, percent: f64) -> f64 {
        let longest = self.anomalies.iter().copied().fold(0.0, f64::max);
        let wanted = self.reported(longest) * percent / 100.0;
        let (mut below, mut above) = (0.0, longest);
        for _ in 0..STEPS {
            let middle = f64::midpoint(below, above);
            if self.reported(middle) < wanted {
                below = middle;
            } else {
                above = middle;
            }
        }
        above
    }

    /// How many are reported within so many seconds, in a run of each kind.
    fn reported(&self, seconds: f64) -> f64 {
        let round = (self.agents - 1) as f64;
        let of = |concurrent: usize, anomaly: f64| {
            let waited = (seconds.min(anomaly) - self.verdict).clamp(0.0, round);
            let healthy = (self.agents - concurrent) as f64;
            concurrent as f64 * (1.0 - (1.0 - waited / round).powf(healthy))
        };
        let all = self.concurrent.iter();
        all.flat_map(|concurrent| {
            self.anomalies
                .iter()
                .map(|anomaly| of(*concurrent, *anomaly))
        })
        .sum()
    }
}

/// Halvings: more than a double has bits.
const STEPS: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_prober_takes_half_a_round_and_the_verdict() {
        let form = Form {
            agents: 3,
            concurrent: &[2],
            anomalies: &[100.0],
            verdict: 5.0,
        };
        assert!((form.percentile(50.0) - 6.0).abs() < 1e-9);
        assert!((form.percentile(100.0) - 7.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_noticed_in_time_does_not_count() {
        let form = Form {
            agents: 3,
            concurrent: &[2],
            anomalies: &[6.0],
            verdict: 5.0,
        };
        assert!((form.percentile(50.0) - 5.5).abs() < 1e-9);
    }
}
