//! What members are named by: a socket address and a 16-bit generation.

use std::net::{Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

pub(crate) type Addr = SocketAddr;

#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Name {
    addr: Addr,
    generation: u16,
}

impl Name {
    /// The first life of the `n`-th address of 10.0.0.0/8.
    pub(crate) fn numbered(n: u32) -> Self {
        let [_, high, middle, low] = n.to_be_bytes();
        Self {
            addr: (Ipv4Addr::new(10, high, middle, low), 7_000).into(),
            generation: 0,
        }
    }

    pub(crate) const fn addr(&self) -> Addr {
        self.addr
    }

    fn next(self) -> Option<Self> {
        Some(Self {
            generation: self.generation.checked_add(1)?,
            ..self
        })
    }
}

impl foca_core::Identity for Name {
    type Addr = Addr;

    fn addr(&self) -> &Addr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.generation.into()
    }

    fn renew(&self) -> Option<Self> {
        self.next()
    }

    fn placeholder(addr: &Addr) -> Self {
        Self {
            addr: *addr,
            generation: 0,
        }
    }
}

impl foca::Identity for Name {
    type Addr = Addr;

    fn renew(&self) -> Option<Self> {
        self.next()
    }

    fn addr(&self) -> Addr {
        self.addr
    }

    fn win_addr_conflict(&self, adversary: &Self) -> bool {
        self.generation > adversary.generation
    }
}
