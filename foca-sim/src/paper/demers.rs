//! Rumour mongering in rounds: a model of its own, because nothing in it happens between rounds.

use crate::paper::{Experiment, Row, Run, Table, Tolerance};
use crate::random::Dice;

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "demers-rumors",
    summary: "Demers et al. tables 1 to 3: residue, traffic and delay of rumours among 1,000 sites",
    table,
};

/// Sites, section 1.4 of the paper.
const SITES: usize = 1_000;

/// How sites lose interest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Variant {
    /// Push; loses interest after k useless contacts since the last useful one.
    PushFeedbackCounter,
    /// Push; loses interest after each contact with probability 1/k.
    PushBlindCoin,
    /// Pull; after k rounds in which only sites that knew asked, since the last in which one did not.
    PullFeedbackCounter,
}

/// One line of a table: k, residue s, half a unit of its last digit, traffic m, delay t_last.
struct Published {
    table: &'static str,
    variant: Variant,
    k: u32,
    residue: f64,
    residue_rounding: f64,
    traffic: f64,
    last: f64,
}

const fn published(
    (table, variant): (&'static str, Variant),
    k: u32,
    (residue, residue_rounding): (f64, f64),
    traffic: f64,
    last: f64,
) -> Published {
    Published {
        table,
        variant,
        k,
        residue,
        residue_rounding,
        traffic,
        last,
    }
}

const TABLE_1: (&str, Variant) = ("table 1", Variant::PushFeedbackCounter);
const TABLE_2: (&str, Variant) = ("table 2", Variant::PushBlindCoin);
const TABLE_3: (&str, Variant) = ("table 3", Variant::PullFeedbackCounter);

const PUBLISHED: [Published; 13] = [
    published(TABLE_1, 1, (0.18, 0.005), 1.7, 16.8),
    published(TABLE_1, 2, (0.037, 0.000_5), 3.3, 16.9),
    published(TABLE_1, 3, (0.011, 0.000_5), 4.5, 17.4),
    published(TABLE_1, 4, (0.003_6, 0.000_05), 5.6, 17.5),
    published(TABLE_1, 5, (0.001_2, 0.000_05), 6.7, 17.7),
    published(TABLE_2, 1, (0.96, 0.005), 0.04, 38.0),
    published(TABLE_2, 2, (0.20, 0.005), 1.6, 33.0),
    published(TABLE_2, 3, (0.060, 0.000_5), 2.8, 32.0),
    published(TABLE_2, 4, (0.021, 0.000_5), 3.9, 32.0),
    published(TABLE_2, 5, (0.008, 0.000_5), 4.9, 32.0),
    published(TABLE_3, 1, (3.1e-2, 5e-4), 2.7, 17.6),
    published(TABLE_3, 2, (5.8e-4, 5e-6), 4.5, 15.4),
    published(TABLE_3, 3, (4.0e-6, 5e-8), 6.1, 14.0),
];

/// Of every figure that is judged.
const TOLERANCE_PART: f64 = 0.05;

/// Runs behind a published residue, for the chance in it: the number that the paper gives for its
/// table 4, since it gives none for these.
const PUBLISHED_RUNS: f64 = 250.0;

/// Standard deviations of a count that ours may be off.
const DEVIATIONS: f64 = 2.0;

/// The least and the most residue that agrees with the published one. That is a count of sites in so many runs: 4.0e-6
/// is a single one. Means from which such a count is no more than two deviations away, and the part beyond.
fn residue_band(line: &Published) -> Tolerance {
    let sites = PUBLISHED_RUNS * SITES as f64;
    let (missed, squared) = (line.residue * sites, DEVIATIONS * DEVIATIONS);
    let middle = missed + squared / 2.0;
    let reach = DEVIATIONS * (missed + squared / 4.0).sqrt();
    let margin = TOLERANCE_PART * line.residue + line.residue_rounding;
    // The margin never makes room for none at all.
    let least = (middle - reach) / sites * (1.0 - margin / line.residue);
    Tolerance::Band(least, (middle + reach) / sites + margin)
}

fn table(run: &Run<'_>) -> Table {
    let runs = run.pick(250, 4_000, 100_000);
    let mut rows = Vec::new();
    for line in &PUBLISHED {
        let what = format!("{}, k = {}", line.table, line.k);
        let runs = run.seeds(&what, runs, |seed| spread(line.variant, line.k, seed));
        rows.extend(judge(line, &runs));
    }
    Table {
        name: EXPERIMENT.name,
        plot: None,
        source: "Demers et al. 1987 (reprint CSL-89-1), section 1.4, tables 1 to 3",
        setup: format!("{SITES} sites, one of which knows a rumour; synchronous rounds; {runs} runs a line"),
        rows,
        notes: vec![
            "The paper leaves open what these runs choose: sites act on what they knew when the round began, and a \
             useful contact starts the counter anew. A residue may also differ by half a unit of its last digit and \
             by two standard deviations of a count over 250 runs, which is what the paper gives for another table: \
             4.0e-6 is one site in those. \
             Table 2 is shown and not judged; t_ave is left out, as its definition is not given."
                .to_owned(),
        ],
    }
}

fn judge(line: &Published, runs: &[Spread]) -> [Row; 3] {
    let mean =
        |figure: fn(&Spread) -> f64| runs.iter().map(figure).sum::<f64>() / runs.len() as f64;
    let judged = line.variant != Variant::PushBlindCoin;
    let within = |tolerance| {
        if judged {
            tolerance
        } else {
            Tolerance::Unjudged
        }
    };
    let name = |figure| format!("{}, k = {}: {figure}", line.table, line.k);
    // As many digits as tell the printed ones from their neighbours.
    let digits = (1.0 - line.residue.log10().floor()) as usize;
    let relative = within(Tolerance::Relative(TOLERANCE_PART));
    [
        Row::new(name("residue s"), line.residue, mean(|run| run.residue))
            .within(within(residue_band(line)))
            .digits(digits.max(4)),
        Row::new(name("traffic m"), line.traffic, mean(|run| run.traffic))
            .within(relative)
            .digits(2),
        Row::new(name("rounds t_last"), line.last, mean(|run| run.last))
            .within(relative)
            .digits(1),
    ]
}

/// What became of one rumour.
#[derive(Clone, Copy, Debug)]
struct Spread {
    /// Share of the sites that never heard of it.
    residue: f64,
    /// Times it was sent, per site.
    traffic: f64,
    /// The round in which the last one heard of it.
    last: f64,
}

fn spread(variant: Variant, k: u32, seed: u64) -> Spread {
    let mut rumor = Rumor::new(seed);
    while rumor.interested() {
        match variant {
            Variant::PushFeedbackCounter | Variant::PushBlindCoin => rumor.push(variant, k),
            Variant::PullFeedbackCounter => rumor.pull(k),
        }
    }
    let missed = rumor.sites.iter().filter(|site| **site == Site::Unaware);
    Spread {
        residue: missed.count() as f64 / SITES as f64,
        traffic: f64::from(rumor.sent) / SITES as f64,
        last: rumor.last.into(),
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Site {
    Unaware,
    /// Heard of it in the round under way.
    Told,
    /// With so many useless contacts in a row.
    Interested(u32),
    Bored,
}

struct Rumor {
    sites: Vec<Site>,
    random: Dice,
    round: u32,
    sent: u32,
    last: u32,
}

impl Rumor {
    fn new(seed: u64) -> Self {
        let mut sites = vec![Site::Unaware; SITES];
        sites[0] = Site::Interested(0);
        Self {
            sites,
            random: Dice::new(seed),
            round: 0,
            sent: 0,
            last: 0,
        }
    }

    fn interested(&self) -> bool {
        self.sites
            .iter()
            .any(|site| matches!(site, Site::Interested(_)))
    }

    /// Every interested site tells somebody.
    fn push(&mut self, variant: Variant, k: u32) {
        self.round += 1;
        for site in 0..SITES {
            let Site::Interested(useless) = self.sites[site] else {
                continue;
            };
            let useful = self.tell_somebody(site);
            self.sites[site] = match variant {
                Variant::PushBlindCoin if self.random.below(k.into()) == 0 => Site::Bored,
                Variant::PushBlindCoin => Site::Interested(0),
                Variant::PushFeedbackCounter | Variant::PullFeedbackCounter if useful => {
                    Site::Interested(0)
                }
                Variant::PushFeedbackCounter | Variant::PullFeedbackCounter => {
                    bored_after(k, useless + 1)
                }
            };
        }
        self.end_round();
    }

    /// Returns whether whoever it told did not know when the round began.
    fn tell_somebody(&mut self, site: usize) -> bool {
        let other = self.other_than(site);
        self.sent += 1;
        let useful = matches!(self.sites[other], Site::Unaware | Site::Told);
        if useful {
            self.sites[other] = Site::Told;
            self.last = self.round;
        }
        useful
    }

    /// Every site asks somebody.
    fn pull(&mut self, k: u32) {
        self.round += 1;
        // Whether each was asked, and by anybody who did not know.
        let mut asked = vec![(false, false); SITES];
        for site in 0..SITES {
            let other = self.other_than(site);
            if !matches!(self.sites[other], Site::Interested(_)) {
                continue;
            }
            self.sent += 1;
            let useful = self.sites[site] == Site::Unaware;
            asked[other] = (true, asked[other].1 || useful);
            if useful {
                self.sites[site] = Site::Told;
                self.last = self.round;
            }
        }
        for (site, asked) in self.sites.iter_mut().zip(asked) {
            if let (Site::Interested(useless), (true, useful)) = (*site, asked) {
                *site = if useful {
                    Site::Interested(0)
                } else {
                    bored_after(k, useless + 1)
                };
            }
        }
        self.end_round();
    }

    fn end_round(&mut self) {
        for site in &mut self.sites {
            if *site == Site::Told {
                *site = Site::Interested(0);
            }
        }
    }

    fn other_than(&mut self, site: usize) -> usize {
        let drawn = self.random.below(SITES as u64 - 1) as usize;
        drawn + usize::from(drawn >= site)
    }
}

const fn bored_after(k: u32, useless: u32) -> Site {
    if useless >= k {
        Site::Bored
    } else {
        Site::Interested(useless)
    }
}
