//! An agent of memberlist: a member, what it does over TCP beside its datagrams, and how long it helps.
//!
//! Every connection is served by a task of its own, so what comes over it waits behind no datagram. Two
//! things go that way in memberlist, and did in the experiments. A probe whose helpers are asked asks its
//! target as well, and an answer within the time of the probe counts. And now and then an agent and another
//! one exchange all they know (push-pull); whom the other holds down is taken as suspected. An agent of Consul
//! seeks that now and then with somebody whom it holds down, too.

use std::collections::VecDeque;
use std::time::Duration;

use foca_codec::PostcardCodec;
use foca_core::{Foca, Instant, Member, NoBroadcasts, State};

use super::connection::{CONNECTION, Call, DATAGRAM};
use super::datagram::{OfOthers, PING_REQ, ack};
use super::relay::Relays;
use crate::Machine;
use crate::paper::cluster::{Id, Node};
use crate::random::Dice;

/// From one push-pull of an agent to its next, among 128: `PushPullInterval`, scaled.
const PUSH_PULL: Duration = Duration::from_secs(90);

/// From one look of an agent for somebody whom it holds down to its next: Serf's `ReconnectInterval`. It then
/// turns to one of them with a chance of their number over that of the living, so that whoever all hold down is
/// turned to once in that time.
const RECONNECT: Duration = Duration::from_secs(30);

/// How long all that an agent knows may wait to be written, and for the answer after that: `TCPTimeout`.
const PATIENCE: Duration = Duration::from_secs(10);

/// A member with its connections.
pub(super) struct Agent {
    member: Node,
    /// What is about to be written to connections.
    writes: VecDeque<Write>,
    /// The last probe whose target was asked over a connection.
    asked: Option<u32>,
    relays: Relays,
    push_pull_at: Instant,
    reconnect_at: Instant,
    /// To whom a push left when, and is not answered.
    pushed: Vec<(Id, Instant)>,
    random: Dice,
}

/// Something that is about to be written to a connection.
struct Write {
    to: Id,
    since: Instant,
    call: Call,
}

impl Agent {
    pub(super) fn new(member: Node, seed: u64) -> Self {
        let mut random = Dice::new(seed ^ CONNECTION_STREAM);
        let phase_us = random.below(PUSH_PULL_US);
        let reconnect_us = random.below(RECONNECT_US);
        Self {
            member,
            writes: VecDeque::new(),
            asked: None,
            relays: Relays::default(),
            push_pull_at: Instant::from_micros(phase_us),
            reconnect_at: Instant::from_micros(reconnect_us),
            pushed: Vec::new(),
            random,
        }
    }

    pub(super) fn foca(&self) -> &Foca<Id, PostcardCodec, NoBroadcasts> {
        self.member.foca()
    }

    fn write(&mut self, since: Instant, to: Id, call: Call) {
        self.writes.push_back(Write { to, since, call });
    }

    /// All it knows, itself included.
    fn state(&self) -> Vec<Member<Id>> {
        let foca = self.foca();
        let myself = Member {
            id: *foca.identity(),
            incarnation: foca.incarnation(),
            state: State::Alive,
        };
        foca.all_members().copied().chain([myself]).collect()
    }

    fn push(&mut self, now: Instant) {
        self.push_pull_at = now + PUSH_PULL;
        let alive = self.ids(State::Alive);
        self.push_to_one_of(now, &alive);
    }

    fn reconnect(&mut self, now: Instant) {
        self.reconnect_at = now + RECONNECT;
        let (down, suspects) = (self.ids(State::Down), self.ids(State::Suspect));
        let living = self.ids(State::Alive).len() + suspects.len() + 1;
        if self.random.below(living as u64) < down.len() as u64 {
            self.push_to_one_of(now, &down);
        }
    }

    /// Members that it holds to be in this state.
    fn ids(&self, state: State) -> Vec<Id> {
        let members = self.foca().all_members();
        let members = members.filter(|member| member.state == state);
        members.map(|member| member.id).collect()
    }

