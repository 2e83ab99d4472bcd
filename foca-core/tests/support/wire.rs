//! Datagrams as any peer could write and read them, spelt out after `docs/PROTOCOL.md`.

use std::fmt::Debug;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{
    Broadcasts, Codec, Envelope as _, Header, Identity, Instant, Member, Message, Reject, State,
    Wire,
};

use super::{Node, transmits};

/// A whole datagram, taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Packet<I> {
    pub header: Header<I>,
    pub members: Vec<Member<I>>,
    /// Who accuses each of them, as numbers from 1 to 63; empty if none says so. `Wire::Native` only.
    pub accusers: Vec<u8>,
    pub items: Vec<Vec<u8>>,
    /// Questions or answers, as bytes.
    pub comparison: Vec<u8>,
}

pub fn packet<I>(src: I, dst: I, message: Message<I>) -> Packet<I> {
    let header = Header {
        src,
        incarnation: 0,
        dst,
        message,
    };
    Packet {
        header,
        members: vec![],
        accusers: vec![],
        items: vec![],
        comparison: vec![],
    }
}

impl<I: Identity> Packet<I>
where
    PostcardCodec: Codec<I>,
{
    #[must_use]
    pub fn incarnation(mut self, incarnation: u32) -> Self {
        self.header.incarnation = incarnation;
        self
    }

    #[must_use]
    pub fn members(mut self, members: impl IntoIterator<Item = Member<I>>) -> Self {
        self.members.extend(members);
        self
    }

    /// A suspect with its accuser.
    #[must_use]
    pub fn accused(mut self, suspect: Member<I>, accuser: u8) -> Self {
        self.members.push(suspect);
        self.accusers.resize(self.members.len(), 0);
        self.accusers[self.members.len() - 1] = accuser;
        self
    }

    #[must_use]
    pub fn items(mut self, items: &[&[u8]]) -> Self {
        self.items.extend(items.iter().map(|item| item.to_vec()));
        self
    }

    /// What lies inside the envelope, or the whole datagram where there is none.
    pub fn payload(&self, wire: Wire) -> Vec<u8> {
        let mut out = header_bytes(wire, &self.header);
        if !self.members.is_empty() {
            let count = u16::try_from(self.members.len()).expect("a datagram's worth of members");
            out.extend(count.to_be_bytes());
        } else if !self.items.is_empty() && self.header.message != Message::Broadcast {
            out.extend([0, 0]);
        }
        let accusers = self.accusers.iter().copied().chain(std::iter::repeat(0));
        for (member, accuser) in self.members.iter().zip(accusers) {
            out.extend(member_bytes(wire, member, accuser));
        }
        for item in &self.items {
            let length = u16::try_from(item.len()).expect("an item that fits a datagram");
            out.extend(length.to_be_bytes());
            out.extend(item);
        }
        out.extend(&self.comparison);
        out
    }

    pub fn bytes(&self, wire: Wire) -> Vec<u8> {
        match wire {
            Wire::Native => sealed(&self.payload(wire)),
            Wire::Foca2 => self.payload(wire),
        }
    }

    /// # Panics
    ///
    /// If it is no datagram of this wire to its last byte.
    pub fn read(wire: Wire, datagram: &[u8]) -> Self {
        let mut envelope = CheckedEnvelope::default();
        let mut input = match wire {
            Wire::Native => envelope.open(datagram).expect("a sound envelope"),
            Wire::Foca2 => datagram,
        };
        let header = read_header(wire, &mut input);
        let (mut members, mut accusers) = (vec![], vec![]);
        let mut comparison = vec![];
        if let Message::Compare { .. } | Message::Differences { .. } = header.message {
            comparison = std::mem::take(&mut input).to_vec();
        }
        if header.message != Message::Broadcast && !input.is_empty() {
            for _ in 0..u16::from_be_bytes(take(&mut input)) {
                let (member, accuser) = read_member(wire, &mut input);
                members.push(member);
                accusers.push(accuser);
            }
            if accusers.iter().all(|accuser| *accuser == 0) {
                accusers.clear();
            }
        }
        let mut items = vec![];
        while !input.is_empty() {
            let length = u16::from_be_bytes(take(&mut input));
            let (item, rest) = input
                .split_at_checked(length.into())
                .expect("an item of the announced length");
            items.push(item.to_vec());
            input = rest;
        }
        Self {
            header,
            members,
            accusers,
            items,
            comparison,
        }
    }
}

