//! Who lists whom, and how much of that is right: counted as it changes.

/// What everybody lists, beside what is true. Members go by their numbers.
pub(in crate::scenario) struct Views {
    nodes: usize,
    /// `[observer * nodes + subject]`: the life that is listed, plus one; 0 for not listed.
    listed: Vec<u16>,
    /// The present life of each member that runs.
    truth: Vec<Option<u16>>,
    running: u64,
    /// Pairs of running members of which the first lists the second in its present life.
    right: u64,
    /// Entries of running members that list whoever does not run, or not in that life.
    wrong: u64,
    /// Of all entries, those about somebody who runs, in whatever life.
    known: u64,
}

impl Views {
    pub(in crate::scenario) fn new(nodes: usize) -> Self {
        Self {
            nodes,
            listed: vec![0; nodes * nodes],
            truth: vec![None; nodes],
            running: 0,
            right: 0,
            wrong: 0,
            known: 0,
        }
    }

    /// A process starts, with an empty view.
    pub(in crate::scenario) fn start(&mut self, n: usize, life: u16) {
        self.change_truth(n, Some(life));
        self.running += 1;
    }

    /// A process ends: its view is gone, and whoever lists it is wrong.
    pub(in crate::scenario) fn stop(&mut self, n: usize) {
        for subject in 0..self.nodes {
            self.set(n, subject, None);
        }
        self.change_truth(n, None);
        self.running -= 1;
    }

    /// A process goes on as another life.
    pub(in crate::scenario) fn renew(&mut self, n: usize, life: u16) {
        self.change_truth(n, Some(life));
    }

    /// An observer lists somebody, or not any more. Returns what it listed before.
    pub(in crate::scenario) fn set(
        &mut self,
        observer: usize,
        subject: usize,
        life: Option<u16>,
    ) -> Option<u16> {
        let place = observer * self.nodes + subject;
        let before = self.listed[place];
        let after = life.map_or(0, |life| life.saturating_add(1));
        if before != after {
            self.count(before, subject, false);
            self.listed[place] = after;
            self.count(after, subject, true);
        }
        before.checked_sub(1)
    }

    /// Whom an observer lists, and as which life.
    pub(in crate::scenario) fn listed(&self, observer: usize, subject: usize) -> Option<u16> {
        self.listed[observer * self.nodes + subject].checked_sub(1)
    }

    pub(in crate::scenario) fn is_running(&self, n: usize) -> bool {
        self.truth.get(n).is_some_and(Option::is_some)
    }

    pub(in crate::scenario) const fn running(&self) -> u64 {
        self.running
    }

    /// Whether all running members list exactly all other running members.
    pub(in crate::scenario) const fn are_complete(&self) -> bool {
        self.wrong == 0 && self.right == self.running * self.running.saturating_sub(1)
    }

    /// The same without regard to lives: who was declared down and renewed its identity may still be
    /// listed under its earlier one.
    pub(in crate::scenario) const fn are_complete_by_address(&self) -> bool {
        self.right + self.wrong == self.known
            && self.known == self.running * self.running.saturating_sub(1)
    }

    /// How many of the pairs of running members are known, 0 to 1.
    pub(in crate::scenario) fn completeness(&self) -> f64 {
        let pairs = self.running * self.running.saturating_sub(1);
        match pairs {
            0 => 1.0,
            pairs => self.right as f64 / pairs as f64,
        }
    }

    /// Entries of running members about whoever does not run, or not in that life.
    pub(in crate::scenario) const fn wrong(&self) -> u64 {
        self.wrong
    }

    fn change_truth(&mut self, subject: usize, life: Option<u16>) {
        for observer in 0..self.nodes {
            let listed = self.listed[observer * self.nodes + subject];
            self.count(listed, subject, false);
        }
        self.truth[subject] = life;
        for observer in 0..self.nodes {
            let listed = self.listed[observer * self.nodes + subject];
            self.count(listed, subject, true);
        }
    }

    /// Only running members have entries, so every entry counts.
    fn count(&mut self, listed: u16, subject: usize, comes: bool) {
        let Some(life) = listed.checked_sub(1) else {
            return;
        };
        let truth = self.truth[subject];
        let counter = match truth == Some(life) {
            true => &mut self.right,
            false => &mut self.wrong,
        };
        let known = u64::from(truth.is_some());
        match comes {
            true => (*counter, self.known) = (*counter + 1, self.known + known),
            false => (*counter, self.known) = (*counter - 1, self.known - known),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_are_complete_when_all_list_all_in_their_present_lives() {
        let mut views = Views::new(3);
        views.start(0, 0);
        assert!(views.are_complete());
        views.start(1, 0);
        assert!(!views.are_complete());
        views.set(0, 1, Some(0));
        views.set(1, 0, Some(0));
        assert!(views.are_complete());

        views.renew(1, 1);
        assert_eq!((views.completeness(), views.wrong()), (0.5, 1));
        assert!(views.are_complete_by_address(), "0 lists the earlier life");
        views.set(0, 1, Some(1));
        assert!(views.are_complete());

        views.start(2, 0);
        for (observer, subject) in [(0, 2), (1, 2), (2, 0)] {
            views.set(observer, subject, Some(0));
        }
        views.stop(1);
        assert_eq!((views.completeness(), views.wrong()), (1.0, 1));
        assert!(!views.are_complete(), "0 still lists 1");
        assert!(!views.are_complete_by_address(), "0 still lists 1");
        assert_eq!(views.set(0, 1, None), Some(1));
        assert!(views.are_complete());
        assert_eq!(views.listed(1, 2), None, "the view went with the process");
    }
}
