//! Who the members of a simulated cluster are.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// A socket address and which of the lives lived there it is.
///
/// All addresses are equally long as bytes, so that traffic does not depend on who talks.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Id {
    /// Where it receives.
    pub addr: SocketAddr,
    /// The life; renewing raises it.
    pub generation: u16,
}

impl Id {
    /// The first life of the member with this number, below [`NUMBERS_MAX`].
    #[must_use]
    pub fn new(number: usize) -> Self {
        Self::at(address(number))
    }

    /// The first life of an address.
    #[must_use]
    pub const fn at(addr: SocketAddr) -> Self {
        Self {
            addr,
            generation: 0,
        }
    }

    /// The next life of the same address; `None` after the last.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self { generation, ..self })
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

#[cfg(feature = "peers")]
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

/// The address of the member with this number, below [`NUMBERS_MAX`].
#[must_use]
pub fn address(number: usize) -> SocketAddr {
    debug_assert!(number < NUMBERS_MAX);
    let [.., high, middle, low] = number.to_be_bytes();
    SocketAddr::from((Ipv4Addr::new(10, high, middle, low), PORT))
}

/// The number of the member at this address, if it is one that [`address`] gives.
#[must_use]
pub fn number(addr: &SocketAddr) -> Option<usize> {
    let IpAddr::V4(ip) = addr.ip() else {
        return None;
    };
    let [10, high, middle, low] = ip.octets() else {
        return None;
    };
    Some(usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low))
}

/// Members have numbers below this: there are no more addresses in 10.0.0.0/8.
pub const NUMBERS_MAX: usize = 1 << 24;

/// Takes two bytes as postcard, so that an identity takes eight.
const PORT: u16 = 7_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_name_their_numbers() {
        for n in [0, 1, 255, 256, 65_536, NUMBERS_MAX - 1] {
            assert_eq!(number(&address(n)), Some(n));
        }
        assert_eq!(number(&"127.0.0.1:7000".parse().unwrap()), None);
        assert_eq!(number(&"[::1]:7000".parse().unwrap()), None);
    }
}
