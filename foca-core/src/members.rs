//! What is believed of everybody else: news comes in, precedence decides, events and news go out.

use core::time::Duration;

use crate::backlog::{Backlog, Take, Ticket};
use crate::damping::Watches;
use crate::deadlines::Deadlines;
use crate::decay::{Accuser, Suspicions};
use crate::event::Events;
use crate::gossip::LeftOver;
use crate::log::info;
use crate::own_question::Inquiries;
use crate::pace::Pace;
use crate::patience::Patience;
use crate::precedence::{Claim, Order, Outcome, judge};
use crate::random::Random;
use crate::table::{Guess, Slot, Table};
use crate::view::View;
use crate::{Codec, Config, Event, Identity, Instant, Member, Rules, State};

/// Where a statement comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Source {
    /// Another member said so, or the application handed in foreign state: passed on. Who accused, if it
    /// is about a suspect.
    Rumour(Accuser),
    /// Our own failure detector: passed on.
    Verdict,
    /// Our own state from before a restart: not passed on, and revives nobody.
    Restored,
    /// We moved away from this address and say so: passed on.
    Farewell,
    /// Found by comparing views; a death is to be forgotten after this.
    Compared { forget_after: Option<Duration> },
}

/// What a statement did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Applied {
    Changed,
    Ignored,
    /// It is about somebody new, and `members_max` is reached.
    Refused,
}

impl<I: Identity> Member<I> {
    /// Whether this says of the same address what `other` says.
    fn says_the_same(&self, other: &Self) -> bool {
        self.incarnation == other.incarnation
            && self.state == other.state
            && self.id.generation() == other.id.generation()
    }
}

/// What every step of the protocol may look at.
pub(crate) struct Step<'a, C> {
    pub(crate) now: Instant,
    pub(crate) config: &'a Config,
    pub(crate) codec: &'a C,
    /// Where the member that the step is about may be.
    pub(crate) guess: Guess,
}

/// Most events that the queue keeps room for while it is empty: those of a full datagram.
const EVENTS_SPARE_MAX: usize = 128;

/// Members that were written to a datagram.
pub(crate) struct Written {
    pub(crate) count: u16,
    /// Their bytes.
    pub(crate) used: usize,
    pub(crate) left_over: LeftOver,
}

impl Written {
    /// All that there was to write.
    pub(crate) const fn all(count: u16, used: usize) -> Self {
        Self {
            count,
            used,
            left_over: LeftOver::Nothing,
        }
    }
}

/// News in the backlog beyond which what was found by comparing is not added to it.
const COMPARED_NEWS_MAX: usize = 64;

/// How often what was found by comparing is told at most.
const COMPARED_SENDS: u8 = 3;

/// How much more often urgent news is sent: members that hear it within a few flights of each other tell
/// it to many who know already.
const URGENT_SENDS_MORE: u8 = 4;

/// Key of the news about ourselves; that about others is one more than their slot.
pub(crate) const OURSELVES: u32 = 0;

pub(crate) const fn news_key(slot: Slot) -> u32 {
    slot + 1
}

/// The slot that a key of news is of; `None` for ourselves.
pub(crate) const fn slot_of(key: u32) -> Option<Slot> {
    key.checked_sub(1)
}

/// The table, the news about it, the deadlines in it and the events from it.
///
/// In this order: what every input looks at comes first.
#[repr(C)]
pub(crate) struct Members<I: Identity> {
    /// Whether something was learnt that cannot wait for the next round of gossip.
    pub(crate) is_urgent: bool,
    /// What follows the number of members.
    pub(crate) pace: Pace,
    pub(crate) deadlines: Deadlines,
    pub(crate) events: Events<I>,
    pub(crate) table: Table<I>,
    pub(crate) news: Backlog,
    /// Who came back from a verdict of late.
    pub(crate) patience: Patience,
    /// Who refuted of late, and who is out for it.
    pub(crate) damping: Watches,
    /// Who accuses those that are suspected.
    pub(crate) suspicions: Suspicions,
    /// Whom we have yet to ask ourselves before they are declared down.
    pub(crate) inquiries: Inquiries,
    /// What is compared with others, if anything is.
    pub(crate) view: Option<View>,
    /// Of the news about ourselves; that about others have theirs in the table.
    pub(crate) own_ticket: Ticket,
    pub(crate) applied: u64,
    pub(crate) ignored: u64,
    pub(crate) refused: u64,
    /// Statements found by comparing that were not passed on because too much news waited.
    pub(crate) untold: u64,
}

