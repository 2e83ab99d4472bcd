//! How much of a cluster fits into a second of one core.
//!
//! ```sh
//! cargo run --release -p foca-sim --example scale -- --nodes 4000 --quiet-seconds 60
//! cargo run --release -p foca-sim --example scale -- --nodes 1000 --known
//! cargo run --release -p foca-sim --features peers --example scale -- --nodes 1000 --known --published
//! cargo run --release -p foca-sim --example scale -- --nodes 1000 --known --plain
//! cargo run --release -p foca-sim --example scale -- --nodes 1000 --known --bare
//! ```
//!
//! All members announce to the first within a second and are then watched for so many quiet seconds;
//! with `--known` they know each other from the start. `--published` takes members of the published
//! foca 2.0.0, `--bare` members that only set alarms and echo: what is left then is the network's own.
//! `--plain` measures ours and the published crate in turns while nothing happens, the latter in a loop that
//! has a heap and nothing else, instead of this network. CPU time is that of this process, as Linux counts it.

mod bare;
mod meter;
mod name;
mod ours;
mod plain;
#[cfg(feature = "peers")]
mod published;

use std::process::ExitCode;
use std::time::Duration;

use foca_core::Instant;
use foca_sim::{Machine, Network};

use crate::meter::Meter;
use crate::name::{Addr, Name};

/// A member that can be asked how far it has come.
trait Subject: Machine<Addr = Addr> {
    fn start(name: Name, nodes: u32, now: Instant) -> Self;
    fn announce(&mut self, now: Instant, to: Name);
    fn know(&mut self, now: Instant, others: &mut dyn Iterator<Item = Name>);
    fn members(&self) -> usize;
}

/// What was asked for.
struct Options {
    nodes: u32,
    quiet: Duration,
    known: bool,
    kind: Kind,
}

/// What takes part.
enum Kind {
    Ours,
    Published,
    Bare,
    Plain,
}

fn main() -> ExitCode {
    foca_sim::use_huge_pages();
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(complaint) => {
            eprintln!("{complaint}");
            return ExitCode::from(2);
        }
    };
    match options.kind {
        Kind::Ours => run::<ours::Ours>(&options),
        Kind::Published => return run_published(&options),
        Kind::Bare => run::<bare::Bare>(&options),
        Kind::Plain => plain::run(&options),
    }
    ExitCode::SUCCESS
}

#[cfg(feature = "peers")]
fn run_published(options: &Options) -> ExitCode {
    run::<published::Published>(options);
    ExitCode::SUCCESS
}

#[cfg(not(feature = "peers"))]
fn run_published(_: &Options) -> ExitCode {
    eprintln!("the published foca is not built in: build with `--features peers`");
    ExitCode::from(2)
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            nodes: 1_000,
            quiet: Duration::from_secs(60),
            known: false,
            kind: Kind::Ours,
        };
        while let Some(arg) = args.next() {
            let mut number = || -> Result<u32, String> {
                let missing = || format!("{arg} needs a number");
                let text = args.next().ok_or_else(missing)?;
                let number = text.parse();
                number.map_err(|error| format!("{arg} {text}: {error}"))
            };
            match &*arg {
                "--nodes" => options.nodes = number()?,
                "--quiet-seconds" => options.quiet = Duration::from_secs(number()?.into()),
                "--known" => options.known = true,
                "--published" => options.kind = Kind::Published,
                "--bare" => options.kind = Kind::Bare,
                "--plain" => options.kind = Kind::Plain,
                _ => return Err(format!("no such option: {arg}")),
            }
        }
        if !(2..1 << 24).contains(&options.nodes) {
            return Err(format!("--nodes {}: not within 2 to 2^24", options.nodes));
        }
        if matches!(options.kind, Kind::Plain) && options.nodes > plain::NODES_MAX {
            return Err(format!("--nodes {}: not within 2 to 2^16", options.nodes));
        }
        Ok(options)
    }
}

fn run<S: Subject>(options: &Options) {
    let mut network = Network::new(1);
    let mut meter = Meter::start();
    if options.known {
        know_all::<S>(&mut network, options.nodes);
        watch(&mut network, &mut meter, Duration::from_secs(10));
        meter.report("settling", &network);
    } else {
        bootstrap::<S>(&mut network, options.nodes, &mut meter);
        meter.report("bootstrap", &network);
    }
    watch(&mut network, &mut meter, options.quiet);
    meter.report("quiet", &network);
    meter.report_all(&network);
}

fn know_all<S: Subject>(network: &mut Network<S>, nodes: u32) {
    for n in 0..nodes {
        let mut subject = S::start(Name::numbered(n), nodes, network.now());
        let mut others = (0..nodes).filter(|other| *other != n).map(Name::numbered);
        subject.know(network.now(), &mut others);
        network.insert(Name::numbered(n).addr(), subject);
    }
}

/// Until everybody lists everybody, which is looked at every 100 ms of virtual time.
fn bootstrap<S: Subject>(network: &mut Network<S>, nodes: u32, meter: &mut Meter) {
    let first = Name::numbered(0);
    for n in 0..nodes {
        let starts_us = u64::from(n) * 1_000_000 / u64::from(nodes);
        network.run_until(Instant::from_micros(starts_us));
        let name = Name::numbered(n);
        network.insert(name.addr(), S::start(name, nodes, network.now()));
        if n > 0 {
            network.with(&name.addr(), |subject, now| subject.announce(now, first));
        }
        meter.show(network);
    }
    let others = nodes as usize - 1;
    while network.machines().any(|(_, it)| it.members() < others) {
        network.run_for(Duration::from_millis(100));
        meter.show(network);
    }
}

fn watch<S: Subject>(network: &mut Network<S>, meter: &mut Meter, duration: Duration) {
    let end = network.now() + duration;
    while network.now() < end {
        network.run_until((network.now() + Duration::from_millis(100)).min(end));
        meter.show(network);
    }
}
