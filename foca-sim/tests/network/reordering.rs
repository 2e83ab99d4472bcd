//! Some datagrams are overtaken.

use foca_sim::{Link, Network};

use crate::toy::{Toy, at_ms, exactly, ms, number, seen, send};

const SENT: u32 = 10_000;

#[test]
fn the_share_that_is_held_up_is_overtaken_by_the_rest() {
    let mut network = Network::new(2).with_link(Link {
        reordered_per_million: 100_000,
        reordered_by: ms(25),
        ..exactly(ms(10))
    });
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
    network.run_until(at_ms(10));
    // Five standard deviations: 5 * sqrt(10000 * 0.1 * 0.9).
    let on_time = seen(&network, 2).len();
    assert!(on_time.abs_diff(9_000) < 150, "{on_time}");
    network.run_until(at_ms(34));
    assert_eq!(seen(&network, 2).len(), on_time);
    network.run_until(at_ms(35));
    assert_eq!(seen(&network, 2).len(), SENT as usize);

    let toy = network.machine(&2).expect("it is there");
    let mut numbers: Vec<u32> = toy.datagrams().map(|(_, bytes)| number(bytes)).collect();
    assert!(!numbers.is_sorted());
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..SENT));
}
