//! What both sides can be asked to do.

use std::hint::black_box;

use super::Make;
use super::datagram::{Kind, Seen, Update};
use crate::identity::Id;

/// What a node has to do besides answering.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Duty {
    /// Nothing: time passes only as far as datagrams need it to.
    Answer,
    /// The same, with news that is not used up.
    Tell,
    /// A round of gossip now and then, and no probes; its news is not used up.
    Gossip,
}

/// A node under measurement. Whatever it has to say is taken from it, ready to be sent.
pub(crate) trait Peer: Sized {
    /// A node that knows nobody, in a cluster of about `members`, whose datagrams have room for
    /// so many of them.
    fn new(make: Make, members: usize, duty: Duty, room: usize) -> Self;

    /// A datagram from `from` to such a node.
    fn write(make: Make, from: Id, kind: Kind, updates: &[Update]) -> Vec<u8>;

    /// Reads a datagram of such a node.
    fn read(make: Make, datagram: &[u8]) -> Seen;

    /// Takes in members without passing them on.
    fn restore(&mut self, others: &[Id], incarnation: u16);

    /// Takes in members and passes them on.
    fn merge(&mut self, others: &[Id], incarnation: u16);

    /// Proves to the node that these members receive at their addresses.
    fn trust(&mut self, others: &[Id]);

    /// Takes in a datagram of a member.
    ///
    /// # Panics
    ///
    /// If it is not accepted.
    fn receive(&mut self, datagram: &[u8]);

    /// Lets the time come for a round of gossip.
    fn gossip(&mut self);

    /// Active members.
    fn members(&self) -> usize;

    /// The incarnation at which it knows this member.
    fn incarnation(&self, id: Id) -> Option<u32>;

    /// Goes up whenever anything that is believed of anybody changes.
    fn changes(&self) -> u64;

    /// What it has sent.
    fn sent(&self) -> &Sent;

    /// The same, to change how it is taken.
    fn sent_mut(&mut self) -> &mut Sent;
}

/// Datagrams handed out since the start.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) datagrams: u64,
    pub(crate) bytes: u64,
    /// The datagrams themselves, while somebody looks.
    kept: Option<Vec<Vec<u8>>>,
}

impl Sent {
    /// Takes a datagram, as a socket would.
    pub(crate) fn take(&mut self, datagram: &[u8]) {
        self.datagrams += 1;
        self.bytes += black_box(datagram).len() as u64;
        if let Some(kept) = &mut self.kept {
            kept.push(datagram.to_vec());
        }
    }
}

/// Does one step and reads all that was sent because of it, which is nothing but whole datagrams.
pub(crate) fn observe<P: Peer>(peer: &mut P, make: Make, step: impl FnOnce(&mut P)) -> Vec<Seen> {
    peer.sent_mut().kept = Some(Vec::new());
    step(peer);
    let kept = peer.sent_mut().kept.take().unwrap_or_default();
    kept.iter()
        .map(|datagram| P::read(make, datagram))
        .collect()
}
