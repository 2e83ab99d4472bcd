//! A `Ping` to a node whose members have strings for addresses: every copy of one is an allocation.

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Foca, Instant, Member, NoBroadcasts, Setup, Wire};
use rand::SeedableRng as _;
use rand::rngs::SmallRng;
use serde::{Deserialize, Serialize};

use crate::node::Make;
use crate::{heap, preset};

/// Identities in a `Ping`, source and destination: whoever decodes them must allocate these.
pub(crate) const NAMED_IDS: f64 = 2.0;

/// Members that send a `Ping` each, evenly spread over all.
const SENDERS: usize = 50;

/// Longest datagram, in bytes.
const DATAGRAM_BYTES_MAX: usize = 1_400;

#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Named {
    addr: String,
    generation: u16,
}

impl Named {
    fn new(n: usize) -> Self {
        Self {
            addr: format!("node-{n:06}.cluster.example:7000"),
            generation: 0,
        }
    }
}

impl foca_core::Identity for Named {
    type Addr = String;

    fn addr(&self) -> &String {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.generation.into()
    }

    fn placeholder(addr: &String) -> Self {
        Self {
            addr: addr.clone(),
            generation: 0,
        }
    }
}

impl foca::Identity for Named {
    type Addr = String;

    fn renew(&self) -> Option<Self> {
        None
    }

    fn addr(&self) -> String {
        self.addr.clone()
    }

    fn win_addr_conflict(&self, adversary: &Self) -> bool {
        self.generation > adversary.generation
    }
}

/// Allocations that a `Ping` costs from its bytes to those of the `Ack`, on average.
pub(crate) fn named_ping_allocations(make: Make, members: usize) -> f64 {
    match make {
        Make::Native => ours(Wire::Native, members),
        Make::Foca2 => ours(Wire::Foca2, members),
        Make::Published => published(members),
        #[cfg(feature = "peers")]
        Make::Kinship => unreachable!("its names are strings, its addresses are not"),
    }
}

fn ours(wire: Wire, members: usize) -> f64 {
    let mut node = node(wire, 0, (1..=members).map(Named::new));
    let mut out = [0; DATAGRAM_BYTES_MAX];
    average(&pings(wire, members), |ping| {
        node.handle_datagram(Instant::ZERO, ping)
            .expect("a datagram that is accepted");
        let mut answers = 0;
        while let Some(transmit) = node.poll_transmit(Instant::ZERO, &mut out) {
            answers += 1;
            assert!(transmit.len > 0);
        }
        answers
    })
}

fn published(members: usize) -> f64 {
    let nodes = u32::try_from(members).ok().and_then(|n| n.try_into().ok());
    let config = foca::Config::new_lan(nodes.expect("a few members"));
    let random = SmallRng::seed_from_u64(0xF0CA);
    let mut node = foca::Foca::new(Named::new(0), config, random, foca::PostcardCodec);
    let mut outside = Outside::default();
    let others = (1..=members).map(|n| foca::Member::alive(Named::new(n)));
    node.apply_many(others, false, &mut outside)
        .expect("members that can be encoded");
    average(&pings(Wire::Foca2, members), |ping| {
        let before = outside.sent;
        node.handle_data(ping, &mut outside)
            .expect("a datagram that is accepted");
        outside.sent - before
    })
}

/// Has the node answer all of them twice, and counts the second time.
fn average(pings: &[Vec<u8>], mut answer: impl FnMut(&[u8]) -> u64) -> f64 {
    for ping in pings {
        assert_eq!(answer(ping), 1);
    }
    let (answers, heap) = heap::measure(|| pings.iter().map(|ping| answer(ping)).sum::<u64>());
    assert_eq!(answers, pings.len() as u64);
    heap.allocations as f64 / pings.len() as f64
}

/// What members say that know nobody but the node.
fn pings(wire: Wire, members: usize) -> Vec<Vec<u8>> {
    let senders = (1..=members).step_by(members.div_ceil(SENDERS));
    senders
        .map(|n| {
            let mut sender = node(wire, n, [Named::new(0)]);
            let mut out = vec![0; DATAGRAM_BYTES_MAX];
            let due = sender.poll_timeout().expect("a probe");
            sender.handle_timeout(due);
            let transmit = sender.poll_transmit(due, &mut out).expect("a ping");
            let len = transmit.len;
            out.truncate(len);
            out
        })
        .collect()
}

fn node(
    wire: Wire,
    n: usize,
    others: impl IntoIterator<Item = Named>,
) -> Foca<Named, PostcardCodec> {
    let setup = Setup {
        identity: Named::new(n),
        config: preset::probes_only(wire),
        codec: PostcardCodec,
        broadcasts: NoBroadcasts,
        envelope: Box::new(CheckedEnvelope::default()),
        seed: n as u64,
    };
    let mut node = Foca::new(setup, Instant::ZERO).expect("an identity that fits");
    node.restore(Instant::ZERO, others.into_iter().map(Member::alive));
    while node.poll_event().is_some() {}
    node
}

/// Takes everything and keeps nothing.
#[derive(Default)]
struct Outside {
    sent: u64,
}

impl foca::Runtime<Named> for &mut Outside {
    fn notify(&mut self, _: foca::Notification<'_, Named>) {}

    fn send_to(&mut self, _: Named, _: &[u8]) {
        self.sent += 1;
    }

    fn submit_after(&mut self, _: foca::Timer<Named>, _: std::time::Duration) {}
}
