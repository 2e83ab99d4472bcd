//! Printing that ends the program quietly when nobody reads any more, as in `foca-sim run --list | head -1`.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// Takes the place of the one of the standard library, which panics.
macro_rules! println {
    () => {
        $crate::print::line(::std::format_args!(""))
    };
    ($($arguments:tt)*) => {
        $crate::print::line(::std::format_args!($($arguments)*))
    };
}

/// Prints a line to standard output.
pub(crate) fn line(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = writeln!(out, "{text}") {
        give_up(&error);
    }
}

/// Ends the program because standard output takes nothing more: with success if its reader has gone.
pub(crate) fn give_up(error: &std::io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    eprintln!("foca-sim: standard output: {error}");
    std::process::exit(2);
}

/// Prints what can be written as JSON.
///
/// # Errors
///
/// If it cannot be written as JSON.
pub(crate) fn json(what: &impl serde::Serialize) -> Result<(), serde_json::Error> {
    line(format_args!("{}", serde_json::to_string_pretty(what)?));
    Ok(())
}
