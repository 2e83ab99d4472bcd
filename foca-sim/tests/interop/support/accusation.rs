//! Who first says that a member is suspect or down, read off the wire with the published codec.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use foca::{Codec as _, Header, Message, PostcardCodec, State};
use foca_core::Instant;

use super::cluster::Cluster;
use super::identity::Id;

/// A datagram that says that somebody else is not alive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accusation {
    pub at: Instant,
    pub accuser: SocketAddr,
    pub accused: Id,
    pub state: State,
}

/// Accusations in the order in which they were sent, the first of each accuser against each member.
#[derive(Clone, Debug, Default)]
pub struct Accusations(Rc<RefCell<Vec<Accusation>>>);

impl Accusations {
    /// Listens to everything sent in this network from here on.
    pub fn in_network(network: &mut Cluster) -> Self {
        let accusations = Self::default();
        let heard = accusations.clone();
        network.tap(move |at, from, _, datagram| heard.hear(at, *from, datagram));
        accusations
    }

    /// The first accusation against whoever lives at this address.
    pub fn first(&self, accused: SocketAddr) -> Option<Accusation> {
        let heard = self.0.borrow();
        heard.iter().find(|it| it.accused.addr == accused).copied()
    }

    fn hear(&self, at: Instant, accuser: SocketAddr, datagram: &[u8]) {
        let (header, members, _) = read(datagram);
        debug_assert_eq!(header.src.addr, accuser);
        for member in members {
            let (accused, state) = (*member.id(), member.state());
            let mut heard = self.0.borrow_mut();
            let known = heard
                .iter()
                .any(|it| (it.accuser, it.accused) == (accuser, accused));
            if state != State::Alive && accused.addr != accuser && !known {
                heard.push(Accusation {
                    at,
                    accuser,
                    accused,
                    state,
                });
            }
        }
    }
}

/// Header, members and the bytes behind them of a datagram as the published crate writes it.
pub fn read(datagram: &[u8]) -> (Header<Id>, Vec<foca::Member<Id>>, &[u8]) {
    let mut rest = datagram;
    let mut codec = PostcardCodec;
    let header: Header<Id> = codec.decode_header(&mut rest).expect("a header");
    let mut members = Vec::new();
    if !matches!(header.message, Message::Broadcast) && rest.len() >= 2 {
        let count = u16::from_be_bytes([rest[0], rest[1]]);
        rest = &rest[2..];
        for _ in 0..count {
            members.push(codec.decode_member(&mut rest).expect("a member"));
        }
    }
    (header, members, rest)
}
