//! Losses at the door of one machine.

use foca_sim::{Access, Link, Network};

use crate::toy::{Toy, exactly, ms, seen, send};

const SENT: usize = 10_000;

/// How many of the datagrams on each of the four ways between machines 1 and 2, 1 and 3 arrive.
fn arrive(access: Access) -> [usize; 4] {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    for addr in [1, 2, 3] {
        network.insert(addr, Toy::passive(addr));
    }
    network.set_access(&2, access);
    [(1, 2), (2, 1), (1, 3), (3, 1)].map(|(from, to)| {
        let before = seen(&network, to).len();
        for _ in 0..SENT {
            send(&mut network, from, to, b"counted");
        }
        network.run_for(ms(10));
        seen(&network, to).len() - before
    })
}

#[test]
fn each_direction_has_its_own_losses_and_others_have_none() {
    let [to_it, from_it, to_other, from_other] = arrive(Access {
        loss_in_per_million: 800_000,
        loss_out_per_million: 100_000,
        ..Access::default()
    });
    // Five standard deviations: 5 * sqrt(10000 * 0.8 * 0.2), 5 * sqrt(10000 * 0.1 * 0.9).
    assert!(to_it.abs_diff(2_000) < 200, "{to_it}");
    assert!(from_it.abs_diff(9_000) < 150, "{from_it}");
    assert_eq!((to_other, from_other), (SENT, SENT));
}

#[test]
fn the_default_access_is_none() {
    assert_eq!(arrive(Access::default()), [SENT; 4]);
}

#[test]
fn losses_at_both_doors_and_of_the_link_come_together() {
    let half = Access {
        loss_in_per_million: 500_000,
        loss_out_per_million: 500_000,
        ..Access::default()
    };
    let mut network = Network::new(1).with_link(Link {
        loss_per_million: 500_000,
        ..exactly(ms(1))
    });
    for addr in [1, 2] {
        network.set_access(&addr, half.clone());
        network.insert(addr, Toy::passive(addr));
    }
    for _ in 0..SENT {
        send(&mut network, 1, 2, b"counted");
    }
    network.run_for(ms(10));
    // An eighth, and five standard deviations: 5 * sqrt(10000 * 1/8 * 7/8).
    let arrived = seen(&network, 2).len();
    assert!(arrived.abs_diff(1_250) < 165, "{arrived}");
    assert_eq!(network.stats().datagrams_lost, (SENT - arrived) as u64);
}

#[test]
fn an_access_outlives_the_machine() {
    let mut network = Network::new(1).with_link(exactly(ms(1)));
    network.set_access(
        &2,
        Access {
            loss_in_per_million: 1_000_000,
            ..Access::default()
        },
    );
    network.insert(1, Toy::passive(1));
    network.insert(2, Toy::passive(2));
    network.remove(&2);
    network.insert(2, Toy::passive(2));
    send(&mut network, 1, 2, b"lost");
    network.run_for(ms(10));
    assert_eq!(seen(&network, 2), []);
}
