//! The failure detector asks: whom, when, with whose help, and which answers count.

use crate::support;

use std::collections::BTreeSet;

use foca_core::{Config, Event, Member, Message, Reject, State, Status, Timer};
use support::stage::{Stage, receivers};
use support::wire::packet;
use support::{Id, addr, id, life, member, on_both_wires};

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

const fn is_ping(message: &Message<Id>) -> bool {
    matches!(message, Message::Ping { .. })
}

const fn is_ping_req(message: &Message<Id>) -> bool {
    matches!(message, Message::PingReq { .. })
}

/// Lets a probe fail as far as to the requests for help; returns its target, its number and those
/// who were asked.
fn asked_for_help(stage: &mut Stage) -> (u16, u32, Vec<u16>) {
    let (target, number) = stage.next_probe();
    let relays = receivers(&stage.next(), is_ping_req);
    assert_eq!(relays.len(), 3);
    (target, number, relays)
}

/// Somebody who was not asked and is not probed.
fn bystander(target: u16, relays: &[u16]) -> u16 {
    (1..=9)
        .find(|n| *n != target && !relays.contains(n))
        .expect("more members than were asked")
}

#[test]
fn a_node_that_knows_nobody_waits_for_nothing() {
    for config in configs() {
        let stage = Stage::new(&config, 0);
        assert_eq!(stage.node.status(), Status::Alone);
        assert_eq!(stage.node.poll_timeout(), None);
    }
}

#[test]
fn a_probe_is_a_ping_then_requests_for_help_then_the_next_ping() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number) = stage.next_probe();
        let began = stage.now;
        assert_eq!(
            stage.node.next_timer(),
            Some((began + config.probe_rtt, Timer::Probe))
        );

        let help = stage.next();
        assert_eq!(stage.now, began + config.probe_rtt);
        assert_eq!(help.len(), config.indirect_probes);
        for request in &help {
            let expected = Message::PingReq {
                target: id(target),
                number,
            };
            assert_eq!(request.header.message, expected);
        }

        let (next, _) = stage.next_probe();
        assert_eq!(stage.now, began + config.probe_period);
        assert_ne!(next, target, "everybody has a turn before anybody has two");
        assert_eq!(stage.node.stats().probes_started, 2);
    }
}

#[test]
fn everybody_is_probed_once_per_round() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        for _ in 0..3 {
            let round = stage.pass_in_peace(config.probe_period * 9);
            let pinged: BTreeSet<_> = receivers(&round, is_ping).into_iter().collect();
            assert_eq!(pinged, (1..=9).collect());
            assert_eq!(round.len(), 9, "and nothing else is said");
        }
    }
}

#[test]
fn an_ack_from_the_probed_member_ends_the_probe() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number) = stage.next_probe();
        let began = stage.now;
        stage.now = began + config.probe_rtt / 2;
        assert_eq!(stage.ask(target, Message::Ack { number }), []);
        assert!(receivers(&stage.next(), is_ping_req).is_empty());
        assert_eq!(stage.now, began + config.probe_period);
        assert_eq!(stage.node.stats().probes_failed, 0);
    }
}

#[test]
fn an_ack_with_another_number_or_from_another_member_changes_nothing() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number) = stage.next_probe();
        let other = bystander(target, &[]);
        let wrong_number = Message::Ack { number: number ^ 1 };
        assert_eq!(stage.tell(target, wrong_number), Ok(()));
        assert_eq!(stage.tell(other, Message::Ack { number }), Ok(()));
        assert_eq!(receivers(&stage.next(), is_ping_req).len(), 3);
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Suspect));
    }
}

#[test]
fn an_ack_of_another_life_of_the_probed_address_does_not_count() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number) = stage.next_probe();
        let later = packet(life(target, 1), id(0), Message::Ack { number });
        assert_eq!(stage.tell_packet(&later), Ok(()));
        assert_eq!(stage.node.stats().probes_started, 1);
        stage.next_probe();
        assert_eq!(
            stage.node.stats().probes_failed,
            1,
            "the old life is silent"
        );
        assert_eq!(stage.member(target), Some(Member::alive(life(target, 1))));
    }
}

