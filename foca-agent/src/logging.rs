//! Log lines on stderr, chosen by `RUST_LOG`.

use std::io::{self, IsTerminal as _};

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

/// Writes log lines to stderr: those that `RUST_LOG` asks for, `info` and above if it does not.
pub fn log_to_stderr() {
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal() && wants_colour())
        .with_target(false)
        // Complaining about a broken stderr on stderr would be the end of the agent.
        .log_internal_errors(false);
    // Who has installed a subscriber already wants that one.
    let _ = tracing_subscriber::registry()
        .with(filter)
        .with(filter_fn(is_not_said_twice))
        .with(lines)
        .try_init();
}

/// As [`log_to_stderr`], but only if `RUST_LOG` is set.
pub fn log_if_asked() {
    if std::env::var_os(EnvFilter::DEFAULT_ENV).is_some_and(|filter| !filter.is_empty()) {
        log_to_stderr();
    }
}

/// Whether the user has not asked for plain text. See <https://no-color.org>.
pub(crate) fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// The agent puts into its own words what the protocol tells at this level.
fn is_not_said_twice(metadata: &Metadata<'_>) -> bool {
    !(*metadata.level() == Level::INFO && metadata.target().starts_with("foca_core"))
}
