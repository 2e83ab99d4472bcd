//! The network, seen through its public interface by a toy machine: one scenario per file.

mod access;
mod bandwidth;
mod block;
mod books;
mod bursts;
mod clocks;
mod conditions;
mod connections;
mod crash;
mod cuts;
mod determinism;
mod hops;
mod jitter;
mod kinds;
mod links;
mod partition;
mod pause;
mod places;
mod reordering;
mod slow;
mod spin;
mod timers;
mod toy;
