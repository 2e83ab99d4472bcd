//! What is to be said to whom. Bytes are made only when they can leave.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::Message;
use crate::answer::Ask;

/// How much of a datagram may be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Room {
    /// As much as `datagram_bytes_max` allows.
    Full,
    /// At most so many bytes, and nothing but the message: its receiver has not proven its address.
    Bare(usize),
    /// At most so many bytes.
    Limited(usize),
}

/// A message that waits to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Intent<I> {
    pub(crate) to: I,
    pub(crate) message: Message<I>,
    pub(crate) room: Room,
    /// Whether it may be dropped when there is nothing to carry.
    pub(crate) only_with_news: bool,
    pub(crate) load: Load,
}

impl<I> Intent<I> {
    /// A message with whatever it usually carries.
    pub(crate) const fn usual(to: I, message: Message<I>) -> Self {
        Self {
            to,
            message,
            room: Room::Full,
            only_with_news: false,
            load: Load::Usual,
        }
    }

    /// A message that is sent only if there is news for it.
    pub(crate) const fn with_news(to: I, message: Message<I>) -> Self {
        Self {
            to,
            message,
            room: Room::Full,
            only_with_news: true,
            load: Load::Usual,
        }
    }
}

impl<I: PartialEq> Intent<I> {
    fn is_ping(&self, to: &I, number: u32) -> bool {
        matches!(self.message, Message::Ping { number: of } if of == number) && self.to == *to
    }
}

/// What goes into a datagram besides its message.
#[derive(Clone, Debug)]
pub(crate) enum Load {
    /// Whatever the message carries: news, members, items.
    Usual,
    /// What is believed of the receiver, and nothing else.
    Record,
    /// The next questions of the comparison under way.
    Questions,
    /// The answer to a comparison: flags, statements taken in, what was asked.
    Answer {
        flags: u8,
        applied: u16,
        asks: Vec<Ask>,
    },
}

/// Intents that an empty outbox keeps room for: a probe, or a round of gossip and an answer.
const SPARE: usize = 4;

/// Intents in the order in which they leave.
pub(crate) struct Outbox<I> {
    queue: VecDeque<Intent<I>>,
    /// Receiver and number of the `Ping` of a probe, while it waits.
    ping: Option<(I, u32)>,
    /// Intents refused because `outbox_max` was reached.
    pub(crate) refused: u64,
}

impl<I: Clone + PartialEq> Outbox<I> {
    pub(crate) const fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            ping: None,
            refused: 0,
        }
    }

    /// Queues an intent behind the others; refuses it if `outbox_max` wait already.
    pub(crate) fn push(&mut self, intent: Intent<I>, outbox_max: usize) -> bool {
        let taken = self.queue.len() < outbox_max;
        if taken {
            self.queue.push_back(intent);
        } else {
            self.refused += 1;
        }
        taken
    }

    /// Queues the `Ping` of a probe before the others, whatever waits, in place of the one before: if that
    /// waits still its probe was given up meanwhile, as when nobody was left to probe.
    pub(crate) fn push_ping(&mut self, ping: Intent<I>, number: u32) {
        let waiting = self.ping.replace((ping.to.clone(), number));
        if let Some((to, number)) = waiting {
            self.queue.retain(|intent| !intent.is_ping(&to, number));
        }
        self.queue.push_front(ping);
    }

    /// Queues an intent before the others; refuses it if `outbox_max` wait already.
    pub(crate) fn push_soon(&mut self, intent: Intent<I>, outbox_max: usize) -> bool {
        let taken = self.queue.len() < outbox_max;
        if taken {
            self.queue.push_front(intent);
        } else {
            self.refused += 1;
        }
        taken
    }

    pub(crate) fn pop(&mut self) -> Option<Intent<I>> {
        let intent = self.queue.pop_front();
        if let (Some(intent), Some((to, number))) = (&intent, &self.ping)
            && intent.is_ping(to, *number)
        {
            self.ping = None;
        }
        if self.queue.is_empty() && self.queue.capacity() > SPARE {
            self.queue.shrink_to(SPARE);
        }
        intent
    }

    /// Whether a `Ping` or `PingReq` with this number waits.
    pub(crate) fn holds_question(&self, number: u32) -> bool {
        self.queue.iter().any(|intent| {
            matches!(&intent.message, Message::Ping { number: of } | Message::PingReq { number: of, .. } if *of == number)
        })
    }

    /// Whether gossip waits.
    pub(crate) fn holds_gossip(&self) -> bool {
        let mut waiting = self.queue.iter();
        waiting.any(|intent| matches!(intent.message, Message::Gossip))
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Drops what waits.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.ping = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(to: u8, message: Message<u8>) -> Intent<u8> {
        Intent {
            to,
            message,
            room: Room::Full,
            only_with_news: false,
            load: Load::Usual,
        }
    }

    fn receivers(mut outbox: Outbox<u8>) -> Vec<u8> {
        core::iter::from_fn(|| outbox.pop()).map(|i| i.to).collect()
    }

    #[test]
    fn a_full_outbox_refuses_and_counts_but_takes_the_ping_of_a_probe() {
        let mut outbox = Outbox::new();
        assert!(outbox.push(intent(1, Message::Gossip), 2));
        assert!(outbox.push(intent(2, Message::Gossip), 2));
        assert!(!outbox.push(intent(3, Message::Gossip), 2));
        outbox.push_ping(intent(0, Message::Ping { number: 7 }), 7);
        assert_eq!(outbox.refused, 1);
        assert_eq!(receivers(outbox), [0, 1, 2]);
    }

    #[test]
    fn the_ping_of_a_probe_takes_the_place_of_the_one_before() {
        let mut outbox = Outbox::new();
        // A question besides the probes, with a number that happens to be the same.
        assert!(outbox.push(intent(1, Message::Ping { number: 7 }), 2));
        outbox.push_ping(intent(2, Message::Ping { number: 7 }), 7);
        outbox.push_ping(intent(3, Message::Ping { number: 8 }), 8);
        assert_eq!(receivers(outbox), [3, 1]);
    }

    #[test]
    fn a_ping_that_left_has_no_place_to_be_taken() {
        let mut outbox = Outbox::new();
        outbox.push_ping(intent(1, Message::Ping { number: 7 }), 7);
        assert_eq!(outbox.pop().map(|it| it.to), Some(1));
        // Another question to the same, with a number that happens to be the same.
        assert!(outbox.push(intent(1, Message::Ping { number: 7 }), 2));
        outbox.push_ping(intent(2, Message::Ping { number: 8 }), 8);
        assert_eq!(receivers(outbox), [2, 1]);
    }
}
