#![doc = include_str!("../README.md")]

pub mod cluster;
pub mod heap;
pub mod identity;
mod node;
mod preset;
pub mod report;
pub mod work;

pub use node::Make;
