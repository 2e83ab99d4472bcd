//! What the driver counts, beside the counters of the protocol.

use crate::SocketErrors;

/// Counters of one driver since its start; none is ever reset.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct DriverStats {
    /// Datagrams the socket delivered, junk included.
    pub datagrams_received: u64,
    /// Datagrams the socket took.
    pub datagrams_sent: u64,
    /// Datagrams that had to wait for the socket.
    pub sends_blocked: u64,
    /// Errors on receiving that the driver survived.
    pub receive_errors: SocketErrors,
    /// Errors on sending. None of them ends the driver: destinations come from the network.
    pub send_errors: SocketErrors,
    /// Times that receiving was suspended because of [`RECEIVE_ERRORS_MAX`](crate::RECEIVE_ERRORS_MAX)
    /// errors in a row.
    pub receive_pauses: u64,
    /// Times the driver gave way to other tasks although there was more to do.
    pub yields: u64,
    /// Events lost because nobody read them and the queue was full.
    pub events_lost: u64,
}
