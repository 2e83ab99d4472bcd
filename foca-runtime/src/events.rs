//! The way of events from the driver to whoever reads them: one bounded queue.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use foca_core::Event;
use futures_core::Stream;

use crate::watched::{Watch, Watched};

/// Events that wait to be read, at most `events_max`, and one more that tells of a loss.
pub(crate) struct EventQueue<I> {
    queue: VecDeque<Event<I>>,
    events_max: usize,
    ended: bool,
    lost: u64,
}

impl<I> EventQueue<I> {
    pub(crate) fn new(events_max: usize) -> Arc<Watched<Self>> {
        Watched::new(Self {
            queue: VecDeque::new(),
            events_max,
            ended: false,
            lost: 0,
        })
    }

    /// Appends an event, or tells of its loss in the place where it would have been.
    pub(crate) fn push(&mut self, event: Event<I>) {
        if self.queue.len() < self.events_max {
            self.queue.push_back(event);
            return;
        }
        // A loss that the protocol reports itself stands for as many events as it says.
        let losses = if let Event::Lost(events) = event {
            events
        } else {
            1
        };
        self.lost += losses;
        if let Some(Event::Lost(events)) = self.queue.back_mut() {
            *events += losses;
        } else {
            self.queue.push_back(Event::Lost(losses));
        }
    }

    /// Nothing comes after what is queued.
    pub(crate) const fn end(&mut self) {
        self.ended = true;
    }

    pub(crate) fn pop(&mut self) -> Option<Event<I>> {
        self.queue.pop_front()
    }

    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    fn next(&mut self) -> Poll<Option<Event<I>>> {
        match self.pop() {
            None if !self.ended => Poll::Pending,
            event => Poll::Ready(event),
        }
    }
}

/// The stream of events. It ends when the driver has ended and everything queued was read.
///
/// All streams and handles of a node read from one queue: each event goes to exactly one of them,
/// whoever asks first. An application with several listeners reads in one place and distributes.
pub struct Events<I>(Watch<EventQueue<I>>);

impl<I> Events<I> {
    pub(crate) const fn new(watch: Watch<EventQueue<I>>) -> Self {
        Self(watch)
    }

    /// The next event as soon as there is one; `None` at the end.
    pub async fn next(&mut self) -> Option<Event<I>> {
        std::future::poll_fn(|cx| self.0.poll(cx, EventQueue::next)).await
    }

    /// The next event if there is one.
    #[must_use]
    pub fn try_next(&mut self) -> Option<Event<I>> {
        self.0.with(EventQueue::pop)
    }
}

impl<I> Clone for Events<I> {
    fn clone(&self) -> Self {
        Self(self.0.another())
    }
}

impl<I> Stream for Events<I> {
    type Item = Event<I>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event<I>>> {
        self.0.poll(cx, EventQueue::next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_told_in_its_place() {
        let queue = EventQueue::new(2);
        let push = |event| queue.with(|queue| queue.push(event));
        let pop = || queue.with(EventQueue::pop);
        for id in 0..5 {
            push(Event::MemberUp(id));
        }
        assert_eq!(pop(), Some(Event::MemberUp(0)));
        assert_eq!(pop(), Some(Event::MemberUp(1)));
        push(Event::MemberUp(5));
        assert_eq!(pop(), Some(Event::Lost(3)));
        assert_eq!(pop(), Some(Event::MemberUp(5)));
        assert_eq!(pop(), None);
        assert_eq!(queue.with(|queue| queue.lost()), 3);
    }

    #[test]
    fn a_loss_within_the_protocol_adds_to_ours() {
        let queue = EventQueue::new(1);
        queue.with(|queue| {
            queue.push(Event::MemberUp(0));
            queue.push(Event::Lost(10));
            queue.push(Event::MemberUp(1));
        });
        assert_eq!(queue.with(EventQueue::pop), Some(Event::MemberUp(0)));
        assert_eq!(queue.with(EventQueue::pop), Some(Event::Lost(11)));
    }

    #[test]
    fn the_end_comes_after_what_is_queued() {
        let queue = EventQueue::new(4);
        queue.with(|queue| {
            assert!(queue.next().is_pending());
            queue.push(Event::MemberUp(7));
            queue.end();
            assert_eq!(queue.next(), Poll::Ready(Some(Event::MemberUp(7))));
            assert_eq!(queue.next(), Poll::Ready(None));
            assert_eq!(queue.next(), Poll::Ready(None));
        });
    }
}
