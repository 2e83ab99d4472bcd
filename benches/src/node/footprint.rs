//! How much memory a node takes for its members.

use std::ops::RangeInclusive;

#[cfg(feature = "peers")]
use super::Kinship;
use super::{Duty, Make, Ours, Peer, Published};
use crate::heap;
use crate::identity::{Id, others};

/// Members in a datagram.
const ROOM: usize = 137;

/// Bytes of heap a member, of a node that takes in one after the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneByOne {
    /// In the end.
    pub(crate) last_bytes: f64,
    /// The most at any time.
    pub(crate) worst_bytes: f64,
    /// With so many members.
    pub(crate) worst_members: usize,
}

/// Bytes a member of a node that has taken in all at once and has nothing to tell.
pub(crate) fn heap_quiet(make: Make, members: usize) -> f64 {
    match make {
        Make::Native | Make::Foca2 => per_member(make, members, Ours::restore),
        Make::Published => per_member(make, members, Published::restore),
        #[cfg(feature = "peers")]
        Make::Kinship => per_member(make, members, Kinship::restore),
    }
}

/// Bytes a member of a node that has taken in all at once and has yet to tell of all of them.
pub(crate) fn heap_backlog(make: Make, members: usize) -> f64 {
    match make {
        Make::Native | Make::Foca2 => per_member(make, members, Ours::merge),
        Make::Published => per_member(make, members, Published::merge),
        #[cfg(feature = "peers")]
        Make::Kinship => per_member(make, members, Kinship::merge),
    }
}

/// Bytes a member of a node that takes in one after the other, looked at while it knows so many.
pub(crate) fn heap_one_by_one(make: Make, members: RangeInclusive<usize>) -> OneByOne {
    match make {
        Make::Native | Make::Foca2 => one_by_one::<Ours>(make, members),
        Make::Published => one_by_one::<Published>(make, members),
        #[cfg(feature = "peers")]
        Make::Kinship => one_by_one::<Kinship>(make, members),
    }
}

fn per_member<P: Peer>(make: Make, members: usize, take_in: fn(&mut P, &[Id], u16)) -> f64 {
    let mut peer = P::new(make, members, Duty::Answer, ROOM);
    let others = others(members);
    let ((), heap) = heap::measure(|| take_in(&mut peer, &others, 0));
    assert_eq!(peer.members(), members);
    heap.kept_bytes as f64 / members as f64
}

fn one_by_one<P: Peer>(make: Make, members: RangeInclusive<usize>) -> OneByOne {
    let mut peer = P::new(make, *members.end(), Duty::Answer, ROOM);
    let mut figures = OneByOne {
        last_bytes: 0.0,
        worst_bytes: 0.0,
        worst_members: 0,
    };
    let take_in_all = || {
        for known in 1..=*members.end() {
            peer.restore(&[Id::new(known)], 0);
            figures.last_bytes = heap::so_far().kept_bytes as f64 / known as f64;
            if members.contains(&known) && figures.last_bytes > figures.worst_bytes {
                figures.worst_bytes = figures.last_bytes;
                figures.worst_members = known;
            }
        }
    };
    heap::measure(take_in_all);
    figures
}
