//! What happened in a run, in order, for the checkers to judge.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash as _, Hasher as _};
use std::rc::Rc;

use foca_core::{Event, Instant};

use super::identity::Id;

/// A process: an address, and the how-manieth process of the run it is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Process {
    /// Where it runs.
    pub addr: u16,
    /// Counts the processes of a run.
    pub birth: u32,
}

/// Something that a checker may have an opinion about.
#[derive(Clone, Debug)]
pub(crate) enum Happening {
    /// A process began to live this life: it was started, renewed, renamed or came back.
    Began { process: Process, id: Id },
    /// A process lives this life no longer: it was ended, left, renewed or renamed; `incarnation` is the last
    /// one it had.
    Ended {
        process: Process,
        id: Id,
        incarnation: u32,
    },
    /// The clock of a process was put ahead.
    Jumped { process: Process },
    /// The application made a process send: it left, broadcast, announced.
    Commanded { process: Process },
    /// A process reported something.
    Reported { process: Process, event: Event<Id> },
    /// A process sent a datagram of so many bytes that names this sender and incarnation.
    Sent {
        process: Process,
        bytes: usize,
        says: Option<(Id, u32)>,
    },
    /// A process was handed a datagram.
    Received { process: Process },
    /// A process was handed, and accepted, a goodbye of somebody whom it held as active.
    HeardGoodbye { process: Process, of: Id },
    /// Events fetched after one call, and datagrams fetched in a row.
    Fetched {
        process: Process,
        events: usize,
        datagrams: usize,
    },
}

/// The book of a run, shared by its members. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Rc<RefCell<Book>>);

#[derive(Debug, Default)]
struct Book {
    happenings: Vec<(Instant, Happening)>,
    sent: u64,
    captured: VecDeque<(u16, Box<[u8]>)>,
    goodbyes: BTreeSet<u64>,
}

/// Datagrams kept to be replayed.
const CAPTURED_MAX: usize = 400;

/// Of so many datagrams one is kept.
const CAPTURED_ONE_IN: u64 = 13;

impl Ledger {
    pub(crate) fn write(&self, at: Instant, happening: Happening) {
        self.0.borrow_mut().happenings.push((at, happening));
    }

    pub(crate) fn take(&self) -> Vec<(Instant, Happening)> {
        std::mem::take(&mut self.0.borrow_mut().happenings)
    }

    /// Keeps some of the datagrams, the latest of them.
    pub(crate) fn capture(&self, to: u16, datagram: &[u8]) {
        let mut book = self.0.borrow_mut();
        book.sent += 1;
        if book.sent.is_multiple_of(CAPTURED_ONE_IN) {
            if book.captured.len() == CAPTURED_MAX {
                book.captured.pop_front();
            }
            book.captured.push_back((to, datagram.into()));
        }
    }

    /// A captured datagram and its receiver; `choice` may be any number.
    pub(crate) fn captured(&self, choice: u64) -> Option<(u16, Box<[u8]>)> {
        let book = self.0.borrow();
        let index = choice.checked_rem(book.captured.len() as u64)?;
        book.captured.get(usize::try_from(index).ok()?).cloned()
    }

    /// Remembers a datagram with which its sender says goodbye.
    pub(crate) fn note_goodbye(&self, datagram: &[u8]) {
        self.0.borrow_mut().goodbyes.insert(fingerprint(datagram));
    }

    pub(crate) fn is_goodbye(&self, datagram: &[u8]) -> bool {
        let book = self.0.borrow();
        !book.goodbyes.is_empty() && book.goodbyes.contains(&fingerprint(datagram))
    }
}

/// The same in every run: the hasher has fixed keys.
fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
