//! Where the demonstration appears: a picture drawn over the one before, or lines.

use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use terminal_size::{Height, Width, terminal_size};

use super::paint::{Colours, Line};
use crate::logging::wants_colour;
use crate::{DemoOptions, Failure};

/// The size of a terminal that does not tell.
const COLUMNS_DEFAULT: u16 = 80;
const ROWS_DEFAULT: u16 = 24;

const HIDE_CURSOR: &str = "\x1b[?25l";
const SHOW_CURSOR: &str = "\x1b[?25h";
const ERASE_LINE: &str = "\x1b[2K";
const ERASE_BELOW: &str = "\x1b[J";

/// Where the demonstration appears.
pub(crate) enum Screen {
    /// Lines, one after the other.
    Plain,
    /// A picture, redrawn in its place.
    Picture(Picture),
}

/// A picture on a terminal. The terminal is as before when this is dropped.
pub(crate) struct Picture {
    lines_drawn: usize,
    colours: Colours,
}

impl Screen {
    pub(crate) fn new(options: &DemoOptions) -> Self {
        let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        if options.plain || is_dumb || !io::stdout().is_terminal() {
            return Self::Plain;
        }
        let colours = if wants_colour() {
            Colours::Shown
        } else {
            Colours::Hidden
        };
        Self::Picture(Picture {
            lines_drawn: 0,
            colours,
        })
    }

    /// Prints a line that stays.
    pub(crate) fn print(&self, line: &str) -> Result<(), Failure> {
        put(&format!("{line}\n"))
    }
}

impl Picture {
    /// Lines that a picture may have: all but the one that the cursor waits in.
    pub(crate) fn height() -> usize {
        usize::from(size().1).saturating_sub(1)
    }

    /// Draws over the picture before.
    pub(crate) fn draw(&mut self, lines: &[Line]) -> Result<(), Failure> {
        let columns = usize::from(size().0);
        let mut drawn = String::from(HIDE_CURSOR);
        if self.lines_drawn > 0 {
            // Writing to a string does not fail, here and below.
            let _ = write!(drawn, "\x1b[{}A", self.lines_drawn);
        }
        for line in lines {
            let line = line.render(columns, self.colours);
            let _ = write!(drawn, "\r{ERASE_LINE}{line}\r\n");
        }
        drawn += ERASE_BELOW;
        self.lines_drawn = lines.len();
        put(&drawn)
    }
}

impl Drop for Picture {
    fn drop(&mut self) {
        if self.lines_drawn > 0 {
            // A line may have the echo of Ctrl-C in it.
            let _ = put(&format!("\r{ERASE_LINE}{SHOW_CURSOR}"));
        }
    }
}

fn size() -> (u16, u16) {
    let (Width(columns), Height(rows)) =
        terminal_size().unwrap_or((Width(COLUMNS_DEFAULT), Height(ROWS_DEFAULT)));
    // A terminal of no size is one that does not know.
    let known = |size: u16, default: u16| if size == 0 { default } else { size };
    (known(columns, COLUMNS_DEFAULT), known(rows, ROWS_DEFAULT))
}

fn put(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::Running(format!("cannot write to stdout: {error}")))
}
