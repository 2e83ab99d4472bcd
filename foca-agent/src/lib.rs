#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod address;
mod cli;
mod demo;
mod failure;
mod keeper;
mod logging;
mod member;
mod member_file;
mod report;
mod run;
mod seed;
mod signals;

pub use cli::{Cli, Command, DemoOptions, MEMBERS_MAX, MEMBERS_MIN, Profile, RunOptions};
pub use demo::demo;
pub use failure::Failure;
pub use logging::{log_if_asked, log_to_stderr};
pub use run::{LEAVE_TIME_MAX, run};
pub use signals::Signal;
