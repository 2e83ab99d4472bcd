//! Identities that are the same to every make of member.

use std::fmt::Debug;
use std::net::{Ipv4Addr, SocketAddr};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A socket address and a number that renewing raises.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Id {
    pub addr: SocketAddr,
    pub bump: u16,
}

impl Id {
    pub fn next(self) -> Option<Self> {
        Some(Self {
            bump: self.bump.checked_add(1)?,
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
        self.bump.into()
    }

    fn renew(&self) -> Option<Self> {
        self.next()
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self {
            addr: *addr,
            bump: 0,
        }
    }
}

/// The same identity to a version of the published crate.
macro_rules! published_identity {
    ($($published:ident),+) => {$(
        impl $published::Identity for Id {
            type Addr = SocketAddr;

            fn renew(&self) -> Option<Self> {
                self.next()
            }

            fn addr(&self) -> SocketAddr {
                self.addr
            }

            fn win_addr_conflict(&self, adversary: &Self) -> bool {
                self.bump > adversary.bump
            }
        }
    )+};
}

published_identity!(foca, foca_019);

/// An identity that both sides understand.
pub trait Name:
    foca_core::Identity<Addr = SocketAddr>
    + foca::Identity<Addr = SocketAddr>
    + Copy
    + Debug
    + DeserializeOwned
    + Ord
    + Serialize
    + 'static
{
}

impl Name for Id {}
impl Name for SocketAddr {}

/// The address of the member with this number.
pub fn addr(n: u8) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::new(10, 0, 0, n), 7_000))
}

/// The first life of the member with this number.
pub fn id(n: u8) -> Id {
    Id {
        addr: addr(n),
        bump: 0,
    }
}
