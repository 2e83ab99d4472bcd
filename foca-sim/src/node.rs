//! One machine and the process around it: its timer, its socket buffer, its clock.

use std::collections::VecDeque;
use std::hash::Hash;
use std::time::Duration;

use foca_core::Instant;

use crate::address::Slot;
use crate::machine::Machine;
use crate::medium::Medium;
use crate::schedule::Datagram;
use crate::stats::NodeStats;

/// Timeouts served at one instant before a machine is taken to spin: its deadline stays in the past.
pub const TIMEOUTS_AT_ONCE_MAX: u32 = 10_000;

/// Datagrams polled in a row before a machine is taken to spin: `poll_transmit` never ends.
pub const TRANSMITS_AT_ONCE_MAX: u32 = 100_000;

/// What every event looks at lies together, next to the machine: among thousands, the next is in no
/// cache.
#[repr(C)]
pub(crate) struct Node<M: Machine> {
    pub(crate) stats: NodeStats,
    /// What has arrived and is not processed.
    socket_buffer: VecDeque<Datagram>,
    /// How many of these came over connections of their own: they are the first.
    on_connections: usize,
    slot: Slot,
    /// The process is stopped.
    paused: bool,
    /// It runs but neither reads its socket nor writes to it.
    blocked: bool,
    /// How long it takes to process a datagram.
    per_datagram: Duration,
    /// When it is done with the first datagram of the socket buffer, if it is at work on it.
    done_at: Option<Instant>,
    /// How far its clock is ahead.
    pub(crate) ahead: Duration,
    timeout_served: Instant,
    timeouts_at_once: u32,
    pub(crate) machine: M,
}

/// What surrounds a node during one event.
pub(crate) struct Surroundings<'a, A> {
    pub(crate) now: Instant,
    pub(crate) medium: &'a mut Medium<A>,
    /// Where machines write what they send.
    pub(crate) out: &'a mut [u8],
    pub(crate) socket_buffer_datagrams_max: usize,
}

/// What the process lives through.
impl<M: Machine> Node<M>
where
    M::Addr: Hash,
{
    pub(crate) fn new(machine: M, slot: Slot) -> Self {
        Self {
            machine,
            stats: NodeStats::default(),
            slot,
            paused: false,
            blocked: false,
            per_datagram: Duration::ZERO,
            done_at: None,
            ahead: Duration::ZERO,
            socket_buffer: VecDeque::new(),
            on_connections: 0,
            timeout_served: Instant::ZERO,
            timeouts_at_once: 0,
        }
    }

    /// What the machine's clock shows at this time.
    pub(crate) fn clock(&self, now: Instant) -> Instant {
        now + self.ahead
    }

    pub(crate) fn buffered(&self) -> usize {
        self.socket_buffer.len()
    }

    /// Takes in a datagram, now or when it comes to reading it.
    pub(crate) fn arrive(&mut self, datagram: Datagram, around: &mut Surroundings<'_, M::Addr>) {
        let is_apart = self.machine.has_own_connection(&datagram.bytes);
        let takes_time = !self.per_datagram.is_zero() && !is_apart;
        if self.paused || self.blocked || takes_time {
            if self.buffered() < around.socket_buffer_datagrams_max {
                if is_apart {
                    self.socket_buffer.insert(self.on_connections, datagram);
                    self.on_connections += 1;
                } else {
                    self.socket_buffer.push_back(datagram);
                }
                self.read(around);
                self.set_alarm(around);
            } else {
                self.stats.datagrams_overflowed += 1;
                around.medium.stats.datagrams_overflowed += 1;
            }
            return;
        }
        self.handle_datagram(datagram, around);
        self.settle(around);
    }

    /// Does what its alarm was set for.
    pub(crate) fn wake(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        if self.done_at.is_some_and(|at| at <= around.now) {
            self.done_at = None;
            if let Some(datagram) = self.socket_buffer.pop_front() {
                self.handle_datagram(datagram, around);
            }
            if !self.socket_buffer.is_empty() && self.machine.reads_on() {
                self.read(around);
                self.set_alarm(around);
                return;
            }
        }
        self.catch_up(around);
    }

    pub(crate) fn pause(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        self.paused = true;
        self.done_at = None;
        self.set_alarm(around);
    }

    pub(crate) fn resume(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        if std::mem::take(&mut self.paused) {
            self.catch_up(around);
        }
    }

    pub(crate) fn block(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        self.blocked = true;
        self.done_at = None;
        self.set_alarm(around);
    }

    pub(crate) fn unblock(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        if std::mem::take(&mut self.blocked) {
            self.catch_up(around);
        }
    }

    pub(crate) fn slow(&mut self, per_datagram: Duration, around: &mut Surroundings<'_, M::Addr>) {
        self.per_datagram = per_datagram;
        if per_datagram.is_zero() {
            self.done_at = None;
            self.catch_up(around);
        }
    }

    pub(crate) fn jump_clock(&mut self, by: Duration, around: &mut Surroundings<'_, M::Addr>) {
        self.ahead = self.ahead.saturating_add(by);
        self.set_alarm(around);
    }

    /// Sends what the machine wants to send and sets its alarm, as after every interaction.
    pub(crate) fn settle(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        if !self.paused && !self.blocked {
            self.transmit(around);
        }
        self.set_alarm(around);
    }
}

