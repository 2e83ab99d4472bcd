//! What the application is told, and that it is told each thing once.

use crate::support;

use std::collections::{BTreeMap, BTreeSet};

use foca_core::{Config, Event, Member, Message, State, Status};
use support::stage::Stage;
use support::wire::packet;
use support::{Id, events, formed, id, life, member, millis, on_both_wires, seconds};

use State::{Alive, Down, Left, Suspect};

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

/// The events of one statement about member 4, after another statement about it was known.
fn told_of(config: &Config, known: Option<Member<Id>>, news: Member<Id>) -> Vec<Event<Id>> {
    let mut stage = Stage::new(config, 2);
    stage.node.merge(stage.now, known);
    stage.events();
    assert_eq!(stage.tell_with(1, Message::Gossip, &[news]), Ok(()));
    stage.events()
}

fn of(known: Id, incarnation: u32, state: State) -> Member<Id> {
    Member {
        id: known,
        incarnation,
        state,
    }
}

#[test]
fn first_news_of_a_member() {
    for config in configs() {
        let first = |state| told_of(&config, None, member(4, 0, state));
        assert_eq!(first(Alive), [Event::MemberUp(id(4))]);
        let suspect = [Event::MemberUp(id(4)), Event::MemberSuspect(id(4))];
        assert_eq!(first(Suspect), suspect, "it counts as active");
        assert_eq!(first(Down), []);
        assert_eq!(first(Left), []);
    }
}

#[test]
fn changes_of_a_known_member() {
    for config in configs() {
        let change = |before, after| {
            let news = member(4, 1, after);
            told_of(&config, Some(member(4, 0, before)), news)
        };
        assert_eq!(change(Alive, Alive), []);
        assert_eq!(change(Alive, Suspect), [Event::MemberSuspect(id(4))]);
        assert_eq!(change(Suspect, Suspect), []);
        assert_eq!(change(Suspect, Alive), [Event::MemberRefuted(id(4))]);
        assert_eq!(change(Alive, Down), [Event::MemberDown(id(4))]);
        assert_eq!(change(Suspect, Down), [Event::MemberDown(id(4))]);
        assert_eq!(change(Down, Down), []);
    }
}

#[test]
fn leaving_and_coming_back_are_told_where_the_rules_know_them() {
    let [native, foca2] = configs();
    let change = |config: &Config, before, after| {
        let news = member(4, 1, after);
        told_of(config, Some(member(4, 0, before)), news)
    };
    assert_eq!(change(&native, Alive, Left), [Event::MemberLeft(id(4))]);
    assert_eq!(change(&native, Down, Left), []);
    assert_eq!(change(&native, Down, Alive), [Event::MemberUp(id(4))]);
    let back = [Event::MemberUp(id(4)), Event::MemberSuspect(id(4))];
    assert_eq!(change(&native, Left, Suspect), back);
    assert_eq!(change(&foca2, Alive, Left), [Event::MemberDown(id(4))]);
    assert_eq!(change(&foca2, Down, Alive), []);
}

#[test]
fn a_later_life_is_a_renaming_and_up_or_down_only_if_liveness_changed() {
    for config in configs() {
        let (early, late) = (life(4, 1), life(4, 2));
        let renamed = Event::Renamed {
            from: early,
            to: late,
        };
        let change = |before, after| {
            let news = of(late, 0, after);
            told_of(&config, Some(of(early, 9, before)), news)
        };
        let just_renamed = std::slice::from_ref(&renamed);
        assert_eq!(change(Alive, Alive), just_renamed);
        assert_eq!(change(Suspect, Alive), just_renamed);
        assert_eq!(change(Down, Down), just_renamed);
        let up = [renamed.clone(), Event::MemberUp(late)];
        assert_eq!(change(Down, Alive), up);
        let down = [renamed.clone(), Event::MemberDown(late)];
        assert_eq!(change(Alive, Down), down, "of the later life");
    }
}

#[test]
fn old_news_of_replaced_lives_is_no_event() {
    for config in configs() {
        for state in [Alive, Suspect, Down, Left] {
            let known = of(life(4, 2), 0, Alive);
            let old = of(life(4, 1), 99, state);
            assert_eq!(told_of(&config, Some(known), old), []);
        }
    }
}

#[test]
fn members_are_the_active_and_all_members_everybody() {
    for config in configs() {
        let mut stage = Stage::new(&config, 3);
        let news = [
            member(3, 0, Suspect),
            member(4, 0, Down),
            member(5, 0, Down),
        ];
        assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
        let active = stage.node.members();
        assert_eq!(active.len(), 3);
        let active: BTreeSet<_> = active.map(|member| member.id).collect();
        assert_eq!(active, [id(1), id(2), id(3)].into());
        let all: BTreeSet<_> = stage.node.all_members().map(|it| it.id).collect();
        assert_eq!(all, (1..=5).map(id).collect());
        assert_eq!(stage.node.all_members().count(), 5);
    }
}

