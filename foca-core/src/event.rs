//! What the application is told, and the bounded queue it waits in.

use alloc::collections::VecDeque;

/// Something that happened to the membership. Events come in the order in which they happened.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Event<I> {
    /// A member takes part: first heard of, or back.
    MemberUp(I),
    /// An active member did not answer somebody. It still counts as active.
    MemberSuspect(I),
    /// A suspected member proved to be alive.
    MemberRefuted(I),
    /// A member was declared dead.
    MemberDown(I),
    /// A member said goodbye (`Rules::Native`; otherwise leaving looks like `MemberDown`).
    MemberLeft(I),
    /// A later life of the same address took the place of an earlier one.
    Renamed {
        /// The earlier life.
        from: I,
        /// The later one.
        to: I,
    },
    /// Somebody claims to have seen this later life of our own address, and we cannot outrank it.
    Conflict(I),
    /// The first other member became active.
    Joined,
    /// No other member is active any more.
    Alone,
    /// We were declared down and returned as this new life.
    Renewed(I),
    /// We were declared down and cannot return: `set_identity` is the way back.
    Defunct,
    /// Our goodbye has been told as often as it is going to be.
    Left,
    /// So many events did not fit into the queue: read `members()` again.
    Lost(u64),
}

/// What this node is to the cluster.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Status {
    /// Knows no other active member, and keeps looking for one.
    Alone,
    /// Knows at least one.
    Joined,
    /// Has left: tells its goodbye, answers nothing.
    Left,
    /// Declared down without a way to return: answers nothing.
    Defunct,
}

/// Events on their way to the application, at most `events_max`.
pub(crate) struct Events<I> {
    queue: VecDeque<Event<I>>,
    lost_unreported: u64,
    pub(crate) lost: u64,
}

impl<I> Events<I> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            lost_unreported: 0,
            lost: 0,
        }
    }

    pub(crate) fn push(&mut self, event: Event<I>, events_max: usize) {
        // A loss is told at its place in the sequence, so later events wait until it was told.
        if self.lost_unreported > 0 || self.queue.len() >= events_max {
            self.lost_unreported += 1;
            self.lost += 1;
        } else {
            self.queue.push_back(event);
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Event<I>> {
        let event = self.queue.pop_front();
        if event.is_some() || self.lost_unreported == 0 {
            return event;
        }
        Some(Event::Lost(core::mem::take(&mut self.lost_unreported)))
    }

    /// Gives back the memory of a burst once it was fetched, except for `spare` events.
    pub(crate) fn give_back(&mut self, spare: usize) {
        if self.queue.is_empty() && self.queue.capacity() > spare {
            self.queue.shrink_to(spare);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_in_its_place() {
        let mut events = Events::new();
        for id in 0..4 {
            events.push(Event::MemberUp(id), 2);
        }
        assert_eq!(events.pop(), Some(Event::MemberUp(0)));
        events.push(Event::MemberUp(4), 2);
        assert_eq!(events.pop(), Some(Event::MemberUp(1)));
        assert_eq!(events.pop(), Some(Event::Lost(3)));
        assert_eq!(events.pop(), None);
        events.push(Event::MemberUp(5), 2);
        assert_eq!(events.pop(), Some(Event::MemberUp(5)));
        assert_eq!(events.lost, 3);
    }

    #[test]
    fn the_memory_of_a_burst_is_given_back_when_it_was_fetched() {
        let mut events = Events::new();
        (0..100).for_each(|id| events.push(Event::MemberUp(id), 1_000));
        while events.pop().is_some() {
            let before = events.queue.capacity();
            if !events.queue.is_empty() {
                events.give_back(3);
                assert_eq!(events.queue.capacity(), before);
            }
        }
        events.give_back(3);
        assert_eq!(events.queue.capacity(), 3);
        events.push(Event::MemberUp(1), 1_000);
        events.pop();
        events.give_back(3);
        assert_eq!(events.queue.capacity(), 3);
    }
}
