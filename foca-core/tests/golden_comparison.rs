//! The worked examples of `Compare` and `Differences` in `docs/PROTOCOL.md`, and what is no spelling.

use crate::support;

use std::net::SocketAddr;

use foca_core::{Config, Instant, Member, Message, Reject, State, Wire};
use support::body::{
    Body, EVERYWHERE, Entry, FULL, Told, alive, body_bytes, compare, flagged_differences, gone,
};
use support::view::{View, siphash, summary};
use support::wire::{Packet, exchange, packet, sealed, sent};
use support::{Node, id, node};

use State::{Alive, Down, Left};

const NOW: Instant = Instant::ZERO;

/// Node a asks b for the first time; b asks a everything that can be asked; a answers that. The
/// checksums were computed with zlib, the sums with another implementation of SipHash.
const EXAMPLES: [&str; 3] = [
    "f0 ca | 01 | 00 00 00 00 | 0c | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 00 | 01 02 03 04 | 00 | 00 a7 05 b5 66 1a 3f e3 92 | c2 3c 04 46",
    "f0 ca | 01 | 00 00 00 00 | 0c | 00 0a 00 00 02 8a 3e | 00 | 00 7f 00 00 01 c0 3e | 05 06 07 08 | 01 02 03 04 | 01 | 00 67 0a 98 4c 64 fd fe 11 | 01 1f c0 ff ee 00 | 01 ff 00 00 00 03 00 00 00 04 | 02 00 02 03 05 d8 04 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 00 00 00 0a 00 00 02 8a 3e | ff 19 99 b7",
    "f0 ca | 01 | 00 00 00 00 | 0d | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 01 02 03 04 | 09 0a 0b 0c | 01 | 00 01 | 03 | 04 1f c0 ff ee 00 02 00 00 00 00 00 00 00 00 | 04 ff 00 00 00 03 00 00 00 04 02 00 00 00 00 00 00 00 00 | 02 00 02 00 ac 02 00 7f 00 00 01 c0 3e 02 80 80 04 80 a3 05 00 0a 00 00 04 8a 3e | e9 76 59 05",
];

/// What the document says of the statements in the examples: who, hash of the address, digest.
const DIGESTS: [(&str, u32, bool, u64, u64); 4] = [
    (
        "127.0.0.1:8000",
        300,
        false,
        0xb36a_a0d5_8d7d_2268,
        0x5437_48cb_c1b9_5b23,
    ),
    (
        "10.0.0.2:7946",
        0,
        false,
        0x1db9_dcfb_9831_34f1,
        0x52ce_6c9a_5886_886f,
    ),
    (
        "[2001:db8::1]:9000",
        5,
        true,
        0x0c17_8bc5_529c_c64a,
        0xfd44_4e11_623c_01c4,
    ),
    (
        "10.0.0.4:7946",
        65_536,
        true,
        0xdc71_199d_8c2b_5ac5,
        0xc2c0_94d4_e882_18bb,
    ),
];

fn bytes(example: &str) -> Vec<u8> {
    let digits = example.split_whitespace().filter(|it| *it != "|");
    let byte = |it| u8::from_str_radix(it, 16).expect("two hexadecimal digits");
    digits.map(byte).collect()
}

fn named(n: usize) -> SocketAddr {
    DIGESTS[n].0.parse().expect("an address")
}

fn said(n: usize, incarnation: u32, state: State) -> Member<SocketAddr> {
    Member {
        id: named(n),
        incarnation,
        state,
    }
}

/// The part of two positions that is told by its first 31 bits, and one that has to be spelt out.
const TWO: (u32, u32) = (0xc0ff_ee00, 0xc0ff_ee01);
const ODD: (u32, u32) = (3, 4);

