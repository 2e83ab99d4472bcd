//! What a datagram says of its sender, read from the bytes as docs/PROTOCOL.md describes them.
//!
//! Not the decoder of the core: a checker that believed it could not find it wrong.

use foca_core::MAGIC;

use super::identity::Id;

/// Bytes of the checked envelope before and behind the payload.
pub(crate) const ENVELOPE_BYTES: (usize, usize) = (7, 4);

/// Who sends a datagram, and the incarnation it claims; `None` if that cannot be read.
pub(crate) fn sender(datagram: &[u8]) -> Option<(Id, u32)> {
    let mut input = if datagram.starts_with(&MAGIC) {
        let end = datagram.len().checked_sub(ENVELOPE_BYTES.1)?;
        // Behind the envelope stands the kind of the message.
        datagram.get(ENVELOPE_BYTES.0 + 1..end)?
    } else {
        datagram
    };
    let id = take_identity(&mut input)?;
    Some((id, take_varint(&mut input)?))
}

/// Takes an identity as postcard writes it: both numbers as varints.
pub(crate) fn take_identity(input: &mut &[u8]) -> Option<Id> {
    let addr = u16::try_from(take_varint(input)?).ok()?;
    Some(Id {
        addr,
        life: take_varint(input)?,
    })
}

/// Takes an unsigned LEB128 of at most 32 bits.
pub(crate) fn take_varint(input: &mut &[u8]) -> Option<u32> {
    let mut value = 0_u64;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return u32::try_from(value).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_read_on_either_wire() {
        let id = Id {
            addr: 300,
            life: 129,
        };
        let says = [0xac, 2, 0x81, 1, 5];
        assert_eq!(sender(&says), Some((id, 5)));
        // Magic, version, tag, kind, sender, the rest of the payload, checksum.
        let mut native = vec![0xf0, 0xca, 1, 0, 0, 0, 0, 8];
        native.extend(says);
        native.extend([9, 9, 1, 2, 3, 4]);
        assert_eq!(sender(&native), Some((id, 5)));
        assert_eq!(sender(&native[..12]), None);
        assert_eq!(sender(&[0xff; 9]), None);
    }
}
