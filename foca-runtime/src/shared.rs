//! What a driver and its handles have in common.

use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Waker;

use foca_core::{Broadcasts, Codec, Event, Instant};

use crate::events::EventQueue;
use crate::watched::{Watched, lock};
use crate::{Clock, DriverStats, Node, Peer};

pub(crate) struct Shared<I: Peer, C: Codec<I>, B: Broadcasts<I>> {
    state: Mutex<State<I, C, B>>,
    clock: Option<Clock>,
    pub(crate) events: Arc<Watched<EventQueue<I>>>,
    pub(crate) goodbye: Arc<Watched<Goodbye>>,
}

/// The node, and how its driver is told that somebody touched it.
pub(crate) struct State<I: Peer, C: Codec<I>, B: Broadcasts<I>> {
    pub(crate) node: Node<I, C, B>,
    pub(crate) stats: DriverStats,
    pub(crate) phase: Phase,
    /// The latest time known here.
    now: Instant,
    /// Whether a handle did something since the driver looked last.
    touched: bool,
    driver: Option<Waker>,
}

/// Whether a driver stands behind the handles.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    Running,
    Stopping,
    Ended,
}

/// How far leaving has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Goodbye {
    /// Nobody left, or there is more to be said.
    Unsaid,
    /// The last word of it has left the socket.
    Said,
    /// The driver ended first.
    Cut,
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> Shared<I, C, B> {
    pub(crate) fn new(
        node: Node<I, C, B>,
        events_max: usize,
        now: Instant,
        clock: Option<Clock>,
    ) -> Arc<Self> {
        let state = State {
            node,
            stats: DriverStats::default(),
            phase: Phase::Running,
            now,
            touched: false,
            driver: None,
        };
        Arc::new(Self {
            state: Mutex::new(state),
            clock,
            events: EventQueue::new(events_max),
            goodbye: Watched::new(Goodbye::Unsaid),
        })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State<I, C, B>> {
        lock(&self.state)
    }

    /// Does something for a handle, and has the driver see to the consequences.
    pub(crate) fn command<R>(&self, command: impl FnOnce(&mut State<I, C, B>, Instant) -> R) -> R {
        // Wakes after the lock is released, and also if a policy of the application panics.
        let mut driver = WakeOnDrop(None);
        let mut state = self.lock();
        driver.0 = state.driver.take();
        state.touched = true;
        let now = self.clock.as_ref().map_or(state.now, Clock::now);
        let now = state.advance(now);
        command(&mut state, now)
    }

    /// Begins a round of the driver.
    pub(crate) fn begin_round(&self) -> Phase {
        let mut state = self.lock();
        state.touched = false;
        state.phase
    }

    /// Leaves a waker for handles, unless one of them did something during the round.
    pub(crate) fn park(&self, waker: &Waker) -> bool {
        let mut state = self.lock();
        if state.touched {
            return false;
        }
        let replaced = match &mut state.driver {
            Some(known) if known.will_wake(waker) => None,
            known => known.replace(waker.clone()),
        };
        drop(state);
        drop(replaced);
        true
    }

    /// Moves what happened from the node to the queue; returns whether our goodbye was among it.
    pub(crate) fn publish(&self) -> bool {
        let mut happened = Vec::new();
        {
            let mut state = self.lock();
            while let Some(event) = state.node.poll_event() {
                happened.push(event);
            }
        }
        if happened.is_empty() {
            return false;
        }
        let has_left = happened.contains(&Event::Left);
        self.events.change(|queue| {
            for event in happened {
                queue.push(event);
            }
        });
        has_left
    }

    /// The driver is gone: whoever waits for anything is told.
    pub(crate) fn end(&self) {
        let driver = {
            let mut state = self.lock();
            state.phase = Phase::Ended;
            state.driver.take()
        };
        drop(driver);
        self.events.change(EventQueue::end);
        self.goodbye.change(|goodbye| {
            if *goodbye == Goodbye::Unsaid {
                *goodbye = Goodbye::Cut;
            }
        });
    }
}

impl<I: Peer, C: Codec<I>, B: Broadcasts<I>> State<I, C, B> {
    /// Takes note of the time, which never runs backwards.
    pub(crate) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }
}

struct WakeOnDrop(Option<Waker>);

impl Drop for WakeOnDrop {
    fn drop(&mut self) {
        if let Some(waker) = self.0.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NodeConfig, NodeId, PostcardCodec};
    use std::sync::atomic::{AtomicU64, Ordering};

    fn shared(clock: Option<Clock>) -> Arc<Shared<NodeId, PostcardCodec, foca_core::NoBroadcasts>> {
        let id = NodeId::new("127.0.0.1:7000".parse().unwrap(), 1);
        let now = Instant::from_micros(100);
        let node = Node::new(NodeConfig::new(id, PostcardCodec), now).unwrap();
        Shared::new(node, 8, now, clock)
    }

    #[test]
    fn commands_are_dated_by_the_clock_which_never_runs_backwards() {
        let micros = Arc::new(AtomicU64::new(500));
        let read = Arc::clone(&micros);
        let clock = Clock::new(move || Instant::from_micros(read.load(Ordering::Relaxed)));
        let shared = shared(Some(clock));
        assert_eq!(shared.command(|_, now| now), Instant::from_micros(500));
        micros.store(400, Ordering::Relaxed);
        assert_eq!(shared.command(|_, now| now), Instant::from_micros(500));
    }

    #[test]
    fn without_a_clock_they_have_the_date_of_the_last_round() {
        let shared = shared(None);
        assert_eq!(shared.command(|_, now| now), Instant::from_micros(100));
        shared.lock().advance(Instant::from_micros(700));
        assert_eq!(shared.command(|_, now| now), Instant::from_micros(700));
    }

    #[test]
    fn a_driver_does_not_sleep_over_a_command_given_during_its_round() {
        let shared = shared(None);
        assert_eq!(shared.begin_round(), Phase::Running);
        shared.command(|_, _| ());
        assert!(!shared.park(Waker::noop()));
        assert_eq!(shared.begin_round(), Phase::Running);
        assert!(shared.park(Waker::noop()));
    }
}
