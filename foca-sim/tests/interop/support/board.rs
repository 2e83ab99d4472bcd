//! Custom broadcasts of a simple kind: the newest notice on each subject.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

/// A notice is a byte for its subject, a byte for its version, and a text.
///
/// Clones are the same board: the published crate keeps the one that it is given to itself.
#[derive(Clone, Debug, Default)]
pub struct Board(Arc<Mutex<BTreeMap<u8, Vec<u8>>>>);

impl Board {
    /// The newest notice on this subject, as it was received.
    pub fn notice(&self, subject: u8) -> Option<Vec<u8>> {
        self.notices().get(&subject).cloned()
    }

    /// Keeps a notice if it is newer; tells what it is about if so.
    fn take(&self, notice: &[u8]) -> Result<Option<Topic>, Illegible> {
        let &[subject, version, ..] = notice else {
            return Err(Illegible);
        };
        let mut notices = self.notices();
        if notices
            .get(&subject)
            .is_some_and(|known| known[1] >= version)
        {
            return Ok(None);
        }
        notices.insert(subject, notice.to_vec());
        Ok(Some(Topic { subject, version }))
    }

    fn notices(&self) -> MutexGuard<'_, BTreeMap<u8, Vec<u8>>> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

/// What a notice is about. Versions of one subject replace each other, subjects coexist.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Topic {
    subject: u8,
    version: u8,
}

impl PartialOrd for Topic {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.subject == other.subject).then(|| self.version.cmp(&other.version))
    }
}

/// A notice too short to say what it is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Illegible;

impl fmt::Display for Illegible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a notice has a subject and a version")
    }
}

impl std::error::Error for Illegible {}

impl<I> foca_core::Broadcasts<I> for Board {
    type Key = Topic;

    fn receive(&mut self, item: &[u8], _: Option<&I>) -> foca_core::Verdict<Topic> {
        match self.take(item) {
            Ok(Some(topic)) => foca_core::Verdict::Spread(topic),
            Ok(None) => foca_core::Verdict::Known,
            Err(Illegible) => foca_core::Verdict::Malformed,
        }
    }
}

/// The same policy to a version of the published crate.
macro_rules! published_broadcasts {
    ($($published:ident),+) => {$(
        impl<I> $published::BroadcastHandler<I> for Board {
            type Key = Topic;
            type Error = Illegible;

            fn receive_item(&mut self, item: &[u8], _: Option<&I>) -> Result<Option<Topic>, Illegible> {
                self.take(item)
            }
        }

        impl $published::Invalidates for Topic {
            fn invalidates(&self, other: &Self) -> bool {
                self >= other
            }
        }
    )+};
}

published_broadcasts!(foca, foca_019);
