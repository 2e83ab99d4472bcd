//! How one machine is connected to the network.

use std::num::NonZeroU32;

use foca_core::Instant;

/// The way of one machine into the network and out of it, besides the links to others.
///
/// More may be settable one day: fill up with `..Access::default()`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Access {
    /// Of a million datagrams on their way to this machine, how many are lost at its door.
    pub loss_in_per_million: u32,
    /// Of a million datagrams that it sends, how many are lost at its door.
    pub loss_out_per_million: u32,
    /// Bytes of datagrams that it can send in a second, headers of lower layers not counted; `None`
    /// for as many as it likes. What it sends faster waits in its queue.
    pub bytes_per_second_out: Option<NonZeroU32>,
    /// Bytes that the queue holds, what is being sent included. A datagram that does not fit in
    /// beside others is dropped and counted in
    /// [`Stats::datagrams_congested`](crate::Stats::datagrams_congested).
    pub queue_bytes_max: usize,
    /// How far its datagrams get: those that would take as many hops as this or more are counted in
    /// [`Stats::datagrams_expired`](crate::Stats::datagrams_expired).
    pub ttl: u8,
}

impl Default for Access {
    /// No loss, no limit of bytes, a queue of 256 KiB for where there is one, 64 hops.
    fn default() -> Self {
        Self {
            loss_in_per_million: 0,
            loss_out_per_million: 0,
            bytes_per_second_out: None,
            queue_bytes_max: 256 * 1_024,
            ttl: 64,
        }
    }
}

/// An access, and when its queue will be empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Door {
    pub(crate) access: Access,
    /// In nanoseconds since the origin: a byte takes less than a microsecond.
    empty_at_ns: u64,
}

impl Door {
    pub(crate) const fn new(access: Access) -> Self {
        Self {
            access,
            empty_at_ns: 0,
        }
    }

    /// Changes the access; what is in the queue leaves as it would have.
    pub(crate) fn set(&mut self, access: Access) {
        self.access = access;
    }

    /// When so many bytes have left if they are put into the queue; `None` if it is full.
    pub(crate) fn leave(&mut self, now: Instant, bytes: usize) -> Option<Instant> {
        let Some(bytes_per_second) = self.access.bytes_per_second_out else {
            return Some(now);
        };
        let rate = u64::from(bytes_per_second.get());
        let now_ns = now.as_micros().saturating_mul(1_000);
        let wait_ns = self.empty_at_ns.saturating_sub(now_ns);
        let queued = u128::from(wait_ns) * u128::from(rate) / u128::from(SECOND_NS);
        if wait_ns > 0 && queued + bytes as u128 > self.access.queue_bytes_max as u128 {
            return None;
        }
        let takes_ns = (bytes as u64).saturating_mul(SECOND_NS).div_ceil(rate);
        self.empty_at_ns = now_ns.saturating_add(wait_ns).saturating_add(takes_ns);
        Some(now.max(Instant::from_micros(self.empty_at_ns.div_ceil(1_000))))
    }
}

const SECOND_NS: u64 = 1_000_000_000;
