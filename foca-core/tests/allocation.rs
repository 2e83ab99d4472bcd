//! Memory under hostile input: junk costs nothing, and what is kept has a bound.

#[path = "support/counting.rs"]
mod counting;
mod support;

use counting::{Counting, Heap, measure};
use foca_core::{Config, Instant, Member, Message, State, Wire};
use support::body::{EVERYWHERE, Entry, alive, body_bytes, gone};
use support::wire::{packet, sealed};
use support::{Id, Node, addr, id, life, millis, node, on_both_wires, seconds, transmits};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A generator of its own, so that the same bytes are tried on every machine.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

fn victim(config: &Config) -> Node {
    let mut node = node(id(0), config.clone(), 3);
    node.restore(Instant::ZERO, (1..4).map(|n| Member::alive(id(n))));
    node
}

fn in_wire(wire: Wire, payload: &[u8]) -> Vec<u8> {
    match wire {
        Wire::Native => sealed(payload),
        Wire::Foca2 => payload.to_vec(),
    }
}

/// Gossip of a known member with random news aboard, then damaged so often.
fn damaged(random: &mut SplitMix64, wire: Wire, changes: usize) -> Vec<u8> {
    let states = [State::Alive, State::Suspect, State::Down, State::Left];
    let news = (0..random.below(40)).map(|_| Member {
        id: life(10 + random.below(10_000) as u16, random.below(3) as u16),
        incarnation: random.below(4) as u32,
        state: states[random.below(4)],
    });
    let news: Vec<_> = news.collect();
    let from = id(1 + random.below(3) as u16);
    let mut payload = packet(from, id(0), Message::Gossip)
        .members(news)
        .payload(wire);
    for _ in 0..changes {
        let at = random.below(payload.len());
        payload[at] = random.next() as u8;
    }
    in_wire(wire, &payload)
}

/// A comparison of a known member with as many questions or statements as fit, then damaged so often.
fn damaged_comparison(random: &mut SplitMix64, changes: usize) -> Vec<u8> {
    let (echo, nonce) = (1, 2);
    let asks = random.below(2) == 0;
    let message = match asks {
        true => Message::Compare { echo, nonce },
        false => Message::Differences { echo, nonce },
    };
    let mut packet = packet(id(1 + random.below(3) as u16), id(0), message);
    let mut statements = || {
        let one = |_| match random.below(3) {
            0 => gone(id(10 + random.below(10_000) as u16), 1, State::Down, 900),
            _ => alive(id(10 + random.below(10_000) as u16), 1),
        };
        Entry::Members(EVERYWHERE, (0..80).map(one).collect())
    };
    let entries = match (asks, statements(), nonce + changes as u32) {
        (true, _, 2) => vec![Entry::Split(EVERYWHERE); 500],
        (true, _, 3) => vec![Entry::Members(EVERYWHERE, vec![]); 300],
        (false, _, 2) => vec![Entry::Equal; 1_000],
        (false, _, 3) => vec![Entry::Sums(EVERYWHERE, vec![7]); 150],
        (_, statements, _) => vec![statements],
    };
    packet.comparison = body_bytes(0, (!asks).then_some(0), &entries);
    let mut payload = packet.payload(Wire::Native);
    for _ in 0..changes {
        let at = random.below(payload.len());
        payload[at] = random.next() as u8;
    }
    sealed(&payload)
}

#[test]
fn what_is_rejected_allocates_nothing() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = victim(&config);
        let mut random = SplitMix64(1);
        let mut junk: Vec<Vec<u8>> = (0..2_000)
            .map(|round| {
                let mut bytes = vec![0; random.below(1_300)];
                bytes.fill_with(|| random.next() as u8);
                // Some get past the envelope, some past the header as well.
                match round % 4 {
                    0 => bytes,
                    3 if config.wire == Wire::Native => {
                        let mut truncated = damaged_comparison(&mut random, 3);
                        let len = random.below(truncated.len());
                        truncated.truncate(len.max(7));
                        sealed(&truncated[7..])
                    }
                    1 => in_wire(config.wire, &bytes),
                    _ => {
                        let mut truncated = damaged(&mut random, config.wire, 3);
                        let len = random.below(truncated.len());
                        truncated.truncate(len);
                        truncated
                    }
                }
            })
            .collect();
        // What is accepted by chance is none of this test's business. The room for the members of
        // one datagram is made once.
        junk.retain(|datagram| node.handle_datagram(Instant::ZERO, datagram).is_err());
        assert!(junk.len() > 1_900);
        let (_, heap) = measure(|| {
            for datagram in &junk {
                assert!(node.handle_datagram(Instant::ZERO, datagram).is_err());
            }
        });
        let nothing = Heap {
            kept_bytes: 0,
            peak_bytes: 0,
            allocations: 0,
        };
        assert_eq!(heap, nothing, "{:?}", config.wire);
    }
}

