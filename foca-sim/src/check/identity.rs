//! Who the members of a checked cluster are.

use std::fmt;

use foca_core::Identity;
use serde::{Deserialize, Serialize};

/// A numbered address and a numbered life, which renewing raises. Two to eight bytes on the wire.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Id {
    /// The address.
    pub addr: u16,
    /// Which life of it.
    pub life: u32,
}

impl Id {
    /// The first life of an address.
    #[must_use]
    pub const fn first(addr: u16) -> Self {
        Self { addr, life: 0 }
    }
}

impl Identity for Id {
    type Addr = u16;

    fn addr(&self) -> &u16 {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.life.into()
    }

    fn renew(&self) -> Option<Self> {
        self.outrank(self.generation())
    }

    fn outrank(&self, generation: u64) -> Option<Self> {
        let life = u32::try_from(generation).ok()?.checked_add(1)?;
        Some(Self { life, ..*self })
    }

    fn placeholder(addr: &u16) -> Self {
        Self::first(*addr)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.addr)?;
        match self.life {
            0 => Ok(()),
            life => write!(f, " (life {life})"),
        }
    }
}
