//! A cluster that shows itself: real members with real sockets on loopback, in one process.

mod cluster;
mod frame;
mod paint;
mod row;
mod screen;
mod script;
mod stage;
mod story;
mod summary;

pub use script::demo;
