//! Rows of published and measured figures, and the judgement of them.

use std::fmt::Write as _;

use serde::Serialize;

use super::plot::Plot;

/// How far our figure may be from the published one. Fixed before anything is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    /// Shown, not judged.
    Unjudged,
    /// By this part of the published figure.
    Relative(f64),
    /// By this much.
    Absolute(f64),
    /// Ours is at least the first and at most the second.
    Band(f64, f64),
    /// A published figure of a single run: it is at least the first and at most the second of what
    /// our runs gave.
    Spread(f64, f64),
}

/// What the judgement of a row came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    /// Within the tolerance.
    Holds,
    /// Not within the tolerance.
    Fails,
    /// Nothing to hold it against.
    Unjudged,
}

/// A figure that was published and what came of measuring it.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Which figure.
    pub what: String,
    /// As it was published; `None` where nothing was.
    pub published: Option<f64>,
    /// As it was measured.
    pub ours: f64,
    /// How far the one may be from the other.
    pub tolerance: Tolerance,
    /// Digits shown behind the point.
    pub digits: usize,
    /// What it was measured from.
    pub detail: String,
}

/// The rows of one experiment and what must be known to read them.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// The experiment.
    pub name: &'static str,
    /// Paper, table or figure, section.
    pub source: &'static str,
    /// The set-up, and how much of the published one was run.
    pub setup: String,
    /// The figures.
    pub rows: Vec<Row>,
    /// What was chosen, what does not match and why.
    pub notes: Vec<String>,
    /// The figures as lines, where that shows more.
    #[serde(skip)]
    pub plot: Option<Plot>,
}

impl Row {
    /// A row shown with three digits behind the point and judged by nothing.
    pub fn new(what: impl Into<String>, published: impl Into<Option<f64>>, ours: f64) -> Self {
        Self {
            what: what.into(),
            published: published.into(),
            ours,
            tolerance: Tolerance::Unjudged,
            digits: 3,
            detail: String::new(),
        }
    }

    /// The same row, judged.
    #[must_use]
    pub const fn within(mut self, tolerance: Tolerance) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The same row with so many digits behind the point.
    #[must_use]
    pub const fn digits(mut self, digits: usize) -> Self {
        self.digits = digits;
        self
    }

    /// The same row with a word on what it was measured from.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Holds our figure against the published one.
    #[must_use]
    pub fn judge(&self) -> Judged {
        let holds = match (self.tolerance, self.published) {
            (Tolerance::Unjudged, _) => return Judged::Unjudged,
            (Tolerance::Band(least, most), _) => (least..=most).contains(&self.ours),
            (Tolerance::Relative(part), Some(published)) => {
                (self.ours - published).abs() <= part * published.abs()
            }
            (Tolerance::Absolute(margin), Some(published)) => {
                (self.ours - published).abs() <= margin
            }
            (Tolerance::Spread(least, most), Some(published)) => {
                (least..=most).contains(&published)
            }
            // A tolerance around a figure that is not there cannot be kept.
            (_, None) => false,
        };
        if holds { Judged::Holds } else { Judged::Fails }
    }

    fn cells(&self) -> [String; 6] {
        let digits = self.digits;
        let allowed = match self.tolerance {
            Tolerance::Unjudged => String::new(),
            Tolerance::Relative(part) => format!("± {:.1} %", 100.0 * part),
            Tolerance::Absolute(margin) => format!("± {margin:.digits$}"),
            Tolerance::Band(least, most) => format!("{least:.digits$} to {most:.digits$}"),
            Tolerance::Spread(least, most) => {
                format!("in our {least:.digits$} to {most:.digits$}")
            }
        };
        let judged = match self.judge() {
            Judged::Holds => "holds",
            Judged::Fails => "FAILS",
            Judged::Unjudged => "",
        };
        let published = self.published;
        [
            self.what.clone(),
            published.map_or_else(String::new, |figure| format!("{figure:.digits$}")),
            format!("{:.digits$}", self.ours),
            allowed,
            judged.to_owned(),
            self.detail.clone(),
        ]
    }
}

