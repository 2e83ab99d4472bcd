//! Log lines through `tracing` with that feature, nothing at all without it.
//!
//! Per datagram TRACE, decisions DEBUG, membership INFO.

#[cfg(feature = "tracing")]
pub(crate) use tracing::{debug, info, trace};

#[cfg(not(feature = "tracing"))]
mod silent {
    macro_rules! silent {
        ($($anything:tt)*) => {};
    }
    pub(crate) use {silent as debug, silent as info, silent as trace};
}

#[cfg(not(feature = "tracing"))]
pub(crate) use silent::{debug, info, trace};
