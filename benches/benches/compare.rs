//! The same work for `foca-core` and for the published `foca`, side by side.

mod workloads;

use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use foca_core::Wire;
use workloads::{
    AnnounceToFeed, BulkMerge, GossipRound, KnownUpdates, Ours, PingToAck, SIZES, Theirs, Workload,
};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .without_plots()
        .configure_from_args();
    compare::<PingToAck<Ours>, PingToAck<Theirs>>(&mut criterion, "ping_to_ack");
    compare::<KnownUpdates<Ours>, KnownUpdates<Theirs>>(&mut criterion, "known_updates");
    compare::<AnnounceToFeed<Ours>, AnnounceToFeed<Theirs>>(&mut criterion, "announce_to_feed");
    compare::<GossipRound<Ours>, GossipRound<Theirs>>(&mut criterion, "gossip_round");
    compare::<BulkMerge<Ours>, BulkMerge<Theirs>>(&mut criterion, "bulk_merge");
    criterion.final_summary();
}

fn compare<O: Workload, T: Workload>(criterion: &mut Criterion, name: &str) {
    let mut group = criterion.benchmark_group(name);
    for members in SIZES {
        group.throughput(Throughput::Elements(O::elements(members)));
        measure::<O>(&mut group, "ours, native wire", Wire::Native, members);
        measure::<O>(&mut group, "ours, foca2 wire", Wire::Foca2, members);
        measure::<T>(&mut group, "foca 2", Wire::Foca2, members);
    }
    group.finish();
}

/// Times the runs alone, not their preparation, and has every one of them verified.
fn measure<W: Workload>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    whose: &str,
    wire: Wire,
    members: usize,
) {
    group.bench_function(BenchmarkId::new(whose, members), |bencher| {
        let mut workload = W::new(wire, members);
        let mut left = workload.runs_max();
        bencher.iter_custom(|mut runs| {
            let mut elapsed = Duration::ZERO;
            while runs > 0 {
                if left == 0 {
                    workload.verify();
                    workload = W::new(wire, members);
                    left = workload.runs_max();
                }
                let now = runs.min(left);
                elapsed += time(&mut workload, now);
                (runs, left) = (runs - now, left - now);
            }
            elapsed
        });
        workload.verify();
    });
}

fn time<W: Workload>(workload: &mut W, runs: u64) -> Duration {
    let start = Instant::now();
    for _ in 0..runs {
        workload.run();
    }
    start.elapsed()
}
