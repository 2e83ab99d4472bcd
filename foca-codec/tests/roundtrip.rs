//! Both codecs with identities of every shape: what is written is read, and nothing else is.

#[path = "support/identities.rs"]
mod identities;
#[path = "support/strategies.rs"]
mod strategies;

use std::fmt::Debug;

use foca_core::{Codec, Header, Identity, Member};
use identities::{Life, Motley, Named, Shape, Wrapper, codecs};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use strategies::borrowed;

/// Room for the longest header of these tests.
const OUT_BYTES: usize = 4_096;

fn life() -> impl Strategy<Value = Life> + Clone {
    (strategies::socket_addr(), any::<u16>())
        .prop_map(|(addr, generation)| Life { addr, generation })
}

fn named() -> impl Strategy<Value = Named> + Clone {
    (".{0,40}", any::<u64>()).prop_map(|(addr, generation)| Named { addr, generation })
}

fn shape() -> impl Strategy<Value = Shape> + Clone {
    prop_oneof![
        Just(Shape::Unit),
        any::<u32>().prop_map(|n| Shape::Wrapped(Wrapper(n))),
        (any::<u16>(), ".{0,8}").prop_map(|(n, text)| Shape::Pair(n, text)),
        (any::<u8>(), any::<Option<u64>>()).prop_map(|(x, y)| Shape::Fields { x, y }),
    ]
}

fn motley() -> impl Strategy<Value = Motley> + Clone {
    let small = (
        shape(),
        prop::option::of(".{0,5}"),
        any::<(bool, char, ())>(),
    );
    let numbers = (
        any::<(i8, i16, i32, i64, i128)>(),
        any::<[u32; 3]>(),
        any::<u128>(),
    );
    let bytes = prop::collection::vec(1..=255_u8, 0..6);
    let lists = prop::collection::vec(prop::collection::vec(any::<u16>(), 0..4), 0..4);
    let labels = prop::collection::btree_map("[a-z]{0,3}", any::<u8>(), 0..4);
    (small, numbers, bytes, lists, labels).prop_map(
        |((shape, maybe, flags), (signed, unsigned, wide), bytes, lists, labels)| Motley {
            shape,
            maybe: maybe.map(String::into_boxed_str),
            flags,
            signed,
            unsigned,
            wide,
            bytes: std::ffi::CString::new(bytes).expect("no zero"),
            lists,
            labels,
        },
    )
}

/// Encodes into exactly enough room, into too little, and decodes the whole, its truncations and the
/// whole with a tail.
fn check<T: PartialEq + Debug>(
    codec: &str,
    value: &T,
    encode: impl Fn(&mut [u8]) -> Option<usize>,
    decode: impl Fn(&mut &[u8]) -> Option<T>,
) -> Result<(), TestCaseError> {
    let mut out = vec![0; OUT_BYTES];
    let length = encode(&mut out).expect("room");
    out[length..].fill(0xA5);
    let (written, tail) = out.split_at(length);

    let mut input = &out[..];
    let read = decode(&mut input);
    prop_assert_eq!(read.as_ref(), Some(value), "{}", codec);
    prop_assert_eq!(input, tail, "{} takes what it wrote", codec);

    let mut exact = vec![0; length];
    prop_assert_eq!(encode(&mut exact), Some(length), "{}", codec);
    prop_assert_eq!(&exact, written, "{} writes the same again", codec);

    for short in 0..length {
        prop_assert_eq!(encode(&mut vec![0; short]), None, "{} has {}", codec, short);
        let mut input = &written[..short];
        prop_assert_eq!(decode(&mut input), None, "{} reads {}", codec, short);
        prop_assert_eq!(input.len(), short, "{} leaves what it refuses", codec);
    }
    Ok(())
}

fn check_all<I>(header: &Header<I>, member: &Member<I>) -> Result<(), TestCaseError>
where
    I: Identity + Serialize + DeserializeOwned,
    I::Addr: Serialize + DeserializeOwned,
{
    for (name, codec) in codecs::<I>() {
        let id = &member.id;
        check(
            name,
            id,
            |out| codec.encode_identity(id, out),
            |input| codec.decode_identity(input),
        )?;
        check(
            name,
            id.addr(),
            |out| codec.encode_addr(id.addr(), out),
            |input| codec.decode_addr(input),
        )?;
        check(
            name,
            member,
            |out| codec.encode_member(member.as_ref(), out),
            |input| codec.decode_member(input),
        )?;
        check(
            name,
            header,
            |out| codec.encode_header(&borrowed(header), out),
            |input| codec.decode_header(input),
        )?;
    }
    Ok(())
}

