//! The incarnation that a life shows only grows: nobody else raises it, and nothing lowers it.

use std::collections::BTreeMap;

use foca_core::Instant;

use crate::check::checker::{Checker, Rule, Violation};
use crate::check::identity::Id;
use crate::check::ledger::{Happening, Process};

/// The greatest incarnation that each life has shown, per process: one that is started again as what it was
/// knows nothing of before.
#[derive(Default)]
pub(crate) struct Incarnation {
    shown: BTreeMap<(Process, Id), u32>,
}

impl Checker for Incarnation {
    fn hear(&mut self, at: Instant, happening: &Happening) -> Result<(), Violation> {
        let Happening::Sent {
            process,
            says: Some((id, incarnation)),
            ..
        } = *happening
        else {
            return Ok(());
        };
        let shown = self.shown.entry((process, id)).or_default();
        if incarnation < *shown {
            return Err(Violation {
                rule: Rule::Incarnation,
                at,
                expected: format!("{id} sends no incarnation below {shown}, which it has shown"),
                seen: format!("it sends {incarnation}"),
            });
        }
        *shown = incarnation;
        Ok(())
    }
}
