//! `bind` and `spawn`, as an application uses them.

use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foca_runtime_tokio::{
    Config, Event, Handle, Instant, Io as _, NodeConfig, NodeId, PostcardCodec, TokioIo, bind,
    spawn,
};
use tokio::task::JoinHandle;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

fn member(seeds: &[SocketAddr]) -> (Handle, JoinHandle<std::io::Result<()>>) {
    let io = bind(loopback()).expect("a free port");
    let id = NodeId::starting_now(io.local_addr().expect("a bound socket"));
    let config = NodeConfig::new(id, PostcardCodec)
        .config(Config::local())
        .cluster("spawn")
        .seeds(seeds.iter().copied());
    spawn(io, config).expect("a valid configuration")
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it takes too long")
}

#[tokio::test]
async fn members_meet_and_a_stopped_one_completes_its_task() {
    let (first, _) = member(&[]);
    let (second, task) = member(&[first.identity().socket_addr()]);
    let joined = async { while second.next_event().await != Some(Event::Joined) {} };
    in_time(joined).await;
    second.leave();
    in_time(second.left()).await;
    second.stop();
    assert!(in_time(task).await.expect("no panic").is_ok());
}

#[tokio::test]
async fn aborting_the_task_ends_the_events() {
    let (first, task) = member(&[]);
    task.abort();
    assert_eq!(in_time(first.next_event()).await, None);
}

#[test]
fn without_a_runtime_there_is_an_error() {
    assert!(bind(loopback()).is_err());
}

#[tokio::test]
async fn what_cannot_work_is_an_error_of_the_caller() {
    let io = bind(loopback()).expect("a free port");
    let config = NodeConfig::new(NodeId::starting_now(loopback()), PostcardCodec);
    let error = spawn(io, config).expect_err("port 0 is no identity");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_datagram_is_found_although_the_reactor_has_not_run() {
    let mut io = bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    let mut context = Context::from_waker(Waker::noop());
    let mut buf = [0; 64];
    assert!(io.poll_recv(&mut context, &mut buf).is_pending());

    let peer = std::net::UdpSocket::bind(loopback()).expect("a free port");
    peer.send_to(b"ack", addr)
        .expect("loopback takes datagrams");
    // This blocks the only thread: nothing but the socket itself can know.
    std::thread::sleep(Duration::from_millis(50));
    let received = io.poll_recv(&mut context, &mut buf);
    assert!(matches!(received, Poll::Ready(Ok((3, _)))), "{received:?}");
}

#[tokio::test]
async fn deadlines_of_any_size_can_be_slept_for() {
    let mut io: TokioIo = bind(loopback()).expect("a free port");
    let mut context = Context::from_waker(Waker::noop());
    assert!(io.poll_sleep(&mut context, Instant::MAX).is_pending());
    let soon = io.now() + Duration::from_millis(20);
    in_time(std::future::poll_fn(|cx| io.poll_sleep(cx, soon))).await;
    assert!(io.now() >= soon);
    assert!(io.poll_sleep(&mut context, Instant::MAX).is_pending());
    assert!(io.poll_sleep(&mut context, Instant::ZERO).is_ready());
}
