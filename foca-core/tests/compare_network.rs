//! Views that are compared in a network: they become equal, quickly, and for few bytes.

use crate::support;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::rc::Rc;

use foca_core::{Config, Event, Instant, Member, Message, State, Wire};
use foca_sim::cluster::views_complete;
use foca_sim::{Link, Network};
use support::body::{Entry, alive, told_bytes};
use support::view::View;
use support::wire::{Packet, packet};
use support::{Cluster, Id, addr, at, events, formed, id, life, millis, node, seconds};

use State::{Alive, Down, Left};

type Tapped = Rc<RefCell<Vec<(Instant, Packet<Id>)>>>;

/// Everything that is sent from here on.
fn tapped(network: &mut Cluster) -> Tapped {
    let log = Tapped::default();
    let into = log.clone();
    network.tap(move |now, _, _, datagram| {
        into.borrow_mut()
            .push((now, Packet::read(Wire::Native, datagram)));
    });
    log
}

const fn compares(packet: &Packet<Id>) -> bool {
    matches!(
        packet.header.message,
        Message::Compare { .. } | Message::Differences { .. }
    )
}

/// What comparing cost, in bytes.
fn compared_bytes(tapped: &Tapped) -> usize {
    let sent = tapped.borrow();
    let packets = sent.iter().map(|(_, packet)| packet);
    let compared = packets.filter(|it| compares(it));
    compared.map(|it| it.bytes(Wire::Native).len()).sum()
}

struct SplitMix64(u64);