impl<I: Identity> Members<I> {
    pub(crate) fn new(config: &Config, random: &mut Random) -> Self {
        Self {
            table: Table::new(random),
            deadlines: Deadlines::new(),
            events: Events::new(),
            pace: Pace::new(config, 1),
            patience: Patience::default(),
            damping: Watches::default(),
            suspicions: Suspicions::default(),
            inquiries: Inquiries::default(),
            news: Backlog::new(),
            view: None,
            own_ticket: Ticket::NONE,
            is_urgent: false,
            applied: 0,
            ignored: 0,
            refused: 0,
            untold: 0,
        }
    }

    /// Takes in a statement about somebody else, if it overrides what is known.
    pub(crate) fn apply<C: Codec<I>>(
        &mut self,
        step: Step<'_, C>,
        mut update: Member<I>,
        source: Source,
    ) -> Applied {
        let tells_left = step.config.rules == Rules::Native || source == Source::Farewell;
        if update.state == State::Left && !tells_left {
            update.state = State::Down;
        }
        let Some(slot) = self.table.find_guessed(step.guess, update.id.addr()) else {
            return self.insert(step, update, source);
        };
        let record = &self.table[slot];
        let known = &record.member;
        if !record.void && !record.recalled && known.says_the_same(&update) {
            // What most news is: known already.
            self.ignored += 1;
            if update.state == State::Suspect {
                self.suspected_again(&step, slot, source);
            }
            return Applied::Ignored;
        }
        if self.keeps_out(step.codec, slot, &update) {
            self.ignored += 1;
            return Applied::Ignored;
        }
        let known = &self.table[slot].member;
        let outcome = self.judge(step.config, slot, &update);
        let revives = update.state.is_active() && !known.state.is_active();
        if outcome == Outcome::Ignore || (source == Source::Restored && revives) {
            self.ignored += 1;
            let missed_goodbye = known.state == State::Left
                && matches!(update.state, State::Suspect | State::Down)
                && update.id.generation() == known.id.generation();
            self.confirm(&step, slot, &update, source);
            if missed_goodbye && matches!(source, Source::Rumour(_)) {
                // Nobody else would tell them: who has left does not speak for itself any more.
                self.pass_on(slot, self.pace.transmissions);
            }
            return Applied::Ignored;
        }
        self.replace(step, slot, update, source);
        Applied::Changed
    }

    /// What `update` would do to the record in `slot`.
    pub(crate) fn judge(&self, config: &Config, slot: Slot, update: &Member<I>) -> Outcome {
        let record = &self.table[slot];
        let (known, news) = (Claim::of(&record.member), Claim::of(update));
        // A void verdict is an opinion nobody shared: whatever is not older overrides it.
        if record.void && known.generation == news.generation {
            let newer = news.incarnation >= known.incarnation;
            return if newer {
                Outcome::Update
            } else {
                Outcome::Ignore
            };
        }
        // Asking whether an identity can be renewed may cost; it matters only if somebody is down.
        let order = match known.state.is_active() && news.state.is_active() {
            true => Order::Greater,
            false => Order::of(config, &record.member.id),
        };
        judge(order, known, news)
    }

    /// Shares again what we recalled from before a restart, when somebody else says the same.
    fn confirm<C: Codec<I>>(
        &mut self,
        step: &Step<'_, C>,
        slot: Slot,
        update: &Member<I>,
        source: Source,
    ) {
        let record = &self.table[slot];
        let confirmed = record.recalled
            && source != Source::Restored
            && Claim::of(&record.member) == Claim::of(update);
        if confirmed && let Some(record) = self.table.get_mut(slot) {
            record.recalled = false;
            self.view_changed(step.codec, slot);
            self.forget_with(step.now, slot, source);
        }
    }

    /// Who is gone is forgotten with whoever says so, if that is sooner: our restart is no reason to
    /// remember it anew.
    fn forget_with(&mut self, now: Instant, slot: Slot, source: Source) {
        if let Source::Compared { forget_after } = source
            && let Some(end) = forget_after.map(|after| now + after)
            && self.deadlines.at(slot).is_none_or(|known| end < known)
        {
            self.deadlines.set(slot, end);
        }
    }

