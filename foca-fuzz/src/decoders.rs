//! Every decoder by itself: it takes any bytes, and what it took it writes again.

use foca_codec::bincode::config::standard;
use foca_codec::{BincodeCodec, CheckedEnvelope, ClusterTag, PostcardCodec};
use foca_core::{Codec, Envelope as _, Header};
use foca_sim::check::Id;

/// Longer than anything that is written here.
const ROOM_BYTES: usize = 256;

/// The first byte chooses the codec.
fn with_codec(input: &[u8], check: fn(&dyn Codec<Id>, &[u8])) {
    match input {
        [choice, rest @ ..] if choice % 2 == 0 => check(&PostcardCodec, rest),
        [_, rest @ ..] => check(&BincodeCodec(standard()), rest),
        [] => {}
    }
}

/// What was taken from the front of `input`, and the bytes it took.
fn take<'a, T>(
    input: &'a [u8],
    decode: impl FnOnce(&mut &'a [u8]) -> Option<T>,
) -> Option<(T, &'a [u8])> {
    let mut rest = input;
    let value = decode(&mut rest);
    assert!(input.ends_with(rest), "a decoder takes from the front");
    Some((value?, &input[..input.len() - rest.len()]))
}

fn written(encode: impl FnOnce(&mut [u8]) -> Option<usize>) -> Vec<u8> {
    let mut out = vec![0; ROOM_BYTES];
    let len = encode(&mut out).expect("what was read has room");
    out.truncate(len);
    out
}

/// Identities and addresses have one spelling: what is read is what would be written.
pub(crate) fn identity(input: &[u8]) {
    with_codec(input, |codec, bytes| {
        if let Some((id, taken)) = take(bytes, |input| codec.decode_identity(input)) {
            assert_eq!(written(|out| codec.encode_identity(&id, out)), taken);
        }
        if let Some((addr, taken)) = take(bytes, |input| codec.decode_addr(input)) {
            assert_eq!(written(|out| codec.encode_addr(&addr, out)), taken);
        }
    });
}

/// Headers of `Wire::Foca2` may be spelt longer than needed, but mean the same when written again.
pub(crate) fn foca2_header(input: &[u8]) {
    with_codec(input, |codec, bytes| {
        let Some((header, _)) = take(bytes, |input| codec.decode_header(input)) else {
            return;
        };
        let borrowed = Header {
            src: &header.src,
            incarnation: header.incarnation,
            dst: &header.dst,
            message: header.message.as_ref(),
        };
        let bytes = written(|out| codec.encode_header(&borrowed, out));
        let again = take(&bytes, |input| codec.decode_header(input));
        assert_eq!(again, Some((header, &bytes[..])));
    });
}

/// The same of members.
pub(crate) fn foca2_member(input: &[u8]) {
    with_codec(input, |codec, bytes| {
        let Some((member, _)) = take(bytes, |input| codec.decode_member(input)) else {
            return;
        };
        let bytes = written(|out| codec.encode_member(member.as_ref(), out));
        let again = take(&bytes, |input| codec.decode_member(input));
        assert_eq!(again, Some((member, &bytes[..])));
    });
}

/// What opens is what is sealed, byte for byte; and what is sealed opens.
pub(crate) fn envelope(input: &[u8]) {
    let [datagram @ .., tag] = input else {
        return;
    };
    let mut envelope = CheckedEnvelope::new(ClusterTag(u32::from(*tag) % 2));
    let before = envelope.prefix_bytes();
    if let Ok(payload) = envelope.open(datagram) {
        let mut sealed = vec![0; datagram.len()];
        sealed[before..before + payload.len()].copy_from_slice(payload);
        envelope.seal(&mut sealed);
        assert_eq!(sealed, datagram);
    }
    let mut sealed = input.to_vec();
    envelope.seal(&mut sealed);
    let around = envelope.prefix_bytes() + envelope.suffix_bytes();
    match envelope.open(&sealed) {
        Ok(payload) => assert_eq!(payload.len() + around, sealed.len()),
        Err(_) => assert!(sealed.len() < around),
    }
}
