//! What a member costs: bytes of heap, and allocations on the path of a packet.

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::net::{Ipv4Addr, SocketAddr};

use counting::{Counting, Heap, measure};
use foca_codec::PostcardCodec;
use foca_core::{Codec, Config, Identity, Instant, Member, Message, State};
use serde::{Deserialize, Serialize};
use support::wire::packet;
use support::{Id, Node, node, on_both_wires, seconds};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Sizes at which the tables are fullest of reserve: the hash index has just doubled.
const JUST_GROWN: [u32; 9] = [15, 29, 57, 113, 225, 449, 897, 1_793, 7_169];

fn id(n: u32) -> Id {
    let addr = SocketAddr::from((Ipv4Addr::from(0x0A00_0000 + n), 7_000));
    Id { addr, life: 0 }
}

fn everybody(members: u32, incarnation: u32, state: State) -> impl Iterator<Item = Member<Id>> {
    (1..=members).map(move |n| Member {
        id: id(n),
        incarnation,
        state,
    })
}

/// A configuration under which nothing but gossip happens by itself.
fn calm(members: u32) -> Config {
    let config = Config::lan().with(|it| {
        it.members_max = it.members_max.max(members as usize);
        it.probe_period = seconds(1_000_000);
        it.datagram_bytes_max = 1_400;
    });
    config.expect("valid")
}

/// Fetches everything that a node has to say.
fn drain<I>(node: &mut Node<I>, now: Instant) -> usize
where
    I: Identity,
    PostcardCodec: Codec<I>,
{
    let (mut out, mut sent) = ([0; 2_000], 0);
    while node.poll_transmit(now, &mut out).is_some() {
        sent += 1;
    }
    while node.poll_event().is_some() {}
    sent
}

/// Gossips until nothing is left to tell.
fn fall_silent(node: &mut Node) {
    let mut silent = 0;
    while silent < 30 {
        let now = node.poll_timeout().expect("gossip goes on");
        node.handle_timeout(now);
        silent = if drain(node, now) == 0 { silent + 1 } else { 0 };
    }
}

/// Bytes that each member costs a node that went through `life`, beyond what one of a single member
/// takes for itself.
fn bytes_per_member(members: u32, life: impl Fn(&mut Node, u32)) -> f64 {
    let kept_bytes = |known: u32| {
        let config = calm(members);
        let live = || {
            let mut node = node(id(0), config, 3);
            life(&mut node, known);
            assert_eq!(node.members().len(), known as usize);
            node
        };
        measure(live).1.kept_bytes
    };
    (kept_bytes(members) - kept_bytes(1)) as f64 / f64::from(members - 1)
}

fn restored(node: &mut Node, members: u32) {
    node.restore(Instant::ZERO, everybody(members, 0, State::Alive));
    drain(node, Instant::ZERO);
}

fn queued(node: &mut Node, members: u32) {
    node.merge(Instant::ZERO, everybody(members, 0, State::Alive));
    drain(node, Instant::ZERO);
}

fn queued_and_told(node: &mut Node, members: u32) {
    queued(node, members);
    fall_silent(node);
}

fn all_suspected(node: &mut Node, members: u32) {
    queued(node, members);
    node.merge(Instant::ZERO, everybody(members, 0, State::Suspect));
    drain(node, Instant::ZERO);
}

fn all_suspected_and_refuted(node: &mut Node, members: u32) {
    all_suspected(node, members);
    node.merge(Instant::ZERO, everybody(members, 1, State::Alive));
    fall_silent(node);
}

fn at_most(bytes: f64, members: u32, name: &str, life: fn(&mut Node, u32)) {
    let measured = bytes_per_member(members, life);
    println!("{members} members, {name}: {measured:.1} bytes each");
    assert!(measured <= bytes, "{members} {name}: {measured:.1}");
}

#[test]
fn a_quiet_member_of_a_large_cluster_costs_at_most_96_bytes() {
    for members in [10_000, 65_537, 100_000] {
        at_most(96.0, members, "restored", restored);
    }
    for members in [10_000, 100_000] {
        at_most(96.0, members, "told", queued_and_told);
        at_most(96.0, members, "refuted", all_suspected_and_refuted);
    }
}

