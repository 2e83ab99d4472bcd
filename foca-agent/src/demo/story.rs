//! What has happened so far: the steps with their times, and the latest events.

use std::collections::VecDeque;
use std::time::Duration;

use foca_runtime_tokio::Event;
use tokio::time::Instant;

use super::cluster::{Cluster, Heard};

/// Events kept to be shown; older ones are forgotten.
const LINES_MAX: usize = 64;

/// Lines about events of one kind within one step. A cluster of fifty says everything fifty times.
pub(crate) const LINES_PER_KIND_MAX: usize = 5;

/// The steps of the demonstration, in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Join,
    Kill,
    Restart,
    Leave,
}

impl Step {
    pub(crate) const ALL: [Self; 4] = [Self::Join, Self::Kill, Self::Restart, Self::Leave];
}

/// What was measured, each from the deed on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Times {
    pub(crate) joined: Option<Duration>,
    pub(crate) suspected: Option<Duration>,
    pub(crate) down: Option<Duration>,
    pub(crate) back: Option<Duration>,
    pub(crate) left: Option<Duration>,
}

/// The whole story up to this moment.
pub(crate) struct Story {
    pub(crate) members: usize,
    /// Index of the member that is killed and returns.
    pub(crate) victim: usize,
    /// Index of the member that says goodbye.
    pub(crate) leaver: usize,
    pub(crate) step: Step,
    pub(crate) times: Times,
    /// Suspicions and verdicts about members that were running.
    pub(crate) false_alarms: u64,
    began: Instant,
    /// When the deed of this step was done.
    deed: Instant,
    lines: VecDeque<String>,
    /// The time of the latest line. What is heard late is told late, never out of order.
    told: Duration,
    /// How many events of each kind there were in this step.
    kinds: [usize; KINDS],
}

/// Kinds of events that get a line of their own.
const KINDS: usize = 6;

impl Story {
    pub(crate) fn new(members: usize) -> Self {
        let now = Instant::now();
        Self {
            members,
            victim: members - 1,
            leaver: members - 2,
            step: Step::Join,
            times: Times::default(),
            false_alarms: 0,
            began: now,
            deed: now,
            lines: VecDeque::new(),
            told: Duration::ZERO,
            kinds: [0; KINDS],
        }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Begins a step: its deed is being done.
    pub(crate) fn begin(&mut self, step: Step) {
        self.step = step;
        self.kinds = [0; KINDS];
        self.deed = Instant::now();
    }

    /// The deed took a while and counts from its end.
    pub(crate) fn deed_is_done(&mut self) {
        self.deed = Instant::now();
    }

    pub(crate) fn since_deed(&self) -> Duration {
        self.deed.elapsed()
    }

    /// The latest lines, oldest first, at most `count`.
    pub(crate) fn latest(&self, count: usize) -> impl Iterator<Item = &str> {
        let skipped = self.lines.len().saturating_sub(count);
        self.lines.iter().skip(skipped).map(String::as_str)
    }

    /// Adds a line, and returns it as it is shown.
    pub(crate) fn tell(&mut self, what: &str) -> String {
        self.tell_at(self.elapsed(), what)
    }

    fn tell_at(&mut self, at: Duration, what: &str) -> String {
        self.told = self.told.max(at);
        let line = format!("{:>7.2} s  {what}", self.told.as_secs_f64());
        if self.lines.len() == LINES_MAX {
            self.lines.pop_front();
        }
        self.lines.push_back(line.clone());
        line
    }

    /// Takes note of an event; returns the line about it, if there is one.
    pub(crate) fn hear(&mut self, heard: &Heard, cluster: &Cluster) -> Option<String> {
        let (kind, subject, what) = match &heard.event {
            Event::MemberUp(id) => (0, Some(id), "up"),
            Event::MemberSuspect(id) => (1, Some(id), "suspect"),
            Event::MemberRefuted(id) => (2, Some(id), "refuted"),
            Event::MemberDown(id) => (3, Some(id), "down"),
            Event::MemberLeft(id) => (4, Some(id), "left"),
            Event::Lost(_) => (5, None, "more than it can tell"),
            // What they tell is in the other events too.
            Event::Renamed { .. }
            | Event::Conflict(_)
            | Event::Joined
            | Event::Alone
            | Event::Renewed(_)
            | Event::Defunct
            | Event::Left
            | _ => return None,
        };
        if let (1 | 3, Some(id)) = (kind, subject) {
            self.accuse(heard, cluster.is_running(id), cluster.index_of(id));
        }
        self.kinds[kind] += 1;
        let subject = match subject.map(|id| (id, cluster.index_of(id))) {
            Some((_, Some(index))) => format!("member {} ", index + 1),
            Some((id, None)) => format!("{} ", id.socket_addr()),
            None => String::new(),
        };
        let mut line = format!("member {} sees {subject}{what}", heard.observer + 1);
        match self.kinds[kind] {
            ..=LINES_PER_KIND_MAX => {}
            count if count == LINES_PER_KIND_MAX + 1 => line = "... and so on".to_owned(),
            _ => return None,
        }
        Some(self.tell_at(heard.at.duration_since(self.began), &line))
    }

    fn accuse(&mut self, heard: &Heard, is_running: bool, subject: Option<usize>) {
        if is_running {
            self.false_alarms += 1;
        } else if self.step == Step::Kill && subject == Some(self.victim) {
            let took = heard.at.duration_since(self.deed);
            self.times.suspected.get_or_insert(took);
        }
    }
}

/// A time that was measured, with three digits or so.
pub(crate) fn in_words(time: Duration) -> String {
    let (seconds, milliseconds) = (time.as_secs_f64(), time.as_secs_f64() * 1_000.0);
    if milliseconds < 10.0 {
        format!("{milliseconds:.1} ms")
    } else if milliseconds < 1_000.0 {
        format!("{milliseconds:.0} ms")
    } else {
        format!("{seconds:.2} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_the_latest_stay() {
        let mut story = Story::new(3);
        for number in 0..1_000 {
            story.tell(&format!("line {number}"));
        }
        let latest: Vec<&str> = story.latest(2).collect();
        assert_eq!(latest.len(), 2);
        assert!(latest[0].ends_with("line 998") && latest[1].ends_with("line 999"));
        assert_eq!(story.latest(usize::MAX).count(), LINES_MAX);
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        let told = |micros| in_words(Duration::from_micros(micros));
        assert_eq!(told(412), "0.4 ms");
        assert_eq!(told(12_345), "12 ms");
        assert_eq!(told(999_400), "999 ms");
        assert_eq!(told(1_634_000), "1.63 s");
    }
}
