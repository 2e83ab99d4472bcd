//! What happens when: datagrams on their way, and the moments at which machines wake.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;

use foca_core::Instant;

use crate::address::{Addresses, Slot};
use crate::alarms::Alarms;

/// A datagram on its way. One that was injected has no sender.
pub(crate) struct Datagram {
    pub(crate) from: Option<Slot>,
    pub(crate) to: Slot,
    /// Which of all datagrams it is, copies counted.
    pub(crate) number: u64,
    pub(crate) bytes: Vec<u8>,
}

/// The next thing that happens.
pub(crate) enum Due {
    Arrival(Datagram),
    Wake(Slot),
}

/// A total order of everything to come: by time, at one instant arrivals before alarms, arrivals
/// in the order in which they were scheduled, alarms by address.
pub(crate) struct Schedule {
    arrivals: BinaryHeap<Reverse<Arrival>>,
    /// The datagrams of the arrivals, and places left by those that arrived.
    on_their_way: Vec<Datagram>,
    vacant: Vec<u32>,
    alarms: Alarms,
    numbered: u64,
    /// Buffers for datagrams to come.
    buffers: Vec<Vec<u8>>,
}

/// Ordered by time, then by number.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Arrival {
    at: Instant,
    number: u64,
    place: u32,
}

impl Schedule {
    pub(crate) const fn new() -> Self {
        Self {
            arrivals: BinaryHeap::new(),
            on_their_way: Vec::new(),
            vacant: Vec::new(),
            alarms: Alarms::new(),
            numbered: 0,
            buffers: Vec::new(),
        }
    }

    /// A datagram with a number and a buffer of its own.
    pub(crate) fn datagram(&mut self, from: Option<Slot>, to: Slot, bytes: &[u8]) -> Datagram {
        let mut buffer = self.buffers.pop().unwrap_or_default();
        buffer.extend_from_slice(bytes);
        self.numbered += 1;
        Datagram {
            from,
            to,
            number: self.numbered,
            bytes: buffer,
        }
    }

    /// Takes back a datagram that nobody needs any more.
    pub(crate) fn recycle(&mut self, datagram: Datagram) {
        if self.buffers.len() < BUFFERS_MAX {
            let mut buffer = datagram.bytes;
            buffer.clear();
            self.buffers.push(buffer);
        }
    }

    pub(crate) fn add_arrival(&mut self, at: Instant, datagram: Datagram) {
        let number = datagram.number;
        let place = if let Some(place) = self.vacant.pop() {
            self.on_their_way[place as usize] = datagram;
            place
        } else {
            self.on_their_way.push(datagram);
            u32::try_from(self.on_their_way.len() - 1).expect("fewer than 2^32 datagrams at once")
        };
        self.arrivals.push(Reverse(Arrival { at, number, place }));
    }

    /// Forgets the datagrams on their way to `to` and tells how many there were.
    pub(crate) fn remove_arrivals(&mut self, to: Slot) -> usize {
        let before = self.arrivals.len();
        let (on_their_way, vacant) = (&self.on_their_way, &mut self.vacant);
        self.arrivals.retain(|Reverse(arrival)| {
            let stays = on_their_way[arrival.place as usize].to != to;
            if !stays {
                vacant.push(arrival.place);
            }
            stays
        });
        before - self.arrivals.len()
    }

    pub(crate) fn arrivals(&self) -> usize {
        self.arrivals.len()
    }

    /// Changes when the machine in this slot wakes; `None` for not by itself.
    pub(crate) fn set_alarm<A: Ord + Clone + Hash>(
        &mut self,
        addresses: &Addresses<A>,
        slot: Slot,
        at: Option<Instant>,
    ) {
        self.alarms.set(addresses, slot, at);
    }

