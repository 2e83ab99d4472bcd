//! How long the checkers wait before they judge: sums of what the settings promise.

use std::time::Duration;

use foca_core::Config;

use super::hostile::STRANGERS;

/// Time in which all views become exact after the last fault, among `nodes` members.
///
/// Whoever is wrongly held down is found by announcing (three times its period), a node alone looks around
/// (twice the longest pause), the dead are probed by each member by itself (2n - 1 periods, strangers
/// included) and suspected, twice over, for as long as a suspicion that nobody confirms lasts; and whoever missed that finds it out by comparing views (sixteen
/// pauses, since a fruitless one is followed by eight) or by asking for members (four periods of it).
#[must_use]
pub fn heals_within(config: &Config, nodes: u16) -> Duration {
    let members = usize::from(nodes + STRANGERS);
    let period = config.probe_period;
    let every = |task: Option<foca_core::Periodic>| task.map_or(Duration::ZERO, |it| it.every);
    let compare = config
        .reconciliation
        .map_or(Duration::ZERO, |pause| pause.at(members));
    let decay = config.detector.decay.map_or(1, |it| it.factor.into());
    every(config.periodic_announce_to_down) * 3
        + every(config.periodic_announce) * 4
        + config.lonely_retry_max * 2
        + period * (2 * u32::from(nodes + STRANGERS) + 10)
        + config.suspicion.at(members) * 2 * decay
        + compare * 16
}

/// Views count as settled when they have been exact for so long.
#[must_use]
pub fn settles_within(config: &Config) -> Duration {
    config.probe_period * 10
}

/// Time in which everybody knows of one goodbye in a calm cluster: it is news, or it is found by comparing or
/// by a probe that is not answered.
#[must_use]
pub fn departs_within(config: &Config, nodes: u16) -> Duration {
    heals_within(config, nodes)
}
