#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod io;
mod spawn;

#[doc(no_inline)]
pub use foca_runtime::*;
pub use io::SmolIo;
pub use spawn::{bind, spawn_thread};
