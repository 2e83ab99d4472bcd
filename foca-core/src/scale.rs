//! Decimal logarithms without floating point, for settings that follow the cluster size.

/// `log10(value)` in thousandths, rounded down; 0 for 0 and 1.
pub(crate) const fn log10_thousandths(value: usize) -> u32 {
    /// `log10(2)` in units of 2^-32.
    const LOG10_2: u64 = 1_292_913_986;
    if value < 2 {
        return 0;
    }
    // Powers of ten are common cluster sizes; the series below would round them down.
    let ceil = log10_ceil(value);
    if let Some(power) = 10_usize.checked_pow(ceil)
        && power == value
    {
        return ceil * 1_000;
    }
    let whole = value.ilog2();
    // Twenty-four binary digits of log2 by repeated squaring of the mantissa, kept in 2^-31.
    let mut mantissa = ((value as u128) << 31 >> whole) as u64;
    let mut fraction = 0_u64;
    let mut digit = 0;
    while digit < 24 {
        mantissa = ((mantissa as u128 * mantissa as u128) >> 31) as u64;
        fraction <<= 1;
        if mantissa >= 1 << 32 {
            mantissa >>= 1;
            fraction |= 1;
        }
        digit += 1;
    }
    let log2 = ((whole as u64) << 24) | fraction;
    ((log2 as u128 * LOG10_2 as u128 * 1_000) >> 56) as u32
}

/// The smallest `k` with `10^k >= value`.
pub(crate) const fn log10_ceil(value: usize) -> u32 {
    if value < 2 {
        0
    } else {
        (value - 1).ilog10() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_floating_point() {
        for value in (1..2_000)
            .chain((2_000..4_000_000).step_by(997))
            .chain([usize::MAX])
        {
            let exact = (value as f64).log10() * 1_000.0;
            let ours = f64::from(log10_thousandths(value));
            assert!((exact - ours).abs() <= 1.0, "{value}: {exact} {ours}");
        }
        assert_eq!(
            [0, 1, 10, 100, 1_000_000].map(log10_thousandths),
            [0, 0, 1_000, 2_000, 6_000]
        );
    }

    #[test]
    fn ceilings_are_exact_at_powers_of_ten() {
        assert_eq!(
            [0, 1, 2, 10, 11, 100, 101].map(log10_ceil),
            [0, 0, 1, 1, 2, 2, 3]
        );
    }
}
