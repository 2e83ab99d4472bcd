//! Groups of machines are cut off from each other, one way or both.

use foca_sim::Network;

use crate::toy::{Toy, exactly, ms, seen, send};

fn four() -> Network<Toy> {
    let mut network = Network::new(1).with_link(exactly(ms(5)));
    for addr in 1..=4 {
        network.insert(addr, Toy::passive(addr));
    }
    network
}

/// Which of all pairs get through, as sender and receiver.
fn through(network: &mut Network<Toy>) -> Vec<(u8, u8)> {
    let mut through = Vec::new();
    for from in 1..=4 {
        for to in (1..=4).filter(|to| *to != from) {
            let before = seen(network, to).len();
            send(network, from, to, b"hello");
            network.run_for(ms(10));
            if seen(network, to).len() > before {
                through.push((from, to));
            }
        }
    }
    through
}

/// All pairs of four but these.
fn all_but(missing: &[(u8, u8)]) -> Vec<(u8, u8)> {
    (1..=4)
        .flat_map(|from| (1..=4).map(move |to| (from, to)))
        .filter(|pair| pair.0 != pair.1 && !missing.contains(pair))
        .collect()
}

#[test]
fn a_cut_has_one_direction_and_two_sides() {
    let mut network = four();
    network.cut(&[1, 2], &[3]);
    assert_eq!(through(&mut network), all_but(&[(1, 3), (2, 3)]));
    assert_eq!(network.stats().datagrams_blocked, 2);
    network.cut(&[3], &[1, 2]);
    let both = [(1, 3), (2, 3), (3, 1), (3, 2)];
    assert_eq!(through(&mut network), all_but(&both));
    network.heal();
    assert_eq!(through(&mut network), all_but(&[]));
}

#[test]
fn cuts_and_the_partition_hold_together_and_heal_together() {
    let mut network = four();
    network.cut(&[1], &[2]);
    network.partition(|from, to| (*from, *to) == (3, 4));
    assert_eq!(through(&mut network), all_but(&[(1, 2), (3, 4)]));
    network.heal();
    assert_eq!(through(&mut network), all_but(&[]));
}

#[test]
fn what_is_on_its_way_still_arrives() {
    let mut network = four();
    send(&mut network, 1, 2, b"before");
    network.cut(&[1], &[2]);
    network.run_for(ms(10));
    assert_eq!(seen(&network, 2).len(), 1);
}

#[test]
fn a_cut_holds_for_who_comes_to_an_address_later() {
    let mut network = four();
    network.cut(&[1], &[5]);
    network.remove(&1);
    network.insert(1, Toy::passive(1));
    network.insert(5, Toy::passive(5));
    send(&mut network, 1, 5, b"cut off");
    send(&mut network, 2, 5, b"not");
    network.run_for(ms(10));
    assert_eq!(seen(&network, 5).len(), 1);
}
