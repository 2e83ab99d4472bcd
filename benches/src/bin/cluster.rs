//! One cluster in virtual time: how long until everybody knows everybody, and for how many bytes.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use benches::cluster::{
    Bootstrap, Experiment, Moment, Naming, Quiet, System, bootstrap, is_possible, quiet,
};
use clap::Parser;

/// Starts a cluster in virtual time and tells what it cost until every member listed all others.
#[derive(Parser)]
struct Options {
    /// Members, the seed included.
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..1 << 24))]
    nodes: u32,
    /// Percent of the datagrams that are lost.
    #[arg(long, default_value_t = 0.0, value_parser = percent)]
    loss: f64,
    #[arg(long, value_enum, default_value = "rival")]
    identity: Naming,
    #[arg(long, value_enum, default_value = "ours")]
    system: System,
    /// Decides everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Virtual seconds after which to give up (30), or, with --quiet, to look at (120).
    #[arg(long)]
    limit: Option<f64>,
    /// Everybody knows everybody from the start; measure what they say all day.
    #[arg(long)]
    quiet: bool,
    /// One line of JSON on standard output.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !is_possible(options.system, options.identity) {
        eprintln!("the published crate cannot have the shipped identity");
        return ExitCode::FAILURE;
    }
    let seconds = options
        .limit
        .unwrap_or(if options.quiet { 120.0 } else { 30.0 });
    let Ok(limit) = Duration::try_from_secs_f64(seconds) else {
        eprintln!("no such time: {seconds} s");
        return ExitCode::FAILURE;
    };
    let experiment = Experiment {
        nodes: options.nodes as usize,
        loss_percent: options.loss,
        naming: options.identity,
        system: options.system,
        seed: options.seed,
        limit,
    };
    let mut progress = Progress::new();
    if options.quiet {
        let outcome = quiet(&experiment, &mut |moment| progress.show(moment));
        progress.end();
        show_quiet(&outcome, options.json);
    } else {
        let outcome = bootstrap(&experiment, &mut |moment| progress.show(moment));
        progress.end();
        show_bootstrap(&outcome, options.json);
    }
    ExitCode::SUCCESS
}

fn percent(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        Ok(_) => Err("not within 0 to 100".to_owned()),
        Err(error) => Err(format!("{error}")),
    }
}

/// Where it is, on standard error, every second of real time.
struct Progress {
    start: Instant,
    shown: Instant,
    overwrites: bool,
}

impl Progress {
    fn new() -> Self {
        let now = Instant::now();
        Self {
            start: now,
            shown: now,
            overwrites: std::io::stderr().is_terminal(),
        }
    }

    fn show(&mut self, moment: Moment) {
        if self.shown.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.shown = Instant::now();
        let line = format!(
            "{:>4.0} s: virtual time {:>8.3} s, {:>10} pairs missing, {:>9.3} MB sent",
            self.start.elapsed().as_secs_f64(),
            moment.at.as_secs_f64(),
            moment.pairs_missing,
            moment.bytes_sent as f64 / 1e6,
        );
        // Nobody to tell is no reason to stop.
        let mut out = std::io::stderr();
        let _ = match self.overwrites {
            true => write!(out, "\r{line}"),
            false => writeln!(out, "{line}"),
        };
    }

    fn end(&self) {
        if self.overwrites {
            eprintln!();
        }
        eprintln!("{:.1} s of real time", self.start.elapsed().as_secs_f64());
    }
}

fn show_bootstrap(outcome: &Bootstrap, json: bool) {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let [most, nearly, almost] = outcome.milestones.map(seconds);
    let complete = seconds(outcome.complete_at);
    if json {
        let number =
            |value: Option<f64>| value.map_or_else(|| "null".to_owned(), |it| it.to_string());
        println!(
            "{{\"complete_s\":{},\"pairs_90_s\":{},\"pairs_99_s\":{},\"pairs_999_s\":{},\
             \"pairs_missing\":{},\"watched_s\":{},\"bytes_mean\":{:.1},\"bytes_sent_max\":{},\
             \"bytes_received_max\":{},\"seed_is_busiest\":{},\"datagrams_mean\":{:.2},\
             \"datagrams_delivered\":{},\"downs\":{}}}",
            number(complete),
            number(most),
            number(nearly),
            number(almost),
            outcome.pairs_missing,
            outcome.watched.as_secs_f64(),
            outcome.bytes_mean,
            outcome.bytes_sent_max,
            outcome.bytes_received_max,
            outcome.seed_is_busiest,
            outcome.datagrams_mean,
            outcome.datagrams_delivered,
            outcome.downs,
        );
        return;
    }
    let text = |value: Option<f64>| {
        value.map_or_else(|| "not reached".to_owned(), |it| format!("{it:.2} s"))
    };
    println!("every member lists all   {}", text(complete));
    println!("  90 % of the pairs      {}", text(most));
    println!("  99 %                   {}", text(nearly));
    println!("  99.9 %                 {}", text(almost));
    println!("pairs missing            {}", outcome.pairs_missing);
    println!("bytes sent, mean         {:.0}", outcome.bytes_mean);
    let whose = if outcome.seed_is_busiest {
        " (the seed)"
    } else {
        ""
    };
    println!("bytes sent, busiest      {}{whose}", outcome.bytes_sent_max);
    println!("bytes received, busiest  {}", outcome.bytes_received_max);
    println!("datagrams sent, mean     {:.1}", outcome.datagrams_mean);
    println!("verdicts of Down         {}", outcome.downs);
}

fn show_quiet(outcome: &Quiet, json: bool) {
    let (datagrams, bytes) = (outcome.datagrams_per_second, outcome.bytes_per_second);
    if json {
        println!(
            "{{\"datagrams_per_second\":{datagrams:.4},\"bytes_per_second\":{bytes:.2},\"downs\":{}}}",
            outcome.downs
        );
        return;
    }
    println!("datagrams per member and second  {datagrams:.3}");
    println!("bytes per member and second      {bytes:.1}");
    println!("verdicts of Down                 {}", outcome.downs);
}
