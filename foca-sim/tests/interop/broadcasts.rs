//! Custom broadcasts reach members of either make.

use std::cell::RefCell;
use std::rc::Rc;

use foca::Message;

use crate::support::accusation::read;
use crate::support::cluster::{Cluster, Configs, MIXED, assert_no_complaints};
use crate::support::identity::addr;
use crate::support::seconds;

/// One of ours and one of theirs.
const BOTH: [u8; 2] = [4, 3];

fn all_have(network: &Cluster, notices: &[&[u8]]) -> bool {
    network.machines().all(|(_, peer)| {
        notices
            .iter()
            .all(|notice| peer.board().notice(notice[0]).as_deref() == Some(*notice))
    })
}

#[test]
fn what_one_make_broadcasts_all_of_both_receive() {
    let long = [vec![b'L', 1], vec![0xF0; 900]].concat();
    let notices: [&[u8]; 4] = [b"S\x01", b"M\x01 middling", &long, b"Z\x01\0\0\0"];
    for seed in 0..5 {
        for from in BOTH {
            let mut network = Configs::steady().formed(&MIXED, seed);
            for notice in notices {
                network.with(&addr(from), |peer, now| peer.broadcast(now, notice));
            }
            assert!(!all_have(&network, &notices));
            let since = network.now();
            let received = network
                .run_until_condition(since + seconds(10), |network| all_have(network, &notices));
            assert!(received, "seed {seed} from {from}");
            network.run_for(seconds(20));
            assert_no_complaints(&network);
        }
    }
}

#[test]
fn a_newer_version_replaces_the_older_across_makes() {
    for seed in 0..5 {
        let mut network = Configs::steady().formed(&MIXED, seed);
        let [ours, theirs] = BOTH.map(addr);
        network.with(&ours, |peer, now| peer.broadcast(now, b"A\x01 first"));
        network.run_for(seconds(5));
        network.with(&theirs, |peer, now| peer.broadcast(now, b"A\x02 second"));
        network.with(&ours, |peer, now| peer.broadcast(now, b"B\x01 beside it"));
        network.run_for(seconds(5));
        assert!(all_have(&network, &[b"A\x02 second", b"B\x01 beside it"]));
        network.with(&ours, |peer, now| peer.broadcast(now, b"A\x03 third"));
        network.run_for(seconds(5));
        assert!(all_have(&network, &[b"A\x03 third", b"B\x01 beside it"]));
        assert_no_complaints(&network);
    }
}

#[test]
fn both_makes_put_a_length_of_two_bytes_in_front_of_an_item() {
    for from in BOTH {
        let mut network = Configs::steady().formed(&MIXED, 1);
        network.run_for(seconds(20));
        let tails = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&tails);
        network.tap(move |_, sender, _, datagram| {
            let (header, _, tail) = read(datagram);
            if *sender == addr(from) && header.message == Message::Broadcast {
                heard.borrow_mut().push(tail.to_vec());
            }
        });
        network.with(&addr(from), |peer, now| peer.broadcast(now, b"K\x01hello"));
        assert_eq!(*tails.borrow(), [b"\0\x07K\x01hello"; 3], "{from}");
    }
}
