//! What is still to be asked in a comparison: questions to bytes, and answers to further questions.

use alloc::vec::Vec;

use crate::comparison::{COMPARE_BYTES, Entries, Entry, FULL};
use crate::machine::Machine;
use crate::ranges::Range;
use crate::{Broadcasts, Codec, Identity, Instant};

/// Members in a range up to which all of them are sent rather than the sums of its parts.
const LIST_MEMBERS_MAX: u32 = 12;

/// Questions that wait in one comparison. What is left out is found by the next comparison.
const QUESTIONS_MAX: usize = 1_024;

/// Something to find out about the view of another member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Question {
    /// Whether it differs at all.
    All,
    /// Where in this range it differs.
    Split(Range),
    /// What it knows here that we do not; we tell what we know.
    Members(Range),
}

/// The questions of one comparison.
#[derive(Default)]
pub(crate) struct Questions {
    /// Those that wait, the next one last.
    waiting: Vec<Question>,
    /// Those that were sent and not answered yet.
    asked: Vec<Question>,
    /// Parts of a range that differ: how many we know there, and the sum of theirs. Kept for its capacity.
    parts: Vec<(Range, u32, u32)>,
}

impl Questions {
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
        self.asked.clear();
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.asked.is_empty()
    }

    /// Questions that were sent and not answered yet.
    pub(crate) const fn asked_len(&self) -> usize {
        self.asked.len()
    }

    /// Takes a question that was sent off the list, if it was.
    fn answered(&mut self, is_answered: impl Fn(&Question) -> bool) -> Option<Question> {
        let index = self.asked.iter().position(is_answered)?;
        Some(self.asked.swap_remove(index))
    }

    pub(crate) fn ask(&mut self, question: Question) -> bool {
        let taken = self.waiting.len() < QUESTIONS_MAX;
        if taken {
            self.waiting.push(question);
        }
        taken
    }

    /// What was not answered is asked again.
    pub(crate) fn ask_again(&mut self) {
        self.waiting.append(&mut self.asked);
    }
}

impl<I: Identity, C: Codec<I>, B: Broadcasts<I>> Machine<I, C, B> {
    /// Writes what follows the header of a `Compare`.
    pub(crate) fn write_questions(
        &mut self,
        now: Instant,
        to: &I,
        out: &mut [u8],
    ) -> Option<usize> {
        let window = self.reconcile.window(to)?;
        let mut entries = Entries::new(out, COMPARE_BYTES)?;
        let mut page = core::mem::take(&mut self.comparison.page);
        while self.reconcile.questions.asked.len() < window
            && let Some(question) = self.reconcile.questions.waiting.pop()
        {
            let asked = match question {
                Question::All => {
                    let digests = self.members.view_total().digests;
                    self.reconcile.known.asked(digests);
                    entries.all(digests).map(|()| question)
                }
                Question::Split(range) => entries.split(range).map(|()| question),
                Question::Members(range) => self
                    .write_view(now, &mut entries, (range, &[]), &mut page)
                    .map(Question::Members),
            };
            let Some(asked) = asked else {
                self.reconcile.questions.waiting.push(question);
                break;
            };
            if let (Question::Members(range), Question::Members(covered)) = (question, asked)
                && covered.last < range.last
            {
                let first = covered.last + 1;
                let rest = Range { first, ..range };
                self.reconcile
                    .questions
                    .waiting
                    .push(Question::Members(rest));
            }
            self.reconcile.questions.asked.push(asked);
        }
        self.comparison.page = page;
        let len = entries.len();
        let full = self.members.table.len() >= self.config.members_max;
        out[0] = if full { FULL } else { 0 };
        (!self.reconcile.questions.asked.is_empty()).then_some(len)
    }

    /// Goes through the answers. Returns how many were to questions that we asked, and whether all is
    /// equal.
    pub(crate) fn take_answers(&mut self) -> (usize, bool) {
        let (mut answers, mut equal, mut sums) = (0, false, 0);
        for index in 0..self.comparison.entries.len() {
            match self.comparison.entries[index] {
                Entry::Equal => {
                    let asked = self.reconcile.questions.answered(|it| *it == Question::All);
                    equal |= asked.is_some();
                }
                Entry::Sums { range, count } => {
                    let asked = self.reconcile.questions.answered(|it| {
                        *it == Question::Split(range)
                            || (*it == Question::All && range == Range::ALL)
                    });
                    if asked.is_some() {
                        answers += 1;
                        self.look_into(range, sums, count);
                    }
                    sums += count;
                }
                Entry::Members { range, .. } => {
                    let asked = self.reconcile.questions.answered(|it| match it {
                        Question::Members(asked) => {
                            asked.first == range.first && asked.last >= range.last
                        }
                        Question::All | Question::Split(_) => false,
                    });
                    if let Some(Question::Members(asked)) = asked {
                        answers += 1;
                        if range.last < asked.last {
                            let first = range.last + 1;
                            let rest = Question::Members(Range { first, ..asked });
                            let taken = self.reconcile.questions.ask(rest);
                            self.stats.comparisons_limited += u64::from(!taken);
                        }
                    }
                }
                Entry::All(_) | Entry::Split(_) => {}
            }
        }
        (answers, equal)
    }

    /// Asks about those parts of a range whose sums differ from ours.
    fn look_into(&mut self, range: Range, sums: usize, count: usize) {
        let mut parts = core::mem::take(&mut self.reconcile.questions.parts);
        parts.clear();
        let ours = &mut self.comparison.ours;
        self.members.view_sums(range, count, ours);
        let theirs = &self.comparison.sums[sums..];
        for (index, (ours, &theirs)) in ours.iter().zip(theirs).enumerate() {
            if ours.digests as u32 != theirs {
                parts.push((range.part(index, count), ours.count, theirs));
            }
        }
        // Where most parts differ their own parts will, too.
        let list_max = match parts.len() * 4 > count * 3 {
            true => LIST_MEMBERS_MAX * 4,
            false => LIST_MEMBERS_MAX,
        };
        for &(part, members, theirs) in &parts {
            // Where they know nobody there is nothing to narrow down.
            let narrow = members > list_max && theirs != 0 && part.first < part.last;
            let question = if narrow {
                Question::Split(part)
            } else {
                Question::Members(part)
            };
            if !self.reconcile.questions.ask(question) {
                self.stats.comparisons_limited += 1;
                break;
            }
        }
        self.reconcile.questions.parts = parts;
    }
}
