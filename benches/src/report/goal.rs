//! What a figure was meant to be.

use super::table::{factor, time};

/// A goal for ours on its own wire.
#[derive(Clone, Copy, Debug)]
pub(super) enum Goal {
    /// So many times faster than the published crate.
    Faster(f64),
    /// At most so many seconds.
    Within(f64),
    /// At most so many times what ours takes with so many members.
    AtMostOwn { factor: f64, members: usize },
}

impl Goal {
    pub(super) fn text(self) -> String {
        match self {
            Self::Faster(1.0) => "not slower".to_owned(),
            Self::Faster(times) => format!("{} faster", factor(times)),
            Self::Within(seconds) => format!("at most {}", time(seconds)),
            Self::AtMostOwn {
                factor: times,
                members,
            } => format!("at most {} own N={members}", factor(times)),
        }
    }
}

/// The goals of a row and whether they were reached, as two cells.
pub(super) fn judge(goals: &[Goal], is_met: impl Fn(Goal) -> Option<bool>) -> [String; 2] {
    let texts: Vec<String> = goals.iter().map(|goal| goal.text()).collect();
    let verdicts: Vec<&str> = goals.iter().map(|goal| verdict(is_met(*goal))).collect();
    [texts.join("; "), verdicts.join("; ")]
}

/// One word for whether a goal was reached; `None` where it was not measured.
pub(super) const fn verdict(is_met: Option<bool>) -> &'static str {
    match is_met {
        Some(true) => "met",
        Some(false) => "**missed**",
        None => "–",
    }
}
