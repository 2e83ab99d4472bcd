//! Two members find each other, in a program without the standard library.
//!
//! It has an allocator, a panic handler and an entry point of its own. Were any crate in it to use
//! `std`, the compiler would refuse the second panic handler. It exits with 0 if each member lists
//! the other, with 1 if they did not find each other in time, and with 101 after a panic.

#![no_std]
#![no_main]

extern crate alloc;

mod outside;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Foca, Identity, Instant, NoBroadcasts, Setup};
use serde::{Deserialize, Serialize};

/// Time from one look at the members to the next.
const STEP: Duration = Duration::from_millis(10);

/// Looks before giving up: ten seconds of a clock that only counts.
const STEPS_MAX: u32 = 1_000;

/// A number on some bus, all that a member needs to be.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
struct Station(u16);

impl Identity for Station {
    type Addr = Self;

    fn addr(&self) -> &Self {
        self
    }

    fn generation(&self) -> u64 {
        0
    }

    fn placeholder(addr: &Self) -> Self {
        *addr
    }
}

type Node = Foca<Station, PostcardCodec>;

/// Whether both members list each other before the time is over.
fn meet() -> bool {
    let mut nodes = [node(1), node(2)];
    let mut now = Instant::ZERO;
    if nodes[0].announce(now, &Station(2)).is_err() {
        return false;
    }
    for _ in 0..STEPS_MAX {
        while exchange(&mut nodes, now) {}
        if lists(&nodes[0], 2) && lists(&nodes[1], 1) {
            return true;
        }
        now = now + STEP;
        for node in &mut nodes {
            node.handle_timeout(now);
        }
    }
    false
}

fn node(number: u16) -> Node {
    let setup = Setup {
        identity: Station(number),
        config: Config::local(),
        codec: PostcardCodec,
        broadcasts: NoBroadcasts,
        envelope: Box::new(CheckedEnvelope::default()),
        seed: number.into(),
    };
    Foca::new(setup, Instant::ZERO).expect("an identity that fits")
}

/// Carries over what both have to say; `false` if that was nothing.
fn exchange([first, second]: &mut [Node; 2], now: Instant) -> bool {
    let there = carry(first, second, now);
    let back = carry(second, first, now);
    there || back
}

fn carry(from: &mut Node, to: &mut Node, now: Instant) -> bool {
    let mut out = [0; 1_232];
    let mut datagrams: Vec<Vec<u8>> = Vec::new();
    while let Some(transmit) = from.poll_transmit(now, &mut out) {
        let len = transmit.len;
        datagrams.push(out[..len].to_vec());
    }
    while from.poll_event().is_some() {}
    for datagram in &datagrams {
        to.handle_datagram(now, datagram).expect("genuine");
    }
    !datagrams.is_empty()
}

fn lists(node: &Node, number: u16) -> bool {
    node.members().any(|member| member.id == Station(number))
}
