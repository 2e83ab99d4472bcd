//! A mixed cluster forms, through a member of either make.

use std::cell::RefCell;
use std::rc::Rc;

use foca::Message;

use crate::support::accusation::read;
use crate::support::cluster::{
    Configs, MIXED, announce_all, assert_no_complaints, complete, describe, news,
};
use crate::support::identity::{Name, addr, id};
use crate::support::peer::{Make, News};
use crate::support::{at, millis, seconds};

/// Forms a cluster through member 0 or 1 and looks whether it stays as it is.
fn joins<I: Name>(seed: u64, through: Make, name: fn(u8) -> I) {
    let mut network = Configs::lan().strangers(&MIXED, seed, name);
    let seed_member = MIXED
        .iter()
        .position(|make| *make == through)
        .expect("both");
    announce_all(&mut network, seed_member as u8);
    assert!(!complete(&network));
    assert!(
        network.run_until_condition(at(60), complete),
        "seed {seed} through {through:?}: {}",
        describe(&network)
    );
    let told = news(&mut network);
    let ups = told.iter().filter(|(_, news)| matches!(news, News::Up(_)));
    assert_eq!((ups.count(), told.len()), (8 * 7, 8 * 7), "{told:?}");
    network.run_for(seconds(60));
    assert!(complete(&network), "{}", describe(&network));
    assert_eq!(news(&mut network), [], "seed {seed} through {through:?}");
    assert_no_complaints(&network);
}

#[test]
fn everybody_lists_all_eight_whoever_they_joined_through() {
    for seed in 0..10 {
        joins(seed, Make::Ours, id);
        joins(seed, Make::Theirs, id);
    }
}

#[test]
fn members_without_a_later_life_join_as_well() {
    for seed in 0..10 {
        joins(seed, Make::Ours, addr);
        joins(seed, Make::Theirs, addr);
    }
}

#[test]
fn whoever_is_asked_answers_with_a_feed() {
    for asked in [0, 1] {
        let mut network = Configs::lan().strangers(&[Make::Ours, Make::Theirs], 1, id);
        let said = Rc::new(RefCell::new(Vec::new()));
        let heard = Rc::clone(&said);
        network.tap(move |_, from, _, datagram| {
            heard.borrow_mut().push((*from, read(datagram).0.message));
        });
        let asking = addr(1 - asked);
        network.with(&asking, |peer, now| peer.announce(now, addr(asked)));
        network.run_for(millis(10));
        let [announce, feed] = [(asking, Message::Announce), (addr(asked), Message::Feed)];
        assert_eq!(said.borrow()[..2], [announce, feed]);
    }
}
