//! Both makes over real sockets on loopback, each driven by a plain blocking loop.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{self, Duration};

use foca_codec::PostcardCodec;
use foca_core::{Config, Instant, Member};
use foca_sim::Machine;

use crate::support::identity::Id;
use crate::support::ours::ours;
use crate::support::peer::Peer;
use crate::support::published_2::{lan, theirs};

/// How long each may take to list the other.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a loop sleeps in its socket at most, so that it notices that it may end.
const NAP_MAX: Duration = Duration::from_millis(50);

/// A member, its socket and its clock.
struct Driver<M> {
    member: M,
    socket: UdpSocket,
    origin: time::Instant,
    buffer: [u8; 1_500],
}

impl<M: Machine<Addr = SocketAddr>> Driver<M> {
    fn new(member: M, socket: UdpSocket) -> Self {
        Self {
            member,
            socket,
            origin: time::Instant::now(),
            buffer: [0; 1_500],
        }
    }

    fn now(&self) -> Instant {
        Instant::ZERO + self.origin.elapsed()
    }

    /// One round: send what is to be sent, wait for a datagram or the deadline, handle either.
    fn turn(&mut self) {
        let now = self.now();
        while let Some((to, len)) = self.member.poll_transmit(now, &mut self.buffer) {
            // A refused datagram is a lost one.
            let _ = self.socket.send_to(&self.buffer[..len], to);
        }
        let nap = self
            .member
            .poll_timeout()
            .map_or(NAP_MAX, |deadline| deadline.duration_since(now));
        let nap = nap.clamp(Duration::from_millis(1), NAP_MAX);
        self.socket.set_read_timeout(Some(nap)).expect("not zero");
        match self.socket.recv(&mut self.buffer) {
            Ok(len) => self.member.handle_datagram(self.now(), &self.buffer[..len]),
            Err(error) => assert!(
                matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ConnectionRefused
                ),
                "{error}"
            ),
        }
        let now = self.now();
        if self
            .member
            .poll_timeout()
            .is_some_and(|deadline| deadline <= now)
        {
            self.member.handle_timeout(now);
        }
    }

    /// Turns until `done` or until patience ends; tells which.
    fn turn_until(&mut self, mut done: impl FnMut(&M) -> bool) -> bool {
        while self.origin.elapsed() < PATIENCE {
            if done(&self.member) {
                return true;
            }
            self.turn();
        }
        false
    }
}

fn bound() -> (UdpSocket, Id) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
    let addr = socket.local_addr().expect("bound");
    (socket, Id { addr, bump: 0 })
}

#[test]
fn one_of_ours_and_one_of_theirs_list_each_other_over_udp() {
    let ((our_socket, our_id), (their_socket, their_id)) = (bound(), bound());
    let we_are_done = Arc::new(AtomicBool::new(false));
    let end = Arc::clone(&we_are_done);
    let published = thread::spawn(move || {
        let mut driver = Driver::new(theirs(their_id, lan(2), 1), their_socket);
        let listed = driver.turn_until(|member| member.active() == [our_id]);
        // We still need its answers.
        let ended = driver.turn_until(|_| end.load(Ordering::Relaxed));
        (
            listed && ended,
            driver.member.member(our_id.addr),
            driver.member.complaints(),
        )
    });

    let mut driver = Driver::new(
        ours(our_id, Config::local().foca2(), PostcardCodec, 2),
        our_socket,
    );
    let now = driver.now();
    driver
        .member
        .announce(now, &their_id.addr)
        .expect("a stranger");
    let listed = driver.turn_until(|member| member.active() == [their_id]);
    // Long enough that either has probed the other.
    driver.turn_until(|member| member.stats().probes_started > 5);
    assert_eq!(driver.member.stats().probes_failed, 0);
    we_are_done.store(true, Ordering::Relaxed);
    assert!(listed, "ours does not list theirs");
    assert_eq!(driver.member.complaints(), [""; 0]);
    let (listed, believed, complaints) = published.join().expect("it does not panic");
    assert!(listed, "theirs does not list ours");
    assert_eq!(believed, Some(Member::alive(our_id)), "never suspected");
    assert_eq!(complaints, [""; 0]);
}
