//! The rules that are watched all the time, one a file. Those that are judged at a certain moment, because
//! they say what becomes of a cluster, are in `views.rs`.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each rule is about a few of all happenings"
)]

mod alternation;
mod bounds;
mod goodbye;
mod incarnation;
mod resurrection;

pub use alternation::EventAccount;

use super::checker::Checker;
use super::plan::Plan;

/// All of them.
pub(crate) fn all(plan: &Plan) -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(resurrection::Resurrection::new(plan)),
        Box::new(incarnation::Incarnation::default()),
        Box::new(alternation::Alternation::default()),
        Box::new(bounds::Bounds::new(plan)),
        Box::new(goodbye::Goodbye::new(plan)),
    ]
}
