//! A node of `kinship-core`, unencrypted.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use kinship_core::{Config, Identity, Instant, Node, Security, Transmit};
use kinship_proto::{Alive, Codec, Limits, Message, NodeId, PacketKind, Ping, WIRE_VERSION};

use super::Make;
use super::datagram::{Kind, Seen, Update};
use super::peer::{Duty, Peer, Sent};
use super::published::{GOSSIP_MEMBERS, GOSSIP_PERIOD};
use crate::identity::{Id, myself, number};

/// Longer than anything that is measured.
const NEVER: Duration = Duration::from_secs(1 << 30);

/// How often news is sent while a backlog has to last, in units that the crate scales.
const RETRANSMIT_MULT: u32 = 1_000;

/// More members than any node here knows.
const MEMBERS_MAX: usize = 1 << 20;

/// `Ping`s after which a node does not tell of itself any more, by the default of the crate.
const OWN_NEWS_MAX: usize = 64;

/// Its label for everybody who does not choose one.
const CLUSTER: &[u8] = b"default";

/// A `kinship_core::Node`, driven as its documentation says.
pub(crate) struct Kinship {
    node: Node,
    now: Instant,
    sent: Sent,
    events: u64,
}

impl Kinship {
    /// Takes all that the node has to say, and asks it when it wants to be served.
    fn drain(&mut self) {
        while let Some(transmit) = self.node.poll_transmit() {
            match transmit {
                Transmit::Datagram { to, payload } => {
                    black_box(to);
                    self.sent.take(&payload);
                }
                other @ (Transmit::Connect { .. }
                | Transmit::Stream { .. }
                | Transmit::Close { .. }) => panic!("unexpected {other:?}"),
            }
        }
        while let Some(event) = self.node.poll_event() {
            self.events += 1;
            black_box(event);
        }
        black_box(self.node.poll_timeout());
    }
}

impl Peer for Kinship {
    fn new(_: Make, _members: usize, duty: Duty, room: usize) -> Self {
        let mut config = Config::lan(Security::InsecurePlaintext);
        config.limits = limits(room);
        config.max_members = MEMBERS_MAX;
        config.max_new_members_per_packet = MEMBERS_MAX;
        config.probe_interval = NEVER;
        config.gossip_interval = GOSSIP_PERIOD;
        config.gossip_nodes = GOSSIP_MEMBERS;
        config.push_pull_interval = Duration::ZERO;
        config.push_pull_digest = false;
        config.reconnect_interval = Duration::ZERO;
        if duty != Duty::Answer {
            config.retransmit_mult = RETRANSMIT_MULT;
        }
        let myself = myself();
        let identity = Identity::new(name(myself), myself.addr).expect("a short name");
        Self {
            node: Node::new(config, identity, Instant::ZERO, 0xF0CA, &[7; 32])
                .expect("valid settings"),
            now: Instant::ZERO,
            sent: Sent::default(),
            events: 0,
        }
    }

    fn write(_: Make, from: Id, kind: Kind, updates: &[Update]) -> Vec<u8> {
        let (source, target) = (name(from), name(myself()));
        let names: Vec<String> = updates.iter().map(|update| name(update.id)).collect();
        let Kind::Ping(seq) = kind else {
            panic!("{kind:?} has no counterpart");
        };
        let mut messages = vec![Message::Ping(Ping {
            seq,
            target: node_id(&target),
            source: node_id(&source),
            source_addr: from.addr,
        })];
        messages.extend(updates.iter().zip(&names).map(|(update, name)| {
            let incarnation = update.incarnation.into();
            Message::Alive(alive(name, update.id.addr, incarnation))
        }));
        seal(&messages)
    }

    /// What it says of itself, as it always does, counts as a member as well.
    fn read(_: Make, datagram: &[u8]) -> Seen {
        let codec = codec();
        let mut datagram = datagram.to_vec();
        let payload = codec
            .open(PacketKind::Datagram, &mut datagram)
            .expect("a datagram");
        let mut seen = Seen {
            kind: Kind::Gossip,
            members: 0,
        };
        for message in payload.iter() {
            if let Message::Ack { seq } = message {
                seen.kind = Kind::Ack(seq);
            } else if let Message::Alive(_) = message {
                seen.members += 1;
            } else {
                panic!("unexpected {message:?}");
            }
        }
        seen
    }

