//! Latency, loss and duplicates.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use foca_core::Instant;
use foca_sim::{Link, Network};

use crate::toy::{Toy, ms, number};

const PINGS: usize = 20_000;

/// For each of the pings sent over this link, how long each copy of it travelled.
fn travel(link: Link) -> Vec<Vec<Duration>> {
    let mut network = Network::new(3).with_link(link);
    let sent: Rc<RefCell<BTreeMap<u32, Instant>>> = Rc::default();
    let log = Rc::clone(&sent);
    network.tap(move |at, from, _, bytes| {
        if *from == 1 {
            log.borrow_mut().insert(number(bytes), at);
        }
    });
    network.insert(1, Toy::pinging(1, [2], ms(1)));
    network.insert(2, Toy::passive(2));
    network.run_for(ms(1) * PINGS as u32);
    network.remove(&1);
    network.run_for(Duration::from_secs(10));

    let mut travelled = vec![Vec::new(); PINGS];
    for (at, datagram) in network.machine(&2).expect("it is there").datagrams() {
        let number = number(datagram);
        let sent_at = sent.borrow()[&number];
        travelled[number as usize].push(at.duration_since(sent_at));
    }
    travelled
}

#[test]
fn latencies_fill_the_range_evenly() {
    let travelled = travel(Link {
        latency: ms(10)..=ms(50),
        ..Link::default()
    });
    assert!(
        travelled.iter().all(|copies| copies.len() == 1),
        "each ping arrives once"
    );
    let mut quarters = [0_u32; 4];
    for latency in travelled.iter().flatten() {
        assert!((ms(10)..=ms(50)).contains(latency), "{latency:?}");
        let beyond_ms = (*latency - ms(10)).as_millis() as usize;
        quarters[(beyond_ms / 10).min(3)] += 1;
    }
    // Five standard deviations of a binomial distribution: 5 * sqrt(20000 * 1/4 * 3/4).
    assert!(
        quarters.iter().all(|count| count.abs_diff(5_000) < 307),
        "{quarters:?}"
    );
}

#[test]
fn the_default_link_is_a_quiet_local_network() {
    for copies in travel(Link::default()) {
        let [latency] = copies[..] else {
            panic!("not once, but {copies:?}")
        };
        assert!(
            (Duration::from_micros(500)..=ms(2)).contains(&latency),
            "{latency:?}"
        );
    }
}

#[test]
fn loss_and_duplicates_come_at_their_rates() {
    let travelled = travel(Link {
        latency: ms(1)..=ms(5),
        loss_per_million: 100_000,
        duplicate_per_million: 50_000,
        ..Link::default()
    });
    let mut copies = [0_usize; 3];
    for times in &travelled {
        copies[times.len()] += 1;
    }
    let [lost, _, twice] = copies;
    // Five standard deviations each: 5 * sqrt(20000 * 0.1 * 0.9), 5 * sqrt(18000 * 0.05 * 0.95).
    assert!(lost.abs_diff(2_000) < 212, "{copies:?}");
    assert!(twice.abs_diff(900) < 146, "{copies:?}");
    let apart = travelled
        .iter()
        .filter(|times| times.len() == 2 && times[0] != times[1])
        .count();
    assert!(
        apart > twice * 9 / 10,
        "copies travel on their own: {apart} of {twice}"
    );
}

#[test]
fn certainty_is_certain() {
    let lost = travel(Link {
        loss_per_million: 1_000_000,
        ..Link::default()
    });
    assert!(lost.iter().all(Vec::is_empty));
    let twice = travel(Link {
        duplicate_per_million: 1_000_000,
        ..Link::default()
    });
    assert!(twice.iter().all(|copies| copies.len() == 2));
}

#[test]
fn a_changed_link_holds_for_what_is_sent_afterwards() {
    let mut network = Network::new(3);
    network.insert(1, Toy::pinging(1, [2], ms(10)));
    network.insert(2, Toy::passive(2));
    network.run_for(ms(45));
    network.set_link(Link {
        loss_per_million: 1_000_000,
        ..Link::default()
    });
    network.run_for(ms(50));
    assert_eq!(
        network
            .machine(&2)
            .expect("it is there")
            .datagrams()
            .count(),
        4
    );
    assert_eq!(network.stats().datagrams_lost, 5);
}

#[test]
#[should_panic(expected = "the range of latencies is empty")]
fn an_empty_range_is_refused() {
    let _ = Network::<Toy>::new(3).with_link(Link {
        latency: ms(2)..=ms(1),
        ..Link::default()
    });
}
