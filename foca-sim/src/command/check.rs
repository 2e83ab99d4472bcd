//! `foca-sim check`.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use foca_sim::check::{
    Feature, NODES_MAX, NODES_MIN, Outcome as Checked, Plan, Rule, Selection, Shrunk, check,
    shrink, unmutated,
};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;
use serde_json::json;

use super::Outcome;
use super::table::counted;

/// Arguments of `foca-sim check`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many seeds.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    seeds: u64,
    /// The first of them.
    #[arg(long, default_value_t = 0)]
    first_seed: u64,
    /// This seed alone.
    #[arg(long, conflicts_with_all = ["seeds", "first_seed"])]
    seed: Option<u64>,
    /// Members of the largest cluster; each seed draws its own size, and a crowd (see `--without crowds`) up to
    /// four times that.
    #[arg(long, default_value_t = NODES_MAX, value_parser = clap::value_parser!(u16).range(3..=10_000))]
    nodes_max: u16,
    /// So many members, whatever the seed says.
    #[arg(long, value_parser = clap::value_parser!(u16).range(3..=10_000))]
    nodes: Option<u16>,
    /// These faults alone, each with what its duration is divided by if it is not 1: `3,7/16` (`none` for
    /// none).
    #[arg(long, requires = "seed")]
    keep: Option<Keep>,
    /// These features off, whatever the seed says.
    #[arg(long, value_delimiter = ',')]
    without: Vec<Feature>,
    /// Leaves failing plans as long as they are.
    #[arg(long)]
    no_shrink: bool,
    /// One line of JSON per seed, and nothing else, on standard output.
    #[arg(long)]
    json: bool,
    /// Writes the plan of each seed to standard error before it runs.
    #[arg(long)]
    show: bool,
    /// Tells how often what was on, and how many faults of each kind there were.
    #[arg(long)]
    coverage: bool,
    /// Tells what members report, in failing runs.
    #[arg(long)]
    reports: bool,
}

/// Faults by index, with their divisors.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Keep(BTreeMap<usize, u32>);

