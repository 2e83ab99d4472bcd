//! The worked examples of `docs/PROTOCOL.md`, byte for byte: in the document, written and read.

use crate::support;

use std::net::SocketAddr;

use foca_core::{Broadcasts, Config, Instant, Member, Message, Periodic, State, Verdict, Wire};
use support::wire::{Packet, exchange, next_ping, packet, receive, sent};
use support::{Node, node_with, seconds};

use State::{Alive, Down, Left, Suspect};

const NOW: Instant = Instant::ZERO;

/// One datagram per kind, in the order of the kinds; fields are separated as in the document. The
/// checksums were computed with zlib.
const EXAMPLES: [&str; 13] = [
    // Ping
    "f0 ca | 01 | 00 00 00 00 | 00 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | 75 7d 21 bf",
    // Ack
    "f0 ca | 01 | 00 00 00 00 | 01 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | ea a7 a2 21",
    // PingReq
    "f0 ca | 01 | 00 00 00 00 | 02 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | 63 db 71 73",
    // IndirectPing
    "f0 ca | 01 | 00 00 00 00 | 03 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | cc 9f e3 34",
    // IndirectAck
    "f0 ca | 01 | 00 00 00 00 | 04 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | 36 a2 10 63",
    // ForwardedAck
    "f0 ca | 01 | 00 00 00 00 | 05 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | 99 e6 82 24",
    // Announce
    "f0 ca | 01 | 00 00 00 00 | 06 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 01 02 03 04 | 05 06 07 08 | 64 37 c8 15",
    // Feed
    "f0 ca | 01 | 00 00 00 00 | 07 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 05 06 07 08 | 00 01 | 01 01 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | 60 19 75 c4",
    // Gossip
    "f0 ca | 01 | 00 00 00 00 | 08 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 02 | 01 01 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | 02 80 80 04 00 0a 00 00 04 8a 3e | 00 05 68 65 6c 6c 6f | 00 02 41 42 | fc c5 be 6a",
    // Broadcast
    "f0 ca | 01 | 00 00 00 00 | 09 | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 05 68 65 6c 6c 6f | 00 02 41 42 | 1f 32 9b 05",
    // TurnUndead
    "f0 ca | 01 | 00 00 00 00 | 0a | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 05 06 07 08 | 00 01 | 02 04 00 0a 00 00 02 8a 3e | 1a 28 6a 44",
    // Challenge
    "f0 ca | 01 | 00 00 00 00 | 0b | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 05 06 07 08 | 09 0a 0b 0c | d0 7a c9 60",
    // Nack
    "f0 ca | 01 | 00 00 00 00 | 0e | 00 7f 00 00 01 c0 3e | ac 02 | 00 0a 00 00 02 8a 3e | 00 00 00 07 | 01 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01 a8 46 | c9 29 b3 53",
];

fn bytes(example: &str) -> Vec<u8> {
    let digits = example.split_whitespace().filter(|it| *it != "|");
    let byte = |it| u8::from_str_radix(it, 16).expect("two hexadecimal digits");
    digits.map(byte).collect()
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn a() -> SocketAddr {
    addr("127.0.0.1:8000")
}

fn b() -> SocketAddr {
    addr("10.0.0.2:7946")
}

fn c() -> SocketAddr {
    addr("[2001:db8::1]:9000")
}

fn d() -> SocketAddr {
    addr("10.0.0.4:7946")
}

fn said(id: SocketAddr, incarnation: u32, state: State) -> Member<SocketAddr> {
    Member {
        id,
        incarnation,
        state,
    }
}

/// What the examples say, from a at incarnation 300 to b.
fn packets() -> Vec<Packet<SocketAddr>> {
    let (target, origin, number) = (c(), c(), 7);
    let (echo, cookie) = (0x0506_0708, 0x090a_0b0c);
    let from_a = |message| packet(a(), b(), message).incarnation(300);
    let items: [&[u8]; 2] = [b"hello", b"AB"];
    vec![
        from_a(Message::Ping { number }),
        from_a(Message::Ack { number }),
        from_a(Message::PingReq { target, number }),
        from_a(Message::IndirectPing { origin, number }),
        from_a(Message::IndirectAck { target, number }),
        from_a(Message::ForwardedAck { origin, number }),
        from_a(Message::Announce {
            nonce: 0x0102_0304,
            proof: echo,
        }),
        from_a(Message::Feed { echo }).members([said(c(), 1, Suspect)]),
        from_a(Message::Gossip)
            .members([said(c(), 1, Suspect), said(d(), 65_536, Down)])
            .items(&items),
        from_a(Message::Broadcast).items(&items),
        from_a(Message::TurnUndead { echo }).members([said(b(), 4, Down)]),
        from_a(Message::Challenge { echo, cookie }),
        from_a(Message::Nack { origin, number }),
    ]
}

#[test]
fn the_document_shows_these_bytes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/PROTOCOL.md");
    let document = std::fs::read_to_string(path).expect("the document beside the crates");
    for example in EXAMPLES {
        assert!(document.contains(example), "not in the document: {example}");
    }
}