/// A payload in the default envelope.
pub fn sealed(payload: &[u8]) -> Vec<u8> {
    let mut datagram = vec![0; 7];
    datagram.extend(payload);
    datagram.extend([0; 4]);
    CheckedEnvelope::default().seal(&mut datagram);
    datagram
}

/// All datagrams that wait at a node, read on the wire that it speaks.
///
/// # Panics
///
/// If one of `Wire::Native` is not spelt as the document has it.
pub fn sent<I, B>(node: &mut Node<I, B>, now: Instant) -> Vec<(I::Addr, Packet<I>)>
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    let wire = node.config().wire;
    let read = |(to, bytes): (I::Addr, Vec<u8>)| {
        let packet = Packet::read(wire, &bytes);
        if wire == Wire::Native {
            assert_eq!(packet.bytes(wire), bytes, "one spelling: {packet:?}");
        }
        (to, packet)
    };
    transmits(node, now).into_iter().map(read).collect()
}

/// Hands a packet to a node on the wire that it speaks.
pub fn receive<I, B>(node: &mut Node<I, B>, now: Instant, packet: &Packet<I>) -> Result<(), Reject>
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    let bytes = packet.bytes(node.config().wire);
    node.handle_datagram(now, &bytes)
}

/// Hands a packet to a node and returns what it sends then.
///
/// # Panics
///
/// If the node rejects it.
pub fn exchange<I, B>(
    node: &mut Node<I, B>,
    now: Instant,
    packet: &Packet<I>,
) -> Vec<(I::Addr, Packet<I>)>
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    assert_eq!(receive(node, now, packet), Ok(()), "{:?}", packet.header);
    sent(node, now)
}

/// Lets time pass at a node until it probes somebody: when, whom, and the number of the probe.
pub fn next_ping<I, B>(node: &mut Node<I, B>) -> (Instant, I, u32)
where
    I: Identity,
    PostcardCodec: Codec<I>,
    B: Broadcasts<I>,
{
    loop {
        let now = node.poll_timeout().expect("probing goes on");
        node.handle_timeout(now);
        for (_, sent) in sent(node, now) {
            if let Message::Ping { number } = sent.header.message {
                return (now, sent.header.dst, number);
            }
        }
    }
}

fn header_bytes<I: Identity>(wire: Wire, header: &Header<I>) -> Vec<u8>
where
    PostcardCodec: Codec<I>,
{
    let mut out = [0; 4_096];
    if wire == Wire::Foca2 {
        let header = Header {
            src: &header.src,
            incarnation: header.incarnation,
            dst: &header.dst,
            message: header.message.as_ref(),
        };
        let length = PostcardCodec.encode_header(&header, &mut out);
        return out[..length.expect("a message of this wire")].to_vec();
    }
    let (kind, words, party) = match header.message.as_ref() {
        Message::Ping { number } => (0, vec![number], None),
        Message::Ack { number } => (1, vec![number], None),
        Message::PingReq { target, number } => (2, vec![number], Some(target)),
        Message::IndirectPing { origin, number } => (3, vec![number], Some(origin)),
        Message::IndirectAck { target, number } => (4, vec![number], Some(target)),
        Message::ForwardedAck { origin, number } => (5, vec![number], Some(origin)),
        Message::Announce { nonce, proof } => (6, vec![nonce, proof], None),
        Message::Feed { echo } => (7, vec![echo], None),
        Message::Gossip => (8, vec![], None),
        Message::Broadcast => (9, vec![], None),
        Message::TurnUndead { echo } => (10, vec![echo], None),
        Message::Challenge { echo, cookie } => (11, vec![echo, cookie], None),
        Message::Compare { echo, nonce } => (12, vec![echo, nonce], None),
        Message::Differences { echo, nonce } => (13, vec![echo, nonce], None),
        Message::Nack { origin, number } => (14, vec![number], Some(origin)),
    };
    let mut bytes = vec![kind];
    bytes.extend(identity_bytes(&header.src));
    bytes.extend(varint(header.incarnation));
    if kind == 6 {
        let length = PostcardCodec.encode_addr(header.dst.addr(), &mut out);
        bytes.extend(&out[..length.expect("room for an address")]);
    } else {
        bytes.extend(identity_bytes(&header.dst));
    }
    for word in words {
        bytes.extend(word.to_be_bytes());
    }
    bytes.extend(party.map(identity_bytes).unwrap_or_default());
    bytes
}

