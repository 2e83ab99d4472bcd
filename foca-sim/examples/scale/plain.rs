//! Members of the published crate in a loop of their own, with one heap and nothing else: what a
//! user of that crate would write. Ours is measured in turns with it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;
use std::time::Duration;

use foca::{AccumulatingRuntime, Config, Foca, Member, NoCustomBroadcast, PostcardCodec, Timer};
use foca_core::Instant;
use foca_sim::Network;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::meter::cpu_time;
use crate::name::{Addr, Name};
use crate::{Options, ours};

/// Each side is measured so often, in turns, and the median counts.
const ROUNDS: usize = 5;

/// Virtual time before anything is counted.
const SETTLE: Duration = Duration::from_secs(10);

/// As many members as fit into two bytes of an address.
pub(crate) const NODES_MAX: u32 = 1 << 16;

/// What one side did per second of CPU time.
struct Rate {
    simulated_seconds: f64,
    events: f64,
}

impl Rate {
    fn new(simulated: Duration, events: u64, cpu: Duration) -> Self {
        Self {
            simulated_seconds: simulated.as_secs_f64() / cpu.as_secs_f64(),
            events: events as f64 / cpu.as_secs_f64(),
        }
    }
}

/// Measures ours in its network and the published crate in the loop, in turns.
pub(crate) fn run(options: &Options) {
    let mut ours = Vec::new();
    let mut plain = Vec::new();
    for round in 1..=ROUNDS {
        eprintln!("round {round} of {ROUNDS}");
        ours.push(measure_ours(options));
        plain.push(measure_plain(options));
    }
    let medians = [("ours", &ours), ("published, plain loop", &plain)].map(|(name, rates)| {
        let seconds = median(rates.iter().map(|rate| rate.simulated_seconds).collect());
        let events = median(rates.iter().map(|rate| rate.events).collect());
        println!("{name}: {seconds:.1} simulated s per CPU s, {events:.0} events per CPU s");
        (seconds, events)
    });
    let [(our_seconds, our_events), (their_seconds, their_events)] = medians;
    println!(
        "ours is {:.2} times as far in the same CPU time, with {:.2} times the events",
        our_seconds / their_seconds,
        our_events / their_events,
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn measure_ours(options: &Options) -> Rate {
    let mut network = Network::<ours::Ours>::new(1);
    crate::know_all(&mut network, options.nodes);
    network.run_for(SETTLE);
    let (events, cpu) = (network.stats().events, cpu_time());
    network.run_for(options.quiet);
    let spent = cpu_time() - cpu;
    Rate::new(options.quiet, network.stats().events - events, spent)
}

fn measure_plain(options: &Options) -> Rate {
    let mut cluster = Plain::known(options.nodes);
    cluster.run_until(Instant::ZERO + SETTLE);
    let (events, cpu) = (cluster.events, cpu_time());
    cluster.run_until(Instant::ZERO + SETTLE + options.quiet);
    Rate::new(options.quiet, cluster.events - events, cpu_time() - cpu)
}

struct Plain {
    members: Vec<Foca<Name, PostcardCodec, SmallRng, NoCustomBroadcast>>,
    runtime: AccumulatingRuntime<Name>,
    queue: BinaryHeap<Reverse<Entry>>,
    random: SmallRng,
    queued: u64,
    /// Datagrams delivered and timers served.
    events: u64,
}

/// What happens to a member; what comes first has no equal.
struct Entry {
    key: (Instant, u64),
    member: usize,
    what: What,
}

enum What {
    Datagram(Vec<u8>),
    Timer(Timer<Name>),
}

impl Plain {
    /// Members that are told of each other at moments spread over the first second.
    fn known(nodes: u32) -> Self {
        let config = Config::new_lan(NonZeroU32::new(nodes).expect("a few nodes"));
        let member = |n| {
            let random = SmallRng::seed_from_u64(u64::from(n) + 1);
            Foca::new(Name::numbered(n), config.clone(), random, PostcardCodec)
        };
        let mut cluster = Self {
            members: (0..nodes).map(member).collect(),
            runtime: AccumulatingRuntime::new(),
            queue: BinaryHeap::new(),
            random: SmallRng::seed_from_u64(0),
            queued: 0,
            events: 0,
        };
        for n in 0..nodes {
            let others = (0..nodes).filter(|other| *other != n).map(Name::numbered);
            let member = n as usize;
            let _ = cluster.members[member].apply_many(
                others.map(Member::alive),
                false,
                &mut cluster.runtime,
            );
            let start_us = cluster.random.random_range(0..1_000_000);
            cluster.collect(member, Instant::from_micros(start_us));
        }
        cluster
    }

    fn run_until(&mut self, end: Instant) {
        while let Some(Reverse(entry)) = self.queue.peek() {
            if entry.key.0 > end {
                break;
            }
            let Some(Reverse(Entry { key, member, what })) = self.queue.pop() else {
                break;
            };
            self.events += 1;
            // What the crate calls an error is nothing to stop for: a datagram to an earlier life is one.
            let _ = match what {
                What::Datagram(bytes) => {
                    self.members[member].handle_data(&bytes, &mut self.runtime)
                }
                What::Timer(timer) => self.members[member].handle_timer(timer, &mut self.runtime),
            };
            self.collect(member, key.0);
        }
    }

    /// Takes what a call left behind; one way is 0.5 to 2 ms, as in the network that ours is in.
    fn collect(&mut self, member: usize, now: Instant) {
        while let Some((to, bytes)) = self.runtime.to_send() {
            let latency = Duration::from_micros(self.random.random_range(500..=2_000));
            let what = What::Datagram(bytes.to_vec());
            self.push(now + latency, number(&to.addr()), what);
        }
        while let Some((delay, timer)) = self.runtime.to_schedule() {
            self.push(now + delay, member, What::Timer(timer));
        }
        while self.runtime.to_notify().is_some() {}
    }

    fn push(&mut self, at: Instant, member: usize, what: What) {
        self.queued += 1;
        let key = (at, self.queued);
        self.queue.push(Reverse(Entry { key, member, what }));
    }
}

/// Which member has the address; all are in 10.0.0.0/16.
fn number(addr: &Addr) -> usize {
    match addr {
        Addr::V4(addr) => (addr.ip().to_bits() & (NODES_MAX - 1)) as usize,
        Addr::V6(_) => 0,
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}
