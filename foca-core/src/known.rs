//! News that others know already: told no more, where there is much of it.
//!
//! Each of n members that join at once is told of by everybody, and most of that when nobody lacks it
//! any more. Feedback ends it, as in Demers et al., *Epidemic Algorithms for Replicated Database
//! Maintenance*, section 1.4: a rumour loses interest when others turn out to know it.

use crate::config::Accept;
use crate::machine::Machine;
use crate::members::{Members, OURSELVES};
use crate::{Broadcasts, Codec, Identity};

/// News up to which all of it is told, whoever knows it: it soon is anyway.
const KNOWN_NEWS_TOLD_MAX: usize = 64;

/// What the comparison under way asked about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asked {
    Nothing,
    /// Everything that we know has this sum.
    Sum(u64),
    /// Nothing can be concluded from its answer.
    Void,
}

/// What comparisons say of how far our news has spread.
pub(crate) struct Known<I> {
    asked: Asked,
    /// The sum that the comparison before found to be that of another member as well, and of which.
    equal: Option<(u64, I)>,
    /// Pieces of news that were dropped.
    pub(crate) dropped: u64,
}

impl<I: PartialEq> Known<I> {
    pub(crate) const fn new() -> Self {
        Self {
            asked: Asked::Nothing,
            equal: None,
            dropped: 0,
        }
    }

    /// A comparison begins with a member that was drawn, or with one that brought it about itself: what
    /// that says of itself does not count.
    pub(crate) const fn begins(&mut self, is_drawn: bool) {
        self.asked = if is_drawn {
            Asked::Nothing
        } else {
            Asked::Void
        };
    }

    /// Everything that we know has this sum, and the other is asked whether that is its sum as well.
    pub(crate) fn asked(&mut self, sum: u64) {
        self.asked = match self.asked {
            Asked::Nothing => Asked::Sum(sum),
            Asked::Sum(before) if before == sum => Asked::Sum(sum),
            // An answer does not tell to which of the questions.
            Asked::Sum(_) | Asked::Void => Asked::Void,
        };
    }

    /// A comparison with this member ended while the sum of everything was `sum`. Returns whether it and
    /// the one before, with another member, found just that to be known.
    fn ended(&mut self, equal: bool, sum: u64, with: I) -> bool {
        // What was learnt since it was asked need not be known to the other.
        let known = equal && self.asked == Asked::Sum(sum);
        let before = self.equal.take().filter(|_| known);
        let twice = before.is_some_and(|(known, other)| known == sum && other != with);
        self.equal = known.then_some((sum, with));
        twice
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// A comparison that we began has ended. Only those count: whom we ask is drawn by us, while
    /// whoever wants news to die would ask us as often as it likes.
    pub(crate) fn news_may_be_known(&mut self, equal: bool, with: I) {
        let sum = self.members.view_total().digests;
        let twice = self.reconcile.known.ended(equal, sum, with);
        // Members that speak the other wire compare nothing: they hear of news by gossip alone.
        if twice && self.config.accept == Accept::Own {
            self.reconcile.known.dropped += self.members.drop_known_news() as u64;
        }
    }
}

impl<I: Identity> Members<I> {
    /// Stops telling what others know. Returns how much that was.
    ///
    /// Suspicion is not compared, and who dies should be heard of by all at once: so nothing is dropped
    /// unless all are alive, nor what is said of ourselves, which others may doubt.
    fn drop_known_news(&mut self) -> usize {
        let all_alive = self.table.alive_len() == self.table.len();
        let waiting = self.news.len();
        if !all_alive || waiting <= KNOWN_NEWS_TOLD_MAX {
            return 0;
        }
        self.own_ticket = self.news.keep_only(OURSELVES, self.own_ticket);
        waiting - self.news.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_different_members_have_to_know_the_same() {
        let compare = |known: &mut Known<u8>, equal, sum, with| {
            known.begins(true);
            known.asked(sum);
            known.ended(equal, sum, with)
        };
        let mut known = Known::new();
        assert!(!compare(&mut known, true, 7, 1));
        assert!(!compare(&mut known, true, 7, 1), "the same member");
        assert!(!compare(&mut known, true, 8, 2), "another sum");
        assert!(!compare(&mut known, false, 8, 3));
        assert!(!compare(&mut known, true, 8, 4), "not in a row");
        assert!(compare(&mut known, true, 8, 5));
    }
}