/// Gives bytes to every decoder. What identities and addresses are read from must be what they are
/// written as; members and headers must at least mean the same when they are written and read again.
fn read_anything<I>(bytes: &[u8]) -> Result<(), TestCaseError>
where
    I: Identity + Serialize + DeserializeOwned,
    I::Addr: Serialize + DeserializeOwned,
{
    let mut out = vec![0; OUT_BYTES];
    for (name, codec) in codecs::<I>() {
        let mut rest = bytes;
        if let Some(identity) = codec.decode_identity(&mut rest) {
            let length = codec.encode_identity(&identity, &mut out).expect("room");
            prop_assert_eq!(
                &bytes[..bytes.len() - rest.len()],
                &out[..length],
                "{}",
                name
            );
        }
        let mut rest = bytes;
        if let Some(addr) = codec.decode_addr(&mut rest) {
            let length = codec.encode_addr(&addr, &mut out).expect("room");
            prop_assert_eq!(
                &bytes[..bytes.len() - rest.len()],
                &out[..length],
                "{}",
                name
            );
        }
        let mut rest = bytes;
        if let Some(member) = codec.decode_member(&mut rest) {
            let length = codec
                .encode_member(member.as_ref(), &mut out)
                .expect("room");
            prop_assert_eq!(
                codec.decode_member(&mut &out[..length]),
                Some(member),
                "{}",
                name
            );
        }
        let mut rest = bytes;
        if let Some(header) = codec.decode_header(&mut rest) {
            let length = codec
                .encode_header(&borrowed(&header), &mut out)
                .expect("room");
            prop_assert_eq!(
                codec.decode_header(&mut &out[..length]),
                Some(header),
                "{}",
                name
            );
        }
    }
    Ok(())
}

/// Gives bytes that were good once to every decoder.
fn read_damaged<I>(header: &Header<I>, damage: &[Damage]) -> Result<(), TestCaseError>
where
    I: Identity + Serialize + DeserializeOwned,
    I::Addr: Serialize + DeserializeOwned,
{
    for (_, codec) in codecs::<I>() {
        let codec: &dyn Codec<I> = &*codec;
        let mut out = vec![0; OUT_BYTES];
        let length = codec
            .encode_header(&borrowed(header), &mut out)
            .expect("room");
        out.truncate(length);
        damage
            .iter()
            .for_each(|(at, byte)| *at.get_mut(&mut out) = *byte);
        read_anything::<I>(&out)?;
    }
    Ok(())
}

type Damage = (prop::sample::Index, u8);

proptest! {
    #[test]
    fn lives_come_back(
        header in strategies::header(life()),
        member in strategies::member(life()),
    ) {
        check_all(&header, &member)?;
    }

    #[test]
    fn names_come_back(
        header in strategies::header(named()),
        member in strategies::member(named()),
    ) {
        check_all(&header, &member)?;
    }

    #[test]
    fn motley_identities_come_back(
        header in strategies::header(motley()),
        member in strategies::member(motley()),
    ) {
        check_all(&header, &member)?;
    }

    #[test]
    fn damage_never_panics_and_has_one_spelling(
        life in strategies::header(life()),
        named in strategies::header(named()),
        motley in strategies::header(motley()),
        damage in prop::collection::vec(any::<Damage>(), 1..5),
    ) {
        read_damaged(&life, &damage)?;
        read_damaged(&named, &damage)?;
        read_damaged(&motley, &damage)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn random_bytes_never_panic_and_have_one_spelling(
        bytes in prop::collection::vec(prop_oneof![0..4_u8, 250..=255_u8, any::<u8>()], 0..160),
    ) {
        read_anything::<Life>(&bytes)?;
        read_anything::<Named>(&bytes)?;
        read_anything::<Motley>(&bytes)?;
    }
}