    fn push_to_one_of(&mut self, now: Instant, peers: &[Id]) {
        let drawn = self.random.below(peers.len() as u64) as usize;
        if let Some(peer) = peers.get(drawn) {
            let state = self.state();
            self.write(now, *peer, Call::Push(state));
        }
    }

    fn merge(&mut self, now: Instant, mut state: Vec<Member<Id>>) {
        for member in &mut state {
            if member.state == State::Down {
                member.state = State::Suspect;
            }
        }
        self.member.with(now, |foca, now| foca.merge(now, state));
    }

    fn handle_call(&mut self, now: Instant, from: Id, call: Call) {
        match call {
            Call::Ping(number) => self.write(now, from, Call::Ack(number)),
            // Too late for its probe it counts for nothing.
            Call::Ack(number) => {
                let ack = ack(from, *self.foca().identity(), number);
                self.member.handle_datagram(now, &ack);
            }
            Call::Push(state) => {
                let own = self.state();
                self.write(now, from, Call::Pull(own));
                self.merge(now, state);
            }
            Call::Pull(state) => {
                self.forget_pushes(now);
                if let Some(place) = self.pushed.iter().position(|(to, _)| *to == from) {
                    self.pushed.swap_remove(place);
                    self.merge(now, state);
                }
            }
        }
    }

    fn forget_pushes(&mut self, now: Instant) {
        self.pushed
            .retain(|(_, since)| now.duration_since(*since) <= PATIENCE);
    }

    /// Writes the next that is not too late to the front of `out`.
    fn poll_write(&mut self, now: Instant, out: &mut [u8]) -> Option<(Id, usize)> {
        while let Some(Write { to, since, call }) = self.writes.pop_front() {
            if now.duration_since(since) > PATIENCE {
                continue;
            }
            if matches!(call, Call::Push(_)) {
                self.forget_pushes(now);
                self.pushed.push((to, now));
            }
            let bytes = call.encode(*self.foca().identity());
            out[..bytes.len()].copy_from_slice(&bytes);
            return Some((to, bytes.len()));
        }
        None
    }
}

impl Machine for Agent {
    type Addr = Id;

    fn handle_datagram(&mut self, now: Instant, datagram: &[u8]) {
        match datagram.split_first() {
            Some((&DATAGRAM, datagram)) => match OfOthers::read(datagram) {
                Some(answer) if self.relays.is_late(now, &answer) => {
                    self.member.handle_datagram(now, &answer.news_alone());
                }
                _ => self.member.handle_datagram(now, datagram),
            },
            Some((_, call)) => {
                if let Some((from, call)) = Call::decode(call) {
                    self.handle_call(now, from, call);
                }
            }
            None => {}
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if self.push_pull_at <= now {
            self.push(now);
        }
        if self.reconnect_at <= now {
            self.reconnect(now);
        }
        if self.member.poll_timeout().is_some_and(|at| at <= now) {
            self.member.handle_timeout(now);
        }
    }

    fn poll_transmit(&mut self, now: Instant, out: &mut [u8]) -> Option<(Id, usize)> {
        let Some((to, len)) = self.member.poll_transmit(now, &mut out[1..]) else {
            return self.poll_write(now, out);
        };
        out[0] = DATAGRAM;
        if let Some(sent) = OfOthers::read(&out[1..=len]) {
            self.relays.sent(now, to, &sent);
            let OfOthers { number, other, .. } = sent;
            if sent.kind == PING_REQ && self.asked.replace(number) != Some(number) {
                self.write(now, other, Call::Ping(number));
            }
        }
        Some((to, len + 1))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let own = self.push_pull_at.min(self.reconnect_at);
        Some(self.member.poll_timeout().map_or(own, |at| at.min(own)))
    }

    fn has_own_connection(&self, datagram: &[u8]) -> bool {
        datagram.first() == Some(&CONNECTION)
    }
}

const PUSH_PULL_US: u64 = PUSH_PULL.as_micros() as u64;
const RECONNECT_US: u64 = RECONNECT.as_micros() as u64;

/// Keeps what connections draw apart from what the member draws under the same seed.
const CONNECTION_STREAM: u64 = 0x636f_6e6e_6563_7400;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::cluster::{Cluster, id};
    use crate::paper::lifeguard::configuration::{Configuration, Parts};
    use crate::paper::lifeguard::datagram::{INDIRECT_ACK, INDIRECT_PING, put_identity, written};
    use crate::{Journal, Link};
    use foca_core::Event;

