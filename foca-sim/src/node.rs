//! One machine and the process around it: its timer, its socket buffer while it is stopped.

use std::collections::VecDeque;

use foca_core::Instant;

use crate::machine::Machine;
use crate::medium::Medium;
use crate::schedule::Datagram;
use crate::stats::NodeStats;

/// Timeouts served at one instant before a machine is taken to spin: its deadline stays in the past.
pub const TIMEOUTS_AT_ONCE_MAX: u32 = 10_000;

/// Datagrams polled in a row before a machine is taken to spin: `poll_transmit` never ends.
pub const TRANSMITS_AT_ONCE_MAX: u32 = 100_000;

pub(crate) struct Node<M: Machine> {
    pub(crate) machine: M,
    pub(crate) stats: NodeStats,
    /// `Some` while the process is stopped: what has arrived meanwhile.
    pub(crate) socket_buffer: Option<VecDeque<Datagram<M::Addr>>>,
    /// The deadline as it stands in the schedule.
    scheduled: Option<Instant>,
    timeout_served: Instant,
    timeouts_at_once: u32,
}

impl<M: Machine> Node<M> {
    pub(crate) fn new(machine: M) -> Self {
        Self {
            machine,
            stats: NodeStats::default(),
            socket_buffer: None,
            scheduled: None,
            timeout_served: Instant::ZERO,
            timeouts_at_once: 0,
        }
    }

    pub(crate) fn handle_datagram(
        &mut self,
        now: Instant,
        datagram: &Datagram<M::Addr>,
        medium: &mut Medium<M::Addr>,
    ) {
        medium.delivered(now, datagram);
        self.stats.datagrams_delivered += 1;
        self.machine.handle_datagram(now, &datagram.bytes);
    }

    /// Serves the machine's deadline if it has passed.
    pub(crate) fn handle_timeout_if_due(&mut self, now: Instant, addr: &M::Addr) {
        if self
            .machine
            .poll_timeout()
            .is_none_or(|deadline| deadline > now)
        {
            return;
        }
        if self.timeout_served != now {
            self.timeout_served = now;
            self.timeouts_at_once = 0;
        }
        self.timeouts_at_once += 1;
        assert!(
            self.timeouts_at_once <= TIMEOUTS_AT_ONCE_MAX,
            "node {addr:?} spins: after {TIMEOUTS_AT_ONCE_MAX} calls of handle_timeout at {now} \
             its poll_timeout is still {:?}",
            self.machine.poll_timeout(),
        );
        self.machine.handle_timeout(now);
    }

    /// Takes out the machine's deadline after the schedule popped it.
    pub(crate) const fn deadline_popped(&mut self) {
        self.scheduled = None;
    }

    /// Sends what the machine wants to send and schedules its deadline, as after every interaction.
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        addr: &M::Addr,
        out: &mut [u8],
        medium: &mut Medium<M::Addr>,
    ) {
        let mut transmits = 0;
        while let Some((to, len)) = self.machine.poll_transmit(now, out) {
            transmits += 1;
            assert!(
                transmits <= TRANSMITS_AT_ONCE_MAX,
                "node {addr:?} spins: at {now} poll_transmit returned {transmits} datagrams in a row"
            );
            self.stats.datagrams_sent += 1;
            self.stats.bytes_sent += len as u64;
            medium.send(now, addr, to, &out[..len]);
        }
        // A deadline in the past is served at once: the clock does not run backwards.
        let deadline = self
            .machine
            .poll_timeout()
            .map(|deadline| deadline.max(now));
        self.schedule(addr, deadline, medium);
    }

    /// Changes the deadline in the schedule; `None` while there is nobody to serve it.
    pub(crate) fn schedule(
        &mut self,
        addr: &M::Addr,
        deadline: Option<Instant>,
        medium: &mut Medium<M::Addr>,
    ) {
        medium
            .schedule
            .move_deadline(addr, self.scheduled, deadline);
        self.scheduled = deadline;
    }
}
