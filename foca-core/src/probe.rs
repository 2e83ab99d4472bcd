//! One question at a time: is this member alive? What was asked, who helps, what came back.
//!
//! The clock of a probe starts when its `Ping` leaves, not when it was decided: a `Ping` that waits
//! in a queue says nothing about its receiver.

use alloc::vec::Vec;
use core::time::Duration;

use crate::{Identity, Instant};

/// Where a probe stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stage {
    /// The `Ping` waits to be sent: no clock runs.
    Unsent,
    /// The `Ping` left at this moment.
    Direct(Instant),
    /// Others were asked as well; the `Ping` left at this moment.
    Indirect(Instant),
    /// It answered; the `Ping` left at this moment.
    Answered(Instant),
}

/// How long the stages of one probe last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Times {
    /// From its `Ping` to its end.
    pub(crate) period: Duration,
    /// From its `Ping` to the next one, if it was answered by then.
    pub(crate) if_answered: Duration,
    /// From its `Ping` until others are asked.
    pub(crate) alone: Duration,
    /// How long an answer may take.
    pub(crate) rtt: Duration,
}

impl Times {
    /// From asking others until its end.
    pub(crate) fn for_helpers(self) -> Duration {
        self.period.saturating_sub(self.rtt)
    }
}

/// The probe of one member.
#[derive(Clone, Debug)]
pub(crate) struct Cycle<I> {
    pub(crate) target: I,
    /// What was known of it when the probe began.
    pub(crate) incarnation: u32,
    pub(crate) number: u32,
    pub(crate) times: Times,
    pub(crate) stage: Stage,
    /// Whether the socket refused the `Ping`: only others can tell.
    pub(crate) never_left: bool,
    /// Whether its next stage is due and waits for its datagrams to leave.
    pub(crate) is_overdue: bool,
    /// How many members were to be asked to probe on our behalf.
    pub(crate) relays_asked: usize,
    /// Those of them to whom the request has left.
    pub(crate) relays: Vec<I>,
    /// Those of them who say that they got no answer either.
    pub(crate) nacked: Vec<I>,
}

/// The probe under way and the one before, whose answer may still be on its way.
pub(crate) struct Probe<I> {
    pub(crate) current: Option<Cycle<I>>,
    previous: Option<(I, u32)>,
}

/// What an `Ack` was for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Answer {
    /// The probe under way.
    Current,
    /// The one before: late, but a sign of life.
    Late,
    /// Nothing we asked.
    Unasked,
}

impl<I: Identity> Probe<I> {
    pub(crate) const fn new() -> Self {
        Self {
            current: None,
            previous: None,
        }
    }

    /// Begins a probe; the `Ping` is still to be sent.
    pub(crate) fn begin(&mut self, target: I, incarnation: u32, number: u32, times: Times) {
        self.current = Some(Cycle {
            target,
            incarnation,
            number,
            times,
            stage: Stage::Unsent,
            never_left: false,
            is_overdue: false,
            relays_asked: 0,
            relays: Vec::new(),
            nacked: Vec::new(),
        });
    }

    /// Ends the probe under way and hands it out for judgement.
    pub(crate) fn end(&mut self) -> Option<Cycle<I>> {
        let cycle = self.current.take()?;
        self.previous = Some((cycle.target.clone(), cycle.number));
        Some(cycle)
    }

    /// Forgets everything that was asked.
    pub(crate) fn abandon(&mut self) {
        *self = Self::new();
    }

    /// The `Ping` with this number left just now. Returns whether it was that of the probe.
    pub(crate) fn sent(&mut self, now: Instant, target: &I, number: u32) -> bool {
        match &mut self.current {
            Some(cycle)
                if cycle.stage == Stage::Unsent
                    && cycle.number == number
                    && cycle.target == *target =>
            {
                cycle.stage = Stage::Direct(now);
                true
            }
            _ => false,
        }
    }

    /// The `Ping` did not leave after all.
    pub(crate) fn unsent(&mut self) {
        if let Some(cycle) = &mut self.current
            && matches!(cycle.stage, Stage::Direct(_))
        {
            cycle.stage = Stage::Unsent;
        }
    }

    /// Whether the probe under way asked this of `from`.
    pub(crate) fn is_asked(&self, from: &I, number: u32) -> bool {
        let current = self.current.as_ref();
        current.is_some_and(|cycle| cycle.number == number && cycle.target == *from)
    }

    /// An `Ack` with this number came from `from`.
    pub(crate) fn answered(&mut self, from: &I, number: u32) -> Answer {
        if self.is_asked(from, number)
            && let Some(cycle) = &mut self.current
            && let Stage::Direct(at) | Stage::Indirect(at) | Stage::Answered(at) = cycle.stage
        {
            cycle.stage = Stage::Answered(at);
            return Answer::Current;
        }
        match &self.previous {
            Some((target, previous)) if target == from && *previous == number => Answer::Late,
            _ => Answer::Unasked,
        }
    }

