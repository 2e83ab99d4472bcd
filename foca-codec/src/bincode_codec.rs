//! The codec that writes bincode.

use core::fmt;
use core::marker::PhantomData;

use bincode::config::{self, Config, Configuration};
use bincode::enc::write::Writer;
use bincode::error::EncodeError;
use foca_core::{Codec, Header, Identity, Member};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer};

use crate::foca2::{Foca2Header, Foca2Member};
use crate::format::{Format, expect};
use crate::guard::Guard;

/// Writes identities and addresses with [bincode](https://docs.rs/bincode/2) 2.
///
/// **Bincode is no longer maintained** (RUSTSEC-2025-0141). This codec is for clusters that use it
/// already; take `PostcardCodec` for everything else.
///
/// Headers and members of `Wire::Foca2` are the bytes of the published `foca` crate 0.19 with its
/// `BincodeCodec` of the same configuration; [`Default`] is the standard configuration (little
/// endian, variable integers). There, as in `foca`, overlong integers are accepted. Identities and
/// addresses of `Wire::Native` are accepted only in the spelling that this codec writes.
///
/// Bincode writes no scope and no flow of an IPv6 socket address: both are read as zero, so leave
/// them zero in identities.
///
/// No length in the input is believed, whatever the limit of the configuration: strings are cut from
/// the input before they are copied (bincode would allocate what they claim), and a sequence cannot
/// claim more elements than the input has bytes. A refusal may allocate bincode's error message, which
/// is short. Nothing bounds how deeply a recursive type nests; do not make an identity of one.
///
/// ```
/// use foca_codec::BincodeCodec;
/// use foca_codec::bincode::config;
///
/// let standard = BincodeCodec::default();
/// let as_bincode_1_did = BincodeCodec(config::legacy());
/// ```
#[derive(Clone, Copy)]
pub struct BincodeCodec<C: Config = Configuration>(
    /// How bincode is to write; both ends must agree.
    pub C,
);

impl Default for BincodeCodec {
    fn default() -> Self {
        Self(config::standard())
    }
}

impl<C: Config> fmt::Debug for BincodeCodec<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BincodeCodec").finish_non_exhaustive()
    }
}

impl<I, C> Codec<I> for BincodeCodec<C>
where
    I: Identity + Serialize + DeserializeOwned,
    I::Addr: Serialize + DeserializeOwned,
    C: Config,
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

impl<C: Config> Format for BincodeCodec<C> {
    fn write<T: Serialize>(&self, value: &T, out: &mut [u8]) -> Option<usize> {
        bincode::serde::encode_into_slice(value, out, self.0).ok()
    }

    fn take<T: DeserializeOwned>(&self, input: &mut &[u8]) -> Option<T> {
        let guarded = Guarded::<T> {
            input_bytes: input.len(),
            value: PhantomData,
        };
        let decoded = bincode::serde::seed_decode_from_slice(guarded, input, self.0);
        let (value, length) = decoded.ok()?;
        *input = input.get(length..)?;
        Some(value)
    }

    fn is_written_as<T: Serialize>(&self, value: &T, bytes: &[u8]) -> bool {
        let mut expected = Expected(bytes);
        bincode::serde::encode_into_writer(value, &mut expected, self.0).is_ok()
            && expected.0.is_empty()
    }
}

/// Asks bincode for a `T` from behind the guard.
struct Guarded<T> {
    input_bytes: usize,
    value: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Guarded<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Guard::new(deserializer, self.input_bytes))
    }
}

/// The bytes that are still to come, where others have a buffer to write to.
struct Expected<'a>(&'a [u8]);

impl Writer for Expected<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        expect(&mut self.0, bytes).ok_or(EncodeError::UnexpectedEnd)
    }
}

#[cfg(test)]
mod tests {
    use core::net::SocketAddr;

    use super::*;

    /// 10.0.0.2:5, with the port in one byte, as bincode spells it.
    const SHORTEST: [u8; 6] = [0, 10, 0, 0, 2, 5];
    /// The same address with the port announced as two bytes.
    const OVERLONG: [u8; 8] = [0, 10, 0, 0, 2, 0xFB, 5, 0];

    fn codec() -> &'static dyn Codec<SocketAddr> {
        const CODEC: BincodeCodec = BincodeCodec(config::standard());
        &CODEC
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
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&OVERLONG);
        let mut input = &bytes[..];
        assert_eq!(codec().decode_member(&mut input), Some(Member::alive(addr)));
        assert!(input.is_empty());
    }

    #[test]
    fn what_is_expected_must_come_whole_and_alone() {
        let codec = BincodeCodec::default();
        assert!(codec.is_written_as(&300_u16, &[0xFB, 0x2C, 1]));
        assert!(!codec.is_written_as(&300_u16, &[0xFB, 0x2C]));
        assert!(!codec.is_written_as(&300_u16, &[0xFB, 0x2C, 1, 0]));
        assert!(!codec.is_written_as(&300_u16, &[0xFB, 0x2C, 2]));
    }
}
