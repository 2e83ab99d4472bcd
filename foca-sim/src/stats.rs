//! Counters: what was sent and what became of it.

/// Counters of a whole network since its creation; none is ever reset.
///
/// Every datagram is accounted for: what was sent, duplicated and injected equals what was
/// delivered, lost, blocked, congested, expired, overflowed and unreachable, plus what is still on its way
/// ([`Network::in_flight`](crate::Network::in_flight)).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Events handled: arrivals of datagrams, and moments at which a machine had something to do by
    /// itself.
    pub events: u64,
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
    /// Datagrams that the link lost, or the access of their sender or receiver.
    pub datagrams_lost: u64,
    /// Datagrams sent into a partition or a cut.
    pub datagrams_blocked: u64,
    /// Datagrams dropped because the queue of their sender was full
    /// ([`Access::queue_bytes_max`](crate::Access::queue_bytes_max)).
    pub datagrams_congested: u64,
    /// Datagrams that had more routers on their way than their
    /// [`Access::ttl`](crate::Access::ttl) allows.
    pub datagrams_expired: u64,
    /// Datagrams dropped because the socket buffer of a machine was full that was paused, blocked
    /// or slow.
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
    /// Datagrams dropped because its socket buffer was full while it was paused, blocked or slow.
    pub datagrams_overflowed: u64,
}
