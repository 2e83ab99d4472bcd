//! Figures as people read them.

/// A figure in as many digits as it deserves; `-` for none, `never` for infinite.
#[must_use]
pub fn number(value: f64) -> String {
    match value {
        value if value.is_nan() => "-".to_owned(),
        f64::INFINITY => "never".to_owned(),
        0.0 => "0".to_owned(),
        value if value.abs() >= 100.0 || value.fract() == 0.0 => format!("{value:.0}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_no_decimals_and_small_figures_have_two() {
        let shown = [0.0, 7.0, 0.126, 99.5, 1234.6, f64::NAN, f64::INFINITY].map(number);
        assert_eq!(shown, ["0", "7", "0.13", "99.50", "1235", "-", "never"]);
    }
}