#[test]
fn help_is_asked_of_random_active_members_other_than_the_target() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let down = [member(8, 0, State::Down), member(9, 0, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &down), Ok(()));
        let mut asked = BTreeSet::new();
        for _ in 0..20 {
            let (target, number, relays) = asked_for_help(&mut stage);
            let distinct: BTreeSet<_> = relays.iter().copied().collect();
            assert_eq!(distinct.len(), 3);
            assert!(!distinct.contains(&target));
            assert_eq!(stage.tell(target, Message::Ack { number }), Ok(()));
            asked.extend(distinct);
        }
        assert_eq!(asked, (1..=7).collect(), "each active one at some time");
    }
}

#[test]
fn fewer_helpers_are_asked_where_there_are_fewer() {
    for config in configs() {
        for (others, helpers) in [(1, 0), (2, 1), (3, 2), (4, 3), (5, 3)] {
            let mut stage = Stage::new(&config, others);
            let (target, _) = stage.next_probe();
            let relays = receivers(&stage.next(), is_ping_req);
            assert_eq!((relays.len(), relays.contains(&target)), (helpers, false));
        }
    }
}

#[test]
fn who_is_suspected_is_asked_for_help_only_for_want_of_others() {
    for config in configs() {
        for suspects in 0..=9 {
            let mut stage = Stage::new(&config, 10);
            let (target, _) = stage.next_probe();
            let others: Vec<u16> = (1..=10).filter(|n| *n != target).collect();
            let (suspected, alive) = others.split_at(suspects);
            let told: Vec<_> = suspected
                .iter()
                .map(|n| member(*n, 0, State::Suspect))
                .collect();
            assert_eq!(stage.tell_with(target, Message::Gossip, &told), Ok(()));
            let relays = receivers(&stage.next(), is_ping_req);
            let helpful = relays.iter().filter(|relay| alive.contains(relay)).count();
            assert_eq!((relays.len(), helpful), (3, alive.len().min(3)));
        }
    }
}

#[test]
fn no_more_are_looked_at_for_help_than_the_bound_says() {
    // One of some 300 is not suspected: among the 67 that are drawn it is not every time.
    for config in configs() {
        let found = (280..300).filter(|others| {
            let mut stage = Stage::new(&config, *others);
            let (target, _) = stage.next_probe();
            let alive = if target == 1 { 2 } else { 1 };
            let suspected = (1..=*others).filter(|n| *n != alive);
            let told: Vec<_> = suspected.map(|n| member(n, 0, State::Suspect)).collect();
            for part in told.chunks(20) {
                assert_eq!(stage.tell_with(alive, Message::Gossip, part), Ok(()));
            }
            let relays = receivers(&stage.next(), is_ping_req);
            assert_eq!(relays.len(), 3);
            relays.contains(&alive)
        });
        assert!((1..15).contains(&found.count()));
    }
}

#[test]
fn nobody_is_asked_about_a_member_that_is_down_by_then() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, _) = stage.next_probe();
        let down = [member(target, 0, State::Down)];
        let teller = bystander(target, &[]);
        assert_eq!(stage.tell_with(teller, Message::Gossip, &down), Ok(()));
        assert!(receivers(&stage.next(), is_ping_req).is_empty());
    }
}

#[test]
fn nobody_is_asked_about_a_life_that_was_replaced() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, _) = stage.next_probe();
        let later = [Member::alive(life(target, 1))];
        let teller = bystander(target, &[]);
        assert_eq!(stage.tell_with(teller, Message::Gossip, &later), Ok(()));
        assert!(receivers(&stage.next(), is_ping_req).is_empty());
        stage.next_probe();
        assert_eq!(
            stage.member(target),
            Some(later[0]),
            "and it is not accused"
        );
    }
}

