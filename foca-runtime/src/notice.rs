//! One log line for many rejected datagrams.

use std::time::Duration;

use foca_core::{Instant, Reject};

/// Shortest time between two log lines about rejected datagrams.
pub const NOTICE_INTERVAL: Duration = Duration::from_secs(60);

/// Decides when an operator is told about rejected datagrams: at the first one, and then at most
/// once per [`NOTICE_INTERVAL`] about all that came in between.
///
/// Reasons that belong to the daily life of a cluster are left to the counters.
#[derive(Default)]
pub(crate) struct Notice {
    waiting: [u64; Reject::ALL.len()],
    quiet_until: Instant,
}

impl Notice {
    pub(crate) fn record(&mut self, now: Instant, reject: Reject) {
        // Members restart, rename and leave while datagrams are on their way.
        if matches!(reject, Reject::NotForMe | Reject::Stopped) {
            return;
        }
        self.waiting[reject as usize] += 1;
        self.handle_timeout(now);
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let Some((datagrams, reason)) = self.summary() else {
            return;
        };
        if now < self.quiet_until {
            return;
        }
        let datagrams_total: u64 = self.waiting.iter().sum();
        tracing::warn!(
            datagrams_total,
            datagrams,
            reason = reason.as_str(),
            "datagrams were rejected; the reason is the most frequent one"
        );
        *self = Self {
            quiet_until: now + NOTICE_INTERVAL,
            ..Self::default()
        };
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.summary().map(|_| self.quiet_until)
    }

    /// The most frequent reason that waits to be told.
    fn summary(&self) -> Option<(u64, Reject)> {
        let counts = self.waiting.iter().copied().zip(Reject::ALL);
        counts
            .max_by_key(|(datagrams, _)| *datagrams)
            .filter(|(datagrams, _)| *datagrams > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Debug;
    use std::sync::{Arc, Mutex};
    use tracing::field::{Field, Visit};
    use tracing::{Event, Metadata, Subscriber, span};

    /// Keeps what is logged as text, one string a line.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Lines {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            true
        }
        fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
            span::Id::from_u64(1)
        }
        fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
        fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }
        fn enter(&self, _: &span::Id) {}
        fn exit(&self, _: &span::Id) {}
    }

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            self.0 += &format!(" {field}={value:?}");
        }
    }

    fn logged(scenario: impl FnOnce(&mut Notice)) -> Vec<String> {
        let lines = Lines::default();
        tracing::subscriber::with_default(lines.clone(), || scenario(&mut Notice::default()));
        lines.0.lock().unwrap().clone()
    }

    const fn second(seconds: u64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_flood_is_one_line_at_once_and_one_a_minute() {
        let lines = logged(|notice| {
            notice.record(second(10), Reject::TooShort);
            for _ in 0..1_000 {
                notice.record(second(11), Reject::BadChecksum);
                notice.record(second(12), Reject::ForeignCluster);
                notice.record(second(13), Reject::BadChecksum);
            }
            assert_eq!(notice.poll_timeout(), Some(second(70)));
            notice.handle_timeout(second(69));
            notice.handle_timeout(second(70));
            assert_eq!(notice.poll_timeout(), None);
        });
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].starts_with("WARN") && lines[0].contains("too short"),
            "{}",
            lines[0]
        );
        assert!(
            lines[1].contains("datagrams_total=3000 datagrams=2000"),
            "{}",
            lines[1]
        );
        assert!(lines[1].contains("damaged"), "{}", lines[1]);
    }

    #[test]
    fn daily_life_is_not_worth_a_line() {
        let lines = logged(|notice| {
            for reject in [Reject::NotForMe, Reject::Stopped] {
                notice.record(second(1), reject);
            }
            assert_eq!(notice.poll_timeout(), None);
        });
        assert_eq!(lines, Vec::<String>::new());
    }
}
