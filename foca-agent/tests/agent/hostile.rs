//! Garbage from the network disturbs nobody and does not fill the disk with log lines.

use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::Duration;

use crate::process::{Agent, PATIENCE, directory, within};

const DATAGRAMS: usize = 20_000;

#[test]
fn garbage_is_one_line_that_names_the_reason() {
    let directory = directory("hostile");
    let a = Agent::start(&directory, "a", "127.0.0.1:0", &["--cluster", "hostile"]);
    let seed = a.addr.to_string();
    let more = ["--cluster", "hostile", "-a", &seed];
    let b = Agent::start(&directory, "b", "127.0.0.1:0", &more);
    for agent in [&a, &b] {
        agent.wait_for_file(&[a.addr, b.addr]);
    }

    send_garbage(a.addr);
    // It has not lost its mind: it takes somebody in, and everybody agrees.
    let c = Agent::start(&directory, "c", "127.0.0.1:0", &more);
    for agent in [&a, &b, &c] {
        agent.wait_for_file(&[a.addr, b.addr, c.addr]);
    }
    within(PATIENCE, "a reason is logged", || {
        let log = a.log();
        log.iter()
            .any(|line| line.contains("rejected") && line.contains("reason="))
            .then_some(())
    });
    let log = a.log();
    assert!(
        log.iter().filter(|line| line.contains("rejected")).count() <= 2,
        "{log:#?}"
    );
    assert!(log.len() < 15, "{log:#?}");
    for agent in [&a, &b, &c] {
        let log = agent.log().join("\n");
        assert!(
            !log.contains("member down") && !log.contains("panicked"),
            "{log}"
        );
    }
}

/// Random bytes, half of them behind the first bytes of a genuine datagram, for about a second.
fn send_garbage(to: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    let mut next = || {
        // Xorshift (Marsaglia 2003).
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    for number in 0..DATAGRAMS {
        let mut datagram: Vec<u8> = (0..next() % 1_400).map(|_| next() as u8).collect();
        if number % 2 == 0 {
            // Magic and version, as docs/PROTOCOL.md has them.
            datagram.splice(..0, [0xF0, 0xCA, 0x01]);
        }
        // The receiver's buffer may be full: so be it.
        let _ = socket.send_to(&datagram, to);
        if number % 20 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
}
