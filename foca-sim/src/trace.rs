//! A fingerprint of everything that was sent and delivered.

use std::fmt::{self, Debug, Write as _};

use foca_core::Instant;

/// Hashes a run, event by event, as [`Network::trace_hash`](crate::Network::trace_hash) documents.
pub(crate) struct Trace(u64);

impl Trace {
    pub(crate) const fn new() -> Self {
        Self(FNV_OFFSET_BASIS)
    }

    pub(crate) fn sent(&mut self, now: Instant, from: &impl Debug, to: &impl Debug, bytes: &[u8]) {
        self.add(&[0]);
        self.add_event(now, Some(from), to, bytes);
    }

    pub(crate) fn delivered(
        &mut self,
        now: Instant,
        from: Option<&impl Debug>,
        to: &impl Debug,
        bytes: &[u8],
    ) {
        self.add(&[1]);
        self.add_event(now, from, to, bytes);
    }

    pub(crate) const fn hash(&self) -> u64 {
        self.0
    }

    fn add_event(
        &mut self,
        now: Instant,
        from: Option<&impl Debug>,
        to: &impl Debug,
        bytes: &[u8],
    ) {
        self.add(&now.as_micros().to_le_bytes());
        if let Some(from) = from {
            self.add_debug(from);
        }
        self.add(&[0]);
        self.add_debug(to);
        self.add(&[0]);
        self.add(&(bytes.len() as u64).to_le_bytes());
        self.add(bytes);
    }

    fn add_debug(&mut self, value: &impl Debug) {
        write!(self, "{value:?}").expect("the trace takes every text; does `Debug` fail?");
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
        }
    }
}

impl fmt::Write for Trace {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

const FNV_OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

#[cfg(test)]
mod tests {
    use super::*;

    fn fnv1a(bytes: &[u8]) -> u64 {
        let mut trace = Trace::new();
        trace.add(bytes);
        trace.hash()
    }

    #[test]
    fn it_is_fnv_1a() {
        // Published test vectors of the authors of the hash.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn events_are_written_as_documented() {
        let mut trace = Trace::new();
        trace.sent(Instant::from_micros(258), &7, &"x", b"hi");
        trace.delivered(Instant::from_micros(1), None::<&u8>, &8, b"");
        let expected = b"\0\x02\x01\0\0\0\0\0\x007\0\"x\"\0\x02\0\0\0\0\0\0\0hi\
            \x01\x01\0\0\0\0\0\0\0\x008\0\0\0\0\0\0\0\0\0";
        assert_eq!(trace.hash(), fnv1a(expected));
    }
}