    /// A `ForwardedAck` with this number came from `relay`. Counts if that member was asked and
    /// speaks of the member that is probed.
    pub(crate) fn forwarded(&mut self, relay: &I, origin: &I, number: u32) -> bool {
        match &mut self.current {
            Some(cycle)
                if cycle.number == number
                    && cycle.target == *origin
                    && cycle.relays.contains(relay) =>
            {
                if let Stage::Indirect(at) = cycle.stage {
                    cycle.stage = Stage::Answered(at);
                }
                true
            }
            _ => false,
        }
    }

    /// A `Nack` with this number came from `relay`. Counts, once, if that member was asked and speaks
    /// of the member that is probed.
    pub(crate) fn nacked(&mut self, relay: &I, origin: &I, number: u32) -> bool {
        match &mut self.current {
            Some(cycle)
                if cycle.number == number
                    && cycle.target == *origin
                    && cycle.relays.contains(relay)
                    && !cycle.nacked.contains(relay) =>
            {
                cycle.nacked.push(relay.clone());
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::SocketAddrV4;

    const TIMES: Times = Times {
        period: Duration::from_secs(1),
        if_answered: Duration::from_secs(1),
        alone: Duration::from_millis(500),
        rtt: Duration::from_millis(500),
    };

    fn id(n: u32) -> SocketAddrV4 {
        SocketAddrV4::new(n.into(), 1)
    }

    fn sent() -> Probe<SocketAddrV4> {
        let mut probe = Probe::new();
        probe.begin(id(1), 0, 7, TIMES);
        assert!(probe.sent(Instant::ZERO, &id(1), 7));
        probe
    }

    fn stage(probe: &Probe<SocketAddrV4>) -> Stage {
        probe.current.as_ref().unwrap().stage
    }

    #[test]
    fn only_the_probed_member_with_the_right_number_answers() {
        let mut probe = sent();
        assert_eq!(probe.answered(&id(1), 8), Answer::Unasked);
        assert_eq!(probe.answered(&id(2), 7), Answer::Unasked);
        assert_eq!(stage(&probe), Stage::Direct(Instant::ZERO));
        assert_eq!(probe.answered(&id(1), 7), Answer::Current);
        assert_eq!(stage(&probe), Stage::Answered(Instant::ZERO));
    }

    #[test]
    fn no_answer_counts_before_the_question_left() {
        let mut probe = Probe::new();
        probe.begin(id(1), 0, 7, TIMES);
        assert_eq!(probe.answered(&id(1), 7), Answer::Unasked);
        assert!(!probe.sent(Instant::ZERO, &id(2), 7));
        assert!(!probe.sent(Instant::ZERO, &id(1), 8));
        assert!(probe.sent(Instant::ZERO, &id(1), 7));
        assert!(!probe.sent(Instant::ZERO, &id(1), 7), "it leaves once");
        probe.unsent();
        assert_eq!(stage(&probe), Stage::Unsent);
    }

    #[test]
    fn only_members_that_were_asked_forward_an_answer() {
        let mut probe = sent();
        let cycle = probe.current.as_mut().unwrap();
        cycle.stage = Stage::Indirect(Instant::ZERO);
        cycle.relays = alloc::vec![id(2)];
        assert!(!probe.forwarded(&id(3), &id(1), 7));
        assert!(!probe.forwarded(&id(2), &id(4), 7));
        assert!(!probe.forwarded(&id(2), &id(1), 6));
        assert_eq!(stage(&probe), Stage::Indirect(Instant::ZERO));
        assert!(probe.forwarded(&id(2), &id(1), 7));
        assert_eq!(stage(&probe), Stage::Answered(Instant::ZERO));
    }

    #[test]
    fn only_members_that_were_asked_say_once_that_they_got_no_answer() {
        let mut probe = sent();
        let cycle = probe.current.as_mut().unwrap();
        cycle.stage = Stage::Indirect(Instant::ZERO);
        cycle.relays = alloc::vec![id(2), id(3)];
        assert!(!probe.nacked(&id(4), &id(1), 7));
        assert!(!probe.nacked(&id(2), &id(4), 7));
        assert!(!probe.nacked(&id(2), &id(1), 6));
        assert!(probe.nacked(&id(2), &id(1), 7));
        assert!(!probe.nacked(&id(2), &id(1), 7), "it said so already");
        assert!(probe.forwarded(&id(2), &id(1), 7), "and then it got one");
        assert_eq!(stage(&probe), Stage::Answered(Instant::ZERO));
    }

    #[test]
    fn a_late_answer_is_told_from_an_unasked_one() {
        let mut probe = sent();
        probe.end();
        probe.begin(id(2), 0, 9, TIMES);
        assert_eq!(probe.answered(&id(1), 7), Answer::Late);
        assert_eq!(probe.answered(&id(1), 9), Answer::Unasked);
        probe.abandon();
        assert_eq!(probe.answered(&id(1), 7), Answer::Unasked);
    }
}
