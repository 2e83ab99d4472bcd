//! How the members and the network of a seed behave.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use foca_core::{Accept, Config, Periodic, Settings};

use super::feature::Feature;
use super::hostile::STRANGERS;
use crate::random::Dice;
use crate::{Bursts, Link};

/// Draws the same amount of numbers whatever is on, so that what is off leaves the rest alone.
pub(crate) fn draw_config(dice: &mut Dice, nodes: u16, on: &BTreeSet<Feature>) -> Config {
    let preset = match dice.below(8) {
        0..3 => Config::local(),
        3..6 => Config::lan(),
        6 => Config::wan(),
        _ => Config::simple(),
    };
    let migrates = on.contains(&Feature::Migration);
    let preset = match on.contains(&Feature::Foca2) || migrates {
        true => preset.foca2(),
        false => preset,
    };
    let mut draws = [0; 16];
    draws.fill_with(|| dice.below(u64::MAX));
    let config = preset.with(|it| {
        // Halves of a cluster find each other in no other way: that a preset does without is its choice.
        it.periodic_announce_to_down.get_or_insert(Periodic {
            every: it.probe_period * 20,
            members: 2,
        });
        if migrates {
            it.accept = Accept::Both;
        }
        if on.contains(&Feature::Settings) {
            vary(it, &draws);
        }
        // Without one or the other, whoever missed a piece of news never hears of it.
        if it.reconciliation.is_none() {
            it.periodic_announce.get_or_insert(Periodic {
                every: it.probe_period * 20,
                members: 1,
            });
        }
        if on.contains(&Feature::Ceiling) {
            let ceiling = 3_000 + (draws[8] % 20_000) as u32;
            it.bytes_per_second_max = NonZeroU32::new(ceiling);
        }
        if on.contains(&Feature::Bounds) {
            it.members_max = usize::from(nodes + STRANGERS) + (draws[9] % 30) as usize;
            it.outbox_max = 128 + (draws[10] % 400) as usize;
            it.events_max = 256 + (draws[11] % 256) as usize;
            it.broadcasts_max = 1 + (draws[12] % 20) as usize;
        }
        if on.contains(&Feature::Forgetful) {
            it.forget_after = Some(it.probe_period * (20 + (draws[13] % 60) as u32));
        }
    });
    config.expect("what is drawn is within the bounds of the settings")
}

/// Other values than those of the preset, all of which are to work.
fn vary(settings: &mut Settings, draws: &[u64; 16]) {
    let chance = |index: usize, one_in: u64| draws[index].is_multiple_of(one_in);
    let between =
        |index: usize, least: u64, most: u64| least + (draws[index] >> 8) % (most - least);
    if chance(0, 3) {
        settings.probe_rtt = settings.probe_period * between(0, 15, 80) as u32 / 100;
    }
    if chance(1, 3) {
        settings.indirect_probes = between(1, 1, 6) as usize;
    }
    if chance(2, 3) {
        settings.suspicion = (settings.probe_period * between(2, 3, 12) as u32).into();
    }
    if chance(3, 4) {
        settings.periodic_gossip = None;
    }
    if chance(4, 4) {
        settings.reconciliation = None;
    }
    if chance(5, 4) {
        settings.periodic_announce = None;
    }
    if chance(6, 3) {
        settings.datagram_bytes_max = between(6, 200, 1_400) as usize;
    }
    if chance(7, 3) {
        settings.replies_max = between(7, 16, 100) as u16;
    }
    if chance(14, 4) {
        settings.reconciliation_bytes_per_second =
            NonZeroU32::MIN.saturating_add(between(14, 2_000, 20_000) as u32);
    }
    if chance(15, 4) {
        settings.lonely_retry_max = settings.lonely_retry_min * between(15, 1, 10) as u32;
    }
}

/// The network until it is calm.
pub(crate) fn draw_link(dice: &mut Dice, period: Duration, on: &BTreeSet<Feature>) -> Link {
    let loss = 1_000 + dice.below(250_000) as u32;
    let duplicate = 1_000 + dice.below(300_000) as u32;
    let slowest = Duration::from_micros(2_000 + dice.below(150_000));
    let mut hundredth = |most: u64| period * (1 + dice.below(most)) as u32 / 100;
    let (good_mean, bad_mean) = (hundredth(2_000), hundredth(150));
    let (jitter_mean, reordered_by) = (hundredth(3), hundredth(30));
    let reordered = 1_000 + dice.below(200_000) as u32;
    let mut link = Link::default();
    if on.contains(&Feature::Reordering) {
        link.latency = *link.latency.start()..=slowest;
        link.jitter_mean = jitter_mean;
        link.reordered_by = reordered_by;
        link.reordered_per_million = reordered;
    }
    if on.contains(&Feature::Loss) {
        link.loss_per_million = loss;
    }
    if on.contains(&Feature::Bursts) {
        link.bursts = Some(Bursts {
            good_mean,
            bad_mean,
            ..Bursts::default()
        });
    }
    if on.contains(&Feature::Duplicates) {
        link.duplicate_per_million = duplicate;
    }
    link
}
