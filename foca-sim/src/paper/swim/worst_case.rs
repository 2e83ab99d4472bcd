//! How long the same member can go unprobed by another.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use foca_core::Instant;

use super::setup::{PERIOD, config, link, periods};
use crate::paper::cluster::{Cluster, Id, id};
use crate::paper::{Experiment, Row, Run, Table, Tolerance};

pub(in crate::paper) const EXPERIMENT: Experiment = Experiment {
    name: "swim-worst-case",
    summary: "SWIM section 4.3: at most 2n - 1 periods between two probes of a member in a list of n",
    table,
};

/// Lengths of the list, and the rounds of probes that find the worst case: among n! orders it takes
/// one in n² for the first of one to be the last of the next.
const LISTS: [(usize, u32); 3] = [(3, 1_000), (7, 4_000), (19, 8_000)];

fn table(run: &Run<'_>) -> Table {
    let factor = run.pick(1, 1, 5) as u32;
    let lists = if run.pick(2, 3, 3) == 2 {
        &LISTS[..2]
    } else {
        &LISTS[..]
    };
    let gaps = run.each("rounds of probes", lists, |(list, rounds)| {
        longest_gap_periods(*list, rounds * factor)
    });
    let row = |((list, rounds), gap): (&(usize, u32), f64)| {
        Row::new(
            format!("list of {list}, 2n - 1"),
            (2 * list - 1) as f64,
            gap,
        )
        .within(Tolerance::Absolute(WHOLE_PERIODS))
        .digits(2)
        .detail(format!("longest of {} rounds", rounds * factor))
    };
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "SWIM (DSN 2002), section 4.3",
        setup: "One member probes n others that only answer; T' = 2 s, nobody comes or goes"
            .to_owned(),
        rows: lists.iter().zip(gaps).map(row).collect(),
        notes: vec![
            "The bound is reached and never passed: both a longer and a shorter longest gap fail."
                .to_owned(),
        ],
    }
}

/// Periods are counted whole; a `Ping` leaves exactly one period after the one before.
const WHOLE_PERIODS: f64 = 0.001;

/// The longest time between two datagrams from the observer to the same member, in periods.
fn longest_gap_periods(list: usize, rounds: u32) -> f64 {
    let members = list + 1;
    let quiet = config(members).with(|settings| {
        settings.probe_period = NEVER;
        // Answers are rationed per period, which does not end here.
        settings.replies_max = REPLIES_MAX;
    });
    let quiet = quiet.unwrap_or_else(|error| unreachable!("a valid set-up: {error}"));
    let (observer, active) = (id(0), config(members));
    let pick = |number| {
        if number == 0 {
            active.clone()
        } else {
            quiet.clone()
        }
    };
    let mut cluster = Cluster::new(list as u64, members, link(), pick);
    let watch = Rc::new(RefCell::new(Gaps::new(members)));
    let shared = Rc::clone(&watch);
    cluster.network.tap(move |now, from: &Id, to: &Id, _| {
        // All that the observer sends is probes: nobody else asks anything.
        if *from == observer {
            shared
                .borrow_mut()
                .probed(now, crate::paper::cluster::number(to));
        }
    });
    cluster.network.run_for(PERIOD * rounds * list as u32);
    let longest = watch.borrow().longest;
    periods(longest)
}

/// As many as can be set: more than there are rounds.
const REPLIES_MAX: u16 = 60_000;

/// Longer than any run.
const NEVER: Duration = Duration::from_secs(1 << 40);

/// When each member was probed last, and the longest pause between two probes of one.
struct Gaps {
    last: Vec<Option<Instant>>,
    longest: Duration,
}

impl Gaps {
    fn new(members: usize) -> Self {
        Self {
            last: vec![None; members],
            longest: Duration::ZERO,
        }
    }

    fn probed(&mut self, now: Instant, member: usize) {
        if let Some(before) = self.last[member].replace(now) {
            self.longest = self.longest.max(now.duration_since(before));
        }
    }
}
