//! Lines of coloured text that know how wide they are.

use std::fmt::Write as _;

/// What a piece of text means, which decides its colour.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    Plain,
    Strong,
    Faint,
    Good,
    Doubtful,
    Bad,
    Gone,
}

/// Whether colours are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Colours {
    Shown,
    Hidden,
}

/// One line: ASCII, so that a byte is a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<(Style, String)>);

impl Style {
    /// Parameters of the ANSI sequence that selects it.
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Doubtful => "33",
            Self::Bad => "31",
            Self::Gone => "36",
        }
    }
}

impl Line {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::default().and(Style::Plain, text)
    }

    pub(crate) fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }

    /// As text of at most `columns` columns; what is too long is cut.
    pub(crate) fn render(&self, columns: usize, colours: Colours) -> String {
        let mut rendered = String::new();
        let mut room = columns;
        for (style, text) in &self.0 {
            let cut: String = text.chars().take(room).collect();
            room -= cut.chars().count();
            if cut.is_empty() {
                continue;
            }
            // Writing to a string does not fail.
            let _ = match (colours, style.code()) {
                (Colours::Hidden, _) | (Colours::Shown, "") => write!(rendered, "{cut}"),
                (Colours::Shown, code) => write!(rendered, "\x1b[{code}m{cut}\x1b[0m"),
            };
        }
        match colours {
            Colours::Hidden => rendered.trim_end().to_owned(),
            Colours::Shown => rendered,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_take_no_columns() {
        let line = Line::plain("member 5 is ")
            .and(Style::Bad, "down")
            .and(Style::Faint, ", say all");
        assert_eq!(
            line.render(80, Colours::Hidden),
            "member 5 is down, say all"
        );
        assert_eq!(line.render(14, Colours::Hidden), "member 5 is do");
        assert_eq!(
            line.render(17, Colours::Shown),
            "member 5 is \x1b[31mdown\x1b[0m\x1b[2m,\x1b[0m"
        );
        assert_eq!(line.render(0, Colours::Shown), "");
    }
}
