//! Seeds of the parts of a run, made from the seed of the run.

use crate::random::Dice;

/// For the links of the network.
pub(super) fn of_links(seed: u64) -> u64 {
    part(seed, 1)
}

/// For the choices of faults.
pub(super) fn of_choices(seed: u64) -> u64 {
    part(seed, 2)
}

/// For one process of one member.
pub(super) fn of_process(seed: u64, member: usize, process: u64) -> u64 {
    part(part(part(seed, 3), member as u64), process)
}

/// So that neighbouring seeds have nothing in common.
fn part(seed: u64, number: u64) -> u64 {
    Dice::new(seed).aside(number + 1).below(u64::MAX)
}
