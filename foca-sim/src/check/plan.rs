//! What a seed stands for: a cluster, its network, and what happens to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use foca_core::Config;

use super::fault::{Fault, Group, Life, Narrow, Planned};
use super::feature::Feature;
use super::settings;
use crate::Link;
use crate::random::Dice;

/// What is changed about the plan of a seed: to replay it, or to make it shorter.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// So many members, whatever the seed says.
    pub nodes: Option<u16>,
    /// These features are off, whatever the seed says.
    pub without: BTreeSet<Feature>,
    /// These faults alone, by index, each with what its duration and its amount are divided by.
    pub keep: Option<BTreeMap<usize, u32>>,
}

/// What happens in one run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The seed of everything.
    pub seed: u64,
    /// Members at the start.
    pub nodes: u16,
    /// What is on.
    pub features: BTreeSet<Feature>,
    /// How members behave.
    pub config: Config,
    /// How the network behaves until it is calm.
    pub link: Link,
    /// How much further it is from one region to the other, where there are two.
    pub between_regions: Duration,
    /// When everything becomes calm.
    pub calm_at: Duration,
    /// What happens until then.
    pub faults: Vec<Planned>,
}

/// Members of a run at least: with fewer nobody can be asked to probe in our place.
pub const NODES_MIN: u16 = 3;

/// Members of a run at most, unless told otherwise or a crowd.
pub const NODES_MAX: u16 = 40;

/// A crowd has up to so many times as many members as another run at most: with 40 there never is so much
/// news that all of it is known before all of it is told.
pub const CROWD_TIMES: u16 = 4;

impl Plan {
    /// The plan of a seed for at most `nodes_max` members, or between that and [`CROWD_TIMES`] that in a crowd,
    /// as far as `selection` leaves it as it is.
    #[must_use]
    pub fn new(seed: u64, nodes_max: u16, selection: &Selection) -> Self {
        let mut dice = Dice::new(seed ^ DOMAIN);
        let features = draw_features(&mut dice);
        let on = |feature| features.contains(&feature) && !selection.without.contains(&feature);
        let usual = nodes_max.max(NODES_MIN);
        let (least, most) = match on(Feature::Crowds) {
            true => (usual, usual.saturating_mul(CROWD_TIMES)),
            false => (NODES_MIN, usual),
        };
        let drawn = least + dice.below(u64::from(most - least) + 1) as u16;
        let nodes = selection.nodes.unwrap_or(drawn).max(NODES_MIN);
        let features: BTreeSet<_> = features.iter().copied().filter(|it| on(*it)).collect();
        let mut settings_dice = Dice::new(dice.below(u64::MAX));
        let config = settings::draw_config(&mut settings_dice, nodes, &features);
        let mut link_dice = Dice::new(dice.below(u64::MAX));
        let link = settings::draw_link(&mut link_dice, config.probe_period, &features);
        // Some answers from there come too late for a probe.
        let between_regions = config.probe_period * link_dice.below(15) as u32 / 100;
        let periods = 30 + dice.below(120) as u32;
        let calm_at = config.probe_period * periods;
        // As many as there would be with everything on, so that what is off leaves the others alone.
        let mut fault_dice = Dice::new(dice.below(u64::MAX));
        let count = 2 + dice.below(28) as usize;
        let faults = (0..count)
            .map(|index| draw_fault(&mut fault_dice, index, config.probe_period, calm_at))
            .filter(|planned| on(planned.feature))
            .filter_map(|planned| keep(planned, selection.keep.as_ref()))
            .collect();
        Self {
            seed,
            nodes,
            features,
            config,
            link,
            between_regions,
            calm_at,
            faults,
        }
    }

    /// Whether this is on.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }
}

/// Keeps the plan apart from what the network draws for the same seed.
const DOMAIN: u64 = 0x005e_ed0f_91a5;

