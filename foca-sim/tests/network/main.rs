//! The network, seen through its public interface by a toy machine: one scenario per file.

mod books;
mod conditions;
mod crash;
mod determinism;
mod kinds;
mod links;
mod partition;
mod pause;
mod spin;
mod timers;
mod toy;