impl FromStr for Keep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(BTreeMap::new()));
        }
        let parse = |part: &str| {
            let (index, by) = part.split_once('/').unwrap_or((part, "1"));
            let wrong = |_| format!("{part:?} is not an index like 3, or 3/16");
            let by: NonZeroU32 = by.parse().map_err(wrong)?;
            Ok((index.parse().map_err(wrong)?, by.get()))
        };
        text.split(',')
            .map(parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let selection = Selection {
            nodes: self.nodes,
            without: self.without.iter().copied().collect(),
            keep: self.keep.clone().map(|keep| keep.0),
        };
        let seeds: Vec<u64> = match self.seed {
            Some(seed) => vec![seed],
            None => (0..self.seeds)
                .map(|it| self.first_seed.wrapping_add(it))
                .collect(),
        };
        self.refuse_unknown_faults(&selection)?;
        // What panics in a run is a finding, told with its seed.
        std::panic::set_hook(Box::new(|_| {}));
        let progress = bar(seeds.len() as u64);
        let results: Vec<(u64, Checked)> = seeds
            .par_iter()
            .map(|seed| {
                let plan = Plan::new(*seed, self.nodes_max, &selection);
                if self.show {
                    progress.suspend(|| eprintln!("{}", describe(&plan)));
                }
                let outcome = check(&plan);
                progress.inc(1);
                if !outcome.violations.is_empty() {
                    progress.suspend(|| eprintln!("seed {seed} fails"));
                }
                (*seed, outcome)
            })
            .collect();
        progress.finish_and_clear();
        for (seed, outcome) in &results {
            if self.json {
                let mut line = to_json(*seed, outcome);
                if !outcome.violations.is_empty() {
                    let plan = Plan::new(*seed, self.nodes_max, &selection);
                    line["again"] = self.replay(*seed, plan.nodes, &selection).into();
                }
                println!("{line}");
            } else if !outcome.violations.is_empty() {
                self.tell(*seed, &selection, outcome);
            }
        }
        if !self.json {
            summary(&results);
            if self.coverage {
                self.cover(&seeds, &selection);
                reached(&results);
            }
        }
        let failed = results
            .iter()
            .any(|(_, outcome)| !outcome.violations.is_empty());
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    /// What is not in the plan cannot be kept: a run without it would only seem to replay something.
    fn refuse_unknown_faults(&self, selection: &Selection) -> Result<(), String> {
        let (Some(seed), Some(keep)) = (self.seed, &selection.keep) else {
            return Ok(());
        };
        let plan = Plan::new(seed, self.nodes_max, selection);
        let planned: BTreeSet<usize> = plan.faults.iter().map(|it| it.index).collect();
        match keep.keys().find(|index| !planned.contains(index)) {
            Some(index) => Err(format!(
                "--keep {index}: the plan of seed {seed} has no such fault; --show writes it"
            )),
            None => Ok(()),
        }
    }

    /// What the seeds stand for, added up.
    fn cover(&self, seeds: &[u64], selection: &Selection) {
        let mut counts: BTreeMap<Feature, (u64, u64)> = BTreeMap::new();
        let (mut members, mut faults) = (0, 0);
        for seed in seeds {
            let plan = Plan::new(*seed, self.nodes_max, selection);
            members += u64::from(plan.nodes);
            faults += plan.faults.len();
            for feature in &plan.features {
                counts.entry(*feature).or_default().0 += 1;
            }
            for planned in &plan.faults {
                counts.entry(planned.feature).or_default().1 += 1;
            }
        }
        println!("{members} members, {faults} faults; seeds with each feature, and its faults:");
        for (feature, _) in Feature::ALL {
            let (seeds, faults) = counts.get(feature).copied().unwrap_or_default();
            println!("{:<12} {seeds:>6} {faults:>6}", feature.to_string());
        }
    }

    /// What is wrong with a seed, how to see it again, and a shorter way to see it.
    fn tell(&self, seed: u64, selection: &Selection, outcome: &Checked) {
        let plan = Plan::new(seed, self.nodes_max, selection);
        println!("SEED {seed} FAILED\n{}", describe(&plan));
        for (at, observer, event) in outcome.reports.iter().filter(|_| self.reports) {
            println!("  {at} {observer}: {event:?}");
        }
        for violation in &outcome.violations {
            println!("{violation}");
        }
        println!("again:  {}", self.replay(seed, plan.nodes, selection));
        let rules: BTreeSet<Rule> = outcome.violations.iter().map(|it| it.rule).collect();
        for rule in rules.into_iter().filter(|_| !self.no_shrink) {
            let spinner = ProgressBar::new_spinner();
            let shrunk = shrink(
                seed,
                self.nodes_max,
                selection,
                rule,
                &unmutated,
                &mut |runs, plan| {
                    spinner.set_message(format!(
                        "shrinking {rule}: run {runs}, {} faults, {} members",
                        plan.faults.len(),
                        plan.nodes
                    ));
                    spinner.tick();
                },
            );
            spinner.finish_and_clear();
            match shrunk {
                Some(shrunk) => self.tell_shrunk(seed, &shrunk),
                None => println!("{rule}: not broken in a second run, so the runs differ"),
            }
        }
        println!();
    }

    fn tell_shrunk(&self, seed: u64, shrunk: &Shrunk) {
        println!(
            "shrunk in {} runs to\n{}",
            shrunk.runs,
            describe(&shrunk.plan)
        );
        println!("{}", shrunk.violation);
        println!(
            "again:  {}",
            self.replay(seed, shrunk.plan.nodes, &shrunk.selection)
        );
    }

    /// The command that runs exactly this.
    fn replay(&self, seed: u64, nodes: u16, selection: &Selection) -> String {
        let mut command = format!("foca-sim check --seed {seed} --nodes {nodes}");
        if self.nodes_max != NODES_MAX {
            command += &format!(" --nodes-max {}", self.nodes_max.max(NODES_MIN));
        }
        if !selection.without.is_empty() {
            let without: Vec<_> = selection.without.iter().map(ToString::to_string).collect();
            command += &format!(" --without {}", without.join(","));
        }
        if let Some(keep) = &selection.keep {
            let kept = keep.iter().map(|(index, by)| match by {
                1 => index.to_string(),
                by => format!("{index}/{by}"),
            });
            let kept: Vec<_> = kept.collect();
            let kept = if kept.is_empty() {
                "none".into()
            } else {
                kept.join(",")
            };
            command += &format!(" --keep {kept}");
        }
        command
    }
}

/// Which counters of members moved, in how many seeds.
fn reached(results: &[(u64, Checked)]) {
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (name, count) in results.iter().flat_map(|(_, it)| it.reached.counts()) {
        let (seeds, sum) = sums.entry(name).or_default();
        *seeds += u64::from(count > 0);
        *sum += count;
    }
    println!("seeds in which members counted any, and how many:");
    for (name, (seeds, sum)) in sums {
        println!("{name:<22} {seeds:>6} {sum:>12}");
    }
}