#[test]
fn joining_and_being_alone_are_told_once_each() {
    for config in configs() {
        let mut stage = Stage::new(&config, 0);
        stage.node.merge(stage.now, [Member::alive(id(1))]);
        stage.node.merge(stage.now, [Member::alive(id(2))]);
        let up = [
            Event::MemberUp(id(1)),
            Event::Joined,
            Event::MemberUp(id(2)),
        ];
        assert_eq!(stage.events(), up);
        stage.node.merge(stage.now, [member(1, 0, Down)]);
        stage.node.merge(stage.now, [member(2, 0, Down)]);
        let down = [
            Event::MemberDown(id(1)),
            Event::MemberDown(id(2)),
            Event::Alone,
        ];
        assert_eq!(stage.events(), down);
        assert_eq!(stage.node.status(), Status::Alone);
    }
}

#[test]
fn nothing_about_ourselves_is_told_as_if_we_were_a_member() {
    for config in configs() {
        let mut stage = Stage::new(&config, 2);
        for news in [
            member(0, 0, Suspect),
            of(life(0, 3), 0, Alive),
            of(life(0, 1), 0, Down),
        ] {
            let gossip = packet(id(1), *stage.node.identity(), Message::Gossip);
            assert_eq!(stage.tell_packet(&gossip.members([news])), Ok(()));
        }
        let told = stage.events();
        let expected = [Event::Renewed(life(0, 4))];
        assert_eq!(told, expected, "only the outranking of a later life");
        assert_eq!(stage.node.all_members().count(), 2);
    }
}

#[test]
fn what_does_not_fit_the_queue_is_counted_and_told_in_its_place() {
    for config in configs() {
        let config = config.with(|it| it.events_max = 2).expect("valid");
        let mut stage = Stage::new(&config, 1);
        let news: Vec<_> = (2..9).map(|n| Member::alive(id(n))).collect();
        assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
        let expected = [
            Event::MemberUp(id(2)),
            Event::MemberUp(id(3)),
            Event::Lost(5),
        ];
        assert_eq!(stage.events(), expected);
        assert_eq!(stage.node.stats().events_lost, 5);
        assert_eq!(stage.node.members().len(), 8, "members() has them all");
    }
}

/// Keeps a list of the active members by nothing but the events.
fn follow(view: &mut BTreeSet<Id>, event: Event<Id>) {
    if let Event::MemberUp(id) = event {
        assert!(view.insert(id));
    } else if let Event::MemberDown(id) | Event::MemberLeft(id) = event {
        assert!(view.remove(&id));
    } else if let Event::MemberSuspect(id) | Event::MemberRefuted(id) = event {
        assert!(view.contains(&id));
    } else if let Event::Renamed { from, to } = event {
        // If the earlier life was down, an event of its own tells whether the later one is up.
        if view.remove(&from) {
            assert!(view.insert(to));
        }
    }
}

/// Whoever only listens to events must end with the view that `members()` shows.
#[test]
fn events_add_up_to_the_view() {
    // Who is checked first is hardly ever suspected, which would say little here.
    let unchecked = Config::lan().with(|it| it.detector.check = None);
    for config in on_both_wires(&unchecked.expect("valid")) {
        let mut network = formed(8, &config, 5, id);
        let mut views: BTreeMap<u16, BTreeSet<Id>> = (0..8)
            .map(|n| (n, (0..8).filter(|other| *other != n).map(id).collect()))
            .collect();
        network.set_link(foca_sim::Link {
            loss_per_million: 350_000,
            latency: millis(1)..=millis(50),
            ..foca_sim::Link::default()
        });
        network.run_for(seconds(600));
        let mut changes = 0;
        for (n, view) in &mut views {
            for event in events(&mut network, *n) {
                changes += 1;
                follow(view, event);
            }
            let machine = network.machine(&support::addr(*n)).expect("a node");
            let listed: BTreeSet<_> = machine.members().map(|member| member.id).collect();
            assert_eq!(*view, listed, "{n} under {:?}", config.rules);
        }
        assert!(changes > 200, "{changes} say little");
    }
}

#[test]
fn failed_probes_and_traffic_are_counted() {
    for config in configs() {
        let mut stage = Stage::new(&config, 3);
        stage.next_probe();
        stage.next();
        stage.next();
        let stats = stage.node.stats();
        assert_eq!((stats.probes_started, stats.probes_failed), (2, 1));
        assert_eq!(
            stats.datagrams_sent, 4,
            "two Pings and two requests for help"
        );
        assert_eq!(stage.tell(1, Message::Gossip), Ok(()));
        let stats = stage.node.stats();
        assert_eq!(stats.datagrams_accepted, 1);
        assert!(stats.bytes_accepted > 0 && stats.bytes_sent > stats.bytes_accepted);
    }
}