impl SplitMix64 {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Some statements about addresses from 100 on; few of them active, who would have to be played.
fn some(random: &mut SplitMix64, count: u64) -> Vec<Member<Id>> {
    let one = |n| {
        let states = if n % 50 == 0 {
            [Alive, Down, Left]
        } else {
            [Down, Down, Left]
        };
        Member {
            id: life(100 + n as u16, random.below(3) as u16),
            incarnation: random.below(3) as u32,
            state: states[random.below(3) as usize],
        }
    };
    let all: Vec<_> = (0..count).map(one).collect();
    all.into_iter().filter(|_| random.below(3) > 0).collect()
}

/// What must be known of everybody whom either knew: PRE-1 and PRE-5.
fn union(sets: &[Vec<Member<Id>>; 2]) -> BTreeMap<SocketAddr, Member<Id>> {
    let mut union = BTreeMap::new();
    for member in sets.iter().flatten() {
        let rank = |it: &Member<Id>| (it.id.life, it.incarnation, it.state);
        let known = union.entry(member.id.addr).or_insert(*member);
        if rank(known) < rank(member) {
            *known = *member;
        }
    }
    union
}

/// Lets time pass while those whom nobody plays answer every `Ping`, if they should be alive.
fn pass(
    network: &mut Cluster,
    tapped: &Tapped,
    living: &BTreeMap<SocketAddr, Member<Id>>,
    until: Instant,
) {
    while network.now() < until {
        network.run_for(millis(20));
        for (_, ping) in tapped.take() {
            let Message::Ping { number } = ping.header.message else {
                continue;
            };
            let (src, dst) = (ping.header.dst, ping.header.src);
            let member = living.get(&src.addr);
            if let Some(member) = member.filter(|it| it.state == Alive && it.id == src) {
                let ack = packet(src, dst, Message::Ack { number }).incarnation(member.incarnation);
                network.inject(&dst.addr, &ack.bytes(Wire::Native));
            }
        }
    }
}

/// Two that know different things, which neither has as news any more.
fn two_with(sets: &[Vec<Member<Id>>; 2], seed: u64, link: &Link) -> (Cluster, Tapped) {
    let mut network: Cluster = Network::new(seed).with_link(link.clone());
    let config = Config::local().with(|it| {
        it.periodic_announce_to_down = None;
        // A fifth of all datagrams is lost, and nobody else can be asked to probe.
        it.suspicion = seconds(20).into();
    });
    let config = config.expect("valid");
    for n in 0..2 {
        network.insert(
            addr(n),
            node(id(n), config.clone(), seed * 2 + u64::from(n)),
        );
    }
    let tapped = tapped(&mut network);
    let everybody = union(sets);
    let alone = [Member::alive(id(90)), Member::alive(id(91))];
    let mut players = everybody;
    players.extend(alone.map(|it| (it.id.addr, it)));
    network.partition(|from, to| *from < addr(2) && *to < addr(2));
    for (n, set) in sets.iter().enumerate() {
        let told = set.iter().copied();
        network.with(&addr(n as u16), |node, now| node.merge(now, told));
    }
    let start = network.now();
    pass(&mut network, &tapped, &players, start + seconds(30));
    network.heal();
    for n in 0..2 {
        let other = Member::alive(id(1 - n));
        network.with(&addr(n), |node, now| node.restore(now, [other]));
    }
    (network, tapped)
}

/// That somebody left rather than went down is no part of a view: who holds it down already goes on so.
fn as_compared(members: impl Iterator<Item = Member<Id>>) -> BTreeMap<SocketAddr, Member<Id>> {
    let one = |it: Member<Id>| Member {
        state: if it.state == Left { Down } else { it.state },
        ..it
    };
    members.map(|it| (it.id.addr, one(it))).collect()
}

/// What a node believes of everybody but the two.
fn believes(network: &Cluster, n: u16) -> BTreeMap<SocketAddr, Member<Id>> {
    let node = network.machine(&addr(n)).expect("a node");
    let others = node.all_members().filter(|it| it.id.addr >= addr(100));
    as_compared(others.copied())
}

#[test]
fn two_that_differ_at_random_become_equal_on_a_bad_network() {
    let bad = Link {
        latency: millis(1)..=millis(60),
        loss_per_million: 200_000,
        duplicate_per_million: 200_000,
        ..Link::default()
    };
    for seed in 0..16 {
        let link = if seed % 2 == 0 {
            Link::default()
        } else {
            bad.clone()
        };
        let mut random = SplitMix64(seed);
        let count = [3, 40, 200, 600][seed as usize / 2 % 4];
        let sets = [some(&mut random, count), some(&mut random, count)];
        let expected = as_compared(union(&sets).into_values());
        let (mut network, tapped) = two_with(&sets, seed, &link);
        let deadline = network.now() + seconds(300);
        let mut equal = false;
        while !equal && network.now() < deadline {
            let soon = network.now() + millis(200);
            pass(&mut network, &tapped, &expected, soon);
            equal = (0..2).all(|n| believes(&network, n) == expected);
        }
        for n in 0..2 {
            let believed = believes(&network, n);
            let wrong: Vec<_> = expected
                .iter()
                .filter(|(addr, it)| believed.get(addr) != Some(it))
                .map(|(addr, it)| (it, believed.get(addr)))
                .collect();
            assert_eq!(wrong, [], "seed {seed}, node {n}");
            assert_eq!(believed.len(), expected.len());
        }
        let views = [0, 1].map(|n| View::of(network.machine(&addr(n)).expect("a node")).total());
        assert_eq!(views[0], views[1], "seed {seed}");
    }
}

const JOINED: u16 = 2_000;

/// One who knows one member, which knows all the others.
#[test]
fn a_joiner_pulls_everybody_from_one_member_within_its_bytes() {
    // Such that one second's worth is just enough, and the default.
    let tight = Config::lan().with(|it| {
        it.reconciliation_bytes_per_second = 28_000.try_into().expect("not zero");
    });
    for config in [Config::lan(), tight.expect("valid")] {
        let mut network: Cluster = Network::new(1);
        let everybody = (2..2 + JOINED).map(|n| Member::alive(id(n)));
        let mut server = node(id(1), config.clone(), 1);
        server.restore(Instant::ZERO, everybody);
        network.insert(addr(1), server);
        let log = tapped(&mut network);
        network.insert(addr(0), node(id(0), config.clone(), 2));
        let known = [Member::alive(id(1))];
        network.with(&addr(0), |node, now| node.restore(now, known));
        let rate = config.reconciliation_bytes_per_second.get() as usize;
        let statements: usize = (1..2 + JOINED)
            .map(|n| told_bytes(&alive(id(n), 0)).len())
            .sum();
        // The first comparison comes after a fifth of the probe period and half; then it takes some
        // twenty round trips of 4 ms at most.
        let deadline = at(0) + config.probe_period * 3 / 10 + millis(200);
        let complete = network.run_until_condition(deadline, |network| {
            let joiner = network.machine(&addr(0)).expect("a node");
            joiner.members().len() == usize::from(JOINED) + 1
        });
        assert!(complete, "{rate} bytes per second, by {deadline}");
        let bytes = compared_bytes(&log);
        assert!(bytes <= statements * 3 / 2, "{bytes} for {statements}");
        for n in 0..2 {
            let of_one = |it: &&(Instant, Packet<Id>)| it.1.header.src == id(n) && compares(&it.1);
            let mut sent = 0;
            for (now, packet) in log.borrow().iter().filter(of_one) {
                sent += packet.bytes(Wire::Native).len();
                let allowed = rate + now.as_micros() as usize * rate / 1_000_000 + 1_232;
                assert!(sent <= allowed, "{sent} of {allowed} at {now}");
            }
        }
    }
}

#[test]
fn equal_views_cost_two_small_datagrams_per_comparison() {
    let config = Config::lan();
    let mut network = formed(5, &config, 1, id);
    network.run_for(seconds(300));
    let counted = |network: &Cluster| -> u64 {
        network
            .machines()
            .map(|(_, node)| node.stats().comparisons)
            .sum()
    };
    let before = counted(&network);
    let log = tapped(&mut network);
    network.run_for(seconds(3_600));
    let comparisons = counted(&network) - before;
    let pause = network
        .machine(&addr(0))
        .and_then(|it| it.pace().reconciliation);
    let pause = pause.expect("it compares").as_secs();
    // Pauses are cut or stretched by up to half, evenly.
    let expected = 5 * 3_600 / pause;
    let range = expected * 9 / 10..expected * 11 / 10;
    assert!(range.contains(&comparisons), "{comparisons} of {expected}");
    let sent = log.take();
    let mut packets = 0;
    for (_, packet) in sent.iter().filter(|it| compares(&it.1)) {
        packets += 1;
        // Header and envelope with identities of nine bytes: 11 + 1 + 9 + 1 + 9 + 4 + 4.
        let length = packet.bytes(Wire::Native).len();
        match packet.body().entries[..] {
            [Entry::All(_)] => assert_eq!(length, 37 + 10),
            [Entry::Equal] => assert_eq!(length, 37 + 4),
            ref other => panic!("{other:?}"),
        }
    }
    assert!((comparisons * 2 - 2..=comparisons * 2 + 2).contains(&packets));
    let compared: u64 = network
        .machines()
        .map(|(_, node)| node.stats().members_compared)
        .sum();
    assert_eq!(compared, 0);
}

/// Comparisons of one node in an hour if all are fruitless: each pause is half of eight times the usual
/// one at least, after a few shorter ones.
fn fruitless_max(network: &Cluster) -> u64 {
    let pause = network
        .machine(&addr(0))
        .and_then(|it| it.pace().reconciliation);
    3_600 / (pause.expect("it compares").as_secs() * 4) + 1
}

fn stats_of(network: &Cluster, n: u16) -> foca_core::Stats {
    network.machine(&addr(n)).expect("a node").stats()
}

#[test]
fn different_keys_cost_little_and_spoil_nothing() {
    const MEMBERS: u16 = 12;
    let config = Config::lan();
    let mut network = formed(MEMBERS, &config, 2, id);
    for n in 0..MEMBERS {
        let keyed = config
            .with(|it| it.reconciliation_key = n.into())
            .expect("valid");
        network.with(&addr(n), |node, now| node.set_config(now, keyed));
    }
    network.run_for(seconds(600));
    for n in 0..MEMBERS {
        events(&mut network, n);
    }
    let before: u64 = (0..MEMBERS)
        .map(|n| stats_of(&network, n).comparisons)
        .sum();
    let log = tapped(&mut network);
    network.run_for(seconds(3_600));
    let after: u64 = (0..MEMBERS)
        .map(|n| stats_of(&network, n).comparisons)
        .sum();
    let comparisons = after - before;
    assert!(
        comparisons <= u64::from(MEMBERS) * fruitless_max(&network),
        "{comparisons}"
    );
    assert!(comparisons > 0);
    // Both sides tell all that they know, in lists for sixteen parts.
    let everybody = usize::from(MEMBERS) * told_bytes(&alive(id(1), 0)).len();
    let most = comparisons as usize * (2 * everybody + 2 * 16 * 4 + 80 + 6 * 60);
    let bytes = compared_bytes(&log);
    assert!(bytes <= most, "{bytes} of {most} in an hour");
    assert!(views_complete(&network));
    for n in 0..MEMBERS {
        assert_eq!(events(&mut network, n), []);
    }
}

#[test]
fn a_member_without_room_costs_little() {
    const MEMBERS: u16 = 12;
    const FULL: u16 = MEMBERS - 1;
    let config = Config::lan();
    let mut network = support::starting(MEMBERS, &config, 3, id);
    let small = config.with(|it| it.members_max = 4).expect("valid");
    network.with(&addr(FULL), |node, now| node.set_config(now, small));
    network.run_for(seconds(600));
    assert_eq!(
        network
            .machine(&addr(FULL))
            .map(|it| it.all_members().count()),
        Some(4)
    );
    let before = stats_of(&network, FULL);
    let log = tapped(&mut network);
    network.run_for(seconds(3_600));
    let comparisons = stats_of(&network, FULL).comparisons - before.comparisons;
    assert!(
        (1..=fruitless_max(&network)).contains(&comparisons),
        "{comparisons}"
    );
    let about_it = |it: &&(Instant, Packet<Id>)| {
        compares(&it.1) && (it.1.header.src == id(FULL) || it.1.header.dst == id(FULL))
    };
    let sent = log.take();
    for (_, packet) in sent.iter().filter(about_it) {
        for entry in packet.body().entries {
            let short = matches!(entry, Entry::All(_) | Entry::Equal | Entry::Sums(..));
            assert!(short, "nobody goes into detail: {entry:?}");
        }
    }
}

/// Nobody who lives is declared down, nobody takes another name, and all know all within ten seconds.
#[test]
fn halves_of_a_cluster_grow_together_in_ten_seconds() {
    const MEMBERS: u16 = 24;
    for seed in 0..5 {
        let mut network = formed(MEMBERS, &Config::lan(), seed, id);
        network.partition(|from, to| (*from < addr(MEMBERS / 2)) != (*to < addr(MEMBERS / 2)));
        network.run_for(seconds(120));
        for n in 0..MEMBERS {
            assert!(events(&mut network, n).len() >= usize::from(MEMBERS) / 2);
            let node = network.machine(&addr(n)).expect("a node");
            assert_eq!(node.members().len(), usize::from(MEMBERS) / 2 - 1);
        }
        network.heal();
        let healed = network.now();
        // Who finds the other half is a matter of the search for the dead, which is not due at once.
        network.with(&addr(0), |node, now| node.announce(now, &addr(MEMBERS - 1)));
        let complete = network.run_until_condition(healed + seconds(10), views_complete);
        assert!(complete, "seed {seed}");
        network.run_for(seconds(60));
        assert!(views_complete(&network), "seed {seed}: and it lasts");
        for n in 0..MEMBERS {
            let node = network.machine(&addr(n)).expect("a node");
            assert_eq!(*node.identity(), id(n), "seed {seed}");
            let told = events(&mut network, n);
            let down = told.iter().filter(|it| matches!(it, Event::MemberDown(_)));
            assert_eq!(down.count(), 0, "seed {seed}, node {n}: {told:?}");
        }
    }
}

/// Whoever is gone is forgotten by all, and stays so, however often they compare.
#[test]
fn nobody_is_remembered_longer_because_it_was_passed_on() {
    let forget_after = seconds(60);
    let config = Config::local().with(|it| {
        it.forget_after = Some(forget_after);
        it.periodic_announce_to_down = None;
    });
    for seed in 0..4 {
        let mut network = formed(6, &config.clone().expect("valid"), seed, id);
        network.set_link(Link {
            loss_per_million: 200_000,
            ..Link::default()
        });
        network.remove(&addr(5));
        let holds = |network: &Cluster, wanted: fn(State) -> bool| {
            (0..5)
                .filter(|n| support::state(network, *n, 5).is_some_and(wanted))
                .count()
        };
        let deadline = network.now() + seconds(60);
        let down = network.run_until_condition(deadline, |it| holds(it, |it| it == Down) == 5);
        assert!(down, "seed {seed}");
        // A newcomer hears of it when half of the time is over.
        network.run_for(forget_after / 2);
        network.insert(addr(6), node(id(6), config.clone().expect("valid"), 77));
        support::announce(&mut network, 6, 0);
        network.run_for(forget_after / 2 + seconds(1));
        for _ in 0..50 {
            network.run_for(seconds(6));
            assert_eq!(
                holds(&network, |_| true),
                0,
                "seed {seed}, {}",
                network.now()
            );
            assert_eq!(support::state(&network, 6, 5), None);
        }
    }
}
