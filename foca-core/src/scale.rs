//! Decimal logarithms without floating point, for settings that follow the cluster size.

/// Millionths in a whole.
pub(crate) const MILLION: u32 = 1_000_000;

/// `log10(value)` in millionths, rounded down; 0 for 0 and 1.
pub(crate) const fn log10_millionths(value: usize) -> u32 {
    /// `log10(2)` in units of 2^-32.
    const LOG10_2: u64 = 1_292_913_986;
    /// Binary digits of the fraction of `log2`.
    const DIGITS: u32 = 24;
    if value < 2 {
        return 0;
    }
    // Powers of ten are common cluster sizes; the series below would round them down.
    let power = value.ilog10();
    if 10_usize.pow(power) == value {
        return power * MILLION;
    }
    let whole = value.ilog2();
    // One digit of log2 per squaring of the mantissa, which is kept in 2^-31 and stays below 2.
    let mut mantissa = ((value as u128) << 31 >> whole) as u64;
    let mut log2 = whole as u64;
    let mut digit = 0;
    while digit < DIGITS {
        mantissa = (mantissa * mantissa) >> 31;
        let carry = mantissa >> 32;
        mantissa >>= carry;
        log2 = (log2 << 1) | carry;
        digit += 1;
    }
    ((log2 as u128 * LOG10_2 as u128 * MILLION as u128) >> (32 + DIGITS)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_agree_with_floating_point() {
        for value in (1..20_000)
            .chain((20_000..4_000_000).step_by(997))
            .chain([usize::MAX])
        {
            let exact = (value as f64).log10() * 1e6;
            let ours = f64::from(log10_millionths(value));
            assert!((exact - ours).abs() <= 1.1, "{value}: {exact} {ours}");
        }
        assert_eq!(
            [0, 1, 10, 100, 1_000_000].map(log10_millionths),
            [0, 0, MILLION, 2 * MILLION, 6 * MILLION]
        );
    }

    #[test]
    fn logarithms_never_fall() {
        let mut last = 0;
        for value in 0..1_000_000 {
            let log = log10_millionths(value);
            assert!(log >= last, "{value}: {log} after {last}");
            last = log;
        }
    }
}
