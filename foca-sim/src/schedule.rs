//! What happens when: datagrams on their way, and the deadlines of machines.

use std::collections::{BTreeMap, BTreeSet};

use foca_core::Instant;

/// A datagram on its way. One that was injected has no sender.
pub(crate) struct Datagram<A> {
    pub(crate) from: Option<A>,
    pub(crate) to: A,
    pub(crate) bytes: Box<[u8]>,
}

/// The next thing that happens.
pub(crate) enum Due<A> {
    Arrival(Datagram<A>),
    Deadline(A),
}

/// A total order of everything to come: by time, at one instant arrivals before deadlines, arrivals
/// in the order in which they were scheduled, deadlines by address.
pub(crate) struct Schedule<A> {
    arrivals: BTreeMap<(Instant, u64), Datagram<A>>,
    deadlines: BTreeSet<(Instant, A)>,
    scheduled: u64,
}

impl<A: Ord + Clone> Schedule<A> {
    pub(crate) const fn new() -> Self {
        Self {
            arrivals: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            scheduled: 0,
        }
    }

    pub(crate) fn add_arrival(&mut self, at: Instant, datagram: Datagram<A>) {
        self.arrivals.insert((at, self.scheduled), datagram);
        self.scheduled += 1;
    }

    /// Forgets the datagrams on their way to `to` and tells how many there were.
    pub(crate) fn remove_arrivals(&mut self, to: &A) -> usize {
        let before = self.arrivals.len();
        self.arrivals.retain(|_, datagram| datagram.to != *to);
        before - self.arrivals.len()
    }

    pub(crate) fn arrivals(&self) -> usize {
        self.arrivals.len()
    }

    /// Changes the deadline of `addr`, which the caller remembers.
    pub(crate) fn move_deadline(&mut self, addr: &A, from: Option<Instant>, to: Option<Instant>) {
        if from == to {
            return;
        }
        if let Some(at) = from {
            self.deadlines.remove(&(at, addr.clone()));
        }
        if let Some(at) = to {
            self.deadlines.insert((at, addr.clone()));
        }
    }

    /// Takes out the next thing, unless it happens later than `until`.
    pub(crate) fn pop(&mut self, until: Instant) -> Option<(Instant, Due<A>)> {
        let arrival = self.arrivals.keys().next().map(|(at, _)| *at);
        let deadline = self.deadlines.first().map(|(at, _)| *at);
        let next = [arrival, deadline].into_iter().flatten().min()?;
        if next > until {
            None
        } else if arrival == Some(next) {
            self.arrivals
                .pop_first()
                .map(|(_, datagram)| (next, Due::Arrival(datagram)))
        } else {
            self.deadlines
                .pop_first()
                .map(|(_, addr)| (next, Due::Deadline(addr)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    fn datagram(to: u8, byte: u8) -> Datagram<u8> {
        Datagram {
            from: None,
            to,
            bytes: [byte].into(),
        }
    }

    fn drain(schedule: &mut Schedule<u8>, until: Instant) -> Vec<(u64, String)> {
        std::iter::from_fn(|| schedule.pop(until))
            .map(|(at, due)| match due {
                Due::Arrival(datagram) => (at.as_micros(), format!("arrival {:?}", datagram.bytes)),
                Due::Deadline(addr) => (at.as_micros(), format!("deadline {addr}")),
            })
            .collect()
    }

    #[test]
    fn the_order_is_time_then_arrivals_as_scheduled_then_deadlines_by_address() {
        let mut schedule = Schedule::new();
        schedule.move_deadline(&9, None, Some(at(5)));
        schedule.move_deadline(&4, None, Some(at(5)));
        schedule.move_deadline(&5, None, Some(at(3)));
        schedule.add_arrival(at(5), datagram(1, 2));
        schedule.add_arrival(at(5), datagram(1, 1));
        schedule.add_arrival(at(4), datagram(1, 3));
        assert_eq!(
            drain(&mut schedule, at(4)),
            [(3, "deadline 5".to_owned()), (4, "arrival [3]".to_owned())]
        );
        let order: Vec<_> = drain(&mut schedule, at(5))
            .into_iter()
            .map(|(_, due)| due)
            .collect();
        assert_eq!(
            order,
            ["arrival [2]", "arrival [1]", "deadline 4", "deadline 9"]
        );
    }

    #[test]
    fn what_was_moved_or_removed_does_not_happen_at_its_old_time() {
        let mut schedule = Schedule::new();
        schedule.move_deadline(&1, None, Some(at(1)));
        schedule.move_deadline(&1, Some(at(1)), Some(at(7)));
        schedule.move_deadline(&2, None, Some(at(2)));
        schedule.move_deadline(&2, Some(at(2)), None);
        schedule.add_arrival(at(3), datagram(3, 0));
        schedule.add_arrival(at(4), datagram(4, 0));
        assert_eq!(schedule.remove_arrivals(&3), 1);
        assert_eq!(schedule.arrivals(), 1);
        assert_eq!(
            drain(&mut schedule, Instant::MAX),
            [(4, "arrival [0]".to_owned()), (7, "deadline 1".to_owned())]
        );
    }
}