/// What the examples say.
fn packets() -> Vec<Packet<SocketAddr>> {
    let (a, b, c, d) = (named(0), named(1), named(2), named(3));
    let view = |members: &[Member<SocketAddr>]| View::new(0, members.iter().cloned()).total();
    let alive_ones = [said(0, 300, Alive), said(1, 0, Alive)];
    let everybody = [&alive_ones[..], &[said(2, 5, Left), said(3, 65_536, Down)]].concat();
    let first = [Entry::All(view(&alive_ones))];
    let questions = [
        Entry::All(view(&everybody)),
        Entry::Split(TWO),
        Entry::Split(ODD),
        Entry::Members(EVERYWHERE, vec![gone(c, 5, Left, 600), alive(b, 0)]),
    ];
    let answers = [
        Entry::Equal,
        Entry::Sums(TWO, vec![0, 0]),
        Entry::Sums(ODD, vec![0, 0]),
        Entry::Members(
            EVERYWHERE,
            vec![alive(a, 300), gone(d, 65_536, Down, 86_400)],
        ),
    ];
    let asked = compare(a, b, (0, 0x0102_0304), &first).incarnation(300);
    let mut asks = compare(b, a, (0x0506_0708, 0x0102_0304), &questions);
    asks.comparison[0] = FULL;
    let mut answer = flagged_differences(a, b, (0x0102_0304, 0x090a_0b0c), FULL, &answers);
    answer.comparison[2] = 1;
    vec![asked, asks, answer.incarnation(300)]
}

#[test]
fn the_document_shows_these_bytes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PROTOCOL.md");
    let document = std::fs::read_to_string(path).expect("the document beside the crates");
    for example in EXAMPLES {
        assert!(document.contains(example), "not in the document: {example}");
    }
    for (addr, _, _, hash, digest) in DIGESTS {
        let row = format!("`{hash:016x}` | `{digest:016x}` |");
        assert!(document.contains(&row), "of {addr}: {row}");
    }
}

#[test]
fn the_examples_say_what_they_are_said_to_say() {
    for (example, packet) in EXAMPLES.iter().zip(packets()) {
        assert_eq!(packet.bytes(Wire::Native), bytes(example), "{packet:?}");
        assert_eq!(Packet::read(Wire::Native, &bytes(example)), packet);
        packet.body();
    }
}

/// The paper of SipHash has the bytes 0 to 14 under the key 0 to 15.
#[test]
fn digests_are_siphash_of_the_documented_bytes() {
    let paper: Vec<u8> = (0..15).collect();
    let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
    assert_eq!(siphash(key, &paper), 0xa129_ca61_49be_45e5);
    for (n, (_, incarnation, gone, hash, digest)) in DIGESTS.into_iter().enumerate() {
        for state in if gone {
            [Down, Left]
        } else {
            [Alive, State::Suspect]
        } {
            let told = summary(0, &said(n, incarnation, state));
            assert_eq!(told, ((hash >> 32) as u32, digest));
        }
    }
}

/// The core's own sums, for keys, generations and states of all kinds.
#[test]
fn the_core_reckons_as_documented() {
    for key in [0, 1, 0x0123_4567_89ab_cdef] {
        let config = Config::lan().with(|it| it.reconciliation_key = key);
        let mut node = node(support::life(0, 3), config.expect("valid"), 1);
        let states = [Alive, State::Suspect, Down, Left];
        let members = (1..40).map(|n| Member {
            id: support::life(n, n % 3),
            incarnation: u32::from(n) * 1_000,
            state: states[usize::from(n) % 4],
        });
        node.merge(NOW, members);
        let view = View::of(&node);
        for sum in [view.total(), view.total() ^ 1] {
            let question = compare(id(1), *node.identity(), (0, 1), &[Entry::All(sum)]);
            let question = Packet {
                header: foca_core::Header {
                    src: support::life(4, 1),
                    ..question.header.clone()
                },
                ..question
            };
            let answers = exchange(&mut node, NOW, &question);
            let [Entry::Equal] = answers[0].1.body().entries[..] else {
                assert_ne!(sum, view.total(), "key {key}");
                continue;
            };
            assert_eq!(sum, view.total(), "key {key}");
        }
    }
}

/// Node a at incarnation 300, with nothing else to say.
fn speaker() -> Node<SocketAddr> {
    let config = Config::simple().with(|it| {
        it.reconciliation = Some(support::seconds(5).into());
        it.suspicion = support::seconds(600).into();
    });
    let mut node = node(named(0), config.expect("valid"), 1);
    node.restore(NOW, [Member::alive(named(1))]);
    let suspicion = packet(named(1), named(0), Message::Gossip);
    exchange(
        &mut node,
        NOW,
        &suspicion.members([said(0, 299, State::Suspect)]),
    );
    node
}