    /// Takes out the next thing, unless it happens later than `until`.
    pub(crate) fn pop<A: Ord + Clone + Hash>(
        &mut self,
        addresses: &Addresses<A>,
        until: Instant,
    ) -> Option<(Instant, Due)> {
        let arrival = self.arrivals.peek().map(|Reverse(next)| next.at);
        let alarm = self.alarms.next(addresses);
        match (arrival, alarm) {
            (Some(at), alarm) if at <= until && alarm.is_none_or(|(alarm, _)| at <= alarm) => {
                let Reverse(Arrival { place, .. }) = self.arrivals.pop()?;
                Some((at, Due::Arrival(self.take(place))))
            }
            (_, Some((at, slot))) if at <= until => {
                self.alarms.take_next();
                Some((at, Due::Wake(slot)))
            }
            _ => None,
        }
    }

    fn take(&mut self, place: u32) -> Datagram {
        self.vacant.push(place);
        let taken = &mut self.on_their_way[place as usize];
        Datagram {
            bytes: std::mem::take(&mut taken.bytes),
            ..*taken
        }
    }
}

/// Buffers kept for reuse: as many as a large burst needs at once.
const BUFFERS_MAX: usize = 4_096;

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(micros: u64) -> Instant {
        Instant::from_micros(micros)
    }

    /// Slots for these addresses, in the order in which they are listed.
    fn addresses(addrs: &[u8]) -> Addresses<u8> {
        let mut addresses = Addresses::new();
        for addr in addrs {
            addresses.slot(addr);
        }
        addresses
    }

    fn add(schedule: &mut Schedule, at: Instant, to: Slot, byte: u8) {
        let datagram = schedule.datagram(None, to, &[byte]);
        schedule.add_arrival(at, datagram);
    }

    fn drain(
        schedule: &mut Schedule,
        addresses: &Addresses<u8>,
        until: Instant,
    ) -> Vec<(u64, String)> {
        std::iter::from_fn(|| schedule.pop(addresses, until))
            .map(|(at, due)| match due {
                Due::Arrival(datagram) => (at.as_micros(), format!("arrival {:?}", datagram.bytes)),
                Due::Wake(slot) => (at.as_micros(), format!("alarm {}", addresses.addr(slot))),
            })
            .collect()
    }

    #[test]
    fn the_order_is_time_then_arrivals_as_scheduled_then_alarms_by_address() {
        let addresses = addresses(&[9, 4, 5]);
        let [nine, four, five] = [9, 4, 5].map(|addr| addresses.find(&addr).expect("it is there"));
        let mut schedule = Schedule::new();
        schedule.set_alarm(&addresses, nine, Some(at(5)));
        schedule.set_alarm(&addresses, four, Some(at(5)));
        schedule.set_alarm(&addresses, five, Some(at(3)));
        add(&mut schedule, at(5), nine, 2);
        add(&mut schedule, at(5), nine, 1);
        add(&mut schedule, at(4), nine, 3);
        assert_eq!(
            drain(&mut schedule, &addresses, at(4)),
            [(3, "alarm 5".to_owned()), (4, "arrival [3]".to_owned())]
        );
        let order: Vec<_> = drain(&mut schedule, &addresses, at(5))
            .into_iter()
            .map(|(_, due)| due)
            .collect();
        assert_eq!(order, ["arrival [2]", "arrival [1]", "alarm 4", "alarm 9"]);
    }

    #[test]
    fn what_was_moved_or_removed_does_not_happen_at_its_old_time() {
        let addresses = addresses(&[1, 2, 3, 4]);
        let [one, two, three, four] =
            [1, 2, 3, 4].map(|addr| addresses.find(&addr).expect("it is there"));
        let mut schedule = Schedule::new();
        schedule.set_alarm(&addresses, one, Some(at(1)));
        schedule.set_alarm(&addresses, one, Some(at(7)));
        schedule.set_alarm(&addresses, two, Some(at(2)));
        schedule.set_alarm(&addresses, two, None);
        add(&mut schedule, at(3), three, 0);
        add(&mut schedule, at(4), four, 0);
        assert_eq!(schedule.remove_arrivals(three), 1);
        assert_eq!(schedule.arrivals(), 1);
        assert_eq!(
            drain(&mut schedule, &addresses, Instant::MAX),
            [(4, "arrival [0]".to_owned()), (7, "alarm 1".to_owned())]
        );
    }
}