#[test]
fn one_datagram_allocates_no_more_than_a_multiple_of_its_length() {
    for config in on_both_wires(&Config::simple()) {
        let mut random = SplitMix64(2);
        for changes in [0, 1, 4, 16] {
            for _ in 0..500 {
                let datagram = damaged(&mut random, config.wire, changes);
                let mut node = victim(&config);
                let (_, heap) = measure(|| node.handle_datagram(Instant::ZERO, &datagram));
                // A member takes 12 bytes on the wire and some 200 in table, index, news and events,
                // each of which may double when it grows.
                let most = 40 * datagram.len() as isize + 4_096;
                assert!(heap.peak_bytes <= most, "{heap:?} for {}", datagram.len());
            }
        }
    }
}

#[test]
fn a_stream_of_lies_fills_the_tables_to_their_bounds_and_not_beyond() {
    for config in on_both_wires(&Config::local()) {
        let config = config.with(|it| {
            it.members_max = 500;
            it.outbox_max = 100;
            it.events_max = 100;
            // The three that lie are not probed meanwhile: they would not answer.
            it.probe_period = seconds(3_600);
        });
        let config = config.expect("valid");
        let mut node = victim(&config);
        let mut random = SplitMix64(3);
        let mut now = Instant::ZERO;
        let mut flood = |node: &mut Node, datagrams: usize| {
            for round in 0..datagrams {
                let changes = round % 3;
                let compares = config.wire == Wire::Native && round % 4 == 0;
                let datagram = match compares {
                    true => damaged_comparison(&mut random, changes),
                    false => damaged(&mut random, config.wire, changes),
                };
                now = now + millis(1);
                let _ = node.handle_datagram(now, &datagram);
                node.handle_timeout(now);
                if round % 16 == 0 {
                    transmits(node, now);
                }
            }
        };
        let ((), filling) = measure(|| flood(&mut node, 4_000));
        assert_eq!(node.all_members().count(), 500);
        assert!(filling.kept_bytes < 300_000, "{filling:?}");
        let ((), full) = measure(|| flood(&mut node, 8_000));
        assert!(full.kept_bytes.abs() < 20_000, "{full:?}");
        assert!(node.stats().members_refused > 10_000);
        assert_eq!(node.member(&addr(0)), None);
    }
}

/// Reading, taking in and answering, whatever is asked.
#[test]
fn one_comparison_allocates_no_more_than_a_multiple_of_its_length() {
    let config = Config::lan();
    let mut random = SplitMix64(4);
    let mut out = vec![0; 1_400];
    for changes in [0, 1, 4, 16] {
        for _ in 0..500 {
            let datagram = damaged_comparison(&mut random, changes);
            assert!(datagram.len() <= config.datagram_bytes_max);
            let mut node = victim(&config);
            let (_, heap) = measure(|| {
                let _ = node.handle_datagram(Instant::ZERO, &datagram);
                while node.poll_transmit(Instant::ZERO, &mut out).is_some() {}
            });
            // A statement takes 10 bytes, as in the test before; an entry without any takes one, and
            // what stands for it some 30, twice that while the list of them grows.
            let most = 60 * datagram.len() as isize + 4_096;
            assert!(heap.peak_bytes <= most, "{heap:?} for {}", datagram.len());
        }
    }
}

/// Each request for help is remembered until it is answered, and what nobody asked for is not.
#[test]
fn requests_for_help_take_room_up_to_their_bound_and_uncalled_nacks_none() {
    let config = Config::simple().with(|it| (it.relays_max, it.replies_max) = (8, 60_000));
    let mut node = victim(&config.expect("valid"));
    let mut out = [0; 1_400];
    let mut flood = |node: &mut Node, numbers: std::ops::Range<u32>| {
        for number in numbers {
            let (target, origin) = (id(2), id(3));
            for message in [
                Message::PingReq { target, number },
                Message::Nack { origin, number },
            ] {
                let bytes = packet(id(1), id(0), message).bytes(Wire::Native);
                assert_eq!(node.handle_datagram(Instant::ZERO, &bytes), Ok(()));
                while node.poll_transmit(Instant::ZERO, &mut out).is_some() {}
            }
        }
    };
    let ((), first) = measure(|| flood(&mut node, 0..8));
    assert!(first.kept_bytes < 2_000, "{first:?}");
    let ((), more) = measure(|| flood(&mut node, 8..2_000));
    assert_eq!(more.kept_bytes, 0, "{more:?}");
    assert_eq!(node.stats().relays_forgotten, 1_992);
}

/// The quiet path: a probe that is asked and answered without news.
#[test]
fn answering_a_ping_allocates_nothing() {
    for config in on_both_wires(&Config::simple()) {
        let mut node = victim(&config);
        let ping = packet(id(1), id(0), Message::<Id>::Ping { number: 7 }).bytes(config.wire);
        let mut out = [0; 1_400];
        let mut answer = |node: &mut Node, now| {
            assert_eq!(node.handle_datagram(now, &ping), Ok(()));
            assert!(node.poll_transmit(now, &mut out).is_some());
        };
        answer(&mut node, Instant::ZERO);
        let (_, heap) = measure(|| {
            for second in 1..100 {
                let now = Instant::ZERO + config.probe_period * second;
                answer(&mut node, now);
            }
        });
        assert_eq!((heap.allocations, heap.kept_bytes), (0, 0));
    }
}
