//! Which of two statements about one address stands.

use crate::support;

use foca_core::{Config, Event, Instant, Member, Message, Rules, State};
use support::wire::{exchange, packet};
use support::{Node, addr, id, knowing, life, member, node, on_both_wires, told};

use State::{Alive, Down, Left, Suspect};

const NOW: Instant = Instant::ZERO;

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

fn native() -> Config {
    Config::simple()
}

fn foca2() -> Config {
    Config::simple().foca2()
}

/// What stands about member 1 after these statements, in their order.
fn standing(config: &Config, statements: &[(u32, State)]) -> (u32, State) {
    let mut node = node(id(0), config.clone(), 1);
    for (incarnation, state) in statements {
        node.merge(NOW, [member(1, *incarnation, *state)]);
    }
    let stands = node.member(&addr(1)).expect("a member that was told of");
    (stands.incarnation, stands.state)
}

/// What is known, what is told, and whether that replaces it.
type Case = ((u32, State), (u32, State), bool);

fn check(config: &Config, cases: &[Case]) {
    for (known, news, replaces) in cases {
        let expected = if *replaces { news } else { known };
        assert_eq!(
            standing(config, &[*known, *news]),
            *expected,
            "{:?}: {news:?} after {known:?}",
            config.rules
        );
    }
}

#[test]
fn alive_replaces_alive_at_a_higher_incarnation_only() {
    let cases = [
        ((1, Alive), (0, Alive), false),
        ((1, Alive), (1, Alive), false),
        ((1, Alive), (2, Alive), true),
    ];
    configs().iter().for_each(|config| check(config, &cases));
}

#[test]
fn suspect_replaces_alive_at_the_same_or_a_higher_incarnation() {
    let cases = [
        ((1, Alive), (0, Suspect), false),
        ((1, Alive), (1, Suspect), true),
        ((1, Alive), (2, Suspect), true),
    ];
    configs().iter().for_each(|config| check(config, &cases));
}

#[test]
fn a_suspicion_ends_or_begins_anew_at_a_higher_incarnation_only() {
    let cases = [
        ((1, Suspect), (0, Suspect), false),
        ((1, Suspect), (1, Suspect), false),
        ((1, Suspect), (2, Suspect), true),
        ((1, Suspect), (0, Alive), false),
        ((1, Suspect), (1, Alive), false),
        ((1, Suspect), (2, Alive), true),
    ];
    configs().iter().for_each(|config| check(config, &cases));
}

#[test]
fn down_replaces_active_at_any_incarnation_under_the_rules_of_foca() {
    let cases = [
        ((5, Alive), (0, Down), true),
        ((5, Alive), (5, Down), true),
        ((5, Alive), (9, Down), true),
        ((5, Suspect), (0, Down), true),
        ((5, Suspect), (9, Down), true),
    ];
    check(&foca2(), &cases);
}

#[test]
fn down_replaces_active_unless_its_incarnation_is_lower_under_native_rules() {
    let cases = [
        ((5, Alive), (4, Down), false),
        ((5, Alive), (5, Down), true),
        ((5, Suspect), (4, Down), false),
        ((5, Suspect), (5, Down), true),
        ((5, Suspect), (9, Down), true),
    ];
    check(&native(), &cases);
}

#[test]
fn down_is_final_for_an_identity_that_renews_under_the_rules_of_foca() {
    let cases = [
        ((1, Down), (9, Alive), false),
        ((1, Down), (9, Suspect), false),
        ((1, Down), (0, Down), false),
        ((1, Down), (9, Down), false),
    ];
    check(&foca2(), &cases);
    // The rules decide, not the bytes.
    let mixed = native().with(|settings| settings.rules = Rules::Foca2);
    check(&mixed.expect("native bytes carry either rules"), &cases);
}

#[test]
fn a_higher_incarnation_revives_under_native_rules() {
    let cases = [
        ((1, Down), (1, Alive), false),
        ((1, Down), (1, Suspect), false),
        ((1, Down), (2, Alive), true),
        ((1, Down), (2, Suspect), true),
        ((1, Left), (1, Alive), false),
        ((1, Left), (2, Alive), true),
    ];
    check(&native(), &cases);
}