#[test]
fn a_quiet_member_costs_at_most_140_bytes_wherever_the_tables_grow() {
    for members in (10..40).chain(JUST_GROWN).chain([100, 1_000]) {
        at_most(140.0, members, "restored", restored);
    }
    for members in [10, 15, 29, 113, 897, 1_793] {
        at_most(140.0, members, "told", queued_and_told);
        at_most(140.0, members, "refuted", all_suspected_and_refuted);
    }
}

#[test]
fn a_member_that_is_news_costs_at_most_180_bytes_and_a_suspect_270() {
    for members in (10..40).chain(JUST_GROWN).chain([1_000, 10_000]) {
        at_most(180.0, members, "queued", queued);
        // And who accuses it, and whether we asked it.
        at_most(270.0, members, "suspected", all_suspected);
    }
}

/// `Ping`s of one member after the other, each with the same statements at the next incarnation.
fn pings<I: Identity>(config: &Config, us: I, from: I, told: &[I], rounds: u32) -> Vec<Vec<u8>>
where
    PostcardCodec: Codec<I>,
{
    let ping = |round| {
        let alive = |id: &I| Member {
            incarnation: round,
            ..Member::alive(id.clone())
        };
        packet(from.clone(), us.clone(), Message::Ping { number: 7 })
            .members(told.iter().map(alive))
            .bytes(config.wire)
    };
    (0..rounds).map(ping).collect()
}

/// What it does to the heap to take in these datagrams and to answer each. A member is answered 32 times.
fn answering<I: Identity>(node: &mut Node<I>, from: u64, datagrams: &[Vec<u8>]) -> Heap
where
    PostcardCodec: Codec<I>,
{
    let answer = || {
        for (second, datagram) in (from..).zip(datagrams) {
            let now = support::at(second);
            assert_eq!(node.handle_datagram(now, datagram), Ok(()));
            assert!(drain(node, now) > 0);
        }
    };
    measure(answer).1
}

#[test]
fn packets_full_of_changes_allocate_nothing() {
    for members in [1_000, 10_000] {
        for config in on_both_wires(&calm(members)) {
            let mut node = node(id(0), config.clone(), 3);
            queued(&mut node, members);
            let told: Vec<Id> = (0..100).map(|n| id(1 + n * 7 % members)).collect();
            let datagrams = pings(&config, id(0), id(5), &told, 30);
            let (first, rest) = datagrams.split_at(10);
            answering(&mut node, 1, first);
            let before = node.stats().updates_applied;
            let heap = answering(&mut node, 20, rest);
            assert_eq!(node.stats().updates_applied - before, 100 * 20);
            assert_eq!((heap.allocations, heap.kept_bytes), (0, 0), "{members}");
        }
    }
}

#[test]
fn packets_that_change_nothing_allocate_nothing_however_full() {
    for config in on_both_wires(&calm(1_000)) {
        let mut node = node(id(0), config.clone(), 3);
        restored(&mut node, 1_000);
        let told: Vec<Id> = (1..=100).map(id).collect();
        let known = vec![pings(&config, id(0), id(5), &told, 1).remove(0); 20];
        answering(&mut node, 1, &known[..2]);
        let heap = answering(&mut node, 10, &known);
        assert_eq!((heap.allocations, heap.kept_bytes), (0, 0));
    }
}

/// A member whose name is on the heap.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Named(String);

impl Identity for Named {
    type Addr = String;

    fn addr(&self) -> &String {
        &self.0
    }

    fn generation(&self) -> u64 {
        0
    }

    fn placeholder(addr: &String) -> Self {
        Self(addr.clone())
    }
}

#[test]
fn names_on_the_heap_are_allocated_once_for_each_that_a_packet_has() {
    let named = |n: usize| Named(format!("member-{n}.example"));
    let told: Vec<Named> = (1..=20).map(named).collect();
    for config in on_both_wires(&calm(1_000)) {
        let mut node = node(named(0), config.clone(), 3);
        let others = (1..=1_000).map(|n| Member::alive(named(n)));
        node.restore(Instant::ZERO, others);
        drain(&mut node, Instant::ZERO);
        let datagrams = pings(&config, named(0), named(5), &told, 30);
        let (first, rest) = datagrams.split_at(10);
        answering(&mut node, 1, first);
        let heap = answering(&mut node, 20, rest);
        // Sender, receiver and those it tells of.
        let most = rest.len() as u64 * (2 + told.len() as u64);
        assert!(heap.allocations <= most, "{heap:?}, at most {most}");
    }
}
