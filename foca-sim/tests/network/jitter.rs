//! Latencies with a long tail, and what they leave alone.

use std::time::Duration;

use foca_sim::{Link, Network};

use crate::toy::{Toy, exactly, ms, number, send};

const SENT: u32 = 10_000;

/// How long each of so many datagrams travels over this link.
fn travel(link: Link) -> Vec<Duration> {
    let mut network = Network::new(2).with_link(link);
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    for sent in 0..SENT {
        send(
            &mut network,
            1,
            2,
            &[&b"."[..], &sent.to_le_bytes()].concat(),
        );
    }
    network.run_for(Duration::from_secs(3_600));
    let toy = network.machine(&2).expect("it is there");
    let mut travelled = vec![Duration::ZERO; SENT as usize];
    for (at, bytes) in toy.datagrams() {
        travelled[number(bytes) as usize] = at.duration_since(foca_core::Instant::ZERO);
    }
    travelled
}

#[test]
fn the_tail_is_exponential_and_comes_on_top() {
    let travelled = travel(Link {
        jitter_mean: ms(20),
        ..exactly(ms(10))
    });
    assert!(travelled.iter().all(|time| *time >= ms(10)));
    // Of an exponential distribution e^-1 lies beyond the mean and e^-3 beyond three of them; five
    // standard deviations: 5 * sqrt(10000 * p * (1 - p)).
    let beyond = |limit| travelled.iter().filter(|time| **time > limit).count();
    assert!(beyond(ms(30)).abs_diff(3_679) < 241, "{}", beyond(ms(30)));
    assert!(beyond(ms(70)).abs_diff(498) < 109, "{}", beyond(ms(70)));
}

#[test]
fn jitter_leaves_the_plain_latencies_as_they_are() {
    let plain = travel(Link::default());
    let jittery = travel(Link {
        jitter_mean: ms(20),
        ..Link::default()
    });
    assert!(plain.iter().zip(&jittery).all(|(a, b)| a <= b));
    assert_ne!(plain, jittery);
}
