//! Losses come in bursts.

use std::time::Duration;

use foca_sim::{Bursts, Link, Network};

use crate::toy::{Toy, exactly, ms, number, send};

/// Bad for a tenth of the time, 100 ms on average.
const BURSTS: Bursts = Bursts {
    good_mean: Duration::from_millis(900),
    bad_mean: Duration::from_millis(100),
    loss_per_million: 1_000_000,
};

const SENT: usize = 200_000;

/// Which of the datagrams that 1 sends to 2, one each millisecond, arrive; and to 3, if asked.
fn arrived(bursts: Bursts, also_to_3: bool) -> Vec<bool> {
    let mut network = Network::new(4).with_link(Link {
        bursts: Some(bursts),
        ..exactly(ms(1))
    });
    for addr in [1, 2, 3] {
        network.insert(addr, Toy::passive(addr));
    }
    for sent in 0..SENT as u32 {
        let bytes = [&b"."[..], &sent.to_le_bytes()].concat();
        if also_to_3 {
            send(&mut network, 1, 3, &bytes);
        }
        send(&mut network, 1, 2, &bytes);
        network.run_for(ms(1));
    }
    network.run_for(ms(1));
    let mut arrived = vec![false; SENT];
    for (_, bytes) in network.machine(&2).expect("it is there").datagrams() {
        arrived[number(bytes) as usize] = true;
    }
    arrived
}

#[test]
fn losses_come_at_their_rate_and_together() {
    let arrived = arrived(BURSTS, false);
    let lost = arrived.iter().filter(|arrived| !**arrived).count();
    // 200 s hold about 200 bursts. The time lost has a mean of 20 s and, as turns are exponential,
    // a standard deviation of about sqrt(200 * 2) * 0.9 * 0.1 s = 1.8 s; five of them.
    assert!(lost.abs_diff(20_000) < 9_000, "{lost}");
    let bursts = arrived.windows(2).filter(|two| two[0] && !two[1]).count();
    let length = lost as f64 / bursts as f64;
    // About 200 exponential lengths of 100 ms each: five standard deviations of their mean are 36.
    assert!((64.0..136.0).contains(&length), "{length}");
}

#[test]
fn in_a_burst_the_given_share_is_lost() {
    let half = Bursts {
        good_mean: Duration::ZERO,
        loss_per_million: 500_000,
        ..BURSTS
    };
    let arrived = arrived(half, false);
    let lost = arrived.iter().filter(|arrived| !**arrived).count();
    // Five standard deviations: 5 * sqrt(200000 * 0.5 * 0.5).
    assert!(lost.abs_diff(SENT / 2) < 1_118, "{lost}");
}

#[test]
fn each_way_has_its_own_turns_whatever_else_is_sent() {
    assert_eq!(arrived(BURSTS, false), arrived(BURSTS, true));
}

#[test]
fn a_way_that_was_silent_for_long_is_bad_as_often_as_any_other() {
    let mut network = Network::new(4).with_link(Link {
        bursts: Some(BURSTS),
        ..exactly(ms(1))
    });
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    for _ in 0..2_000 {
        send(&mut network, 1, 2, b"still there?");
        network.run_for(Duration::from_secs(1_000));
    }
    // Five standard deviations: 5 * sqrt(2000 * 0.1 * 0.9).
    let lost = network.stats().datagrams_lost;
    assert!(lost.abs_diff(200) < 67, "{lost}");
}
