//! What a statement about a member is reduced to when two members compare what they know.

use core::hash::Hasher as _;

use siphasher::sip::SipHasher24;

use crate::ranges::Item;

/// Keyed hashes that are the same at all members with the same key.
///
/// `docs/PROTOCOL.md` says which bytes are hashed: addresses as they stand in datagrams, and numbers
/// of fixed width, so that neither the machine nor the compiler matters.
#[derive(Clone, Copy)]
pub(crate) struct Digester {
    addresses: SipHasher24,
    statements: SipHasher24,
}

impl Digester {
    pub(crate) fn new(key: u64) -> Self {
        Self {
            addresses: SipHasher24::new_with_keys(key, 0),
            statements: SipHasher24::new_with_keys(key, 1),
        }
    }

    /// Where an address is in the order, and what tells it from others there.
    pub(crate) fn address(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.addresses;
        hasher.write(bytes);
        hasher.finish()
    }

    /// What is said of the member with this address.
    pub(crate) fn item(&self, address: u64, generation: u64, incarnation: u32, gone: bool) -> Item {
        let mut bytes = [0; 21];
        bytes[..8].copy_from_slice(&address.to_le_bytes());
        bytes[8..16].copy_from_slice(&generation.to_le_bytes());
        bytes[16..20].copy_from_slice(&incarnation.to_le_bytes());
        bytes[20] = u8::from(gone);
        let mut hasher = self.statements;
        hasher.write(&bytes);
        Item {
            position: (address >> 32) as u32,
            digest: hasher.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SipHash-2-4 of the bytes 0 to 14 under the key 0 to 15, from the paper of its authors.
    #[test]
    fn the_hash_is_the_published_one() {
        let mut hasher = SipHasher24::new_with_key(&core::array::from_fn(|byte| byte as u8));
        hasher.write(&core::array::from_fn::<u8, 15, _>(|byte| byte as u8));
        assert_eq!(hasher.finish(), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn everything_that_is_compared_changes_the_digest_and_nothing_else_the_position() {
        let digester = Digester::new(7);
        let address = digester.address(b"address");
        let base = digester.item(address, 1, 2, false);
        for other in [
            digester.item(address, 2, 2, false),
            digester.item(address, 1, 3, false),
            digester.item(address, 1, 2, true),
        ] {
            assert_ne!(other.digest, base.digest);
            assert_eq!(other.position, base.position);
        }
        assert_ne!(Digester::new(8).address(b"address"), address);
        assert_ne!(digester.address(b"another"), address);
    }
}
