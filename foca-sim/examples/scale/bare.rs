//! A member without a protocol: what the network itself costs.

use std::net::Ipv4Addr;
use std::time::Duration;

use foca_core::Instant;
use foca_sim::Machine;

use crate::Subject;
use crate::name::{Addr, Name};

/// Seven alarms for each datagram of its own, and an answer to each of those of others: about what a
/// quiet member of ours does.
const ALARMS_PER_PING: u32 = 7;
const ALARM_PERIOD: Duration = Duration::from_millis(143);

/// Bytes of a datagram: those of a `Ping`.
const PING: [u8; 40] = [1; 40];
const ACK: [u8; 40] = [2; 40];

pub(crate) struct Bare {
    number: u32,
    nodes: u32,
    alarms: u32,
    next: Instant,
    waiting: Option<(Addr, [u8; 40])>,
}

impl Subject for Bare {
    fn start(name: Name, nodes: u32, now: Instant) -> Self {
        let number = match name.addr() {
            Addr::V4(addr) => addr.ip().to_bits() - Ipv4Addr::new(10, 0, 0, 0).to_bits(),
            Addr::V6(_) => 0,
        };
        let phase_us = u64::from(number) * 997 % 143_000;
        Self {
            number,
            nodes,
            alarms: 0,
            next: now + Duration::from_micros(phase_us),
            waiting: None,
        }
    }

    fn announce(&mut self, _: Instant, _: Name) {}

    fn know(&mut self, _: Instant, _: &mut dyn Iterator<Item = Name>) {}

    fn members(&self) -> usize {
        self.nodes as usize - 1
    }
}

impl Machine for Bare {
    type Addr = Addr;

    fn handle_datagram(&mut self, _: Instant, datagram: &[u8]) {
        if datagram == PING {
            let [.., high, middle, low] = self.alarms.to_be_bytes();
            let asker = u32::from_be_bytes([0, high, middle, low]) % self.nodes;
            self.waiting = Some((Name::numbered(asker).addr(), ACK));
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.next = now + ALARM_PERIOD;
        self.alarms += 1;
        if self.alarms.is_multiple_of(ALARMS_PER_PING) {
            let other = (self.number + self.alarms * 17) % self.nodes;
            self.waiting = Some((Name::numbered(other).addr(), PING));
        }
    }

    fn poll_transmit(&mut self, _: Instant, out: &mut [u8]) -> Option<(Addr, usize)> {
        let (to, datagram) = self.waiting.take()?;
        out[..datagram.len()].copy_from_slice(&datagram);
        Some((to, datagram.len()))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Some(self.next)
    }
}
