//! A sample of figures, and what can be said of it.

/// Figures in ascending order.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample(Vec<f64>);

impl Sample {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Their mean; not a number if there are none.
    pub(super) fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// How far the mean of such a sample is from that of all, one standard deviation.
    pub(super) fn standard_error(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.0.iter().map(|figure| (figure - mean).powi(2)).sum();
        let count = self.0.len() as f64;
        (squares / (count - 1.0) / count).sqrt()
    }

    /// The middle one, or the mean of the middle two.
    pub(super) fn median(&self) -> f64 {
        self.percentile(50.0)
    }

    /// The figure that so many percent are below, between the two nearest ones; not a number if
    /// there are none.
    pub(super) fn percentile(&self, percent: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else {
            return f64::NAN;
        };
        let rank = last as f64 * percent.clamp(0.0, 100.0) / 100.0;
        let (below, above) = (rank.floor() as usize, rank.ceil() as usize);
        self.0[below] + (self.0[above] - self.0[below]) * rank.fract()
    }

    /// Figures, and how many percent are not above each.
    pub(super) fn distribution(&self) -> Vec<(f64, f64)> {
        let figure = |percent: u32| (self.percentile(percent.into()), percent.into());
        (0..=100).map(figure).collect()
    }

    pub(super) fn least(&self) -> f64 {
        self.percentile(0.0)
    }

    pub(super) fn most(&self) -> f64 {
        self.percentile(100.0)
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<T: IntoIterator<Item = f64>>(figures: T) -> Self {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_lie_between_neighbours() {
        let sample: Sample = [4.0, 1.0, 2.0, 3.0].into_iter().collect();
        assert_eq!(sample.median(), 2.5);
        assert_eq!(
            [0.0, 100.0].map(|percent| sample.percentile(percent)),
            [1.0, 4.0]
        );
        assert_eq!(sample.percentile(90.0), 3.7);
        assert_eq!(sample.mean(), 2.5);
        assert!(Sample::default().median().is_nan());
    }

    #[test]
    fn the_standard_error_is_that_of_the_mean() {
        let sample: Sample = [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]
            .into_iter()
            .collect();
        // Squares around the mean 5 add up to 32.
        assert_eq!(sample.standard_error(), (32.0_f64 / 7.0 / 8.0).sqrt());
    }
}