#[test]
fn the_core_writes_the_examples() {
    let [asked, _, answer] = &packets()[..] else {
        panic!("three examples")
    };
    let mut asker = speaker();
    let first = std::iter::from_fn(|| {
        let now = asker.poll_timeout().expect("a joined node has deadlines");
        asker.handle_timeout(now);
        Some(sent(&mut asker, now))
    });
    let compares = |it: &Packet<_>| matches!(it.header.message, Message::Compare { .. });
    let mut written = first
        .flatten()
        .map(|(_, packet)| packet)
        .find(compares)
        .expect("it compares");
    let Message::Compare { nonce, .. } = &mut written.header.message else {
        panic!("{written:?}")
    };
    assert_ne!(*nonce, 0);
    *nonce = 0x0102_0304;
    assert_eq!(&written, asked);

    let mut asked = speaker();
    asked.merge(NOW, [said(3, 65_536, Down)]);
    let full = asked.config().with(|it| it.members_max = 3);
    assert_eq!(asked.set_config(NOW, full.expect("valid")), Ok(()));
    let mut answers = exchange(&mut asked, NOW, &packets()[1]);
    assert_eq!(answers.len(), 1);
    let (to, mut written) = answers.remove(0);
    assert_eq!(to, named(1));
    let Message::Differences { nonce, .. } = &mut written.header.message else {
        panic!("{written:?}")
    };
    assert_ne!(*nonce, 0);
    *nonce = 0x090a_0b0c;
    assert_eq!(&written, answer);
}

#[test]
fn the_core_reads_the_examples() {
    for (example, (packet, dst)) in EXAMPLES.iter().zip(packets().iter().zip([1, 0, 1])) {
        let config = Config::lan();
        let mut node = node(named(dst), config, 1);
        node.restore(NOW, [Member::alive(named(1 - dst))]);
        assert_eq!(node.handle_datagram(NOW, &bytes(example)), Ok(()));
        let asks = matches!(packet.header.message, Message::Compare { .. });
        let told = packet.body().entries.into_iter().filter_map(|it| {
            if let Entry::Members(_, told) = it {
                asks.then_some(told)
            } else {
                None
            }
        });
        for Told { member, .. } in told.flatten() {
            assert_eq!(node.member(&member.id), Some(&member));
        }
        let sender = node.member(&named(1 - dst)).expect("known");
        assert_eq!(sender.incarnation, packet.header.incarnation);
    }
}

/// A node that is asked, what it knows, and the header of a message that it would hear.
fn victim() -> (Node, Packet<support::Id>, Packet<support::Id>) {
    let mut node = node(id(0), Config::lan(), 1);
    node.restore(NOW, (1..5).map(|n| Member::alive(id(n))));
    let asks = compare(id(1), id(0), (0, 7), &[]);
    let answers = flagged_differences(id(1), id(0), (7, 7), 0, &[]);
    (node, asks, answers)
}

fn assert_unreadable(node: &mut Node, packet: &Packet<support::Id>, why: &str) {
    let before: Vec<_> = node.all_members().copied().collect();
    let (due, accepted) = (node.poll_timeout(), node.stats().datagrams_accepted);
    let datagram = sealed(&packet.payload(Wire::Native));
    let result = node.handle_datagram(NOW, &datagram);
    assert_eq!(result, Err(Reject::Undecodable), "{why}");
    assert_eq!(node.all_members().copied().collect::<Vec<_>>(), before);
    assert_eq!(node.poll_timeout(), due, "{why}");
    assert_eq!(node.stats().datagrams_accepted, accepted);
    assert_eq!(support::transmits(node, NOW), [], "{why}");
}

