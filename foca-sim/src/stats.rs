//! Counters: what was sent and what became of it.

/// Counters of a whole network since its creation; none is ever reset.
///
/// Every datagram is accounted for: what was sent, duplicated and injected equals what was
/// delivered, lost, blocked, overflowed and unreachable, plus what is still on its way
/// ([`Network::in_flight`](crate::Network::in_flight)).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams that machines sent.
    pub datagrams_sent: u64,
    /// Their bytes, without headers of lower layers.
    pub bytes_sent: u64,
    /// Second copies of datagrams that the link made.
    pub datagrams_duplicated: u64,
    /// Datagrams that came from outside, through [`Network::inject`](crate::Network::inject).
    pub datagrams_injected: u64,
    /// Datagrams handed to a machine.
    pub datagrams_delivered: u64,
    /// Datagrams that the link lost.
    pub datagrams_lost: u64,
    /// Datagrams sent into a partition.
    pub datagrams_blocked: u64,
    /// Datagrams dropped because the socket buffer of a paused machine was full.
    pub datagrams_overflowed: u64,
    /// Datagrams to an address where no machine was, or to one that was removed meanwhile.
    pub datagrams_unreachable: u64,
}

/// Counters of one machine since it was inserted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct NodeStats {
    /// Datagrams that it sent.
    pub datagrams_sent: u64,
    /// Their bytes, without headers of lower layers.
    pub bytes_sent: u64,
    /// Datagrams handed to it.
    pub datagrams_delivered: u64,
    /// Datagrams dropped because its socket buffer was full while it was paused.
    pub datagrams_overflowed: u64,
}
