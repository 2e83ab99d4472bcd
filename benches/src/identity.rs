//! The identity that both sides have in common: a socket address and a 16-bit generation.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Takes two bytes as postcard, so that an identity takes eight.
const PORT: u16 = 7_000;

/// The `n`-th address. All of them are equally long as bytes.
///
/// # Panics
///
/// From 2^24 on.
#[must_use]
pub fn address(n: usize) -> SocketAddr {
    let n = u32::try_from(n).expect("fewer than 2^32");
    let [0, high, middle, low] = n.to_be_bytes() else {
        panic!("more members than 10.0.0.0/8 has addresses");
    };
    SocketAddr::from((Ipv4Addr::new(10, high, middle, low), PORT))
}

/// Which of the addresses this is, if it is one.
#[must_use]
pub fn number(addr: SocketAddr) -> Option<usize> {
    let IpAddr::V4(ip) = addr.ip() else {
        return None;
    };
    let [10, high, middle, low] = ip.octets() else {
        return None;
    };
    usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()
}

/// An address and one of the lives lived there.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Id {
    /// Where it receives.
    pub addr: SocketAddr,
    /// Which of the lives lived there it is.
    pub generation: u16,
}

impl Id {
    /// The first life of the `n`-th address. All of them are equally long as bytes.
    ///
    /// # Panics
    ///
    /// From 2^24 on.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self::at(address(n))
    }

    /// The first life of an address.
    #[must_use]
    pub const fn at(addr: SocketAddr) -> Self {
        Self {
            addr,
            generation: 0,
        }
    }

    /// The node that is measured.
    #[must_use]
    pub fn myself() -> Self {
        Self::new(0)
    }

    /// Whom it knows.
    #[must_use]
    pub fn others(members: usize) -> Vec<Self> {
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
