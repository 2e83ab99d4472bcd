//! The ready-made identity: a socket address and a generation.

use std::fmt;
use std::net::{SocketAddr, SocketAddrV6};
use std::time::{SystemTime, UNIX_EPOCH};

use foca_core::Identity;
use serde::{Deserialize, Serialize};

/// A member's socket address, and which of the lives lived there it is.
///
/// An IPv6 address is kept without flow label and scope, because datagrams do not carry them: the
/// same member must look the same from everywhere. Link-local addresses are therefore of no use.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(from = "Unchecked")]
pub struct NodeId {
    addr: SocketAddr,
    generation: u64,
}

impl NodeId {
    /// The life number `generation` at `addr`. The later of two lives must have the higher number.
    #[must_use]
    pub const fn new(addr: SocketAddr, generation: u64) -> Self {
        Self {
            addr: normalised(addr),
            generation,
        }
    }

    /// A life that begins now: its generation is the number of milliseconds since the Unix epoch,
    /// so that a restart at the same address is a later life without anything stored on disk.
    ///
    /// A clock that was set back is harmless where somebody remembers the earlier life: the
    /// cluster says so, and the protocol moves on to a generation above it.
    #[must_use]
    pub fn starting_now(addr: SocketAddr) -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self::new(
            addr,
            u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
        )
    }

    /// Where this member receives.
    #[must_use]
    pub const fn socket_addr(&self) -> SocketAddr {
        self.addr
    }

    /// Which life of its address it is.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }
}

impl Identity for NodeId {
    type Addr = SocketAddr;

    fn addr(&self) -> &SocketAddr {
        &self.addr
    }

    fn generation(&self) -> u64 {
        self.generation
    }

    fn renew(&self) -> Option<Self> {
        self.outrank(self.generation)
    }

    fn outrank(&self, generation: u64) -> Option<Self> {
        let generation = self.generation.max(generation).checked_add(1)?;
        Some(Self {
            generation,
            ..*self
        })
    }

    fn placeholder(addr: &SocketAddr) -> Self {
        Self::new(*addr, 0)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.addr, self.generation)
    }
}

/// What arrives from outside, where an address can have a scope.
#[derive(Deserialize)]
#[serde(rename = "NodeId")]
struct Unchecked {
    addr: SocketAddr,
    generation: u64,
}

impl From<Unchecked> for NodeId {
    fn from(unchecked: Unchecked) -> Self {
        Self::new(unchecked.addr, unchecked.generation)
    }
}

const fn normalised(addr: SocketAddr) -> SocketAddr {
    match addr {
        SocketAddr::V4(_) => addr,
        SocketAddr::V6(v6) => SocketAddr::V6(SocketAddrV6::new(*v6.ip(), v6.port(), 0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use foca_codec::PostcardCodec;
    use foca_core::Codec as _;

    fn addr(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn lives_are_ordered_and_end_at_the_last_number() {
        let id = NodeId::new(addr("10.0.0.1:7000"), 41);
        assert_eq!(id.renew(), Some(NodeId::new(addr("10.0.0.1:7000"), 42)));
        assert_eq!(id.outrank(99).map(|next| next.generation()), Some(100));
        assert_eq!(id.outrank(7).map(|next| next.generation()), Some(42));
        assert_eq!(id.outrank(u64::MAX), None);
        assert_eq!(NodeId::new(addr("10.0.0.1:7000"), u64::MAX).renew(), None);
    }

    #[test]
    fn a_restart_is_a_later_life() {
        // The first second of the year 2020, from a calendar.
        const YEAR_2020_MS: u64 = 1_577_836_800_000;
        let first = NodeId::starting_now(addr("10.0.0.1:7000"));
        std::thread::sleep(std::time::Duration::from_millis(3));
        let second = NodeId::starting_now(addr("10.0.0.1:7000"));
        assert!(second.generation() > first.generation());
        assert!(first.generation() > YEAR_2020_MS);
    }

    #[test]
    fn what_the_wire_does_not_carry_is_no_difference() {
        let scoped = SocketAddr::V6(SocketAddrV6::new("fe80::1".parse().unwrap(), 7000, 5, 3));
        let plain = addr("[fe80::1]:7000");
        assert_eq!(NodeId::new(scoped, 1), NodeId::new(plain, 1));
        assert_eq!(NodeId::placeholder(&scoped).addr(), &plain);
        assert_eq!(
            NodeId::from(Unchecked {
                addr: scoped,
                generation: 1
            }),
            NodeId::new(plain, 1)
        );
    }

    #[test]
    fn it_travels_in_few_bytes_and_in_one_form_only() {
        let id = NodeId::new(addr("127.0.0.1:7000"), 5);
        let mut out = [0; 32];
        let written = PostcardCodec.encode_identity(&id, &mut out);
        // Kind of address, four bytes of it, 7000 and 5 as little-endian groups of seven bits.
        let bytes = [0, 127, 0, 0, 1, 0xD8, 0x36, 5];
        assert_eq!(&out[..written.expect("room")], &bytes);
        let decode =
            |mut bytes: &[u8]| -> Option<NodeId> { PostcardCodec.decode_identity(&mut bytes) };
        assert_eq!(decode(&bytes), Some(id));
        assert_eq!(decode(&[0, 127, 0, 0, 1, 0xD8, 0x36, 0x85, 0]), None);
    }

    #[test]
    fn it_prints_address_and_life() {
        assert_eq!(
            NodeId::new(addr("10.0.0.1:7000"), 5).to_string(),
            "10.0.0.1:7000#5"
        );
        assert_eq!(
            NodeId::new(addr("[::1]:7000"), 5).to_string(),
            "[::1]:7000#5"
        );
    }
}
