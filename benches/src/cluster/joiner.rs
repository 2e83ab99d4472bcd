//! A member and the little that every application adds: it asks again until somebody takes it in.

use std::net::SocketAddr;
use std::time::Duration;

use foca_core::Instant;
use foca_sim::Machine;

use super::subject::Subject;

/// Time between two attempts, the same for every make.
const ANNOUNCE_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Joiner<S> {
    pub(super) subject: S,
    /// Whom to ask, and when next.
    attempt: Option<(SocketAddr, Instant)>,
    pub(super) bytes_received: u64,
}

impl<S: Subject> Joiner<S> {
    pub(super) const fn new(subject: S) -> Self {
        Self {
            subject,
            attempt: None,
            bytes_received: 0,
        }
    }

    /// Asks now, and again for as long as it knows nobody.
    pub(super) fn join(&mut self, now: Instant, seed: SocketAddr) {
        self.subject.announce(now, seed);
        self.attempt = Some((seed, now + ANNOUNCE_EVERY));
    }
}

impl<S: Subject> Machine for Joiner<S> {
    type Addr = SocketAddr;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.bytes_received += datagram.len() as u64;
        self.subject.handle_datagram(now, datagram);
        if self.attempt.is_some() && self.subject.members() > 0 {
            self.attempt = None;
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if let Some((seed, _)) = self.attempt.filter(|(_, at)| *at <= now) {
            self.join(now, seed);
        }
        self.subject.handle_timeout(now);
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(SocketAddr, usize)> {
        self.subject.poll_transmit(now, out)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let attempt = self.attempt.map(|(_, at)| at);
        [attempt, self.subject.poll_timeout()]
            .into_iter()
            .flatten()
            .min()
    }
}