fn member_bytes<I: Identity>(wire: Wire, member: &Member<I>, accuser: u8) -> Vec<u8>
where
    PostcardCodec: Codec<I>,
{
    if wire == Wire::Foca2 {
        let mut out = [0; 4_096];
        let length = PostcardCodec.encode_member(member.as_ref(), &mut out);
        return out[..length.expect("room for a member")].to_vec();
    }
    let state = match member.state {
        State::Alive => 0,
        State::Suspect => 1,
        State::Down => 2,
        State::Left => 3,
    };
    let mut bytes = vec![state | accuser << 2];
    bytes.extend(varint(member.incarnation));
    bytes.extend(identity_bytes(&member.id));
    bytes
}

pub(super) fn identity_bytes<I: Identity>(identity: &I) -> Vec<u8>
where
    PostcardCodec: Codec<I>,
{
    let mut out = [0; 2_048];
    let length = PostcardCodec.encode_identity(identity, &mut out);
    out[..length.expect("room for an identity")].to_vec()
}

pub(super) fn varint(mut value: u32) -> Vec<u8> {
    let mut bytes = vec![];
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn read_header<I: Identity>(wire: Wire, input: &mut &[u8]) -> Header<I>
where
    PostcardCodec: Codec<I>,
{
    if wire == Wire::Foca2 {
        return PostcardCodec.decode_header(input).expect("a header");
    }
    let [kind] = take(input);
    let src = read_identity(input);
    let incarnation = read_varint(input);
    let dst = match kind {
        6 => I::placeholder(&PostcardCodec.decode_addr(input).expect("an address")),
        _ => read_identity(input),
    };
    let mut word = || u32::from_be_bytes(take(input));
    let message = match kind {
        0 => Message::Ping { number: word() },
        1 => Message::Ack { number: word() },
        2 => Message::PingReq {
            number: word(),
            target: read_identity(input),
        },
        3 => Message::IndirectPing {
            number: word(),
            origin: read_identity(input),
        },
        4 => Message::IndirectAck {
            number: word(),
            target: read_identity(input),
        },
        5 => Message::ForwardedAck {
            number: word(),
            origin: read_identity(input),
        },
        6 => Message::Announce {
            nonce: word(),
            proof: word(),
        },
        7 => Message::Feed { echo: word() },
        8 => Message::Gossip,
        9 => Message::Broadcast,
        10 => Message::TurnUndead { echo: word() },
        12 => Message::Compare {
            echo: word(),
            nonce: word(),
        },
        13 => Message::Differences {
            echo: word(),
            nonce: word(),
        },
        14 => Message::Nack {
            number: word(),
            origin: read_identity(input),
        },
        11 => Message::Challenge {
            echo: word(),
            cookie: word(),
        },
        other => panic!("no kind {other}"),
    };
    Header {
        src,
        incarnation,
        dst,
        message,
    }
}

fn read_member<I: Identity>(wire: Wire, input: &mut &[u8]) -> (Member<I>, u8)
where
    PostcardCodec: Codec<I>,
{
    if wire == Wire::Foca2 {
        return (PostcardCodec.decode_member(input).expect("a member"), 0);
    }
    let [first] = take(input);
    let state = match first & 3 {
        0 => State::Alive,
        1 => State::Suspect,
        2 => State::Down,
        _ => State::Left,
    };
    let member = Member {
        incarnation: read_varint(input),
        id: read_identity(input),
        state,
    };
    (member, first >> 2)
}

pub(super) fn read_identity<I: Identity>(input: &mut &[u8]) -> I
where
    PostcardCodec: Codec<I>,
{
    PostcardCodec.decode_identity(input).expect("an identity")
}

pub(super) fn read_varint(input: &mut &[u8]) -> u32 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let [byte] = take(input);
        value |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    value
}

pub(super) fn take<const N: usize>(input: &mut &[u8]) -> [u8; N] {
    let (bytes, rest) = input.split_first_chunk().expect("more bytes");
    *input = rest;
    *bytes
}
