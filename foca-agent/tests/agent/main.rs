//! The agent as its users meet it: real processes, real sockets on loopback, real signals.

#![cfg(unix)]

mod cluster;
mod command_line;
mod demonstration;
mod file;
mod hostile;
mod parting;
mod process;
mod refusals;
