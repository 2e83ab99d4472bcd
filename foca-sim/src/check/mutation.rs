//! Where a member can be made wrong, to see that the checkers notice.

use foca_core::{Event, Instant};

use super::identity::Id;
use super::subject::CheckedFoca;

/// Comes between a member and the world. Each method does nothing unless it is implemented.
pub trait Mutation {
    /// The time that the member is told instead of `now`.
    fn clock(&self, now: Instant) -> Instant {
        now
    }

    /// When its timers are served; `None` for never.
    fn deadline(&self, deadline: Instant) -> Option<Instant> {
        Some(deadline)
    }

    /// Called before the member takes in a datagram or serves a timer.
    fn tamper(&mut self, now: Instant, foca: &mut CheckedFoca) {
        let _ = (now, foca);
    }

    /// What the member gets to see of a datagram; `None` for nothing.
    fn receive(&mut self, foca: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        let _ = foca;
        Some(datagram.to_vec())
    }

    /// What leaves when the member sends this.
    fn send(&mut self, foca: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        let _ = foca;
        vec![(to, datagram.to_vec())]
    }

    /// What the application is told when the member reports this.
    fn report(&mut self, event: Event<Id>) -> Vec<Event<Id>> {
        vec![event]
    }
}

/// Makes the mutation of each process that is started; `None` leaves it as it is.
///
/// It is told the address and how many processes have run there before.
pub type Mutate = dyn Fn(u16, u32) -> Option<Box<dyn Mutation>> + Sync;

/// Leaves every member as it is.
#[must_use]
pub fn unmutated(_addr: u16, _processes_before: u32) -> Option<Box<dyn Mutation>> {
    None
}
