//! Members on tokio, on smol, and on a thread of their own are one cluster.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use foca_runtime::{Config, Event, Handle, NodeConfig, NodeId, PostcardCodec};

const PATIENCE: Duration = Duration::from_secs(20);

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn config(addr: SocketAddr, seeds: &[SocketAddr]) -> NodeConfig<NodeId, PostcardCodec> {
    NodeConfig::new(NodeId::starting_now(addr), PostcardCodec)
        .config(Config::local())
        .cluster("mixed")
        .seeds(seeds.iter().copied())
}

fn on_tokio(runtime: &tokio::runtime::Runtime, seeds: &[SocketAddr]) -> Handle {
    let _context = runtime.enter();
    let io = foca_runtime_tokio::bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    foca_runtime_tokio::spawn(io, config(addr, seeds))
        .expect("a valid configuration")
        .0
}

fn on_smol(seeds: &[SocketAddr]) -> Handle {
    let io = foca_runtime_smol::bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    let (handle, driver) =
        foca_runtime::start(config(addr, seeds), io).expect("a valid configuration");
    smol::spawn(driver).detach();
    handle
}

fn on_a_thread(seeds: &[SocketAddr]) -> Handle {
    let io = foca_runtime_smol::bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    foca_runtime_smol::spawn_thread(io, config(addr, seeds))
        .expect("a valid configuration")
        .0
}

fn within(what: &str, check: impl Fn() -> bool) {
    let start = Instant::now();
    while !check() {
        assert!(
            start.elapsed() < PATIENCE,
            "this did not happen within {PATIENCE:?}: {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn happened(handle: &Handle, awaited: &Event<NodeId>) -> bool {
    std::iter::from_fn(|| handle.try_event()).any(|event| event == *awaited)
}

fn in_time<T>(future: impl Future<Output = T>) -> T {
    let late = async {
        smol::Timer::after(PATIENCE).await;
        panic!("it takes longer than {PATIENCE:?}");
    };
    smol::block_on(smol::future::or(future, late))
}

#[test]
fn one_cluster_on_three_executors() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let first = on_tokio(&runtime, &[]);
    let seed = first.identity().socket_addr();
    let all = [
        first,
        on_smol(&[seed]),
        on_a_thread(&[seed]),
        on_tokio(&runtime, &[seed]),
    ];
    within("all members meet", || {
        all.iter().all(|member| member.members_count() == 3)
    });

    // Each kind leaves, and is heard by the other kinds.
    let [first, second, third, fourth] = all;
    second.leave();
    let left = Event::MemberLeft(second.identity());
    within("tokio hears smol", || happened(&first, &left));
    fourth.leave();
    let left = Event::MemberLeft(fourth.identity());
    within("smol's reactor hears tokio", || happened(&third, &left));
    within("two are left", || {
        [&first, &third]
            .iter()
            .all(|member| member.members_count() == 1)
    });
}

#[test]
fn a_thread_of_its_own_ends_when_it_is_stopped() {
    let io = foca_runtime_smol::bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    let config = config(addr, &[]);
    let (handle, thread) = foca_runtime_smol::spawn_thread(io, config).expect("a valid one");
    handle.leave();
    in_time(handle.left());
    handle.stop();
    assert!(thread.join().expect("no panic").is_ok());
    assert!(handle.has_ended());
}
