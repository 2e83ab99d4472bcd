//! What a serde format has to offer to become a codec, and what follows from it.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A way to write values as bytes.
pub(crate) trait Format {
    /// Writes `value` to the front of `out`; the number of bytes, or `None` if there is no room.
    fn write<T: Serialize>(&self, value: &T, out: &mut [u8]) -> Option<usize>;

    /// Takes a value from the front of `input`, however it is spelt. Refused input stays where it is.
    fn take<T: DeserializeOwned>(&self, input: &mut &[u8]) -> Option<T>;

    /// Whether `value` is written as exactly these bytes. Needs no buffer.
    fn is_written_as<T: Serialize>(&self, value: &T, bytes: &[u8]) -> bool;

    /// Takes a value from the front of `input` if it is spelt as we would spell it.
    fn take_canonical<T>(&self, input: &mut &[u8]) -> Option<T>
    where
        T: Serialize + DeserializeOwned,
    {
        let mut rest = *input;
        let value = self.take(&mut rest);
        let taken = input.get(..input.len().checked_sub(rest.len())?)?;
        if !self.is_written_as(value.as_ref()?, taken) {
            return None;
        }
        *input = rest;
        value
    }
}

/// Takes `bytes` off the front of `expected`, if it begins with them.
#[inline]
pub(crate) fn expect(expected: &mut &[u8], bytes: &[u8]) -> Option<()> {
    // Integers are a few bytes: a call to compare them would take longer than to do it.
    let (equal, rest) = match (*expected, bytes) {
        ([a, rest @ ..], [x]) => (a == x, rest),
        ([a, b, rest @ ..], [x, y]) => ((a, b) == (x, y), rest),
        ([a, b, c, rest @ ..], [x, y, z]) => ((a, b, c) == (x, y, z), rest),
        _ => (true, expected.strip_prefix(bytes)?),
    };
    equal.then(|| *expected = rest)
}