#[test]
fn each_request_is_answered_with_the_number_it_carries() {
    for config in configs() {
        let mut stage = Stage::new(&config, 3);
        let number = 201;
        let origin = id(1);
        let target = id(1);
        let cases = [
            (Message::Ping { number }, 2, Message::Ack { number }),
            (
                Message::PingReq { target, number },
                1,
                Message::IndirectPing {
                    origin: id(2),
                    number,
                },
            ),
            (
                Message::IndirectPing { origin, number },
                2,
                Message::IndirectAck { target, number },
            ),
            (
                Message::IndirectAck { target, number },
                1,
                Message::ForwardedAck {
                    origin: id(2),
                    number,
                },
            ),
        ];
        for (question, to, answer) in cases {
            let said = stage.ask(2, question);
            assert_eq!(said.len(), 1);
            assert_eq!(
                (said[0].header.dst, &said[0].header.message),
                (id(to), &answer)
            );
        }
    }
}

#[test]
fn requests_that_name_ourselves_as_third_party_are_rejected_whole() {
    for config in configs() {
        let mut stage = Stage::new(&config, 3);
        let (number, me) = (1, id(0));
        for message in [
            Message::PingReq { target: me, number },
            Message::IndirectPing { origin: me, number },
            Message::IndirectAck { target: me, number },
            Message::ForwardedAck { origin: me, number },
        ] {
            let down = [member(2, 0, State::Down)];
            let result = stage.tell_with(1, message, &down);
            assert_eq!(result, Err(Reject::NamesMyself));
            assert_eq!(stage.said(), []);
            assert_eq!(
                stage.state(2),
                Some(State::Alive),
                "news aboard are ignored"
            );
        }
        let rejects = stage.node.stats().datagrams_rejected;
        assert_eq!(rejects.of(Reject::NamesMyself), 4);
    }
}

#[test]
fn nobody_can_make_us_contact_an_address_that_we_do_not_know_as_active() {
    for config in configs() {
        let mut stage = Stage::new(&config, 3);
        let down = [member(3, 0, State::Down)];
        assert_eq!(stage.tell_with(1, Message::Gossip, &down), Ok(()));
        for victim in [3, 99] {
            let (target, number) = (id(victim), 5);
            assert_eq!(stage.ask(1, Message::PingReq { target, number }), []);
            assert_eq!(stage.ask(1, Message::IndirectAck { target, number }), []);
        }
        assert_eq!(stage.node.stats().relays_refused, 4);
    }
}

#[test]
fn one_forwarded_ack_from_a_member_that_was_asked_suffices() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number, relays) = asked_for_help(&mut stage);
        let origin = id(target);
        let answer = Message::ForwardedAck { origin, number };
        assert_eq!(stage.tell(relays[1], answer), Ok(()));
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Alive));
        assert_eq!(stage.node.stats().probes_failed, 0);
    }
}

#[test]
fn forwarded_acks_count_from_those_asked_about_the_target_with_the_number_only() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number, relays) = asked_for_help(&mut stage);
        let other = bystander(target, &relays);
        let origin = id(target);
        for (from, origin, number) in [
            (other, origin, number),
            (relays[0], origin, number ^ 1),
            (relays[0], id(other), number),
            (relays[0], life(target, 1), number),
        ] {
            let answer = Message::ForwardedAck { origin, number };
            assert_eq!(stage.tell(from, answer), Ok(()));
        }
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Suspect));
    }
}

#[test]
fn a_direct_ack_counts_even_after_others_were_asked() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number, _) = asked_for_help(&mut stage);
        let end = stage.node.poll_timeout().expect("the end of the probe");
        stage.now = end;
        assert_eq!(stage.tell(target, Message::Ack { number }), Ok(()));
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Alive));
    }
}