fn draw_features(dice: &mut Dice) -> BTreeSet<Feature> {
    let drawn = Feature::ALL
        .iter()
        .map(|(feature, percent)| (*feature, dice.below(100) < *percent));
    drawn.filter(|(_, on)| *on).map(|(it, _)| it).collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what has no amount stays as it is"
)]
fn keep(planned: Planned, keep: Option<&BTreeMap<usize, u32>>) -> Option<Planned> {
    let Some(keep) = keep else {
        return Some(planned);
    };
    let divisor = (*keep.get(&planned.index)?).max(1);
    let few = |count: u16| (u32::from(count) / divisor).max(1) as u16;
    let fault = match planned.fault {
        Fault::Jump { who, by } => Fault::Jump {
            who,
            by: by / divisor,
        },
        Fault::Garbage { who, count } => Fault::Garbage {
            who,
            count: few(count),
        },
        Fault::Replay { who, count } => Fault::Replay {
            who,
            count: few(count),
        },
        Fault::Broadcast { who, count } => Fault::Broadcast {
            who,
            count: few(count),
        },
        Fault::Flood { who, per_second } => Fault::Flood {
            who,
            per_second: few(per_second),
        },
        Fault::Insider { who, per_second } => Fault::Insider {
            who,
            per_second: few(per_second),
        },
        other => other,
    };
    let lasts = planned.lasts / divisor;
    Some(Planned {
        fault,
        lasts,
        ..planned
    })
}

/// Draws the same amount of numbers for every kind of fault.
fn draw_fault(dice: &mut Dice, index: usize, period: Duration, calm_at: Duration) -> Planned {
    let milli = |dice: &mut Dice, least: u64, most: u64| least + dice.below(most - least);
    let at = calm_at * milli(dice, 60, 1_000) as u32 / 1_000;
    // Half of all are shorter than two periods, some last thirty.
    let scale = [2_000, 2_000, 8_000, 30_000][dice.below(4) as usize];
    let lasts = period * milli(dice, 100, scale) as u32 / 1_000;
    let mut draws = [0; 5];
    draws.fill_with(|| dice.below(u64::MAX));
    let (feature, fault) = kind_of(&draws, period);
    Planned {
        index,
        at,
        lasts,
        fault,
        feature,
        salt: draws[3],
    }
}

/// The kind of a fault, whom it hits, how hard.
fn kind_of(draws: &[u64; 5], period: Duration) -> (Feature, Fault) {
    let [kind, who, count, salt, other_salt] = *draws;
    let who = (who % 65_521) as u16;
    let count = (1 + count % 60) as u16;
    let small = u32::from(count);
    let group = |salt: u64| Group {
        salt,
        per_mille: 100 + (salt % 600) as u16,
    };
    let life = [Life::Same, Life::Same, Life::Next, Life::First][(salt % 4) as usize];
    let saved = salt & 16 == 0;
    match kind % 22 {
        0 => (Feature::Crashes, Fault::Crash { who }),
        1 | 2 => (Feature::Restarts, Fault::Restart { who, life, saved }),
        3 => (Feature::Leaves, Fault::Leave { who }),
        4 => (Feature::Leaves, Fault::Return { who, life }),
        5 => (Feature::Renames, Fault::Rename { who }),
        6 => {
            let per_cent = 40 + 4 * small;
            (Feature::Changes, Fault::Change { who, per_cent })
        }
        7 => (Feature::Pauses, Fault::Pause { who }),
        8 => (Feature::Blocks, Fault::Block { who }),
        9 => {
            let per_datagram = period * small / 600;
            (Feature::Slowness, Fault::Slow { who, per_datagram })
        }
        10 => {
            let (from, to) = (group(salt), group(other_salt));
            (Feature::Cuts, Fault::Cut { from, to })
        }
        11 => (Feature::Partitions, Fault::Partition { group: group(salt) }),
        12 => (Feature::Isolation, Fault::Isolate { who }),
        13 => {
            let by = period * small / 4;
            (Feature::Jumps, Fault::Jump { who, by })
        }
        14 => (Feature::Garbage, Fault::Garbage { who, count }),
        15 => (Feature::Replays, Fault::Replay { who, count }),
        16 => {
            let per_second = count * 10;
            (Feature::Floods, Fault::Flood { who, per_second })
        }
        17 => {
            let count = count / 6 + 1;
            (Feature::Broadcasts, Fault::Broadcast { who, count })
        }
        18 => {
            let access = Narrow {
                bytes_per_second: 1_000 * count,
                loss_per_million: (salt % 300_000) as u32,
            };
            (Feature::Narrowness, Fault::Narrow { who, access })
        }
        19 => (Feature::Moves, Fault::Move { who }),
        _ => {
            let per_second = count * 5;
            (Feature::Insiders, Fault::Insider { who, per_second })
        }
    }
}