fn bar(seeds: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{elapsed_precise} [{bar:24}] {pos}/{len} seeds, {eta} left");
    let bar = ProgressBar::new(seeds);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn describe(plan: &Plan) -> String {
    let features: Vec<_> = plan.features.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "seed {}: {} members, probe period {:?}, calm at {:.1} s; {}",
        plan.seed,
        plan.nodes,
        plan.config.probe_period,
        plan.calm_at.as_secs_f64(),
        features.join(" "),
    );
    let config = &plan.config;
    text += &format!(
        "\n  {:?} {:?} {:?}, suspicion {:?}, {} helpers, gossip {}, comparing {}",
        config.wire,
        config.accept,
        config.rules,
        config.suspicion.at(plan.nodes.into()),
        config.indirect_probes,
        every(config.periodic_gossip.map(|task| task.every)),
        every(
            config
                .reconciliation
                .map(|pause| pause.at(plan.nodes.into()))
        ),
    );
    let mut faults = plan.faults.clone();
    faults.sort_by_key(|it| it.at);
    for planned in &faults {
        text += &format!("\n  {}", planned.describe(plan.nodes));
    }
    text
}

fn every(pause: Option<Duration>) -> String {
    pause.map_or_else(|| "never".into(), |pause| format!("every {pause:?}"))
}

fn to_json(seed: u64, outcome: &Checked) -> serde_json::Value {
    let violations = outcome.violations.iter().map(|it| {
        json!({
            "rule": it.rule.to_string(),
            "at_seconds": it.at.as_micros() as f64 / 1e6,
            "expected": it.expected,
            "seen": it.seen,
        })
    });
    json!({
        "seed": seed,
        "violations": violations.collect::<Vec<_>>(),
        "trace_hash": format!("{:016x}", outcome.trace_hash),
        "datagrams": outcome.datagrams,
        "counted": outcome.reached.counts().collect::<BTreeMap<_, _>>(),
        "virtual_seconds": outcome.virtual_time.as_secs_f64(),
        "healed_after_seconds": outcome.healed_after.map(|it| it.as_secs_f64()),
        "restarted_after_seconds": outcome.restarted_after.map(|it| it.as_secs_f64()),
    })
}

fn summary(results: &[(u64, Checked)]) {
    let mut failures: BTreeMap<Rule, Vec<u64>> = BTreeMap::new();
    for (seed, outcome) in results {
        for violation in &outcome.violations {
            failures.entry(violation.rule).or_default().push(*seed);
        }
    }
    let virtual_time: Duration = results.iter().map(|(_, it)| it.virtual_time).sum();
    let datagrams: u64 = results.iter().map(|(_, it)| it.datagrams).sum();
    println!(
        "{}, {:.0} virtual minutes and {datagrams} datagrams, each twice",
        counted(results.len() as u64, "seed"),
        virtual_time.as_secs_f64() / 60.0
    );
    for (rule, seeds) in &failures {
        let seeds: Vec<_> = seeds.iter().map(ToString::to_string).collect();
        println!(
            "{rule}: broken by {}: {}",
            counted(seeds.len() as u64, "seed"),
            seeds.join(" ")
        );
    }
    if failures.is_empty() {
        println!("every rule holds");
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        args: Args,
    }

    fn parsed(command: &str) -> Args {
        let words = command.split(' ').skip(1);
        Program::try_parse_from(words).expect("a command").args
    }

    fn selection(args: &Args) -> Selection {
        Selection {
            nodes: args.nodes,
            without: args.without.iter().copied().collect(),
            keep: args.keep.clone().map(|keep| keep.0),
        }
    }

    #[test]
    fn the_command_that_replays_a_plan_is_read_as_the_same_plan() {
        let given = parsed("foca-sim check --seed 7 --nodes-max 90");
        let shorter = |keep: Option<&[(usize, u32)]>| Selection {
            nodes: Some(5),
            without: BTreeSet::from([Feature::ALL[0].0, Feature::ALL[3].0]),
            keep: keep.map(|keep| keep.iter().copied().collect()),
        };
        for keep in [None, Some(&[][..]), Some(&[(0, 1), (3, 1), (7, 16)][..])] {
            let wanted = shorter(keep);
            let read = parsed(&given.replay(7, 5, &wanted));
            assert_eq!((read.seed, read.nodes_max), (Some(7), 90));
            assert_eq!(selection(&read), wanted);
        }
    }
}
