//! Time passes from event to event.

use std::time::Duration;

use foca_core::Instant;

use super::Network;
use crate::machine::Machine;
use crate::node::Node;
use crate::schedule::{Datagram, Due};

impl<M: Machine> Network<M> {
    /// The virtual time.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Lets so much time pass.
    pub fn run_for(&mut self, duration: Duration) {
        self.run_until(self.now + duration);
    }

    /// Lets time pass until `deadline`, everything that happens at that instant included. Does
    /// nothing if it is in the past.
    pub fn run_until(&mut self, deadline: Instant) {
        let _never = self.run_until_condition(deadline, |_| false);
    }

    /// Lets time pass until `condition` holds, at most until `deadline`, and tells whether it came
    /// to hold.
    ///
    /// It is asked once before anything happens and then after each event; the clock stays where it
    /// came true.
    #[must_use]
    pub fn run_until_condition(
        &mut self,
        deadline: Instant,
        mut condition: impl FnMut(&Self) -> bool,
    ) -> bool {
        loop {
            if condition(self) {
                return true;
            }
            if !self.step(deadline) {
                self.now = self.now.max(deadline);
                return false;
            }
        }
    }

    /// Lets the next event happen, unless it is later than `until`.
    fn step(&mut self, until: Instant) -> bool {
        let medium = &mut self.medium;
        let Some((at, due)) = medium.schedule.pop(&medium.addresses, until) else {
            return false;
        };
        debug_assert!(at >= self.now, "the clock would run backwards");
        self.now = at;
        self.medium.stats.events += 1;
        match due {
            Due::Arrival(datagram) => self.arrive(datagram),
            Due::Wake(slot) => {
                let woken = self.try_slot(slot, Node::wake);
                debug_assert!(woken.is_some(), "an alarm outlived its machine");
            }
        }
        true
    }

    pub(super) fn arrive(&mut self, datagram: Datagram) {
        let to = datagram.to;
        if self.nodes.get(to.index()).is_some_and(Option::is_some) {
            self.try_slot(to, |node, around| node.arrive(datagram, around));
        } else {
            self.medium.stats.datagrams_unreachable += 1;
            self.medium.schedule.recycle(datagram);
        }
    }
}