#[test]
fn the_examples_say_what_they_are_said_to_say() {
    for (example, packet) in EXAMPLES.iter().zip(packets()) {
        assert_eq!(packet.bytes(Wire::Native), bytes(example), "{packet:?}");
        assert_eq!(Packet::read(Wire::Native, &bytes(example)), packet);
    }
}

/// Spreads every item.
struct Everything;

impl<I> Broadcasts<I> for Everything {
    type Key = f32;

    fn receive(&mut self, _: &[u8], _: Option<&I>) -> Verdict<f32> {
        Verdict::Spread(f32::NAN)
    }
}

type Talker = Node<SocketAddr, Everything>;

/// Node a at incarnation 300, knowing these, with nothing left to tell.
fn speaker(known: impl IntoIterator<Item = Member<SocketAddr>>) -> Talker {
    let config = Config::simple().with(|settings| settings.suspicion = seconds(600).into());
    let mut node = node_with(a(), config.expect("valid settings"), Everything, 1);
    node.restore(NOW, [Member::alive(b())]);
    let suspicion = packet(b(), a(), Message::Gossip).members([said(a(), 299, Suspect)]);
    let mut sent = exchange(&mut node, NOW, &suspicion);
    while sent.iter().any(|(_, it)| !it.members.is_empty()) {
        sent = exchange(
            &mut node,
            NOW,
            &packet(b(), a(), Message::Ping { number: 1 }),
        );
    }
    node.restore(NOW, known);
    node
}

fn with_items(node: &mut Talker) {
    for item in [&b"hello"[..], b"AB"] {
        node.broadcast(NOW, item).expect("an item that fits");
    }
}

/// The first datagram to b that `wanted` accepts, while time passes.
fn wait_for(node: &mut Talker, wanted: impl Fn(&Packet<SocketAddr>) -> bool) -> Packet<SocketAddr> {
    let mut now = NOW;
    loop {
        for (to, sent) in sent(node, now) {
            if to == b() && wanted(&sent) {
                return sent;
            }
        }
        now = node.poll_timeout().expect("a joined node has deadlines");
        node.handle_timeout(now);
    }
}

/// What node a answers to this; the only datagram of the expected kind.
fn answer(node: &mut Talker, question: Packet<SocketAddr>) -> Packet<SocketAddr> {
    let mut answers = exchange(node, NOW, &question);
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, b());
    answers.remove(0).1
}

