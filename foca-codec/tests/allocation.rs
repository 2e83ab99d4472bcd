//! What decoding allocates, counted.

#![allow(
    unsafe_code,
    reason = "a counting allocator has to implement an unsafe trait"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::SocketAddr;

use foca_codec::bincode::config;
use foca_codec::{BincodeCodec, PostcardCodec, bincode};
use foca_core::{Codec, Header, Identity, Member, Message};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[global_allocator]
static COUNTING: Counting = Counting;

/// The allocator of the system, and a note of every byte that is asked of it.
struct Counting;

thread_local! {
    static ASKED_BYTES: Cell<usize> = const { Cell::new(0) };
}

fn note(bytes: usize) {
    // A thread that ends may free and allocate after its counter is gone.
    let _ = ASKED_BYTES.try_with(|asked| asked.set(asked.get() + bytes));
}

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// The result, and the sum of all bytes that were asked for on the way.
fn counted<T>(run: impl FnOnce() -> T) -> (T, usize) {
    let before = ASKED_BYTES.get();
    let result = run();
    (result, ASKED_BYTES.get() - before)
}

/// An identity that begins with something whose length is claimed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Claiming<T> {
    claimed: T,
    addr: u16,
}

impl<T: Clone + Eq + Default + std::fmt::Debug> Identity for Claiming<T> {
    type Addr = u16;

    fn addr(&self) -> &u16 {
        &self.addr
    }

    fn generation(&self) -> u64 {
        0
    }

    fn placeholder(addr: &u16) -> Self {
        Self {
            claimed: T::default(),
            addr: *addr,
        }
    }
}

/// A length as postcard writes it.
fn postcard_length(mut length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while length >= 0x80 {
        bytes.push(length.to_le_bytes()[0] | 0x80);
        length >>= 7;
    }
    bytes.push(length.to_le_bytes()[0]);
    bytes
}

/// A length as bincode's standard configuration writes it, in the widest form.
fn bincode_length(length: u64) -> Vec<u8> {
    let mut bytes = vec![0xFD];
    bytes.extend(length.to_le_bytes());
    bytes
}

/// Bytes behind the claimed length.
const REST_BYTES: usize = 100;

/// Lengths that are not there.
const CLAIMS: [u64; 9] = [
    REST_BYTES as u64 + 10,
    1_000,
    1 << 16,
    1 << 20,
    1 << 31,
    1 << 32,
    1 << 40,
    i64::MAX as u64,
    u64::MAX,
];

/// Has every decoder refuse `bytes`, and returns the most that one of them asked for.
fn refused<I>(codec: &dyn Codec<I>, bytes: &[u8]) -> usize
where
    I: Identity,
{
    let (identity, for_identity) = counted(|| codec.decode_identity(&mut &*bytes));
    let (member, for_member) = counted(|| codec.decode_member(&mut &*bytes));
    let (header, for_header) = counted(|| codec.decode_header(&mut &*bytes));
    assert_eq!(
        (identity, member, header),
        (None, None, None),
        "{bytes:02x?}"
    );
    for_identity.max(for_member).max(for_header)
}

/// Claims lengths to both codecs. `multiple` is what the elements take in memory for a byte on the
/// wire, and twice that again because sequences double as they grow.
fn check_claims<T>(multiple: usize)
where
    T: Clone + Eq + Default + std::fmt::Debug + Serialize + DeserializeOwned,
{
    for claim in CLAIMS {
        for (codec, mut bytes) in [
            (
                &PostcardCodec as &dyn Codec<Claiming<T>>,
                postcard_length(claim),
            ),
            (&BincodeCodec::default(), bincode_length(claim)),
        ] {
            bytes.extend([1; REST_BYTES]);
            let asked = refused(codec, &bytes);
            assert!(
                asked <= multiple * bytes.len() + 512,
                "{asked} for a claim of {claim}"
            );
        }
    }
}

