//! The driver over a simulated socket in virtual time: no executor, no thread, no real clock.

mod blocked_socket;
mod cluster;
mod commands;
mod ending;
mod events;
mod reading_first;
mod sim;
mod socket_errors;
mod stalled_process;
mod yielding;