/// How it does that.
impl<M: Machine> Node<M>
where
    M::Addr: Hash,
{
    /// Reads what waits in the socket buffer, serves the deadline, sends.
    fn catch_up(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        self.read(around);
        if !self.paused {
            self.handle_timeout_if_due(around);
        }
        self.settle(around);
    }

    /// Processes what came over connections, then everything in the socket buffer, or goes to work on the
    /// first of that if it takes time.
    fn read(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        if self.paused || self.blocked || self.done_at.is_some() {
            return;
        }
        for _ in 0..std::mem::take(&mut self.on_connections) {
            if let Some(datagram) = self.socket_buffer.pop_front() {
                self.handle_datagram(datagram, around);
            }
        }
        if !self.per_datagram.is_zero() {
            let begins = !self.socket_buffer.is_empty();
            self.done_at = begins.then(|| around.now + self.per_datagram);
            return;
        }
        while let Some(datagram) = self.socket_buffer.pop_front() {
            self.handle_datagram(datagram, around);
        }
    }

    fn handle_datagram(&mut self, datagram: Datagram, around: &mut Surroundings<'_, M::Addr>) {
        around.medium.delivered(around.now, &datagram);
        self.stats.datagrams_delivered += 1;
        let clock = self.clock(around.now);
        self.machine.handle_datagram(clock, &datagram.bytes);
        around.medium.schedule.recycle(datagram);
    }

    /// Serves the machine's deadline if it has passed.
    fn handle_timeout_if_due(&mut self, around: &Surroundings<'_, M::Addr>) {
        let (now, clock) = (around.now, self.clock(around.now));
        if self.machine.poll_timeout().is_none_or(|at| at > clock) {
            return;
        }
        if self.timeout_served != now {
            self.timeout_served = now;
            self.timeouts_at_once = 0;
        }
        self.timeouts_at_once += 1;
        assert!(
            self.timeouts_at_once <= TIMEOUTS_AT_ONCE_MAX,
            "node {:?} spins: after {TIMEOUTS_AT_ONCE_MAX} calls of handle_timeout at {now} \
             its poll_timeout is still {:?}",
            around.medium.addresses.addr(self.slot),
            self.machine.poll_timeout(),
        );
        self.machine.handle_timeout(clock);
    }

    fn transmit(&mut self, around: &mut Surroundings<'_, M::Addr>) {
        let (now, clock) = (around.now, self.clock(around.now));
        let mut transmits = 0;
        while let Some((to, len)) = self.machine.poll_transmit(clock, around.out) {
            transmits += 1;
            assert!(
                transmits <= TRANSMITS_AT_ONCE_MAX,
                "node {:?} spins: at {now} poll_transmit returned {transmits} datagrams in a row",
                around.medium.addresses.addr(self.slot),
            );
            self.stats.datagrams_sent += 1;
            self.stats.bytes_sent += len as u64;
            around.medium.send(now, self.slot, &to, &around.out[..len]);
        }
    }

    /// One alarm says when it has something to do: what it is at work on, or the machine's deadline.
    fn set_alarm(&self, around: &mut Surroundings<'_, M::Addr>) {
        let at = match (self.paused, self.done_at) {
            (true, _) => None,
            (false, Some(done_at)) => Some(done_at),
            // A deadline in the past is served at once: the clock does not run backwards.
            (false, None) => self.machine.poll_timeout().map(|deadline| {
                let still = deadline.duration_since(self.clock(around.now));
                around.now + still
            }),
        };
        around.medium.set_alarm(self.slot, at);
    }
}
