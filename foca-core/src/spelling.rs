//! Our own identity as bytes: every datagram begins with it, and names it as its receiver.

use alloc::vec::Vec;

use crate::{Codec, Identity};

/// Bytes tried first; doubled until the identity fits.
const BYTES_MIN: usize = 16;
/// No datagram could carry more.
const BYTES_MAX: usize = 1 << 16;

/// How the identity that was asked for last is spelt.
pub(crate) struct Spelling<I> {
    of: Option<I>,
    bytes: Vec<u8>,
}

impl<I: Identity> Spelling<I> {
    pub(crate) const fn new() -> Self {
        Self {
            of: None,
            bytes: Vec::new(),
        }
    }

    /// The bytes of `id`; none if it cannot be encoded.
    pub(crate) fn of<C: Codec<I>>(&mut self, codec: &C, id: &I) -> &[u8] {
        if self.of.as_ref() != Some(id) {
            self.encode(codec, id);
            self.of = Some(id.clone());
        }
        &self.bytes
    }

    fn encode<C: Codec<I>>(&mut self, codec: &C, id: &I) {
        let mut room = BYTES_MIN;
        while room <= BYTES_MAX {
            self.bytes.resize(room, 0);
            if let Some(len) = codec.encode_identity(id, &mut self.bytes) {
                self.bytes.truncate(len);
                self.bytes.shrink_to_fit();
                return;
            }
            room *= 2;
        }
        self.bytes = Vec::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::net::SocketAddrV4;

    /// Writes the port as so many zeros.
    struct Zeros;

    impl Codec<SocketAddrV4> for Zeros {
        fn encode_identity(&self, identity: &SocketAddrV4, out: &mut [u8]) -> Option<usize> {
            let len = identity.port().into();
            out.get_mut(..len)?.fill(0);
            Some(len)
        }

        fn decode_identity(&self, _: &mut &[u8]) -> Option<SocketAddrV4> {
            None
        }

        fn encode_addr(&self, _: &SocketAddrV4, _: &mut [u8]) -> Option<usize> {
            None
        }

        fn decode_addr(&self, _: &mut &[u8]) -> Option<SocketAddrV4> {
            None
        }
    }

    #[test]
    fn it_follows_the_identity_whatever_its_length() {
        let mut spelling = Spelling::new();
        for len in [0, 1, 15, 16, 17, 1_000, 3, 65_535, 3] {
            let id = SocketAddrV4::new([10, 0, 0, 1].into(), len);
            assert_eq!(spelling.of(&Zeros, &id), vec_of_zeros(len));
            assert_eq!(spelling.of(&Zeros, &id), vec_of_zeros(len));
        }
    }

    fn vec_of_zeros(len: u16) -> Vec<u8> {
        alloc::vec![0; len.into()]
    }
}
