//! The identity that both sides have in common: a socket address and a 16-bit generation.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Takes three bytes as postcard, so that an identity takes nine.
const PORT: u16 = 17_000;

/// An address and one of the lives lived there.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Id {
    pub(crate) addr: SocketAddr,
    pub(crate) generation: u16,
}

impl Id {
    /// The first life of the `n`-th address. All of them are equally long as bytes.
    pub(crate) fn new(n: usize) -> Self {
        let n = u32::try_from(n).expect("fewer than 2^24");
        let [0, high, middle, low] = n.to_be_bytes() else {
            panic!("more members than 10.0.0.0/8 has addresses");
        };
        Self::at(SocketAddr::from((
            Ipv4Addr::new(10, high, middle, low),
            PORT,
        )))
    }

    /// The first life of an address.
    pub(crate) const fn at(addr: SocketAddr) -> Self {
        Self {
            addr,
            generation: 0,
        }
    }

    /// The node that is measured.
    pub(crate) fn myself() -> Self {
        Self::new(0)
    }

    /// Whom it knows.
    pub(crate) fn others(members: usize) -> Vec<Self> {
        (1..=members).map(Self::new).collect()
    }

    fn next(self) -> Option<Self> {
        Some(Self {
            generation: self.generation.checked_add(1)?,
            ..self
        })
    }
}

impl foca_core::Identity for Id {
    type Addr = SocketAddr;

    fn addr(&self) -> &SocketAddr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.generation.into()
    }

    fn renew(&self) -> Option<Self> {
        self.next()
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self::at(*addr)
    }
}

impl foca::Identity for Id {
    type Addr = SocketAddr;

    fn renew(&self) -> Option<Self> {
        self.next()
    }

    fn addr(&self) -> SocketAddr {
        self.addr
    }

    fn win_addr_conflict(&self, adversary: &Self) -> bool {
        self.generation > adversary.generation
    }
}