#[test]
fn a_silent_member_is_suspected_at_the_incarnation_that_was_probed() {
    for config in configs() {
        let mut stage = Stage::new(&config, 0);
        stage.node.restore(stage.now, [member(1, 4, State::Alive)]);
        stage.next_probe();
        stage.next_probe();
        assert_eq!(stage.member(1), Some(member(1, 4, State::Suspect)));
        assert_eq!(stage.node.stats().probes_failed, 1);
        assert!(stage.events().contains(&Event::MemberSuspect(id(1))));
    }
}

#[test]
fn a_member_that_raised_its_incarnation_during_the_probe_is_not_suspected() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, _) = stage.next_probe();
        let gossip = packet(id(target), id(0), Message::Gossip).incarnation(1);
        assert_eq!(stage.tell_packet(&gossip), Ok(()));
        stage.next_probe();
        assert_eq!(stage.member(target), Some(member(target, 1, State::Alive)));
    }
}

#[test]
fn talking_is_no_answer_to_a_probe() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, _) = stage.next_probe();
        assert_eq!(stage.tell(target, Message::Gossip), Ok(()));
        assert_eq!(stage.tell(target, Message::Ping { number: 1 }), Ok(()));
        stage.next_probe();
        assert_eq!(stage.state(target), Some(State::Suspect));
    }
}

#[test]
fn losing_everybody_ends_the_probe_under_way() {
    for config in configs() {
        let mut stage = Stage::new(&config, 2);
        let (target, number) = stage.next_probe();
        let other = 3 - target;
        let down = [
            member(target, 0, State::Down),
            member(other, 0, State::Down),
        ];
        assert_eq!(stage.tell_with(other, Message::Gossip, &down), Ok(()));
        assert_eq!(stage.node.status(), Status::Alone);
        let timer = stage.node.next_timer().map(|(_, timer)| timer);
        assert_eq!(timer, Some(Timer::Lonely));
        stage.pass(config.probe_period * 3);
        assert_eq!(stage.node.stats().probes_failed, 0);

        let back = packet(life(target, 1), id(0), Message::Ack { number });
        assert_eq!(stage.tell_packet(&back), Ok(()));
        stage
            .node
            .merge(stage.now, [Member::alive(life(target, 1))]);
        assert_eq!(stage.node.status(), Status::Joined);
        assert_eq!(stage.next_probe().0, target, "and probing begins anew");
    }
}

#[test]
fn a_new_identity_in_the_middle_of_a_probe_goes_on_probing() {
    for config in configs() {
        // While the Ping waits to be sent, after it left, and after others were asked.
        for stages_passed in 0..3 {
            let mut stage = Stage::new(&config, 9);
            stage.serve();
            if stages_passed > 0 {
                stage.said();
            }
            if stages_passed > 1 {
                stage.next();
            }
            let renamed = stage.node.set_identity(stage.now, life(0, 1));
            assert_eq!(renamed, Ok(()));
            stage.said();
            let before = stage.node.stats();
            stage.pass_in_peace(config.probe_period * 4);
            let after = stage.node.stats();
            assert!(after.probes_started >= before.probes_started + 3);
            assert_eq!(after.probes_failed, 0);
        }
    }
}

#[test]
fn becoming_a_later_life_in_the_middle_of_a_probe_accuses_nobody() {
    let config = Config::simple().foca2();
    let mut stage = Stage::new(&config, 9);
    let (target, _) = stage.next_probe();
    let teller = bystander(target, &[]);
    let down = [member(0, 0, State::Down)];
    assert_eq!(stage.tell_with(teller, Message::Gossip, &down), Ok(()));
    assert_eq!(*stage.node.identity(), life(0, 1));
    stage.pass_in_peace(config.probe_period * 4);
    assert_eq!(stage.node.stats().probes_failed, 0);
    assert_eq!(stage.node.members().len(), 9);
    assert_eq!(stage.node.member(&addr(0)), None);
}
