//! One conformance suite for every executor (feature `testing`, for tests only).
//!
//! Say in a [`Shell`] how your executor binds, spawns, sleeps and blocks, and let
//! [`conformance!`](crate::conformance) make a test of each scenario:
//!
//! ```text
//! foca_runtime::conformance!(MyShell);
//! ```
//!
//! Every scenario uses real UDP sockets on loopback, takes a few seconds at most when all is well,
//! and panics with what it waited for when that takes longer than [`PATIENCE`].

mod heard;
mod scenarios;
mod shell;

pub use heard::Heard;
pub use scenarios::{
    broadcasts_arrive, closed_ports_are_survived, commands_come_from_plain_threads,
    crashes_are_detected, garbage_is_counted_and_harmless, members_meet_and_part,
    ports_in_use_are_errors,
};
pub use shell::{PATIENCE, Running, Shell, next_event, run, within};

/// Makes a test of every scenario of the conformance suite, on the [`Shell`](crate::testing::Shell)
/// that the expression makes.
#[macro_export]
macro_rules! conformance {
    ($shell:expr) => {
        $crate::conformance!($shell;
            broadcasts_arrive,
            closed_ports_are_survived,
            commands_come_from_plain_threads,
            crashes_are_detected,
            garbage_is_counted_and_harmless,
            members_meet_and_part,
            ports_in_use_are_errors,
        );
    };
    ($shell:expr; $($scenario:ident,)+) => {$(
        #[test]
        fn $scenario() {
            $crate::testing::$scenario(&$shell);
        }
    )+};
}
