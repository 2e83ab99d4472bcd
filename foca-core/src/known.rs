//! News that others know already: told no more, where there is much of it.
//!
//! Each of n members that join at once is told of by everybody, and most of that when nobody lacks it
//! any more. Feedback ends it, as in Demers et al., *Epidemic Algorithms for Replicated Database
//! Maintenance*, section 1.4: a rumour loses interest when others turn out to know it.

use crate::machine::Machine;
use crate::members::{COMPARED_NEWS_MAX, Members, OURSELVES};
use crate::{Broadcasts, Codec, Identity};

/// What comparisons say of how far our news has spread.
#[derive(Default)]
pub(crate) struct Known {
    /// The sum of everything that the comparison under way asked about.
    asked: Option<u64>,
    /// The sum that the comparison before found to be that of another member as well.
    equal: Option<u64>,
}

impl Known {
    /// Everything that we know has this sum, and another is asked whether that is its sum as well.
    pub(crate) const fn asked(&mut self, sum: u64) {
        self.asked = Some(sum);
    }

    /// A comparison ended while the sum of everything was `sum`. Returns whether it and the one before
    /// found just that to be known.
    fn ended(&mut self, equal: bool, sum: u64) -> bool {
        // What was learnt since it was asked need not be known to the other.
        let equal = self.asked.take().filter(|asked| equal && *asked == sum);
        let before = core::mem::replace(&mut self.equal, equal);
        equal.is_some() && before == equal
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// A comparison that we began has ended. Only those count: whom we ask is drawn by us, while
    /// whoever wants news to die would ask us as often as it likes.
    pub(crate) fn news_may_be_known(&mut self, equal: bool) {
        let sum = self.members.view_total().digests;
        if self.reconcile.known.ended(equal, sum) {
            self.members.drop_known_news();
        }
    }
}

impl<I: Identity> Members<I> {
    /// Stops telling what others know.
    ///
    /// Suspicion is not compared, and who refutes or dies should be heard of by all at once: so nothing
    /// is dropped unless all are alive, nor what is said of ourselves, which others may doubt.
    fn drop_known_news(&mut self) {
        let all_alive = self.table.alive_len() == self.table.len();
        let waiting = self.news.len();
        if !all_alive || waiting <= COMPARED_NEWS_MAX {
            return;
        }
        self.own_ticket = self.news.keep_only(OURSELVES, self.own_ticket);
        self.known_elsewhere += (waiting - self.news.len()) as u64;
    }
}