    fn insert<C: Codec<I>>(
        &mut self,
        step: Step<'_, C>,
        update: Member<I>,
        source: Source,
    ) -> Applied {
        if self.table.len() >= step.config.members_max {
            self.refused += 1;
            return Applied::Refused;
        }
        let events_max = step.config.events_max;
        if update.state.is_active() {
            info!(member = ?update.id, "member up");
            self.events
                .push(Event::MemberUp(update.id.clone()), events_max);
        }
        if update.state == State::Suspect {
            self.events
                .push(Event::MemberSuspect(update.id.clone()), events_max);
        }
        let state = update.state;
        let slot = self.table.insert(update);
        if let Some(record) = self.table.get_mut(slot) {
            record.recalled = source == Source::Restored && !state.is_active();
        }
        self.view_changed(step.codec, slot);
        self.follow(step.config);
        self.arm(step.now, step.config, slot, state, source);
        self.changed(slot, source, false);
        Applied::Changed
    }

    pub(crate) fn replace<C: Codec<I>>(
        &mut self,
        step: Step<'_, C>,
        slot: Slot,
        update: Member<I>,
        source: Source,
    ) {
        let was_void = self.table[slot].void;
        let Some(was) = self.table.replace(slot, update) else {
            return;
        };
        let was_out = self.damping.is_out(slot);
        self.note_return(&step, slot, &was, was_void);
        if let Some(record) = self.table.get_mut(slot) {
            record.own_verdict = source == Source::Verdict;
            record.void = false;
            record.recalled = source == Source::Restored && !record.member.state.is_active();
        }
        self.view_changed(step.codec, slot);
        self.follow(step.config);
        let state = self.table[slot].member.state;
        let is_out = was_out && self.damping.is_out(slot);
        if state.is_active() || was.state.is_active() || was_out != is_out {
            self.arm(step.now, step.config, slot, state, source);
        }
        self.tell(step.config.events_max, slot, &was);
        let urgent = self.note_urgency(step.config, &was, state, source);
        self.changed(slot, source, urgent);
        self.note_refutation(&step, slot, &was, source);
    }

    /// Starts the clock that belongs to a state.
    fn arm(&mut self, now: Instant, config: &Config, slot: Slot, state: State, source: Source) {
        if state == State::Suspect {
            let next = self.suspicion_begins(now, config, slot, source);
            return self.deadlines.set(slot, next);
        }
        self.suspicion_ends(slot);
        let after = match (state, source) {
            (State::Alive | State::Suspect, _) => None,
            // It has been known for a while: it is forgotten where it was known, and here with it.
            (State::Down | State::Left, Source::Compared { forget_after }) => {
                config.forget_after.into_iter().chain(forget_after).min()
            }
            (State::Down | State::Left, _) => config.forget_after,
        };
        match after {
            Some(after) => self.deadlines.set(slot, now + after),
            None => self.deadlines.remove(slot),
        }
    }

    fn changed(&mut self, slot: Slot, source: Source, urgent: bool) {
        self.applied += 1;
        let sends = match source {
            Source::Restored => 0,
            Source::Compared { .. } if self.table[slot].member.state.is_active() => {
                self.compared_sends()
            }
            // Whoever heard of a death as news would remember it for the whole time, and tell others.
            Source::Compared { .. } => 0,
            Source::Rumour(_) | Source::Verdict | Source::Farewell => self.pace.transmissions,
        };
        let more = if urgent { URGENT_SENDS_MORE } else { 0 };
        self.pass_on(slot, sends.saturating_add(more));
    }

    /// How often to tell what was found by comparing: others may have missed it as well, but whoever
    /// has can find it in the same way, and where much was missed that costs less.
    fn compared_sends(&mut self) -> u8 {
        if self.news.len() < COMPARED_NEWS_MAX {
            self.pace.transmissions.min(COMPARED_SENDS)
        } else {
            self.untold += 1;
            0
        }
    }

    /// Queues what is believed of a member to be told to others so often.
    pub(crate) fn pass_on(&mut self, slot: Slot, sends: u8) {
        if sends > 0
            && let Some(record) = self.table.get_mut(slot)
        {
            record.ticket = self.news.push(news_key(slot), record.ticket, sends);
        }
    }

