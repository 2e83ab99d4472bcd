// SPDX-License-Identifier: CC0-1.0
//! Identities as small as they get: three ways to say who you are, and what a `Ping` then weighs.
//!
//! ```text
//! cargo run -p foca-core --example identity_golf
//! ```

use std::net::{Ipv4Addr, SocketAddrV4};

use foca_codec::CheckedEnvelope;
use foca_core::{Codec, Config, Foca, Identity, Instant, MAGIC, Member, NoBroadcasts, Setup};

/// Any IPv4 socket address: six bytes, a single life.
type Plain = SocketAddrV4;

/// One network, one port, known to everybody: only the last two bytes of the address differ.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
struct InSubnet([u8; 2]);

/// A numbered seat at a small table, and which life of it this is: one byte in all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Seat {
    /// 0 to 31: what datagrams are sent to. Something else knows where the seat is.
    number: u8,
    /// 0 to 7.
    life: u8,
}

impl Identity for InSubnet {
    type Addr = Self;
    fn addr(&self) -> &Self {
        self
    }
    fn generation(&self) -> u64 {
        0
    }
    fn placeholder(addr: &Self) -> Self {
        *addr
    }
}

impl Identity for Seat {
    type Addr = u8;
    fn addr(&self) -> &u8 {
        &self.number
    }
    fn generation(&self) -> u64 {
        self.life.into()
    }
    fn renew(&self) -> Option<Self> {
        (self.life < 7).then_some(Self {
            life: self.life + 1,
            ..*self
        })
    }
    fn placeholder(number: &u8) -> Self {
        Self {
            number: *number,
            life: 0,
        }
    }
}

/// Writes exactly what tells one member from another.
struct Golf;

/// A fixed number of bytes at the front of `out`.
fn write<const N: usize>(bytes: [u8; N], out: &mut [u8]) -> Option<usize> {
    out.get_mut(..N)?.copy_from_slice(&bytes);
    Some(N)
}

/// A fixed number of bytes from the front of `input`.
fn read<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(*bytes)
}

impl Codec<Plain> for Golf {
    fn encode_identity(&self, id: &Plain, out: &mut [u8]) -> Option<usize> {
        let [a, b, c, d] = id.ip().octets();
        let [high, low] = id.port().to_be_bytes();
        write([a, b, c, d, high, low], out)
    }
    fn decode_identity(&self, input: &mut &[u8]) -> Option<Plain> {
        let [a, b, c, d, high, low] = read(input)?;
        Some(Plain::new(
            Ipv4Addr::new(a, b, c, d),
            u16::from_be_bytes([high, low]),
        ))
    }
    fn encode_addr(&self, addr: &Plain, out: &mut [u8]) -> Option<usize> {
        self.encode_identity(addr, out)
    }
    fn decode_addr(&self, input: &mut &[u8]) -> Option<Plain> {
        self.decode_identity(input)
    }
}

impl Codec<InSubnet> for Golf {
    fn encode_identity(&self, id: &InSubnet, out: &mut [u8]) -> Option<usize> {
        write(id.0, out)
    }
    fn decode_identity(&self, input: &mut &[u8]) -> Option<InSubnet> {
        read(input).map(InSubnet)
    }
    fn encode_addr(&self, addr: &InSubnet, out: &mut [u8]) -> Option<usize> {
        self.encode_identity(addr, out)
    }
    fn decode_addr(&self, input: &mut &[u8]) -> Option<InSubnet> {
        self.decode_identity(input)
    }
}

impl Codec<Seat> for Golf {
    fn encode_identity(&self, id: &Seat, out: &mut [u8]) -> Option<usize> {
        write([id.number << 3 | id.life], out)
    }
    fn decode_identity(&self, input: &mut &[u8]) -> Option<Seat> {
        let [byte] = read(input)?;
        Some(Seat {
            number: byte >> 3,
            life: byte & 7,
        })
    }
    fn encode_addr(&self, number: &u8, out: &mut [u8]) -> Option<usize> {
        write([*number], out)
    }
    fn decode_addr(&self, input: &mut &[u8]) -> Option<u8> {
        // Only what we would have written: there are 32 seats.
        read(input)
            .map(|[number]| number)
            .filter(|number| *number < 32)
    }
}

/// Has `first` probe `second` and prints what the `Ping` looks like.
fn weigh<I: Identity>(what: &str, first: I, second: I)
where
    Golf: Codec<I>,
{
    let mut id_bytes = [0; 16];
    let id_len = Golf
        .encode_identity(&first, &mut id_bytes)
        .expect("room for an identity");
    let mut foca = Foca::new(
        Setup {
            identity: first,
            config: Config::simple(),
            codec: Golf,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed: 1,
        },
        Instant::ZERO,
    )
    .expect("a valid configuration");
    foca.restore(Instant::ZERO, [Member::alive(second)]);
    let mut datagram = [0; 1_232];
    loop {
        let now = foca.poll_timeout().expect("a probe is scheduled");
        foca.handle_timeout(now);
        if let Some(transmit) = foca.poll_transmit(now, &mut datagram) {
            let ping = &datagram[..transmit.len];
            assert!(ping.starts_with(&MAGIC));
            println!(
                "{what:<28} {id_len} bytes, Ping {} bytes: {ping:02x?}",
                ping.len()
            );
            return;
        }
    }
}

fn main() {
    let plain = |last| Plain::new(Ipv4Addr::new(10, 0, 0, last), 7_000);
    weigh("any IPv4 socket address", plain(1), plain(2));
    weigh(
        "two bytes within a subnet",
        InSubnet([0, 1]),
        InSubnet([0, 2]),
    );
    weigh(
        "a seat and its life",
        Seat { number: 1, life: 0 },
        Seat { number: 2, life: 0 },
    );
}