/// What the core writes, one datagram per example. What it draws at random (the number of a probe,
/// the tokens that it issues) is replaced by what the example has, everything else is its own.
fn written() -> Vec<Packet<SocketAddr>> {
    let known = || [Member::alive(c())];
    let from = |src, message| packet(src, a(), message);
    let (number, nonce) = (7, 0x0506_0708);
    let kind = |wanted: fn(&Message<SocketAddr>) -> bool| {
        move |it: &Packet<SocketAddr>| wanted(&it.header.message)
    };

    let ping = wait_for(
        &mut speaker([]),
        kind(|it| matches!(it, Message::Ping { .. })),
    );
    let ack = answer(&mut speaker([]), from(b(), Message::Ping { number }));
    let ping_req = wait_for(
        &mut speaker(known()),
        |it| matches!(it.header.message, Message::PingReq { target, .. } if target == c()),
    );
    let target = b();
    let ping_for_c = from(c(), Message::PingReq { target, number });
    let indirect_ping = answer(&mut speaker(known()), ping_for_c);
    let origin = c();
    let ping_from_c = from(b(), Message::IndirectPing { origin, number });
    let indirect_ack = answer(&mut speaker([]), ping_from_c);
    let ack_for_b = from(c(), Message::IndirectAck { target, number });
    let forwarded_ack = answer(&mut speaker(known()), ack_for_b);

    let (echo, cookie) = (0, nonce);
    let challenge = from(b(), Message::Challenge { echo, cookie });
    let announce = answer(&mut speaker([]), challenge);
    let mut feeder = speaker([]);
    let (now, _, number) = next_ping(&mut feeder);
    let heard = receive(&mut feeder, now, &from(b(), Message::Ack { number }));
    assert_eq!(heard, Ok(()));
    feeder.restore(now, [said(c(), 1, Suspect)]);
    let announced = from(b(), Message::Announce { nonce, proof: 0 });
    let feed = answer(&mut feeder, announced.clone());

    let mut gossiper = speaker([]);
    gossiper.merge(NOW, [said(c(), 1, Suspect), said(d(), 65_536, Down)]);
    with_items(&mut gossiper);
    let gossip = wait_for(&mut gossiping(gossiper), kind(|it| *it == Message::Gossip));
    let mut broadcaster = speaker([]);
    with_items(&mut broadcaster);
    let broadcast = wait_for(&mut broadcaster, kind(|it| *it == Message::Broadcast));
    let mut accuser = speaker([said(c(), 0, Alive), said(b(), 4, Down)]);
    let turn_undead = answer(&mut accuser, announced.clone());
    let mut asked = speaker(known());
    asked.merge(NOW, [said(b(), 4, Left)]);
    let stranger = announced.incarnation(5);
    let challenge = answer(&mut asked, stranger);
    vec![
        ping,
        ack,
        ping_req,
        indirect_ping,
        indirect_ack,
        forwarded_ack,
        announce,
        feed,
        gossip,
        broadcast,
        turn_undead,
        challenge,
        nack(),
    ]
}

/// What a says to b, which asked for a probe of c that c did not answer.
fn nack() -> Packet<SocketAddr> {
    let (target, number) = (c(), 7);
    let mut helper = speaker([Member::alive(target)]);
    let question = packet(b(), a(), Message::PingReq { target, number });
    assert_eq!(receive(&mut helper, NOW, &question), Ok(()));
    let is_nack = |it: &Packet<SocketAddr>| matches!(it.header.message, Message::Nack { .. });
    wait_for(&mut helper, is_nack)
}

/// The same node with periodic gossip.
fn gossiping(mut node: Talker) -> Talker {
    let task = Some(Periodic {
        every: seconds(1),
        members: 2,
    });
    let config = node
        .config()
        .with(|settings| settings.periodic_gossip = task);
    let changed = node.set_config(NOW, config.expect("valid settings"));
    assert_eq!(changed, Ok(()));
    node
}

fn with_words_of(example: &Message<SocketAddr>, written: &mut Message<SocketAddr>) {
    match (written, example) {
        (Message::Ping { number }, Message::Ping { number: theirs })
        | (Message::PingReq { number, .. }, Message::PingReq { number: theirs, .. })
        | (Message::Announce { nonce: number, .. }, Message::Announce { nonce: theirs, .. })
        | (Message::Challenge { cookie: number, .. }, Message::Challenge { cookie: theirs, .. }) => {
            assert_ne!(*number, 0);
            *number = *theirs;
        }
        _ => {}
    }
}

#[test]
fn the_core_writes_the_examples() {
    for (example, (mut written, expected)) in
        EXAMPLES.iter().zip(written().into_iter().zip(packets()))
    {
        with_words_of(&expected.header.message, &mut written.header.message);
        assert_eq!(written.bytes(Wire::Native), bytes(example), "{written:?}");
    }
}

#[test]
fn the_core_reads_the_examples() {
    for (example, packet) in EXAMPLES.iter().zip(packets()) {
        let mut node = node_with(b(), Config::simple(), Everything, 1);
        node.restore(NOW, [Member::alive(a())]);
        assert_eq!(node.handle_datagram(NOW, &bytes(example)), Ok(()));
        let expected = said(a(), 300, Alive);
        assert_eq!(node.member(&a()), Some(&expected), "{packet:?}");
        if !matches!(packet.header.message, Message::TurnUndead { .. }) {
            for told in &packet.members {
                assert_eq!(node.member(&told.id), Some(told));
            }
        }
    }
}
