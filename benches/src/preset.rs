//! The configurations of ours that everything here starts from.

use foca_core::{Config, Wire};

/// What ours recommends in one data centre, on this wire, for a cluster of about `members`.
pub(crate) fn lan(wire: Wire, _members: usize) -> Config {
    let lan = Config::lan();
    match wire {
        Wire::Foca2 => lan.foca2(),
        Wire::Native => lan,
    }
}

/// Ours on this wire with no task but probing.
pub(crate) fn probes_only(wire: Wire) -> Config {
    let simple = Config::simple();
    match wire {
        Wire::Foca2 => simple.foca2(),
        Wire::Native => simple,
    }
}