    /// One of five that know each other, whose datagrams nobody answers.
    struct Lonely {
        agent: Agent,
        journal: Journal<Id>,
        now: Instant,
    }

    impl Lonely {
        fn new() -> Self {
            let config = Configuration::usual(Parts::Swim).config();
            let mut cluster = Cluster::of(1, 5, Link::default(), |_| config.clone(), Agent::new);
            let mut agent = cluster.network.remove(&id(0)).expect("it is there");
            agent.member.with(Instant::ZERO, |_, _| {});
            let _ = cluster.journal.take();
            // What connections do at times of their own comes when a test says so.
            (agent.push_pull_at, agent.reconnect_at) = (Instant::MAX, Instant::MAX);
            Self {
                agent,
                journal: cluster.journal.clone(),
                now: Instant::ZERO,
            }
        }

        /// What goes over connections now.
        fn calls(&mut self) -> Vec<(Id, Call)> {
            let mut out = [0; 4_096];
            let mut calls = Vec::new();
            while let Some((to, len)) = self.agent.poll_transmit(self.now, &mut out) {
                if out[0] == CONNECTION {
                    let (from, call) = Call::decode(&out[1..len]).expect("it can be read");
                    assert_eq!(from, id(0));
                    calls.push((to, call));
                }
            }
            calls
        }

        /// Serves deadlines until something goes over a connection.
        fn next_calls(&mut self) -> Vec<(Id, Call)> {
            loop {
                let calls = self.calls();
                if !calls.is_empty() {
                    return calls;
                }
                self.serve();
            }
        }

        fn serve(&mut self) {
            self.now = self.agent.poll_timeout().expect("it probes");
            self.agent.handle_timeout(self.now);
        }

        fn reads(&mut self, datagram: &[u8]) {
            let bytes = [&[DATAGRAM][..], datagram].concat();
            self.agent.handle_datagram(self.now, &bytes);
        }

        /// The kinds of the datagrams that leave now, but for its own `Ping`.
        fn kinds(&mut self) -> Vec<(Id, u8)> {
            const KIND_AT: usize = 8;
            const PING: u8 = 0;
            let mut out = [0; 4_096];
            let mut kinds = Vec::new();
            while let Some((to, _)) = self.agent.poll_transmit(self.now, &mut out) {
                kinds.push((to, out[KIND_AT]));
            }
            kinds.retain(|(_, kind)| *kind != PING);
            kinds
        }

        fn hears(&mut self, from: Id, call: &Call) {
            self.agent.handle_datagram(self.now, &call.encode(from));
        }

        /// Who is suspected and who is held down, in turn.
        fn reports(&self) -> Vec<Event<Id>> {
            let entries = self.journal.take().into_iter();
            entries.map(|entry| entry.event).collect()
        }
    }

    #[test]
    fn the_target_of_a_probe_is_asked_once_over_a_connection_and_its_answer_counts() {
        for answers in [false, true] {
            let mut it = Lonely::new();
            let calls = it.next_calls();
            let [(target, Call::Ping(number))] = calls[..] else {
                panic!("one question: {calls:?}");
            };
            if answers {
                it.hears(target, &Call::Ack(number));
            }
            let [(next, Call::Ping(_))] = it.next_calls()[..] else {
                panic!("one question of the next probe");
            };
            assert_ne!(next, target);
            let expected = if answers {
                vec![]
            } else {
                vec![Event::MemberSuspect(target)]
            };
            assert_eq!(it.reports(), expected);
        }
    }

