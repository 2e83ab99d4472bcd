//! Members as they are deployed: below the protocol's own state machine stands the same network.
//!
//! | level | machine | what it adds |
//! |---|---|---|
//! | protocol | `foca_core::Foca` | nothing: it is a [`Machine`](crate::Machine) itself |
//! | node | [`foca_runtime::Node`] | seeds that are tried again |
//! | driver | [`DriverMachine`] | the loop around a socket, commands of handles, the queue of events |
//!
//! [`Level`] holds any of them, for networks in which they meet.

mod driver;
mod level;
mod node;
mod port;
mod wake;

pub use driver::{DriverMachine, POLLS_AT_ONCE_MAX};
pub use level::Level;
