//! How identities become bytes, as the core wants to see it.

use crate::{Header, Identity, Member};

/// Writes and reads identities and addresses and, for `Wire::Foca2`, whole headers and members.
///
/// Encoders write to the front of `out` and return the number of bytes, or `None` when there is no
/// room (the contents of `out` are then unspecified). Decoders take from the front of `input`,
/// advance it past what they took, and return `None` for anything they would not have written.
/// They must not panic and must not allocate more than a small multiple of the bytes they are given:
/// whatever arrives from the network is handed to them.
///
/// The encoding of an identity must be canonical (equal values, equal bytes) and self-delimiting.
pub trait Codec<I: Identity> {
    /// Writes an identity.
    fn encode_identity(&self, identity: &I, out: &mut [u8]) -> Option<usize>;

    /// Reads an identity.
    fn decode_identity(&self, input: &mut &[u8]) -> Option<I>;

    /// Writes an address.
    ///
    /// On `Wire::Native` an address of more than 512 encoded bytes cannot prove itself, and so cannot
    /// join.
    fn encode_addr(&self, addr: &I::Addr, out: &mut [u8]) -> Option<usize>;

    /// Reads an address.
    fn decode_addr(&self, input: &mut &[u8]) -> Option<I::Addr>;

    /// Writes a header as `Wire::Foca2` has it. A codec for `Wire::Native` alone has none.
    fn encode_header(&self, header: &Header<&I>, out: &mut [u8]) -> Option<usize> {
        let _ = (header, out);
        None
    }

    /// Reads a header as `Wire::Foca2` has it.
    fn decode_header(&self, input: &mut &[u8]) -> Option<Header<I>> {
        let _ = input;
        None
    }

    /// Writes a member as `Wire::Foca2` has it: `Left` as `Down`, the incarnation at most 65,535.
    fn encode_member(&self, member: Member<&I>, out: &mut [u8]) -> Option<usize> {
        let _ = (member, out);
        None
    }

    /// Reads a member as `Wire::Foca2` has it.
    fn decode_member(&self, input: &mut &[u8]) -> Option<Member<I>> {
        let _ = input;
        None
    }
}
