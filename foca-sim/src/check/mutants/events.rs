//! Members that report events twice, or keep some to themselves.

use foca_core::Event;

use super::assert_caught;
use crate::check::{Id, Mutation, Rule};

struct Stammering;

impl Mutation for Stammering {
    fn report(&mut self, event: Event<Id>) -> Vec<Event<Id>> {
        let times = if matches!(event, Event::MemberDown(_)) {
            2
        } else {
            1
        };
        vec![event; times]
    }
}

struct Discreet;

impl Mutation for Discreet {
    fn report(&mut self, event: Event<Id>) -> Vec<Event<Id>> {
        let kept = matches!(event, Event::MemberDown(_));
        if kept { vec![] } else { vec![event] }
    }
}

#[test]
fn two_downs_in_a_row_are_noticed() {
    assert_caught(Rule::Alternation, &|_, _| Some(Box::new(Stammering)));
}

#[test]
fn a_down_that_is_not_told_is_noticed() {
    assert_caught(Rule::Alternation, &|_, _| Some(Box::new(Discreet)));
}
