//! What a scenario asks of a member, whoever made it, and what the member tells.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use foca_core::Instant;

use super::identity::{Id, number};
use crate::Machine;

/// A member of a simulated cluster.
pub trait Participant: Machine<Addr = SocketAddr> + Sized {
    /// How members of this kind are configured; the same for all of a cluster.
    type Recipe;

    /// A member that knows nobody and writes what it is told into `diary`.
    fn start(recipe: &Self::Recipe, id: Id, seed: u64, now: Instant, diary: Diary) -> Self;

    /// Asks whoever is at this address to be taken in.
    fn announce(&mut self, now: Instant, to: SocketAddr);

    /// Takes in these members, itself excepted, as if it had known them before.
    fn know(&mut self, now: Instant, everybody: &[Id]);

    /// Says goodbye.
    fn leave(&mut self, now: Instant);

    /// Who it is.
    fn identity(&self) -> Id;

    /// Everybody that it lists as taking part, without itself, in no particular order.
    fn listed(&self) -> Vec<Id>;

    /// How many that are.
    fn listed_len(&self) -> usize;
}

/// What a member was told, in the words of all makes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum News {
    /// Somebody takes part.
    Up(Id),
    /// Somebody is suspected.
    Suspect(Id),
    /// A suspicion proved wrong.
    Refuted(Id),
    /// Somebody was declared down. The published crate tells the same of those who left.
    Down(Id),
    /// Somebody said goodbye.
    Left(Id),
    /// A later life took the place of an earlier one.
    Renamed {
        /// The earlier life.
        from: Id,
        /// The later one.
        to: Id,
    },
    /// The member itself was declared down and returned as this later life.
    Renewed(Id),
    /// The member itself was declared down and cannot return.
    Defunct,
    /// News did not fit into the member's queue: its list has to be read again.
    Missed,
}

/// News and who was told them, when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Report {
    /// When.
    pub at: Instant,
    /// The number of the member that was told.
    pub observer: usize,
    /// What.
    pub news: News,
}

/// Where the members of one cluster write down what they are told, in the order of time.
/// Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Diary(Rc<RefCell<Vec<Report>>>);

impl Diary {
    /// Writes down what the member at this address is told.
    pub fn write(&self, at: Instant, observer: &SocketAddr, news: News) {
        if let Some(observer) = number(observer) {
            self.0.borrow_mut().push(Report { at, observer, news });
        }
    }

    /// Moves everything written since the last call to the end of `reports`.
    pub fn move_to(&self, reports: &mut Vec<Report>) {
        reports.append(&mut self.0.borrow_mut());
    }
}
