//! One figure of an experiment: its goal, and what was reached.

use serde_json::{Value, json};

use super::experiments::Target;
use crate::command::table::counted;

pub(super) struct Row {
    pub(super) experiment: &'static str,
    pub(super) runs: u64,
    pub(super) target: &'static Target,
    /// `None` for what never came.
    pub(super) ours: Option<f64>,
    /// The figure of the published foca, if that ran as well.
    pub(super) theirs: Option<Option<f64>>,
}

impl Row {
    /// Whether the goal is reached; `None` where there is none.
    pub(super) fn holds(&self) -> Option<bool> {
        let goal = self.target.goal?;
        Some(self.ours.is_some_and(|value| value <= goal))
    }

    /// The cells of the table; the experiment is named in the first of its rows.
    pub(super) fn cells(&self, is_first: bool) -> [String; 6] {
        let Target {
            figure,
            goal,
            published,
            ..
        } = self.target;
        let name = match is_first {
            true => format!("{} ({})", self.experiment, counted(self.runs, "run")),
            false => String::new(),
        };
        let theirs = match self.theirs {
            Some(theirs) => show(theirs),
            None if published.is_empty() => String::new(),
            None => format!("({published})"),
        };
        let verdict = match self.holds() {
            None => "",
            Some(true) => "holds",
            Some(false) => "MISSED",
        };
        [
            name,
            (*figure).to_owned(),
            goal.map_or_else(String::new, |goal| show(Some(goal))),
            show(self.ours),
            theirs,
            verdict.to_owned(),
        ]
    }

    /// The same with all digits.
    pub(super) fn to_json(&self) -> Value {
        let published = Some(self.target.published).filter(|text| !text.is_empty());
        let mut row = json!({
            "experiment": self.experiment,
            "runs": self.runs,
            "figure": self.target.figure,
            "goal": self.target.goal,
            "ours": self.ours,
            "published": published,
            "holds": self.holds(),
        });
        if let Some(theirs) = self.theirs {
            row["foca_2"] = theirs.into();
        }
        row
    }
}

/// A figure in as many digits as it deserves; what never came is `never`.
fn show(value: Option<f64>) -> String {
    match value {
        None => "never".to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.2}"),
    }
}