#[test]
fn comparisons_have_one_spelling_and_no_reserved_bits() {
    let new = support::body::told_bytes(&alive(id(9), 0));
    let members = |range: &[u8]| [&[2][..], range, &[1], &new].concat();
    let mut split_33 = vec![1, 33];
    split_33.extend([0; 5]);
    let questions: Vec<(&str, Vec<u8>)> = vec![
        (
            "a prefix spelt out",
            [&[1, 255][..], &[0; 4], &[255; 4]].concat(),
        ),
        ("one position spelt out", [&[1, 255][..], &[0; 8]].concat()),
        (
            "half of all spelt out",
            [&members(&[255, 0, 0, 0, 0, 0x7f, 255, 255, 255])[..]].concat(),
        ),
        ("bits beyond the prefix", vec![1, 4, 0xa8]),
        ("a bit beyond 31", vec![1, 31, 0, 0, 0, 1]),
        ("33 bits", split_33),
        ("254 bits", [&[1, 254][..], &[0; 32]].concat()),
        ("first after last", vec![1, 255, 0, 0, 0, 9, 0, 0, 0, 8]),
        ("equal in a question", vec![3]),
        ("sums in a question", vec![4, 0, 1, 0, 0, 0, 0]),
        ("an unknown entry", vec![5]),
        ("the last unknown entry", vec![255]),
        (
            "a suspect",
            vec![2, 0, 1, 1, 0, 0, 10, 0, 0, 9, 0xd8, 0x36, 0],
        ),
        (
            "state 4",
            vec![2, 0, 1, 4, 0, 0, 0, 10, 0, 0, 9, 0xd8, 0x36, 0],
        ),
        ("more counted than told", [&[2, 0, 2][..], &new].concat()),
        (
            "4,294,967,295 counted",
            [&[2, 0, 255, 255, 255, 255, 15][..], &new].concat(),
        ),
        ("a long varint", [&[2, 0, 0x81, 0][..], &new].concat()),
    ];
    let answers: Vec<(&str, Vec<u8>)> = vec![
        ("all in an answer", vec![0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("split in an answer", vec![1, 0]),
        ("no sums", vec![4, 0, 0]),
        (
            "two sums of one position",
            vec![4, 32, 0, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0],
        ),
        ("a sum too few", vec![4, 0, 2, 0, 0, 0, 0]),
    ];
    let (mut node, asks, differs) = victim();
    for (packet, entries) in [(&asks, questions), (&differs, answers)] {
        for (why, entry) in entries {
            let mut packet = packet.clone();
            // What stands before it is not taken in either.
            packet.comparison.extend(members(&[0]));
            packet.comparison.extend(entry);
            assert_unreadable(&mut node, &packet, why);
        }
        for flags in [4, 8, 0x80, 0xff] {
            let mut packet = packet.clone();
            packet.comparison[0] = flags;
            assert_unreadable(&mut node, &packet, "unknown flags");
        }
        let mut packet = packet.clone();
        packet.comparison.extend(members(&[0]));
        assert_eq!(support::wire::receive(&mut node, NOW, &packet), Ok(()));
        support::transmits(&mut node, NOW);
    }
}

#[test]
fn comparisons_cut_short_are_unreadable_unless_an_entry_ends_there() {
    let told = vec![alive(id(8), 70_000), gone(id(9), 1, Down, 90_000)];
    let questions = vec![
        Entry::All(1),
        Entry::Split((0x0102_0000, 0x0102_ffff)),
        Entry::Split((1, 9)),
        Entry::Members((0, 7), told.clone()),
    ];
    let answers = vec![
        Entry::Equal,
        Entry::Sums(EVERYWHERE, vec![1, 2, 3]),
        Entry::Members((5, 9), told),
    ];
    let (node, asks, differs) = victim();
    drop(node);
    for (packet, entries) in [(asks, questions), (differs, answers)] {
        let taken_in = packet.body().taken_in;
        let border = |count: usize| body_bytes(0, taken_in, &entries[..count]).len();
        let borders: Vec<_> = (0..=entries.len()).map(border).collect();
        let whole = body_bytes(0, taken_in, &entries);
        for length in 0..=whole.len() {
            let (mut node, ..) = victim();
            let mut cut = packet.clone();
            cut.comparison = whole[..length].to_vec();
            if borders.contains(&length) {
                assert_eq!(support::wire::receive(&mut node, NOW, &cut), Ok(()));
                let Body { entries: read, .. } = cut.body();
                assert_eq!(read[..], entries[..read.len()]);
            } else {
                assert_unreadable(&mut node, &cut, &format!("{length} bytes"));
            }
        }
    }
}
