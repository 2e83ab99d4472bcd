//! A member that is started again as what it was and does not believe how far it had gone.

use foca_core::{Instant, Member, State};

use super::assert_caught;
use super::wire::{COMPARE, DIFFERENCES, Packet};
use crate::check::{CheckedFoca, Mutation, Rule};

/// Has been accused once, so that there is something to forget.
struct Accused;

/// Ignores whatever good is said of it.
struct Stubborn;

const ALIVE: u8 = 0;

impl Mutation for Accused {
    fn tamper(&mut self, now: Instant, foca: &mut CheckedFoca) {
        if foca.incarnation() == 0 {
            let suspicion = Member {
                state: State::Suspect,
                ..Member::alive(*foca.identity())
            };
            foca.merge(now, [suspicion]);
        }
    }
}

impl Mutation for Stubborn {
    fn receive(&mut self, foca: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        let Some(mut packet) = Packet::parse(datagram) else {
            return Some(datagram.to_vec());
        };
        let own = *foca.identity();
        packet
            .members
            .retain(|(state, _, id)| *state != ALIVE || *id != own);
        (!matches!(packet.kind, COMPARE | DIFFERENCES)).then(|| packet.bytes())
    }
}

#[test]
fn who_never_catches_up_is_noticed() {
    assert_caught(Rule::Views, &|_, processes_before| match processes_before {
        0 => Some(Box::new(Accused)),
        _ => Some(Box::new(Stubborn)),
    });
}
