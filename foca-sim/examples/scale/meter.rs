//! What it costs: events, CPU time and memory.

use std::fs;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use foca_sim::{Machine, Network};

pub(crate) struct Meter {
    started: Reading,
    phase: Reading,
    shown: Instant,
}

/// Where the counters stood.
#[derive(Clone, Copy)]
struct Reading {
    simulated: Duration,
    events: u64,
    datagrams: u64,
    cpu: Duration,
}

impl Meter {
    pub(crate) fn start() -> Self {
        let zero = Reading {
            simulated: Duration::ZERO,
            events: 0,
            datagrams: 0,
            cpu: cpu_time(),
        };
        Self {
            started: zero,
            phase: zero,
            shown: Instant::now(),
        }
    }

    /// Shows on standard error where the run is, about once a second.
    pub(crate) fn show<M: Machine>(&mut self, network: &Network<M>) {
        if self.shown.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.shown = Instant::now();
        let line = format!(
            "at {}: {} members, {} events",
            network.now(),
            network.machines().len(),
            network.stats().events
        );
        // Nobody to tell is no reason to stop.
        let mut out = std::io::stderr();
        let _ = match out.is_terminal() {
            true => write!(out, "\r{line}   "),
            false => writeln!(out, "{line}"),
        };
    }

    /// Prints what was spent since the last report.
    pub(crate) fn report<M: Machine>(&mut self, phase: &str, network: &Network<M>) {
        let now = Reading::of(network);
        print(phase, self.phase, now, network.machines().len());
        self.phase = now;
    }

    /// Prints what was spent since the start.
    pub(crate) fn report_all<M: Machine>(&self, network: &Network<M>) {
        let now = Reading::of(network);
        print("all", self.started, now, network.machines().len());
        println!("trace {:016x}", network.trace_hash());
    }
}

impl Reading {
    fn of<M: Machine>(network: &Network<M>) -> Self {
        let stats = network.stats();
        Self {
            simulated: network.now().duration_since(foca_core::Instant::ZERO),
            events: stats.events,
            datagrams: stats.datagrams_delivered,
            cpu: cpu_time(),
        }
    }
}

fn print(phase: &str, before: Reading, after: Reading, nodes: usize) {
    let cpu = (after.cpu - before.cpu).as_secs_f64();
    let simulated = (after.simulated - before.simulated).as_secs_f64();
    let events = after.events - before.events;
    println!(
        "{phase}: {nodes} nodes, {simulated:.1} s simulated, {events} events \
         ({} datagrams), {cpu:.2} CPU s, {:.0} events per CPU s, {:.2} simulated s per CPU s, \
         {} MiB at most",
        after.datagrams - before.datagrams,
        events as f64 / cpu,
        simulated / cpu,
        resident_max_kib() / 1_024,
    );
}

/// CPU time of the one thread; zero where the system does not tell.
pub(crate) fn cpu_time() -> Duration {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

/// The most memory that was ever resident; zero where the system does not tell.
fn resident_max_kib() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.and_then(|n| n.parse().ok()).unwrap_or_default()
}