#[test]
fn identities_that_cannot_renew_return_by_incarnation_under_either_rules() {
    for config in configs() {
        let mut node = node(addr(0), config, 1);
        let mut say = |incarnation, state| {
            let id = addr(1);
            node.merge(
                NOW,
                [Member {
                    id,
                    incarnation,
                    state,
                }],
            );
            let stands = node.member(&addr(1)).expect("a member");
            (stands.incarnation, stands.state)
        };
        assert_eq!(say(3, Down), (3, Down));
        assert_eq!(say(3, Alive), (3, Down));
        assert_eq!(say(4, Alive), (4, Alive));
        assert_eq!(
            say(3, Down),
            (4, Alive),
            "an old verdict is refuted already"
        );
    }
}

/// Any two statements of equal generation have one winner, in whichever order they come.
#[test]
fn native_news_is_totally_ordered_by_incarnation_then_state() {
    let ascending: Vec<_> = (0..4)
        .flat_map(|incarnation| [Alive, Suspect, Down, Left].map(|state| (incarnation, state)))
        .collect();
    for (low, known) in ascending.iter().enumerate() {
        for (high, news) in ascending.iter().enumerate() {
            let winner = ascending[low.max(high)];
            assert_eq!(standing(&native(), &[*known, *news]), winner);
        }
    }
}

#[test]
fn leaving_is_stored_as_down_under_the_rules_of_foca() {
    assert_eq!(standing(&foca2(), &[(1, Left)]), (1, Down));
    assert_eq!(standing(&native(), &[(1, Left)]), (1, Left));
}

#[test]
fn a_newly_learnt_suspect_counts_as_active() {
    for config in configs() {
        let mut node = node(id(0), config, 1);
        node.merge(NOW, [member(1, 0, Suspect)]);
        assert_eq!(node.members().len(), 1);
        let expected = [
            Event::MemberUp(id(1)),
            Event::MemberSuspect(id(1)),
            Event::Joined,
        ];
        assert_eq!(told(&mut node), expected);
    }
}

#[test]
fn a_new_member_is_counted_as_active_only_if_it_is() {
    for config in configs() {
        let mut node = node(id(0), config, 1);
        let mut active = 0;
        for (n, state) in (1..).zip([Alive, Down, Suspect, Down, Left, Alive]) {
            node.merge(NOW, [member(n, 0, state)]);
            active += usize::from(state.is_active());
            assert_eq!(node.members().len(), active);
            assert_eq!(node.all_members().count(), usize::from(n));
        }
        assert!(node.members().all(|member| member.state.is_active()));
    }
}

#[test]
fn an_unknown_down_member_is_stored_and_passed_on_without_an_event() {
    for config in configs() {
        let mut node = knowing(config, [member(2, 0, Alive)]);
        node.merge(NOW, [member(1, 4, Down)]);
        assert_eq!(node.member(&addr(1)), Some(&member(1, 4, Down)));
        assert_eq!(node.stats().updates_applied, 2);
        assert_eq!(told(&mut node), []);
        let answers = exchange(
            &mut node,
            NOW,
            &packet(id(2), id(0), Message::Ping { number: 1 }),
        );
        assert_eq!(answers[0].1.members, [member(1, 4, Down)]);
    }
}

/// Lookup is by address, and the later life takes the record, whatever either state was.
#[test]
fn a_later_life_replaces_the_whole_record() {
    for config in configs() {
        for before in [Alive, Suspect, Down] {
            for after in [Alive, Suspect, Down] {
                let mut node = knowing(config.clone(), [member(1, 9, before)]);
                let later = Member {
                    id: life(1, 1),
                    incarnation: 2,
                    state: after,
                };
                node.merge(NOW, [later]);
                assert_eq!(node.all_members().collect::<Vec<_>>(), [&later]);
                let told = told(&mut node);
                let renamed = Event::Renamed {
                    from: id(1),
                    to: life(1, 1),
                };
                assert_eq!(told[0], renamed);
                let ups = told.contains(&Event::MemberUp(life(1, 1)));
                let downs = told.contains(&Event::MemberDown(life(1, 1)));
                assert_eq!(ups, !before.is_active() && after.is_active());
                assert_eq!(downs, before.is_active() && !after.is_active());
            }
        }
    }
}