#[test]
fn the_counter_counts() {
    let mut bytes = bincode_length(1 << 20);
    bytes.extend([1; REST_BYTES]);
    let (result, asked) =
        counted(|| bincode::serde::decode_from_slice::<String, _>(&bytes, config::standard()));
    assert!(result.is_err());
    assert!(
        asked >= 1 << 20,
        "bincode by itself believes the length, but asked for {asked}"
    );
}

#[test]
fn claimed_strings_are_not_believed() {
    check_claims::<String>(1);
    check_claims::<Box<str>>(1);
    check_claims::<std::ffi::CString>(1);
}

#[test]
fn claimed_sequences_are_not_believed() {
    check_claims::<Vec<u8>>(4);
    check_claims::<Vec<u64>>(4 * 8);
    check_claims::<Vec<(u64, u64)>>(4 * 8);
    check_claims::<std::collections::BTreeSet<u8>>(16);
    check_claims::<std::collections::BTreeMap<u8, u8>>(16);
}

/// A claim that the input is long enough for is not a reason to reserve room either.
#[test]
fn room_is_taken_by_elements_and_not_by_claims() {
    // 16 integers are 16 bytes on the wire and 128 in memory, so that six of them are there.
    type Wide = [u64; 16];
    const CLAIM: u8 = 90;
    let bytes = [[CLAIM].as_slice(), &[1; REST_BYTES]].concat();
    for codec in [
        &PostcardCodec as &dyn Codec<Claiming<Vec<Wide>>>,
        &BincodeCodec::default(),
    ] {
        let asked = refused(codec, &bytes);
        assert!(
            asked < usize::from(CLAIM) * size_of::<Wide>() / 4,
            "{asked}"
        );
    }
}

/// Elements that take no bytes would be counted to the end of the claim.
#[test]
fn sequences_of_nothing_are_not_believed() {
    let codec: &dyn Codec<Claiming<Vec<()>>> = &PostcardCodec;
    refused(codec, &[postcard_length(1_000_000), vec![1; 8]].concat());
    let codec: &dyn Codec<Claiming<Vec<()>>> = &BincodeCodec::default();
    refused(
        codec,
        &[vec![0xFC, 0x40, 0x42, 0x0F, 0], vec![1; 8]].concat(),
    );
}

#[test]
fn socket_addresses_take_no_allocation() {
    let id: SocketAddr = "[2001:db8::1]:9000".parse().expect("an address");
    let message = Message::PingReq {
        target: &id,
        number: 7,
    };
    let header = Header {
        src: &id,
        incarnation: 300,
        dst: &id,
        message,
    };
    let member = Member::alive(&id);
    for codec in [
        &PostcardCodec as &dyn Codec<SocketAddr>,
        &BincodeCodec::default(),
    ] {
        let mut out = [0; 128];
        let ((), asked) = counted(|| {
            let length = codec.encode_header(&header, &mut out).expect("room");
            assert!(codec.decode_header(&mut &out[..length]).is_some());
            let length = codec.encode_member(member, &mut out).expect("room");
            assert!(codec.decode_member(&mut &out[..length]).is_some());
            let length = codec.encode_identity(&id, &mut out).expect("room");
            assert!(codec.decode_identity(&mut &out[..length]).is_some());
            assert!(codec.decode_addr(&mut &out[..length]).is_some());
        });
        assert_eq!(asked, 0);
    }
}

/// Bincode cannot refuse a variant without a message on the heap; postcard can.
#[test]
fn refusals_take_at_most_a_message() {
    let postcard: &dyn Codec<SocketAddr> = &PostcardCodec;
    let bincode: &dyn Codec<SocketAddr> = &BincodeCodec::default();
    for bytes in [&[][..], &[2; 40], &[0; 3], &[0xFF; 40]] {
        assert_eq!(refused(postcard, bytes), 0);
        assert!(refused(bincode, bytes) <= 512);
    }
}
