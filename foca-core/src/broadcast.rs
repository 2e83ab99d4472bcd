//! Custom broadcasts, as the application sees them: what to spread and what to stop spreading.

/// The application's policy about the items it spreads through the cluster.
///
/// Called synchronously from inside the protocol: decide, remember, return. Never block, never do I/O.
pub trait Broadcasts<I> {
    /// Orders items: a new item replaces queued ones whose key is less than or equal to its own;
    /// keys without an order between them coexist.
    type Key: PartialOrd;

    /// Judges an item, received `from` a member or handed in by the application (`None`).
    fn receive(&mut self, item: &[u8], from: Option<&I>) -> Verdict<Self::Key>;

    /// Whether items should travel in datagrams to `peer`.
    fn wants(&self, peer: &I) -> bool {
        let _ = peer;
        true
    }
}

/// What to do with an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict<K> {
    /// It is new: pass it on.
    Spread(K),
    /// Seen before or out of date: drop it.
    Known,
    /// Not an item of this application: drop and count it.
    Malformed,
}

/// The policy of a cluster without custom broadcasts: every item is malformed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct NoBroadcasts;

impl<I> Broadcasts<I> for NoBroadcasts {
    type Key = ();

    fn receive(&mut self, _: &[u8], _: Option<&I>) -> Verdict<()> {
        Verdict::Malformed
    }

    fn wants(&self, _: &I) -> bool {
        false
    }
}
