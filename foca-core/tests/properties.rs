//! Laws that hold for all inputs: merging of views, and what one node says another understands.

use crate::support;

use std::net::SocketAddr;

use foca_core::{Broadcasts, Config, Instant, Member, Periodic, Reject, Rules, State, Verdict};
use foca_sim::{Link, Network};
use proptest::prelude::*;
use support::{Cluster, Id, addr, announce, id, life, millis, node, node_with, on_both_wires};

const STATES: [State; 4] = [State::Alive, State::Suspect, State::Down, State::Left];

/// Few addresses, lives and incarnations, so that statements meet; the greatest ones among them.
fn statement() -> impl Strategy<Value = Member<Id>> {
    let lives = prop_oneof![4 => 0..3_u16, 1 => Just(u16::MAX)];
    let incarnations = prop_oneof![
        6 => 0..3_u32,
        1 => Just(u32::from(u16::MAX)),
        1 => Just(u32::MAX)
    ];
    (1..5_u16, lives, incarnations, prop::sample::select(&STATES)).prop_map(
        |(n, lived, incarnation, state)| Member {
            id: life(n, lived),
            incarnation,
            state,
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<Member<Id>>> {
    prop::collection::vec(statement(), 0..12)
}

/// All that a fresh node believes after these statements, in their order.
fn view<'a>(
    config: &Config,
    statements: impl IntoIterator<Item = &'a Member<Id>>,
) -> Vec<Member<Id>> {
    let mut node = node(id(0), config.clone(), 1);
    for statement in statements {
        node.merge(Instant::ZERO, [*statement]);
    }
    let mut view: Vec<_> = node.all_members().copied().collect();
    view.sort_by_key(|member| member.id);
    view
}

/// What of a view does not depend on the order of news: everything by our rules, by the published
/// ones who lives, and in which life.
fn settled(rules: Rules, view: &[Member<Id>]) -> Vec<(Id, u32, u8)> {
    let reduce = |member: &Member<Id>| match rules {
        Rules::Native => (member.id, member.incarnation, member.state as u8),
        Rules::Foca2 => (member.id, 0, u8::from(member.state.is_active())),
    };
    view.iter().map(reduce).collect()
}

/// Whether `after` is at least as late as `before`.
fn is_not_older(rules: Rules, before: &Member<Id>, after: &Member<Id>) -> bool {
    let place = |member: &Member<Id>| (member.id.life, member.incarnation, member.state);
    match rules {
        Rules::Native => place(after) >= place(before),
        Rules::Foca2 => {
            let same_life = after.id == before.id;
            let stays_down = before.state.is_active() || !after.state.is_active();
            // The greatest life cannot be renewed, so it returns by incarnation.
            let returns = before.id.life == u16::MAX && place(after) > place(before);
            after.id.life > before.id.life || (same_life && (stays_down || returns))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_order_of_news_does_not_matter(
        (ordered, shuffled) in statements()
            .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
    ) {
        for config in on_both_wires(&Config::simple()) {
            let (one, other) = (view(&config, &ordered), view(&config, &shuffled));
            prop_assert_eq!(settled(config.rules, &one), settled(config.rules, &other));
        }
    }

    #[test]
    fn views_may_be_merged_in_any_grouping(a in statements(), b in statements(), c in statements()) {
        for config in on_both_wires(&Config::simple()) {
            let (ab, bc) = (view(&config, a.iter().chain(&b)), view(&config, b.iter().chain(&c)));
            let left = view(&config, ab.iter().chain(&c));
            let right = view(&config, a.iter().chain(&bc));
            prop_assert_eq!(settled(config.rules, &left), settled(config.rules, &right));
        }
    }

    #[test]
    fn hearing_everything_twice_changes_nothing(all in statements()) {
        for config in on_both_wires(&Config::simple()) {
            let once = view(&config, &all);
            let twice = view(&config, all.iter().chain(&all));
            prop_assert_eq!(settled(config.rules, &once), settled(config.rules, &twice));

            let mut node = node(id(0), config.clone(), 1);
            node.merge(Instant::ZERO, once.iter().copied());
            let applied = node.stats().updates_applied;
            node.merge(Instant::ZERO, once.iter().copied());
            prop_assert_eq!(node.stats().updates_applied, applied);
        }
    }

    #[test]
    fn no_news_leads_back(known in statements(), news in statement()) {
        for config in on_both_wires(&Config::simple()) {
            let before = view(&config, &known);
            let after = view(&config, known.iter().chain([&news]));
            for old in &before {
                let new = after.iter().find(|it| it.id.addr == old.id.addr);
                let new = new.expect("nobody is forgotten");
                prop_assert!(is_not_older(config.rules, old, new), "{old:?} became {new:?}");
            }
        }
    }
}

/// Something that happens to a cluster.
#[derive(Clone, Debug)]
enum Fault {
    Restart(u16),
    Leave(u16),
    Rename(u16),
    Accuse(u16, u16),
    CutOff(u16),
    Heal,
    Spread(u16, usize),
    Shrink(u16, usize),
}

fn fault() -> impl Strategy<Value = Fault> {
    let n = || 0..6_u16;
    prop_oneof![
        n().prop_map(Fault::Restart),
        n().prop_map(Fault::Leave),
        n().prop_map(Fault::Rename),
        (n(), n()).prop_map(|(n, other)| Fault::Accuse(n, other)),
        n().prop_map(Fault::CutOff),
        Just(Fault::Heal),
        (n(), 1..1_400_usize).prop_map(|(n, bytes)| Fault::Spread(n, bytes)),
        (n(), 64..300_usize).prop_map(|(n, bytes)| Fault::Shrink(n, bytes)),
    ]
}

/// Takes every item as new, so that there are as many as possible.
struct Everything;

impl Broadcasts<Id> for Everything {
    type Key = f32;

    fn receive(&mut self, _: &[u8], _: Option<&Id>) -> Verdict<f32> {
        // No number stands in any order to this one, so items never replace each other.
        Verdict::Spread(f32::NAN)
    }
}

fn strike(network: &mut Cluster<Id, Everything>, config: &Config, fault: &Fault, turn: u16) {
    let lived = turn + 1;
    match *fault {
        Fault::Restart(n) => {
            network.remove(&addr(n));
            let seed = u64::from(turn) << 8 | u64::from(n);
            let node = node_with(life(n, lived), config.clone(), Everything, seed);
            network.insert(addr(n), node);
            announce(network, n, (n + 1) % 6);
        }
        Fault::Leave(n) => {
            network.with(&addr(n), |node, now| node.leave(now));
        }
        Fault::Rename(n) => {
            network.with(&addr(n), |node, now| {
                let _ = node.set_identity(now, life(n, lived));
            });
        }
        Fault::Accuse(n, other) => {
            network.with(&addr(n), |node, now| {
                let accused = Member {
                    state: STATES[usize::from(turn % 4)],
                    ..Member::alive(life(other, turn % 3))
                };
                node.merge(now, [accused]);
            });
        }
        Fault::CutOff(n) => {
            let cut: SocketAddr = addr(n);
            network.partition(move |from, to| (*from == cut) != (*to == cut));
        }
        Fault::Heal => network.heal(),
        Fault::Spread(n, bytes) => {
            network.with(&addr(n), |node, now| {
                let _ = node.broadcast(now, &vec![7; bytes]);
            });
        }
        Fault::Shrink(n, bytes) => {
            network.with(&addr(n), |node, now| {
                if let Ok(config) = config.with(|it| it.datagram_bytes_max = bytes) {
                    let _ = node.set_config(now, config);
                }
            });
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn what_one_node_says_another_understands(
        seed in any::<u64>(),
        faults in prop::collection::vec(fault(), 1..25),
    ) {
        let busy = Config::local().with(|it| {
            it.periodic_announce = Some(Periodic { every: millis(500), members: 2 });
        });
        for config in on_both_wires(&busy.expect("valid")) {
            let rough = Link {
                latency: millis(1)..=millis(80),
                loss_per_million: 150_000,
                duplicate_per_million: 50_000,
                ..Link::default()
            };
            let mut network = Network::new(seed).with_link(rough);
            for n in 0..6 {
                let node = node_with(id(n), config.clone(), Everything, seed ^ u64::from(n));
                network.insert(addr(n), node);
            }
            (1..6).for_each(|n| announce(&mut network, n, 0));
            network.run_for(millis(3_000));
            for (turn, fault) in faults.iter().enumerate() {
                strike(&mut network, &config, fault, turn as u16);
                network.run_for(millis(1_500));
            }
            for (at, node) in network.machines() {
                for reject in Reject::ALL {
                    // A datagram to an earlier life, to one that stopped, or larger than what its
                    // receiver has come to take, is nobody's mistake.
                    let to_be_expected =
                        matches!(reject, Reject::NotForMe | Reject::Stopped | Reject::TooLong);
                    let count = node.stats().datagrams_rejected.of(reject);
                    prop_assert!(count == 0 || to_be_expected, "{at}: {count} {reject}");
                }
            }
        }
    }
}