    #[test]
    fn who_is_asked_answers_with_the_number() {
        let mut it = Lonely::new();
        it.calls();
        it.hears(id(2), &Call::Ping(77));
        assert_eq!(it.calls(), [(id(2), Call::Ack(77))]);
    }

    #[test]
    fn who_is_told_everything_tells_everything_and_suspects_whom_the_other_holds_down() {
        let mut it = Lonely::new();
        it.calls();
        let known = it.agent.state();
        let down = Member {
            state: State::Down,
            ..Member::alive(id(3))
        };
        it.hears(id(2), &Call::Push(vec![down]));
        assert_eq!(it.reports(), [Event::MemberSuspect(id(3))]);
        assert_eq!(known.len(), 5);
        assert_eq!(it.calls(), [(id(2), Call::Pull(known))]);
    }

    #[test]
    fn an_answer_to_everything_counts_once_and_not_late() {
        for (seconds, counts) in [(10, true), (11, false)] {
            let mut it = Lonely::new();
            it.calls();
            it.agent.push(it.now);
            let calls = it.calls();
            assert!(matches!(calls[..], [(_, Call::Push(_))]), "{calls:?}");
            it.now = it.now + Duration::from_secs(seconds);
            let down = |n| Member {
                state: State::Down,
                ..Member::alive(id(n))
            };
            it.hears(calls[0].0, &Call::Pull(vec![down(3)]));
            it.hears(calls[0].0, &Call::Pull(vec![down(2)]));
            let expected = if counts {
                vec![Event::MemberSuspect(id(3))]
            } else {
                vec![]
            };
            assert_eq!(it.reports(), expected);
        }
    }

    #[test]
    fn an_answer_for_another_goes_no_further_when_it_is_late_but_its_news_count() {
        const FORWARDED_ACK: u8 = 5;
        // One member, suspected at incarnation 0.
        let mut news = vec![0, 1, 1, 0];
        put_identity(&mut news, id(3));
        for (millis, passed_on) in [(500, true), (501, false)] {
            let mut it = Lonely::new();
            it.calls();
            it.reads(&written(PING_REQ, (id(1), &[0]), id(0), id(2), &[0, 0]));
            assert_eq!(it.kinds(), [(id(2), INDIRECT_PING)]);
            it.now = it.now + Duration::from_millis(millis);
            it.reads(&written(INDIRECT_ACK, (id(2), &[0]), id(0), id(1), &news));
            assert_eq!(it.reports(), [Event::MemberSuspect(id(3))]);
            let expected: &[_] = if passed_on {
                &[(id(1), FORWARDED_ACK)]
            } else {
                &[]
            };
            assert_eq!(it.kinds(), expected);
        }
    }

    #[test]
    fn whoever_is_held_down_is_turned_to_with_its_chance_and_nobody_else() {
        let mut it = Lonely::new();
        it.calls();
        for _ in 0..100 {
            it.agent.reconnect(it.now);
        }
        assert_eq!(it.calls(), []);
        // One member, down at incarnation 0.
        let mut news = vec![0, 1, 2, 0];
        put_identity(&mut news, id(3));
        it.reads(&written(PING_REQ, (id(1), &[0]), id(0), id(2), &news));
        assert_eq!(it.reports(), [Event::MemberDown(id(3))]);
        it.calls();
        let mut turned_to = 0;
        for _ in 0..1_000 {
            it.agent.reconnect(it.now);
            for (to, call) in it.calls() {
                assert_eq!((to, matches!(call, Call::Push(_))), (id(3), true));
                turned_to += 1;
            }
        }
        // One for four that live, itself included.
        assert!((190..310).contains(&turned_to), "{turned_to}");
    }

    #[test]
    fn what_waited_too_long_is_not_written() {
        let mut it = Lonely::new();
        it.calls();
        it.agent.push(it.now);
        it.now = it.now + PATIENCE + Duration::from_micros(1);
        assert_eq!(it.calls(), []);
    }
}
