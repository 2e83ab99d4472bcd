//! What a checker is, and what it finds.

use std::fmt;

use foca_core::Instant;

use super::ledger::Happening;
use super::stage::Stage;

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident => $name:literal;)+) => {
        /// What is checked, one rule each.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Rule { $($(#[$doc])* $variant,)+ }

        impl fmt::Display for Rule {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $name,)+ })
            }
        }
    };
}

rules! {
    /// Nobody who lives and can be reached is held down once it is calm.
    Accusation => "accusation";
    /// All views become exactly those who live.
    Views => "views";
    /// Nobody is resurrected by old news.
    Resurrection => "resurrection";
    /// The incarnation that a life shows only grows.
    Incarnation => "incarnation";
    /// Events about a member follow one another as they must.
    Alternation => "alternation";
    /// Bytes, queues and tables stay within their bounds.
    Bounds => "bounds";
    /// Who heard a goodbye does not report a failure.
    Goodbye => "goodbye";
    /// The same seed gives the same run.
    Replay => "replay";
    /// All restart at once and find each other again.
    Restart => "restart";
    /// Nothing panics and nothing spins.
    Panic => "panic";
}

/// A rule that did not hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    /// Which.
    pub rule: Rule,
    /// When it was noticed.
    pub at: Instant,
    /// What should be.
    pub expected: String,
    /// What is.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            at,
            expected,
            seen,
        } = self;
        write!(
            f,
            "{rule} at {at}\n  expected: {expected}\n  seen:     {seen}"
        )
    }
}

/// Watches a run for one rule.
pub(crate) trait Checker {
    /// Judges what happened, in the order in which it did.
    fn hear(&mut self, at: Instant, happening: &Happening) -> Result<(), Violation>;

    /// Judges how things are, once in a while.
    fn look(&mut self, stage: &Stage<'_>) -> Result<(), Violation> {
        let _ = stage;
        Ok(())
    }
}
