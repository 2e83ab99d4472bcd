//! The codec that writes postcard.

use foca_core::{Codec, Header, Identity, Member};
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::foca2::{Foca2Header, Foca2Member};
use crate::format::{Format, expect};
use crate::guard::Guard;

/// Writes identities and addresses with [postcard](https://docs.rs/postcard), the preferred codec.
///
/// Headers and members of `Wire::Foca2` are the bytes of the published `foca` crate with its own
/// `PostcardCodec` (0.7 to 2.0). There, as in `foca`, overlong integers are accepted. Identities and
/// addresses of `Wire::Native` are accepted only in the spelling that this codec writes.
///
/// Postcard writes no scope and no flow of an IPv6 socket address: both are read as zero, so leave
/// them zero in identities.
///
/// No length in the input is believed: strings are cut from the input before they are copied, and a
/// sequence cannot claim more elements than the input has bytes. Nothing bounds how deeply a
/// recursive type nests; do not make an identity of one.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct PostcardCodec;

impl<I> Codec<I> for PostcardCodec
where
    I: Identity + Serialize + DeserializeOwned,
    I::Addr: Serialize + DeserializeOwned,
{
    fn encode_identity(&self, identity: &I, out: &mut [u8]) -> Option<usize> {
        self.write(identity, out)
    }

    fn decode_identity(&self, input: &mut &[u8]) -> Option<I> {
        self.take_canonical(input)
    }

    fn encode_addr(&self, addr: &I::Addr, out: &mut [u8]) -> Option<usize> {
        self.write(addr, out)
    }

    fn decode_addr(&self, input: &mut &[u8]) -> Option<I::Addr> {
        self.take_canonical(input)
    }

    fn encode_header(&self, header: &Header<&I>, out: &mut [u8]) -> Option<usize> {
        self.write(&Foca2Header::of(header)?, out)
    }

    fn decode_header(&self, input: &mut &[u8]) -> Option<Header<I>> {
        self.take(input).map(Foca2Header::into_core)
    }

    fn encode_member(&self, member: Member<&I>, out: &mut [u8]) -> Option<usize> {
        self.write(&Foca2Member::of(member), out)
    }

    fn decode_member(&self, input: &mut &[u8]) -> Option<Member<I>> {
        self.take(input).map(Foca2Member::into_core)
    }
}

impl Format for PostcardCodec {
    fn write<T: Serialize>(&self, value: &T, out: &mut [u8]) -> Option<usize> {
        postcard::to_slice(value, out)
            .ok()
            .map(|written| written.len())
    }

    fn take<T: DeserializeOwned>(&self, input: &mut &[u8]) -> Option<T> {
        let mut deserializer = postcard::Deserializer::from_bytes(input);
        let value = T::deserialize(Guard::new(&mut deserializer, input.len())).ok();
        if value.is_some() {
            *input = deserializer.finalize().ok()?;
        }
        value
    }

    fn is_written_as<T: Serialize>(&self, value: &T, bytes: &[u8]) -> bool {
        postcard::serialize_with_flavor(value, Expected(bytes)).is_ok_and(<[u8]>::is_empty)
    }
}

/// The bytes that are still to come, where others have a buffer to write to.
struct Expected<'a>(&'a [u8]);

impl<'a> Flavor for Expected<'a> {
    type Output = &'a [u8];

    #[inline]
    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        match *self.0 {
            [expected, ref rest @ ..] if expected == byte => self.0 = rest,
            _ => return Err(FULL),
        }
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        expect(&mut self.0, bytes).ok_or(FULL)
    }

    fn finalize(self) -> postcard::Result<Self::Output> {
        Ok(self.0)
    }
}

/// Nothing more can be written.
const FULL: postcard::Error = postcard::Error::SerializeBufferFull;

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use super::*;

    /// 10.0.0.2:5, with the port in one byte, as postcard spells it.
    const SHORTEST: [u8; 6] = [0, 10, 0, 0, 2, 5];
    /// The same address with the port spread over two bytes.
    const OVERLONG: [u8; 7] = [0, 10, 0, 0, 2, 0x85, 0];

    fn codec() -> &'static dyn Codec<SocketAddr> {
        &PostcardCodec
    }

    #[test]
    fn identities_and_addresses_have_one_spelling() {
        let addr: SocketAddr = "10.0.0.2:5".parse().unwrap();
        assert_eq!(codec().decode_identity(&mut &SHORTEST[..]), Some(addr));
        assert_eq!(codec().decode_addr(&mut &SHORTEST[..]), Some(addr));
        let mut input = &OVERLONG[..];
        assert_eq!(codec().decode_identity(&mut input), None);
        assert_eq!(codec().decode_addr(&mut input), None);
        assert_eq!(input, OVERLONG, "refused input stays where it is");
    }

    #[test]
    fn foca2_accepts_overlong_integers() {
        let addr: SocketAddr = "10.0.0.2:5".parse().unwrap();
        let mut bytes = [0; 9];
        bytes[..7].copy_from_slice(&OVERLONG);
        let mut input = &bytes[..];
        assert_eq!(codec().decode_member(&mut input), Some(Member::alive(addr)));
        assert!(input.is_empty());
    }

    #[test]
    fn nothing_is_written_past_the_end() {
        let long = "more than a few bytes";
        for room in 0..=long.len() + 3 {
            let mut out = [0xEE; 40];
            let fits = room >= long.len() + 3;
            let written = PostcardCodec.write(&(long, 300_u16), &mut out[..room]);
            assert_eq!(written, fits.then_some(long.len() + 3), "{room}");
            assert!(out[room..].iter().all(|byte| *byte == 0xEE));
        }
    }

    #[test]
    fn what_is_expected_must_come_whole_and_alone() {
        assert!(PostcardCodec.is_written_as(&300_u16, &[0xAC, 2]));
        assert!(!PostcardCodec.is_written_as(&300_u16, &[0xAC]));
        assert!(!PostcardCodec.is_written_as(&300_u16, &[0xAC, 2, 0]));
        assert!(!PostcardCodec.is_written_as(&300_u16, &[0xAC, 3]));
    }
}
