//! What two members compare, computed from their members as `docs/PROTOCOL.md` says, and slowly.

use foca_codec::PostcardCodec;
use foca_core::{Broadcasts, Codec, Identity, Member, State};

use super::Node;
use super::body::{EVERYWHERE, Span, Told};

/// Where an address is in the order, and what stands for a statement about it.
pub fn summary<I: Identity>(key: u64, member: &Member<I>) -> (u32, u64)
where
    PostcardCodec: Codec<I>,
{
    let mut out = [0; 512];
    let length = PostcardCodec.encode_addr(member.id.addr(), &mut out);
    let address = siphash([key, 0], &out[..length.expect("room for an address")]);
    let gone = matches!(member.state, State::Down | State::Left);
    let mut statement = address.to_le_bytes().to_vec();
    statement.extend(member.id.generation().to_le_bytes());
    statement.extend(member.incarnation.to_le_bytes());
    statement.push(gone.into());
    ((address >> 32) as u32, siphash([key, 1], &statement))
}

/// Statements in the order of their positions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct View<I> {
    key: u64,
    statements: Vec<(u32, u64, Member<I>)>,
}

impl<I: Identity> View<I>
where
    PostcardCodec: Codec<I>,
{
    pub fn new(key: u64, members: impl IntoIterator<Item = Member<I>>) -> Self {
        let place = |member| {
            let (position, digest) = summary(key, &member);
            (position, digest, member)
        };
        let mut statements: Vec<_> = members.into_iter().map(place).collect();
        statements.sort_by_key(|(position, ..)| *position);
        Self { key, statements }
    }

    /// Everything that a node knows and says of itself.
    pub fn of<B: Broadcasts<I>>(node: &Node<I, B>) -> Self {
        let ourselves = Member {
            id: node.identity().clone(),
            incarnation: node.incarnation(),
            state: State::Alive,
        };
        let others = node.all_members().cloned();
        Self::new(node.config().reconciliation_key, others.chain([ourselves]))
    }

    pub fn within(&self, span: Span) -> impl Iterator<Item = &(u32, u64, Member<I>)> {
        let within = move |position| span.0 <= position && position <= span.1;
        self.statements.iter().filter(move |it| within(it.0))
    }

    pub fn sum(&self, span: Span) -> u64 {
        let digests = self.within(span).map(|(_, digest, _)| *digest);
        digests.fold(0, u64::wrapping_add)
    }

    pub fn total(&self) -> u64 {
        self.sum(EVERYWHERE)
    }

    /// The sums as they are told.
    pub fn sums(&self, spans: &[Span]) -> Vec<u32> {
        spans.iter().map(|span| self.sum(*span) as u32).collect()
    }

    /// What of a range is not among what somebody else said.
    pub fn lacking(&self, span: Span, told: &[Told<I>]) -> Vec<Member<I>> {
        let known: Vec<_> = told
            .iter()
            .map(|told| summary(self.key, &told.member).1)
            .collect();
        self.within(span)
            .filter(|(_, digest, _)| !known.contains(digest))
            .map(|(.., member)| member.clone())
            .collect()
    }
}

/// SipHash-2-4 as its paper describes it.
pub fn siphash([k0, k1]: [u64; 2], bytes: &[u8]) -> u64 {
    let mut state = [
        k0 ^ 0x736f_6d65_7073_6575,
        k1 ^ 0x646f_7261_6e64_6f6d,
        k0 ^ 0x6c79_6765_6e65_7261,
        k1 ^ 0x7465_6462_7974_6573,
    ];
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len() / 8 * 8 + 7, 0);
    padded.push(bytes.len() as u8);
    for word in padded.chunks_exact(8) {
        let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
        state[3] ^= word;
        (0..2).for_each(|_| round(&mut state));
        state[0] ^= word;
    }
    state[2] ^= 0xff;
    (0..4).for_each(|_| round(&mut state));
    state.iter().fold(0, |all, word| all ^ word)
}

fn round([a, b, c, d]: &mut [u64; 4]) {
    let mix = |x: &mut u64, y: &mut u64, by: u32| {
        *x = x.wrapping_add(*y);
        *y = y.rotate_left(by) ^ *x;
    };
    mix(a, b, 13);
    *a = a.rotate_left(32);
    mix(c, d, 16);
    mix(a, d, 21);
    mix(c, b, 17);
    *c = c.rotate_left(32);
}
