//! Damaged and random datagrams into a member of a running cluster on the native wire.

#[path = "support/counting.rs"]
mod counting;
mod support;

use std::cell::RefCell;
use std::rc::Rc;

use counting::{Counting, measure};
use foca_core::{Config, MAGIC, Reject, State, Status, VERSION};
use foca_sim::Link;
use foca_sim::cluster::views_complete;
use support::{Cluster, addr, events, formed, id, millis, node, seconds};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const MEMBERS: u16 = 5;
const DAMAGED: usize = 20_000;
const RANDOM: usize = 200_000;
/// Who is shot at.
const VICTIM: u16 = 2;
const PREFIX_BYTES: usize = 7;
const SUFFIX_BYTES: usize = 4;

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

/// What five members say to each other in bad times: full of suspicions, verdicts and refutations.
fn genuine(config: &Config) -> Vec<Vec<u8>> {
    let captured = Rc::new(RefCell::new(Vec::new()));
    let log = captured.clone();
    let mut network = formed(MEMBERS, config, 1, id);
    network.set_link(Link {
        loss_per_million: 300_000,
        ..Link::default()
    });
    network.tap(move |_, _, _, datagram| log.borrow_mut().push(datagram.to_vec()));
    let mut lives = 1;
    while captured.borrow().len() < DAMAGED {
        network.run_for(seconds(60));
        network.remove(&addr(4));
        network.run_for(seconds(60));
        lives += 1;
        let later = support::life(4, lives);
        network.insert(addr(4), node(later, config.clone(), lives.into()));
        support::announce(&mut network, 4, lives % 4);
    }
    drop(network);
    let mut captured = Rc::into_inner(captured)
        .expect("the tap is gone")
        .into_inner();
    captured.truncate(DAMAGED);
    let kind = |it: &&Vec<u8>| matches!(it[PREFIX_BYTES], 12 | 13);
    assert!(
        captured.iter().filter(kind).count() > DAMAGED / 20,
        "they compare"
    );
    captured
}

/// Changes one to four bytes, all of them to something else.
fn damage(random: &mut SplitMix64, datagram: &[u8]) -> Vec<u8> {
    let mut damaged = datagram.to_vec();
    while damaged == datagram {
        for _ in 0..=random.below(4) {
            let at = random.below(damaged.len());
            damaged[at] = random.next() as u8;
        }
    }
    damaged
}

/// Random bytes of any length; some dressed up as far as the first checks look.
fn noise(random: &mut SplitMix64) -> Vec<u8> {
    let mut bytes = vec![0; random.below(1_400)];
    bytes.fill_with(|| random.next() as u8);
    let dress = [MAGIC[0], MAGIC[1], VERSION, 0, 0, 0, 0];
    let worn = [0, 0, 2, 3, 7][random.below(5)].min(bytes.len());
    bytes[..worn].copy_from_slice(&dress[..worn]);
    bytes
}

/// What `docs/PROTOCOL.md` says about a datagram whose checksum does not match.
fn expected_reject(bytes: &[u8], datagram_bytes_max: usize) -> Reject {
    if bytes.len() > datagram_bytes_max {
        Reject::TooLong
    } else if bytes.len() < MAGIC.len() {
        Reject::TooShort
    } else if !bytes.starts_with(&MAGIC) {
        Reject::WrongWire
    } else if bytes.len() < PREFIX_BYTES + SUFFIX_BYTES {
        Reject::TooShort
    } else if bytes[2] != VERSION {
        Reject::UnknownVersion
    } else if bytes[3..7] != [0; 4] {
        Reject::ForeignCluster
    } else {
        Reject::BadChecksum
    }
}

fn stats_sum(network: &Cluster, of: impl Fn(&foca_core::Stats) -> u64) -> u64 {
    network.machines().map(|(_, node)| of(&node.stats())).sum()
}

#[test]
fn damage_and_noise_change_nothing_and_genuine_traffic_goes_on() {
    let config = Config::lan();
    let genuine = genuine(&config);
    let mut random = SplitMix64(0xDA_4A_6E);
    let mut network = formed(MEMBERS, &config, 2, id);
    let mut expected = [0_u64; Reject::ALL.len()];
    let sent_before = network.stats().datagrams_sent;
    let probes_before = stats_sum(&network, |it| it.probes_started);

    let mut shoot = |network: &mut Cluster, range: std::ops::Range<usize>| {
        for round in range {
            for _ in 0..RANDOM / DAMAGED {
                let bytes = noise(&mut random);
                expected[expected_reject(&bytes, config.datagram_bytes_max) as usize] += 1;
                network.inject(&addr(VICTIM), &bytes);
            }
            let bytes = damage(&mut random, &genuine[round]);
            expected[expected_reject(&bytes, config.datagram_bytes_max) as usize] += 1;
            network.inject(&addr(VICTIM), &bytes);
            network.run_for(millis(15));
        }
    };
    shoot(&mut network, 0..DAMAGED / 2);
    let ((), heap) = measure(|| shoot(&mut network, DAMAGED / 2..DAMAGED));
    assert!(heap.kept_bytes.abs() < 4_096, "memory is flat: {heap:?}");

    // Every single one is accounted for, by its reason, at the one it was sent to.
    for (at, node) in network.machines() {
        let rejects = node.stats().datagrams_rejected;
        for reject in Reject::ALL {
            let count = if *at == addr(VICTIM) {
                expected[reject as usize]
            } else {
                0
            };
            assert_eq!(rejects.of(reject), count, "{at}: {reject}");
        }
    }
    assert_eq!(expected.iter().sum::<u64>(), (DAMAGED + RANDOM) as u64);

    // All genuine traffic was accepted and answered meanwhile.
    let accepted = stats_sum(&network, |it| it.datagrams_accepted);
    let in_flight = network.in_flight() as u64;
    assert_eq!(accepted + in_flight, network.stats().datagrams_sent);
    assert!(network.stats().datagrams_sent - sent_before > 2_500);
    assert!(stats_sum(&network, |it| it.probes_started) - probes_before > 1_400);
    assert_eq!(stats_sum(&network, |it| it.probes_failed), 0);

    // No phantom, nobody down, nothing to tell.
    assert!(views_complete(&network));
    for n in 0..MEMBERS {
        assert_eq!(events(&mut network, n), []);
        let node = network.machine(&addr(n)).expect("a node");
        assert_eq!(node.status(), Status::Joined);
        assert_eq!(node.all_members().count(), usize::from(MEMBERS) - 1);
        assert!(node.all_members().all(|it| it.state == State::Alive));
        assert_eq!(node.incarnation(), 0);
    }
}
