//! How long it took until those who were gone were known to be gone.

use std::collections::BTreeMap;
use std::time::Duration;

use foca_core::Instant;
use serde::Serialize;

/// A member that went, and how others came to know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Detection {
    /// The number of the member.
    pub member: usize,
    /// When it went, in seconds since the end of the warm-up.
    pub at_seconds: f64,
    /// Whether it said goodbye.
    pub graceful: bool,
    /// Seconds until the first member declared it down, or heard its goodbye.
    pub first_seconds: Option<f64>,
    /// Seconds until nobody listed it any more.
    pub all_seconds: Option<f64>,
    /// Whether it came back before everybody knew.
    pub returned: bool,
    /// Whether nobody was left who listed it before anybody was told: there was nothing to detect.
    pub unseen: bool,
}

/// Those who went, in the order in which they went.
#[derive(Default)]
pub(in crate::scenario) struct Detections {
    all: Vec<Detection>,
    open: BTreeMap<usize, Open>,
}

struct Open {
    index: usize,
    at: Instant,
    /// Its last life.
    life: u16,
    /// Running members that list it in that life or an earlier one.
    listed_by: u64,
}

impl Detections {
    /// A member went while so many running members listed it.
    pub(in crate::scenario) fn went(
        &mut self,
        at: (Instant, Duration),
        member: usize,
        life: u16,
        graceful: bool,
        listed_by: u64,
    ) {
        let (at, since_warm_up) = at;
        self.open.insert(
            member,
            Open {
                index: self.all.len(),
                at,
                life,
                listed_by,
            },
        );
        self.all.push(Detection {
            member,
            at_seconds: since_warm_up.as_secs_f64(),
            graceful,
            first_seconds: None,
            all_seconds: None,
            returned: false,
            unseen: false,
        });
        self.settle_without_observer(at, member);
    }

    /// An observer is gone, and its list with it.
    pub(in crate::scenario) fn unlisted(
        &mut self,
        at: Instant,
        member: usize,
        before: Option<u16>,
    ) {
        if let Some(open) = self.open.get_mut(&member)
            && before.is_some_and(|life| life <= open.life)
        {
            open.listed_by = open.listed_by.saturating_sub(1);
            self.settle_without_observer(at, member);
        }
    }

    /// A member is back.
    pub(in crate::scenario) fn returned(&mut self, member: usize) {
        if let Some(open) = self.open.remove(&member) {
            self.all[open.index].returned = true;
        }
    }

    /// Somebody was told that a member is down or left.
    pub(in crate::scenario) fn told(&mut self, at: Instant, member: usize) {
        if let Some(open) = self.open.get(&member) {
            let first = &mut self.all[open.index].first_seconds;
            first.get_or_insert(at.duration_since(open.at).as_secs_f64());
        }
    }

    /// The list of an observer changed.
    pub(in crate::scenario) fn relisted(
        &mut self,
        at: Instant,
        member: usize,
        before: Option<u16>,
        after: Option<u16>,
    ) {
        let Some(open) = self.open.get_mut(&member) else {
            return;
        };
        let was = before.is_some_and(|life| life <= open.life);
        let is = after.is_some_and(|life| life <= open.life);
        open.listed_by = (open.listed_by + u64::from(is)).saturating_sub(u64::from(was));
        self.settle(at, member);
    }

    /// Whether everybody knows of all who went for good.
    pub(in crate::scenario) fn are_done(&self) -> bool {
        let done = |detection: &Detection| detection.all_seconds.is_some() || detection.unseen;
        self.open.values().all(|open| done(&self.all[open.index]))
    }

    pub(in crate::scenario) fn into_all(self) -> Vec<Detection> {
        self.all
    }

    /// Nobody lists a member because those who did are gone: that informs nobody.
    fn settle_without_observer(&mut self, at: Instant, member: usize) {
        if let Some(open) = self.open.get(&member)
            && open.listed_by == 0
            && self.all[open.index].first_seconds.is_none()
        {
            self.all[open.index].unseen = true;
        } else {
            self.settle(at, member);
        }
    }

    fn settle(&mut self, at: Instant, member: usize) {
        if let Some(open) = self.open.get(&member)
            && open.listed_by == 0
        {
            let all = &mut self.all[open.index].all_seconds;
            all.get_or_insert(at.duration_since(open.at).as_secs_f64());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn crash(detections: &mut Detections, member: usize, listed_by: u64) {
        detections.went((Instant::ZERO, Duration::ZERO), member, 0, false, listed_by);
    }

    #[test]
    fn whom_nobody_is_left_to_miss_was_not_detected_at_once() {
        let mut detections = Detections::default();
        crash(&mut detections, 0, 1);
        assert!(!detections.are_done());
        detections.unlisted(Instant::ZERO, 0, Some(0));
        crash(&mut detections, 1, 0);
        assert!(detections.are_done());
        for detection in detections.into_all() {
            assert!(detection.unseen, "{detection:?}");
            assert_eq!(
                (detection.first_seconds, detection.all_seconds),
                (None, None)
            );
        }
    }

    #[test]
    fn who_goes_before_it_is_told_keeps_nobody_waiting() {
        let mut detections = Detections::default();
        crash(&mut detections, 0, 2);
        detections.told(Instant::ZERO + SECOND, 0);
        detections.relisted(Instant::ZERO + SECOND, 0, Some(0), None);
        detections.unlisted(Instant::ZERO + SECOND * 2, 0, Some(0));
        let all = detections.into_all();
        assert_eq!(
            (all[0].first_seconds, all[0].all_seconds),
            (Some(1.0), Some(2.0))
        );
        assert!(!all[0].unseen);
    }
}
