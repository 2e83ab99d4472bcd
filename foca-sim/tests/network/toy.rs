//! A machine that pings its peers every period, answers pings with pongs, and logs what it lives.

use std::collections::VecDeque;
use std::time::Duration;

use foca_core::Instant;
use foca_sim::{Link, Machine, Network};

#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Seen {
    Datagram(Vec<u8>),
    Timeout,
}

pub(crate) struct Toy {
    addr: u8,
    peers: Vec<u8>,
    period: Duration,
    /// When it pings next.
    pub(crate) next: Option<Instant>,
    /// Pings so far; each carries its number.
    pub(crate) pings: u32,
    /// What it is about to send.
    pub(crate) outbox: VecDeque<(u8, Vec<u8>)>,
    pub(crate) seen: Vec<(Instant, Seen)>,
}

impl Toy {
    /// Sends nothing unless asked.
    pub(crate) fn passive(addr: u8) -> Self {
        Self {
            addr,
            peers: Vec::new(),
            period: Duration::ZERO,
            next: None,
            pings: 0,
            outbox: VecDeque::new(),
            seen: Vec::new(),
        }
    }

    /// Pings `peers` every `period`, for the first time one period after the origin.
    pub(crate) fn pinging(addr: u8, peers: impl Into<Vec<u8>>, period: Duration) -> Self {
        let next = Some(Instant::ZERO + period);
        Self {
            peers: peers.into(),
            period,
            next,
            ..Self::passive(addr)
        }
    }

    pub(crate) fn datagrams(&self) -> impl Iterator<Item = (Instant, &[u8])> {
        self.seen.iter().filter_map(|(at, seen)| match seen {
            Seen::Datagram(bytes) => Some((*at, &bytes[..])),
            Seen::Timeout => None,
        })
    }

    pub(crate) fn timeouts(&self) -> Vec<Instant> {
        self.seen
            .iter()
            .filter(|(_, seen)| *seen == Seen::Timeout)
            .map(|(at, _)| *at)
            .collect()
    }
}

impl Machine for Toy {
    type Addr = u8;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        self.seen.push((now, Seen::Datagram(datagram.to_vec())));
        if let [b'?', from, number @ ..] = datagram {
            self.outbox.push_back((*from, [b"!", number].concat()));
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.seen.push((now, Seen::Timeout));
        self.next = Some(now + self.period);
        for peer in &self.peers {
            self.outbox.push_back((*peer, ping(self.addr, self.pings)));
            self.pings += 1;
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(u8, usize)> {
        let (to, bytes) = self.outbox.pop_front()?;
        out[..bytes.len()].copy_from_slice(&bytes);
        Some((to, bytes.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    fn has_own_connection(&self, datagram: &[u8]) -> bool {
        datagram.starts_with(b"=>")
    }
}

pub(crate) fn ping(from: u8, number: u32) -> Vec<u8> {
    [&[b'?', from][..], &number.to_le_bytes()].concat()
}

/// The number in a ping or a pong.
pub(crate) fn number(datagram: &[u8]) -> u32 {
    let (_, number) = datagram
        .split_last_chunk()
        .expect("pings and pongs end in a number");
    u32::from_le_bytes(*number)
}

/// A link on which every datagram takes exactly this long.
pub(crate) fn exactly(latency: Duration) -> Link {
    Link {
        latency: latency..=latency,
        ..Link::default()
    }
}

/// Makes `from` send these bytes.
pub(crate) fn send(network: &mut Network<Toy>, from: u8, to: u8, bytes: &[u8]) {
    network
        .with(&from, |toy, _| toy.outbox.push_back((to, bytes.to_vec())))
        .expect("it is there");
}

pub(crate) fn seen(network: &Network<Toy>, addr: u8) -> &[(Instant, Seen)] {
    &network.machine(&addr).expect("it is there").seen
}

pub(crate) const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub(crate) const fn at_ms(ms: u64) -> Instant {
    Instant::from_micros(ms * 1_000)
}

pub(crate) fn datagram(bytes: &[u8]) -> Seen {
    Seen::Datagram(bytes.to_vec())
}