#[test]
fn an_earlier_life_changes_nothing_however_often_it_is_told() {
    for config in configs() {
        let known = Member {
            id: life(1, 5),
            incarnation: 1,
            state: Alive,
        };
        let mut node = knowing(config, [known]);
        for state in [Alive, Suspect, Down, Left].repeat(2) {
            for earlier in [0, 4] {
                let id = life(1, earlier);
                let incarnation = 99;
                node.merge(
                    NOW,
                    [Member {
                        id,
                        incarnation,
                        state,
                    }],
                );
            }
        }
        assert_eq!(node.all_members().collect::<Vec<_>>(), [&known]);
        assert_eq!(told(&mut node), []);
        assert_eq!(node.stats().updates_ignored, 16);
    }
}

/// Generations order lives totally, so no two of them can both win or both lose.
#[test]
fn of_two_lives_the_same_one_stands_in_either_order() {
    for config in configs() {
        for lives in [[3, 7], [7, 3]] {
            let mut node = node(id(0), config.clone(), 1);
            node.merge(NOW, lives.map(|it| Member::alive(life(1, it))));
            assert_eq!(node.member(&addr(1)), Some(&Member::alive(life(1, 7))));
        }
    }
}

/// What a node knew before a restart is older than whatever it has heard since.
#[test]
fn restored_state_revives_nobody() {
    for config in configs() {
        let mut node = node(id(0), config, 1);
        node.merge(NOW, [member(1, 3, Down), member(2, 3, Alive)]);
        told(&mut node);
        let revived = [4, 9].map(|incarnation| member(1, incarnation, Alive));
        let later = Member::alive(life(1, 1));
        node.restore(NOW, revived.into_iter().chain([later]));
        assert_eq!(node.member(&addr(1)), Some(&member(1, 3, Down)));
        node.restore(NOW, [member(2, 4, Alive), member(3, 0, Alive)]);
        assert_eq!(node.member(&addr(2)), Some(&member(2, 4, Alive)));
        assert_eq!(told(&mut node), [Event::MemberUp(id(3))]);
        node.merge(NOW, [later]);
        assert_eq!(node.member(&addr(1)), Some(&later), "merging does");
    }
}

#[test]
fn forgetting_takes_a_member_that_is_down_and_nobody_else() {
    for config in configs() {
        let forget_after = Some(support::seconds(10));
        let config = config.with(|settings| settings.forget_after = forget_after);
        let mut node = node(id(0), config.expect("valid settings"), 1);
        let [down, back, alive] = [member(1, 0, Down), member(2, 0, Down), member(3, 0, Alive)];
        node.merge(NOW, [down, back, alive]);
        let back = Member::alive(life(2, 1));
        node.merge(support::at(5), [back]);
        run_quietly(&mut node, support::at(9));
        assert_eq!(node.all_members().count(), 3);
        run_quietly(&mut node, support::at(10));
        assert_eq!(node.member(&addr(1)), None);
        assert_eq!(node.member(&addr(2)), Some(&back));
        assert!(node.member(&addr(3)).is_some());
    }
}

/// Whoever is alone looks for those it knows, and has nobody else.
#[test]
fn who_is_down_is_not_forgotten_while_we_are_alone() {
    for config in configs() {
        let config = config.with(|settings| settings.forget_after = Some(support::seconds(10)));
        let mut node = knowing(config.expect("valid settings"), [member(1, 0, Down)]);
        run_quietly(&mut node, support::at(60));
        assert_eq!(node.member(&addr(1)), Some(&member(1, 0, Down)));
        node.merge(support::at(60), [member(2, 0, Alive)]);
        run_quietly(&mut node, support::at(80));
        assert_eq!(node.member(&addr(1)), None);
    }
}

/// Serves deadlines without sending anything, so that nobody is accused.
fn run_quietly(node: &mut Node, until: Instant) {
    while let Some(at) = node.poll_timeout().filter(|at| *at <= until) {
        node.handle_timeout(at);
    }
}
