//! Which socket errors are weather, and which are the end.

use std::fmt;
use std::io::{self, ErrorKind};

/// The kinds of socket error that are counted.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum SocketError {
    /// A firewall or the system's policy forbids it.
    Denied,
    /// A signal came in between.
    Interrupted,
    /// The system has no buffer space left.
    NoBuffers,
    /// Anything else. Fatal when it comes from receiving.
    Other,
    /// Nobody listens at the destination, as an ICMP message says.
    Refused,
    /// The same, as Windows says it.
    Reset,
    /// It took too long.
    TimedOut,
    /// The datagram is longer than the path or the buffer takes.
    TooLong,
    /// There is no way to that host or network, or the network is down.
    Unreachable,
    /// The socket is not ready, said as an error.
    WouldBlock,
}

impl SocketError {
    /// Every kind, in the order of the counters.
    pub const ALL: [Self; 10] = [
        Self::Denied,
        Self::Interrupted,
        Self::NoBuffers,
        Self::Other,
        Self::Refused,
        Self::Reset,
        Self::TimedOut,
        Self::TooLong,
        Self::Unreachable,
        Self::WouldBlock,
    ];

    /// The kind of an error.
    #[must_use]
    pub fn of(error: &io::Error) -> Self {
        if let Some(kind) = error.raw_os_error().and_then(of_code) {
            return kind;
        }
        let known = OF_KIND.iter().find(|(kind, _)| *kind == error.kind());
        known.map_or(Self::Other, |(_, kind)| *kind)
    }

    /// Whether a socket that says so on receiving may work again by itself.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        !matches!(self, Self::Other)
    }

    /// The kind in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Interrupted => "interrupted",
            Self::NoBuffers => "no buffer space",
            Self::Other => "other",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::TimedOut => "timed out",
            Self::TooLong => "too long",
            Self::Unreachable => "unreachable",
            Self::WouldBlock => "would block",
        }
    }
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

const OF_KIND: [(ErrorKind, SocketError); 12] = [
    (ErrorKind::AddrNotAvailable, SocketError::Unreachable),
    (ErrorKind::ConnectionAborted, SocketError::Reset),
    (ErrorKind::ConnectionRefused, SocketError::Refused),
    (ErrorKind::ConnectionReset, SocketError::Reset),
    (ErrorKind::HostUnreachable, SocketError::Unreachable),
    (ErrorKind::Interrupted, SocketError::Interrupted),
    (ErrorKind::NetworkDown, SocketError::Unreachable),
    (ErrorKind::NetworkUnreachable, SocketError::Unreachable),
    (ErrorKind::OutOfMemory, SocketError::NoBuffers),
    (ErrorKind::PermissionDenied, SocketError::Denied),
    (ErrorKind::TimedOut, SocketError::TimedOut),
    (ErrorKind::WouldBlock, SocketError::WouldBlock),
];

/// Error codes for which the standard library has no kind.
#[cfg(unix)]
const fn of_code(code: i32) -> Option<SocketError> {
    match code {
        libc::ENOBUFS => Some(SocketError::NoBuffers),
        libc::EMSGSIZE => Some(SocketError::TooLong),
        libc::EHOSTDOWN => Some(SocketError::Unreachable),
        libc::ENOPROTOOPT => Some(SocketError::Refused),
        _ => None,
    }
}

/// Error codes for which the standard library has no kind.
#[cfg(windows)]
const fn of_code(code: i32) -> Option<SocketError> {
    const WSAEMSGSIZE: i32 = 10_040;
    const WSAENETRESET: i32 = 10_052;
    const WSAENOBUFS: i32 = 10_055;
    const WSAEHOSTDOWN: i32 = 10_064;
    match code {
        WSAENOBUFS => Some(SocketError::NoBuffers),
        WSAEMSGSIZE => Some(SocketError::TooLong),
        WSAENETRESET => Some(SocketError::Reset),
        WSAEHOSTDOWN => Some(SocketError::Unreachable),
        _ => None,
    }
}

#[cfg(not(any(unix, windows)))]
const fn of_code(_: i32) -> Option<SocketError> {
    None
}

/// How many errors there were of each kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SocketErrors([u64; SocketError::ALL.len()]);

impl SocketErrors {
    /// Errors of this kind.
    #[must_use]
    pub const fn of(&self, kind: SocketError) -> u64 {
        self.0[kind as usize]
    }

    /// Errors of any kind.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) const fn count(&mut self, kind: SocketError) {
        self.0[kind as usize] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_counter_of_its_own() {
        let mut errors = SocketErrors::default();
        for (index, kind) in SocketError::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            for _ in 0..=index {
                errors.count(kind);
            }
        }
        for (index, kind) in SocketError::ALL.into_iter().enumerate() {
            assert_eq!(errors.of(kind), index as u64 + 1);
        }
        assert_eq!(errors.total(), 55);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_an_icmp_message_or_a_full_queue_says_on_linux_is_transient() {
        // Numbers from errno(3) of Linux on common machines, names in the order of the list.
        let codes = [
            (1, SocketError::Denied),        // EPERM
            (4, SocketError::Interrupted),   // EINTR
            (11, SocketError::WouldBlock),   // EAGAIN
            (12, SocketError::NoBuffers),    // ENOMEM
            (13, SocketError::Denied),       // EACCES
            (90, SocketError::TooLong),      // EMSGSIZE
            (99, SocketError::Unreachable),  // EADDRNOTAVAIL
            (100, SocketError::Unreachable), // ENETDOWN
            (101, SocketError::Unreachable), // ENETUNREACH
            (104, SocketError::Reset),       // ECONNRESET
            (105, SocketError::NoBuffers),   // ENOBUFS
            (110, SocketError::TimedOut),    // ETIMEDOUT
            (111, SocketError::Refused),     // ECONNREFUSED
            (112, SocketError::Unreachable), // EHOSTDOWN
            (113, SocketError::Unreachable), // EHOSTUNREACH
        ];
        for (code, kind) in codes {
            assert_eq!(
                SocketError::of(&io::Error::from_raw_os_error(code)),
                kind,
                "{code}"
            );
            assert!(kind.is_transient());
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_socket_that_is_none_is_the_end() {
        // EBADF, EINVAL, ENOTSOCK.
        for code in [9, 22, 88] {
            let kind = SocketError::of(&io::Error::from_raw_os_error(code));
            assert_eq!(kind, SocketError::Other, "{code}");
            assert!(!kind.is_transient());
        }
    }
}
