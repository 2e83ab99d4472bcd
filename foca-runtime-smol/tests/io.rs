//! The adapter by itself.

use std::future::poll_fn;
use std::net::{SocketAddr, UdpSocket};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use foca_runtime_smol::{Instant, Io as _, bind};

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

#[test]
fn a_datagram_is_found_although_the_reactor_has_not_said_so() {
    let mut io = bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    let mut context = Context::from_waker(Waker::noop());
    let mut buf = [0; 64];
    assert!(io.poll_recv(&mut context, &mut buf).is_pending());
    let peer = UdpSocket::bind(loopback()).expect("a free port");
    peer.send_to(b"ack", addr)
        .expect("loopback takes datagrams");
    let received = io.poll_recv(&mut context, &mut buf);
    assert!(matches!(received, Poll::Ready(Ok((3, _)))), "{received:?}");
}

#[test]
fn a_waiting_task_is_woken_by_a_datagram() {
    let mut io = bind(loopback()).expect("a free port");
    let addr = io.local_addr().expect("a bound socket");
    let peer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        let peer = UdpSocket::bind(loopback()).expect("a free port");
        peer.send_to(b"ack", addr)
            .expect("loopback takes datagrams");
    });
    let mut buf = [0; 64];
    let received = smol::block_on(poll_fn(|cx| io.poll_recv(cx, &mut buf)));
    assert_eq!(received.map(|(len, _)| len).ok(), Some(3));
    peer.join().expect("no panic");
}

#[test]
fn deadlines_of_any_size_can_be_slept_for() {
    let mut io = bind(loopback()).expect("a free port");
    let mut context = Context::from_waker(Waker::noop());
    assert!(io.poll_sleep(&mut context, Instant::MAX).is_pending());
    for _ in 0..3 {
        let soon = io.now() + Duration::from_millis(20);
        smol::block_on(poll_fn(|cx| io.poll_sleep(cx, soon)));
        assert!(io.now() >= soon);
    }
    assert!(io.poll_sleep(&mut context, Instant::MAX).is_pending());
    smol::block_on(poll_fn(|cx| io.poll_sleep(cx, Instant::ZERO)));
}