impl Table {
    /// Rows outside their tolerance.
    pub fn failures(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.judge() == Judged::Fails)
    }

    /// The table for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let rows = self.cells();
        let widths: [usize; 6] = std::array::from_fn(|column| {
            let lengths = rows.iter().map(|row| row[column].chars().count());
            lengths.max().unwrap_or(0)
        });
        let mut text = format!("{}\n{}\n{}\n\n", self.name, self.source, self.setup);
        for row in rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                // Figures stand right-aligned under each other, words do not.
                if (1..=2).contains(&column) {
                    push(&mut line, format_args!("{cell:>width$}  "));
                } else {
                    push(&mut line, format_args!("{cell:width$}  "));
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        for note in &self.notes {
            push(&mut text, format_args!("\n{note}\n"));
        }
        text
    }

    /// The table for a document.
    #[must_use]
    pub fn markdown(&self) -> String {
        let mut text = format!("### {}\n\n{}. {}\n\n", self.name, self.source, self.setup);
        for (index, row) in self.cells().into_iter().enumerate() {
            push(&mut text, format_args!("| {} |\n", row.join(" | ")));
            if index == 0 {
                text.push_str("|---|--:|--:|---|---|---|\n");
            }
        }
        for note in &self.notes {
            push(&mut text, format_args!("\n{note}\n"));
        }
        text
    }

    /// A header and the rows.
    fn cells(&self) -> Vec<[String; 6]> {
        let header = ["figure", "published", "ours", "allowed", "", "measured"];
        std::iter::once(header.map(str::to_owned))
            .chain(self.rows.iter().map(Row::cells))
            .collect()
    }
}

/// Writing to a `String` does not fail.
fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = text.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(published: Option<f64>, ours: f64, tolerance: Tolerance) -> Judged {
        Row::new("a figure", published, ours)
            .within(tolerance)
            .judge()
    }

    #[test]
    fn both_edges_of_a_tolerance_hold_and_nothing_beyond() {
        let cases = [
            (Tolerance::Relative(0.25), [6.0, 10.0], [5.9, 10.1]),
            (Tolerance::Absolute(0.5), [7.5, 8.5], [7.4, 8.6]),
            (Tolerance::Band(1.0, 2.0), [1.0, 2.0], [0.9, 2.1]),
        ];
        for (tolerance, inside, outside) in cases {
            for ours in inside {
                assert_eq!(judge(Some(8.0), ours, tolerance), Judged::Holds, "{ours}");
            }
            for ours in outside {
                assert_eq!(judge(Some(8.0), ours, tolerance), Judged::Fails, "{ours}");
            }
        }
    }

    #[test]
    fn a_spread_judges_the_published_figure_not_ours() {
        assert_eq!(
            judge(Some(3.0), 9.0, Tolerance::Spread(2.0, 3.0)),
            Judged::Holds
        );
        assert_eq!(
            judge(Some(3.1), 2.5, Tolerance::Spread(2.0, 3.0)),
            Judged::Fails
        );
    }

    #[test]
    fn what_is_not_a_number_or_has_nothing_to_be_held_against_does_not_hold() {
        let tolerances = [
            Tolerance::Relative(1.0),
            Tolerance::Absolute(1.0),
            Tolerance::Band(0.0, 1.0),
        ];
        for tolerance in tolerances {
            assert_eq!(judge(Some(1.0), f64::NAN, tolerance), Judged::Fails);
        }
        assert_eq!(judge(None, 1.0, Tolerance::Relative(1.0)), Judged::Fails);
        assert_eq!(judge(None, 1.0, Tolerance::Unjudged), Judged::Unjudged);
    }

    #[test]
    fn a_table_names_its_failures_and_shows_every_row_in_both_forms() {
        let table = Table {
            name: "example",
            source: "Somebody 1999, table 1",
            setup: "Two members".to_owned(),
            rows: vec![
                Row::new("kept", 2.0, 2.0).within(Tolerance::Relative(0.01)),
                Row::new("missed", 2.0, 3.0).within(Tolerance::Relative(0.01)),
            ],
            notes: vec!["A note.".to_owned()],
            plot: None,
        };
        let failures: Vec<_> = table.failures().map(|row| row.what.as_str()).collect();
        assert_eq!(failures, ["missed"]);
        for text in [table.text(), table.markdown()] {
            for part in ["kept", "missed", "FAILS", "holds", "A note.", "table 1"] {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
    }
}
