//! What goes around a `Wire::Native` datagram: the core's side of it.

use crate::Reject;

/// The first two bytes of every `Wire::Native` datagram.
pub const MAGIC: [u8; 2] = [0xF0, 0xCA];

/// The version of `Wire::Native` that this crate speaks, the third byte of the datagram.
pub const VERSION: u8 = 1;

/// Closes datagrams on the way out and judges them on the way in, before anything is decoded.
///
/// A sealed datagram is `prefix_bytes()` bytes that begin with [`MAGIC`] and [`VERSION`], the
/// payload, then `suffix_bytes()` bytes. Both sizes count inside `max_datagram_bytes` and must not
/// change. Implementations live in `foca-codec`; bring your own to authenticate or encrypt.
pub trait Envelope: Send {
    /// Bytes in front of the payload.
    fn prefix_bytes(&self) -> usize;

    /// Bytes behind the payload.
    fn suffix_bytes(&self) -> usize;

    /// Fills in prefix and suffix of a datagram whose payload is already in place.
    fn seal(&mut self, datagram: &mut [u8]);

    /// Checks a datagram that begins with [`MAGIC`] and returns its payload.
    ///
    /// An implementation that decrypts does so into a buffer of its own.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with it, in the order size, version, cluster tag, integrity.
    fn open<'a>(&'a mut self, datagram: &'a [u8]) -> Result<&'a [u8], Reject>;
}
