//! The envelope that tells damage and other clusters from our own datagrams.

use foca_core::{Envelope, MAGIC, Reject, VERSION};

/// Magic (2 bytes), version (1), cluster tag (4).
const PREFIX_BYTES: usize = 7;

/// The checksum.
const SUFFIX_BYTES: usize = 4;

/// Which cluster a datagram belongs to.
///
/// Clusters that can reach each other by accident should not share a tag: a datagram with another
/// tag is rejected before anything of it is decoded. The tag is no secret and keeps nobody out.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClusterTag(pub u32);

impl ClusterTag {
    /// The tag of clusters that have not been given one: 0.
    pub const DEFAULT: Self = Self(0);

    /// The tag of a cluster's name: the 32-bit FNV-1a hash of its UTF-8 bytes.
    ///
    /// Equal names give equal tags on every machine and in every version. Different names *usually*
    /// give different tags: two given names collide with a probability of 1 in 2^32, and among 100
    /// names some pair does with about 1 in 870,000. Set the number yourself where that is too
    /// often.
    #[must_use]
    pub const fn from_name(name: &str) -> Self {
        let mut hash = 0x811C_9DC5_u32;
        let mut bytes = name.as_bytes();
        while let [first, rest @ ..] = bytes {
            hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
            bytes = rest;
        }
        Self(hash)
    }
}

/// Puts magic, version, cluster tag and a checksum around a payload.
///
/// | bytes | what |
/// |---|---|
/// | 2 | magic `F0 CA` |
/// | 1 | version 1 |
/// | 4 | cluster tag, big endian |
/// | n | payload |
/// | 4 | CRC-32 (IEEE) of everything before it, big endian |
///
/// The checksum finds every change of up to three bits (in datagrams of up to 11,450 bytes), every
/// change within 32 consecutive bits, and all but 1 in 2^32 of other damage. It is no protection
/// against anybody who means harm: whoever can send can also compute it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CheckedEnvelope {
    tag: ClusterTag,
}

impl CheckedEnvelope {
    /// An envelope that writes this tag and opens no other. [`Default`] has [`ClusterTag::DEFAULT`].
    #[must_use]
    pub const fn new(tag: ClusterTag) -> Self {
        Self { tag }
    }
}

impl Envelope for CheckedEnvelope {
    fn prefix_bytes(&self) -> usize {
        PREFIX_BYTES
    }

    fn suffix_bytes(&self) -> usize {
        SUFFIX_BYTES
    }

    /// Fills in prefix and suffix. A datagram too short to hold both stays as it is.
    fn seal(&mut self, datagram: &mut [u8]) {
        let Some((checked, checksum)) = datagram.split_last_chunk_mut::<SUFFIX_BYTES>() else {
            return;
        };
        let Some(prefix) = checked.first_chunk_mut::<PREFIX_BYTES>() else {
            return;
        };
        let [tag_0, tag_1, tag_2, tag_3] = self.tag.0.to_be_bytes();
        *prefix = [MAGIC[0], MAGIC[1], VERSION, tag_0, tag_1, tag_2, tag_3];
        *checksum = crc32fast::hash(checked).to_be_bytes();
    }

    /// Returns the payload, which may be empty. Any input will do.
    ///
    /// # Errors
    ///
    /// In this order: [`Reject::TooShort`] below 11 bytes, [`Reject::WrongWire`] without the
    /// magic, [`Reject::UnknownVersion`], [`Reject::ForeignCluster`], [`Reject::BadChecksum`].
    fn open<'a>(&'a mut self, datagram: &'a [u8]) -> Result<&'a [u8], Reject> {
        let (checked, checksum) = datagram
            .split_last_chunk::<SUFFIX_BYTES>()
            .ok_or(Reject::TooShort)?;
        let (prefix, payload) = checked
            .split_first_chunk::<PREFIX_BYTES>()
            .ok_or(Reject::TooShort)?;
        let [magic_0, magic_1, version, tag @ ..] = *prefix;
        if [magic_0, magic_1] != MAGIC {
            return Err(Reject::WrongWire);
        }
        if version != VERSION {
            return Err(Reject::UnknownVersion);
        }
        if u32::from_be_bytes(tag) != self.tag.0 {
            return Err(Reject::ForeignCluster);
        }
        if crc32fast::hash(checked) != u32::from_be_bytes(*checksum) {
            return Err(Reject::BadChecksum);
        }
        Ok(payload)
    }
}

#[cfg(test)]
mod tests {
    use std::vec;
    use std::vec::Vec;

    use super::*;

    /// "hello" for the cluster 01020304; the checksum was computed with zlib.
    const HELLO: [u8; 16] = [
        0xF0, 0xCA, 1, 1, 2, 3, 4, b'h', b'e', b'l', b'l', b'o', 0x9C, 0x89, 0x2D, 0x9F,
    ];

    /// Nothing for the default cluster; the checksum was computed with zlib.
    const NOTHING: [u8; 11] = [0xF0, 0xCA, 1, 0, 0, 0, 0, 0x74, 0x01, 0xF1, 0xC5];

    fn envelope() -> CheckedEnvelope {
        CheckedEnvelope::new(ClusterTag(0x0102_0304))
    }

    /// A datagram of 64 bytes whose payload has bytes of every kind.
    fn sample() -> Vec<u8> {
        let mut datagram: Vec<u8> = (0..64_u8).map(|n| n.wrapping_mul(37)).collect();
        envelope().seal(&mut datagram);
        datagram
    }