    /// Reports the difference between `was` and what is believed now.
    fn tell(&mut self, events_max: usize, slot: Slot, was: &Member<I>) {
        let member = &self.table[slot].member;
        let events = &mut self.events;
        let renamed = was.id != member.id;
        if renamed {
            info!(from = ?was.id, to = ?member.id, "member renamed");
            events.push(
                Event::Renamed {
                    from: was.id.clone(),
                    to: member.id.clone(),
                },
                events_max,
            );
        }
        let mut say = |event: fn(I) -> Event<I>| {
            info!(member = ?member.id, incarnation = member.incarnation, state = ?member.state, "member changed");
            events.push(event(member.id.clone()), events_max);
        };
        match (was.state.is_active(), member.state) {
            (false, State::Down | State::Left) => {}
            (false, State::Alive) => say(Event::MemberUp),
            (false, State::Suspect) => {
                say(Event::MemberUp);
                say(Event::MemberSuspect);
            }
            (true, State::Down) => say(Event::MemberDown),
            (true, State::Left) => say(Event::MemberLeft),
            (true, State::Suspect) if renamed || was.state == State::Alive => {
                say(Event::MemberSuspect);
            }
            (true, State::Alive) if !renamed && was.state == State::Suspect => {
                say(Event::MemberRefuted);
            }
            (true, State::Alive | State::Suspect) => {}
        }
    }

    /// The next event for the application.
    pub(crate) fn pop_event(&mut self) -> Option<Event<I>> {
        let event = self.events.pop();
        // A small share of the table: in a small cluster a burst is small as well.
        let spare = (self.table.len() / 8).clamp(1, EVENTS_SPARE_MAX);
        self.events.give_back(spare);
        event
    }

    /// Drops a member from memory.
    pub(crate) fn forget<C: Codec<I>>(&mut self, codec: &C, slot: Slot) {
        self.news.remove(news_key(slot), self.table[slot].ticket);
        self.table.remove(slot);
        self.patience.forget(slot);
        self.damping.forget(slot);
        self.suspicion_ends(slot);
        self.view_changed(codec, slot);
        self.deadlines.remove(slot);
    }

    /// Brings what follows the number of members up to date with it.
    pub(crate) fn follow(&mut self, config: &Config) {
        self.pace.follow(config, self.table.active_len() + 1);
    }

    /// The same for another configuration.
    pub(crate) fn set_pace(&mut self, config: &Config) {
        self.pace = Pace::new(config, self.table.active_len() + 1);
    }

    pub(crate) fn tell_of_ourselves(&mut self) {
        let sends = self.pace.transmissions;
        self.own_ticket = self.news.push(OURSELVES, self.own_ticket, sends);
    }

    pub(crate) fn has_news_of_ourselves(&self) -> bool {
        self.news.contains(OURSELVES, self.own_ticket)
    }

    pub(crate) const fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Writes news to the front of `out`, that in `first` before any other.
    pub(crate) fn write_news(
        &mut self,
        ourselves: Member<&I>,
        first: Option<Slot>,
        out: &mut [u8],
        mut encode: impl FnMut(Member<&I>, Accuser, &mut [u8]) -> Option<usize>,
    ) -> Written {
        let (table, suspicions) = (&self.table, &self.suspicions);
        let (mut count, mut used) = (0_u16, 0);
        let mut left_over = LeftOver::Nothing;
        let mut write = |member: Member<&I>, accuser| {
            let bytes = encode(member, accuser, &mut out[used..]);
            let (Some(bytes), Some(more)) = (bytes, count.checked_add(1)) else {
                left_over = LeftOver::More;
                return Take::NoRoom;
            };
            (count, used) = (more, used + bytes);
            Take::Written
        };
        if let Some(first) = first {
            write(table[first].member.as_ref(), suspicions.told(first));
        }
        self.news.fill(|key| match slot_of(key) {
            None => write(ourselves, Accuser::UNKNOWN),
            Some(slot) if Some(slot) == first => Take::Written,
            Some(slot) => match table.get(slot) {
                Some(record) => write(record.member.as_ref(), suspicions.told(slot)),
                None => Take::Obsolete,
            },
        });
        Written {
            count,
            used,
            left_over,
        }
    }
}
