//! How far the views of a cluster are from who really lives.

use std::collections::{BTreeMap, BTreeSet};

use foca_core::{Member, Rules, State};

use super::checker::{Rule, Violation};
use super::identity::Id;
use super::stage::Stage;
use super::subject::Subject;

/// The first difference between what somebody believes and who lives; `None` if all views are exact.
///
/// Somebody who lives and is held down is told before any other difference.
pub(crate) fn first_difference(stage: &Stage<'_>) -> Option<Violation> {
    let present = stage.present();
    let accused = stage
        .participants()
        .find_map(|it| accusation(stage, it, &present));
    accused.or_else(|| {
        stage
            .participants()
            .find_map(|it| difference(stage, it, &present))
            .or_else(|| suspicion(stage))
            .or_else(|| ahead(stage))
    })
}

/// Whether all views are exact, and stay so if nothing happens. Costs less than asking for the difference.
pub(crate) fn are_exact(stage: &Stage<'_>) -> bool {
    let present = stage.present();
    let exact = stage.participants().all(|subject| {
        let foca = subject.foca();
        foca.members().len() + 1 == present.len()
            && foca.members().all(|member| present.contains(&member.id))
    });
    exact && suspicion(stage).is_none() && ahead(stage).is_none()
}

/// A suspicion of somebody who lives: it may still become a verdict.
fn suspicion(stage: &Stage<'_>) -> Option<Violation> {
    stage.participants().find_map(|it| {
        let foca = it.foca();
        let mut members = foca.members();
        let member = members.find(|member| member.state == State::Suspect)?;
        Some(Violation {
            rule: Rule::Accusation,
            at: stage.network.now(),
            expected: format!("{} suspects nobody who lives", foca.identity()),
            seen: format!("{} at incarnation {}", member.id, member.incarnation),
        })
    })
}

/// A member that somebody knows at a later incarnation than it has: what it says, its goodbye included, would
/// not count. Where the rules believe a goodbye at any incarnation that is no difference.
fn ahead(stage: &Stage<'_>) -> Option<Violation> {
    if stage.plan.config.rules != Rules::Native {
        return None;
    }
    let incarnations: BTreeMap<Id, u32> = stage
        .participants()
        .map(|it| (*it.foca().identity(), it.foca().incarnation()))
        .collect();
    let later = |member: &Member<Id>| incarnations.get(&member.id) < Some(&member.incarnation);
    stage.participants().find_map(|it| {
        let foca = it.foca();
        let member = foca.members().find(|member| later(member))?;
        Some(Violation {
            rule: Rule::Views,
            at: stage.network.now(),
            expected: format!(
                "{} knows no later incarnation of {} than it has",
                foca.identity(),
                member.id
            ),
            seen: format!(
                "{} rather than {:?}",
                member.incarnation,
                incarnations.get(&member.id)
            ),
        })
    })
}

fn accusation(stage: &Stage<'_>, subject: &Subject, present: &BTreeSet<Id>) -> Option<Violation> {
    let own = *subject.foca().identity();
    let accused = present.iter().find(|id| {
        let known = subject.foca().member(&id.addr);
        known.is_some_and(|member| !member.state.is_active() && member.id.life <= id.life)
    })?;
    let member = subject.foca().member(&accused.addr)?;
    Some(Violation {
        rule: Rule::Accusation,
        at: stage.network.now(),
        expected: format!("{own} holds {accused} up, which lives and can be reached"),
        seen: format!(
            "{:?} at incarnation {}, {}",
            member.state, member.incarnation, member.id
        ),
    })
}

fn difference(stage: &Stage<'_>, subject: &Subject, present: &BTreeSet<Id>) -> Option<Violation> {
    let foca = subject.foca();
    let own = *foca.identity();
    let others: BTreeSet<Id> = present.iter().copied().filter(|id| *id != own).collect();
    let believed: BTreeSet<Id> = foca.members().map(|member| member.id).collect();
    if others == believed {
        return None;
    }
    let list = |ids: &mut dyn Iterator<Item = &Id>| {
        let ids: Vec<_> = ids.map(ToString::to_string).collect();
        ids.join(", ")
    };
    Some(Violation {
        rule: Rule::Views,
        at: stage.network.now(),
        expected: format!("{own} lists the {} others who live", others.len()),
        seen: format!(
            "it lists {}; missing [{}], too many [{}]",
            believed.len(),
            list(&mut others.difference(&believed)),
            list(&mut believed.difference(&others)),
        ),
    })
}