    #[test]
    fn seals_and_opens_the_documented_bytes() {
        let mut datagram = *b".......hello....";
        envelope().seal(&mut datagram);
        assert_eq!(datagram, HELLO);
        assert_eq!(envelope().open(&HELLO), Ok(&b"hello"[..]));

        let mut datagram = [0xFF; 11];
        CheckedEnvelope::default().seal(&mut datagram);
        assert_eq!(datagram, NOTHING);
        assert_eq!(CheckedEnvelope::default().open(&NOTHING), Ok(&[][..]));
    }

    #[test]
    fn sizes_are_those_of_the_bytes() {
        assert_eq!(envelope().prefix_bytes(), 7);
        assert_eq!(envelope().suffix_bytes(), 4);
    }

    #[test]
    fn names_hash_as_fnv_1a_does() {
        for (name, tag) in [
            ("", 0x811C_9DC5),
            ("a", 0xE40C_292C),
            ("foobar", 0xBF9C_F968),
            ("städte", 0xB8CD_B870),
        ] {
            assert_eq!(ClusterTag::from_name(name), ClusterTag(tag), "{name}");
        }
        assert_eq!(ClusterTag::default(), ClusterTag::DEFAULT);
    }

    #[test]
    fn rejects_in_the_order_size_magic_version_tag_checksum() {
        let mut datagram = HELLO;
        datagram[15] ^= 1;
        assert_eq!(envelope().open(&datagram), Err(Reject::BadChecksum));
        datagram[6] ^= 1;
        assert_eq!(envelope().open(&datagram), Err(Reject::ForeignCluster));
        datagram[2] = 2;
        assert_eq!(envelope().open(&datagram), Err(Reject::UnknownVersion));
        datagram[1] = 0;
        assert_eq!(envelope().open(&datagram), Err(Reject::WrongWire));
        assert_eq!(envelope().open(&datagram[..10]), Err(Reject::TooShort));
    }

    #[test]
    fn a_neighbour_with_a_valid_checksum_is_foreign() {
        assert_eq!(
            CheckedEnvelope::default().open(&HELLO),
            Err(Reject::ForeignCluster)
        );
    }

    #[test]
    fn every_other_length_is_rejected() {
        let datagram = sample();
        for length in 0..datagram.len() {
            let expected = if length < 11 {
                Reject::TooShort
            } else {
                Reject::BadChecksum
            };
            assert_eq!(
                envelope().open(&datagram[..length]),
                Err(expected),
                "{length}"
            );
        }
        let mut longer = datagram;
        for _ in 0..16 {
            longer.push(0);
            assert_eq!(envelope().open(&longer), Err(Reject::BadChecksum));
        }
    }

    #[test]
    fn every_change_of_one_byte_is_rejected() {
        let mut datagram = sample();
        for position in 0..datagram.len() {
            for change in 1..=255 {
                datagram[position] ^= change;
                assert!(envelope().open(&datagram).is_err(), "{position} {change}");
                datagram[position] ^= change;
            }
        }
        assert!(envelope().open(&datagram).is_ok());
    }

    #[test]
    fn every_flip_of_two_bits_is_rejected() {
        let mut datagram = sample();
        let flip = |datagram: &mut [u8], bit: usize| datagram[bit / 8] ^= 1 << (bit % 8);
        let bits = datagram.len() * 8;
        for first in 0..bits {
            flip(&mut datagram, first);
            for second in 0..first {
                flip(&mut datagram, second);
                assert!(envelope().open(&datagram).is_err(), "{first} {second}");
                flip(&mut datagram, second);
            }
            flip(&mut datagram, first);
        }
        assert!(envelope().open(&datagram).is_ok());
    }

    #[test]
    fn random_changes_of_one_to_four_bytes_are_rejected() {
        let original = sample();
        let mut random = SplitMix64(0x5EED);
        for round in 0..50_000 {
            let mut datagram = original.clone();
            for _ in 0..=random.below(4) {
                let position = random.below(datagram.len());
                datagram[position] = random.next().to_le_bytes()[0];
            }
            if datagram != original {
                assert!(
                    envelope().open(&datagram).is_err(),
                    "round {round}: {datagram:02x?}"
                );
            }
        }
    }

    #[test]
    fn random_bytes_are_rejected_whatever_their_length() {
        let mut random = SplitMix64(0xF0CA);
        for round in 0..20_000 {
            let mut datagram = vec![0; random.below(40)];
            datagram.fill_with(|| random.next().to_le_bytes()[0]);
            // Half of them get past the first checks.
            let first = [0xF0, 0xCA, 1, 1, 2, 3, 4];
            if round % 2 == 0 && datagram.len() >= first.len() {
                datagram[..first.len()].copy_from_slice(&first);
            }
            assert!(
                envelope().open(&datagram).is_err(),
                "round {round}: {datagram:02x?}"
            );
        }
    }

    #[test]
    fn nothing_is_written_where_there_is_no_room() {
        for length in 0..11 {
            let mut datagram = vec![7; length];
            envelope().seal(&mut datagram);
            assert_eq!(datagram, vec![7; length]);
        }
    }

    /// A generator of its own, so that the same changes are tried on every machine.
    struct SplitMix64(u64);

    impl SplitMix64 {
        fn next(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^ (mixed >> 31)
        }

        fn below(&mut self, bound: usize) -> usize {
            (self.next() % bound as u64) as usize
        }
    }
}
