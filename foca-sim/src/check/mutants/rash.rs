//! Members that miss an answer now and then, and take that for a death.

use foca_core::{Instant, Member, State};

use super::assert_caught_unlike;
use super::wire::{ACK, PING_REQ, Packet};
use crate::check::{CheckedFoca, Id, Mutation, Rule};

/// Of so many answers one is missed.
const MISSES_ONE_IN: u32 = 10;

/// Asks others about whom it did not hear, as it should.
#[derive(Default)]
struct HardOfHearing {
    answers: u32,
}

/// Declares whom it did not hear down instead.
#[derive(Default)]
struct Rash {
    hears: HardOfHearing,
    condemned: Vec<Id>,
}

impl Mutation for HardOfHearing {
    fn receive(&mut self, _: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        let answers = Packet::parse(datagram).is_some_and(|packet| packet.kind == ACK);
        self.answers += u32::from(answers);
        let missed = answers && self.answers.is_multiple_of(MISSES_ONE_IN);
        (!missed).then(|| datagram.to_vec())
    }
}

impl Mutation for Rash {
    fn tamper(&mut self, now: Instant, foca: &mut CheckedFoca) {
        let condemned = std::mem::take(&mut self.condemned);
        let known = condemned.iter().filter_map(|id| foca.member(&id.addr));
        let verdicts: Vec<_> = known
            .map(|member| Member {
                state: State::Down,
                ..*member
            })
            .collect();
        foca.merge(now, verdicts);
    }

    fn receive(&mut self, foca: &CheckedFoca, datagram: &[u8]) -> Option<Vec<u8>> {
        self.hears.receive(foca, datagram)
    }

    fn send(&mut self, _: &CheckedFoca, to: u16, datagram: &[u8]) -> Vec<(u16, Vec<u8>)> {
        match Packet::parse(datagram) {
            Some(packet) if packet.kind == PING_REQ => {
                self.condemned.extend(packet.third);
                vec![]
            }
            _ => vec![(to, datagram.to_vec())],
        }
    }
}

#[test]
fn who_declares_down_without_a_second_observer_is_noticed() {
    assert_caught_unlike(
        Rule::Accusation,
        &|_, _| Some(Box::new(Rash::default())),
        &|_, _| Some(Box::new(HardOfHearing::default())),
    );
}
