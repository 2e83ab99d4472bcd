//! Who a member is: an address and one of the lives lived there.

use core::fmt;
use core::hash::Hash;
use core::net::{SocketAddr, SocketAddrV4, SocketAddrV6};

/// A member's name: an address, and a generation that tells one life of that address from the next.
///
/// Equal address and equal generation must mean equal identity. Of two identities with the same
/// address the one with the higher [`generation`](Self::generation) is the later life and replaces
/// the other everywhere.
pub trait Identity: Clone + Eq + fmt::Debug {
    /// What a datagram is sent to; the key of the member table.
    type Addr: Clone + Ord + Hash + fmt::Debug;

    /// The address, borrowed.
    fn addr(&self) -> &Self::Addr;

    /// Orders the lives of one address: later lives are greater.
    fn generation(&self) -> u64;

    /// The next life of this address, to return with after being declared down for good.
    ///
    /// Its generation must be greater. `None` means that this identity cannot be renewed.
    fn renew(&self) -> Option<Self> {
        None
    }

    /// A life of this address whose generation is greater than `generation`.
    ///
    /// Asked for when somebody claims to have seen a later life of our own address. The default
    /// renews at most [`RENEWALS_MAX`] times; identities that can jump should.
    fn outrank(&self, generation: u64) -> Option<Self> {
        let mut next = self.renew()?;
        for _ in 1..RENEWALS_MAX {
            if next.generation() > generation {
                break;
            }
            next = next.renew()?;
        }
        (next.generation() > generation && next.addr() == self.addr()).then_some(next)
    }

    /// An identity with this address and any generation.
    ///
    /// It fills the destination of a message to an address whose current life is not known yet;
    /// receivers of such a message look at the address alone.
    fn placeholder(addr: &Self::Addr) -> Self;
}

/// How often the default [`Identity::outrank`] renews before it gives up.
pub const RENEWALS_MAX: usize = 16;

/// Implements [`Identity`] for a plain socket address: one life, which cannot be renewed.
macro_rules! plain_address {
    ($($addr:ty),+) => {$(
        /// A bare address has a single life: it cannot be renewed and returns by incarnation only.
        impl Identity for $addr {
            type Addr = Self;

            fn addr(&self) -> &Self {
                self
            }

            fn generation(&self) -> u64 {
                0
            }

            fn placeholder(addr: &Self) -> Self {
                *addr
            }
        }
    )+};
}

plain_address!(SocketAddr, SocketAddrV4, SocketAddrV6);

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Debug, Eq, PartialEq)]
    struct Numbered(u8, u64);

    impl Identity for Numbered {
        type Addr = u8;
        fn addr(&self) -> &u8 {
            &self.0
        }
        fn generation(&self) -> u64 {
            self.1
        }
        fn renew(&self) -> Option<Self> {
            Some(Self(self.0, self.1.checked_add(1)?))
        }
        fn placeholder(addr: &u8) -> Self {
            Self(*addr, 0)
        }
    }

    #[test]
    fn outranking_renews_until_greater_and_gives_up() {
        assert_eq!(Numbered(1, 3).outrank(5), Some(Numbered(1, 6)));
        assert_eq!(Numbered(1, 3).outrank(0), Some(Numbered(1, 4)));
        assert_eq!(Numbered(1, 3).outrank(3 + RENEWALS_MAX as u64), None);
        assert_eq!(Numbered(1, u64::MAX).outrank(0), None);
    }
}
