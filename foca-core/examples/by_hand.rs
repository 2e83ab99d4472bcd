// SPDX-License-Identifier: CC0-1.0
//! The core driven by hand over a plain blocking socket: no executor, one thread.
//!
//! ```text
//! cargo run -p foca-core --example by_hand -- 127.0.0.1:9000
//! cargo run -p foca-core --example by_hand -- 127.0.0.1:9001 127.0.0.1:9000
//! ```

use std::error::Error;
use std::hash::{BuildHasher, RandomState};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant as Clock};

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{Config, Event, Foca, Instant, NoBroadcasts, Setup};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let bind: SocketAddr = args
        .next()
        .ok_or("usage: by_hand BIND_ADDR [SEED_ADDR]")?
        .parse()?;
    let seed: Option<SocketAddr> = args.next().map(|addr| addr.parse()).transpose()?;

    let socket = UdpSocket::bind(bind)?;
    let started = Clock::now();
    let now = || Instant::from_micros(started.elapsed().as_micros() as u64);

    let mut foca = Foca::new(
        Setup {
            identity: socket.local_addr()?,
            config: Config::lan(),
            codec: PostcardCodec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            // Must be unpredictable; the standard library seeds its hashers from the system.
            seed: RandomState::new().hash_one(bind),
        },
        now(),
    )?;
    if let Some(seed) = seed {
        foca.announce(now(), &seed)?;
    }

    let mut buffer = [0; 65_536];
    loop {
        // 3. Output: datagrams, then events, then sleep until the next deadline at most.
        while let Some(transmit) = foca.poll_transmit(now(), &mut buffer) {
            let (to, len) = (*transmit.to, transmit.len);
            // A datagram that the network refuses is a datagram lost: the protocol copes.
            if socket.send_to(&buffer[..len], to).is_err() {
                foca.handle_unsent(now(), foca_core::Unsent::Failed);
            }
        }
        while let Some(event) = foca.poll_event() {
            println!("{event:?}");
            if event == Event::Defunct {
                return Err("declared down, and a bare address cannot return".into());
            }
        }
        let sleep = foca.poll_timeout().map(|at| at.duration_since(now()));
        // The socket takes a zero time-out for none at all.
        socket.set_read_timeout(sleep.map(|sleep| sleep.max(Duration::from_millis(1))))?;

        // 1. Input: what waits in the socket first, what is due after it.
        match socket.recv_from(&mut buffer) {
            Ok((len, from)) => {
                if let Err(reject) = foca.handle_datagram(now(), &buffer[..len]) {
                    println!("from {from}: a datagram {reject}");
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                foca.handle_timeout(now());
            }
            Err(error) => println!("receiving: {error}"),
        }
    }
}