    /// It knows members that it was told of by hand at incarnation 0 only.
    fn restore(&mut self, others: &[Id], incarnation: u16) {
        assert_eq!(incarnation, 0);
        for id in others {
            self.node
                .add_member(self.now, &name(*id), id.addr)
                .expect("room");
        }
        self.drain();
    }

    /// By one long datagram after the other, as it has no other way.
    fn merge(&mut self, others: &[Id], incarnation: u16) {
        let room = self.node.config().limits.udp_max_payload;
        let per_datagram = room / alive_bytes() - 2;
        for some in others.chunks(per_datagram) {
            let names: Vec<String> = some.iter().map(|id| name(*id)).collect();
            let messages: Vec<Message<'_>> = some
                .iter()
                .zip(&names)
                .map(|(id, name)| Message::Alive(alive(name, id.addr, incarnation.into())))
                .collect();
            self.node
                .handle_datagram(self.now, some[0].addr, &seal(&messages));
        }
        self.drain();
    }

    /// It trusts everybody. It talks of itself to whoever it meets first, which passes.
    fn trust(&mut self, others: &[Id]) {
        for id in others.iter().cycle().take(OWN_NEWS_MAX) {
            self.receive(&Self::write(Make::Kinship, *id, Kind::Ping(7), &[]));
        }
    }

    fn receive(&mut self, datagram: &[u8]) {
        let before = self.node.metrics().packets_received;
        self.node
            .handle_datagram(self.now, Id::new(1).addr, datagram);
        assert_eq!(self.node.metrics().packets_received, before + 1);
        self.drain();
    }

    fn gossip(&mut self) {
        self.now = self.node.poll_timeout().expect("a round of gossip");
        self.node.handle_timeout(self.now);
        self.drain();
    }

    fn members(&self) -> usize {
        self.node.members().count() - 1
    }

    fn incarnation(&self, id: Id) -> Option<u32> {
        self.node.member(&name(id)).map(|member| member.incarnation)
    }

    fn changes(&self) -> u64 {
        let incarnations = self.node.members().map(|it| u64::from(it.incarnation));
        self.events + incarnations.sum::<u64>()
    }

    fn sent(&self) -> &Sent {
        &self.sent
    }

    fn sent_mut(&mut self) -> &mut Sent {
        &mut self.sent
    }
}

/// All equally long.
fn name(id: Id) -> String {
    format!("n{:06}", number(&id.addr).expect("one of ours"))
}

fn node_id(name: &str) -> NodeId<'_> {
    NodeId::new(name).expect("a short name")
}

fn alive(name: &str, addr: SocketAddr, inc: u32) -> Alive<'_> {
    Alive {
        inc,
        node: node_id(name),
        addr,
        meta: &[],
        vmin: 1,
        vmax: WIRE_VERSION,
        epoch: 0,
        features: 0,
    }
}

fn alive_bytes() -> usize {
    Message::Alive(alive(&name(myself()), myself().addr, 0)).encoded_len()
}

/// Datagrams that hold so many members beside a `Ping`, and not one more beside an `Ack`.
fn limits(room: usize) -> Limits {
    let myself = name(myself());
    let ping = Message::Ping(Ping {
        seq: 7,
        target: node_id(&myself),
        source: node_id(&myself),
        source_addr: myself().addr,
    });
    let count_bytes = 2;
    let bytes = codec().overhead() + count_bytes + ping.encoded_len() + room * alive_bytes();
    Limits {
        udp_max_payload: bytes,
        ..Limits::default()
    }
}

/// With room for whatever is written.
fn codec() -> Codec {
    let limits = Limits {
        udp_max_payload: 65_507,
        ..Limits::default()
    };
    Codec::insecure_plaintext(CLUSTER, limits).expect("a short label")
}

fn seal(messages: &[Message<'_>]) -> Vec<u8> {
    let mut out = Vec::new();
    codec()
        .seal(PacketKind::Datagram, messages, &[0; 24], &mut out)
        .expect("room");
    out
}
