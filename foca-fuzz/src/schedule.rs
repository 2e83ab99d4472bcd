//! Two members that talk to each other through the input: it loses, delays, repeats and changes their
//! datagrams, adds some of its own, moves the clock and plays the application.

use std::collections::VecDeque;
use std::time::Duration;

use foca_codec::PostcardCodec;
use foca_core::{Instant, MAGIC, Member, State, Unsent};
use foca_sim::check::Id;

use crate::input::Input;
use crate::packet;
use crate::victim::{Victim, config};

/// Datagrams that wait between the two at most.
const WAITING_MAX: usize = 64;

struct Play {
    now: Instant,
    members: [Victim<PostcardCodec>; 2],
    waiting: VecDeque<(u16, Vec<u8>)>,
}

pub(crate) fn schedule(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let choice = input.byte();
    let member = |addr| Victim::new(Id::first(addr), config(choice), PostcardCodec);
    let mut play = Play {
        now: Instant::ZERO,
        members: [member(0), member(1)],
        waiting: VecDeque::new(),
    };
    while !input.is_empty() {
        let step = input.byte();
        play.step(&mut input, step);
    }
    play.finish();
}

impl Play {
    fn step(&mut self, input: &mut Input<'_>, step: u8) {
        let who = usize::from(step >> 7);
        match step & 0x7f {
            0..16 => self.deliver(input),
            16..24 => self.pass(Duration::from_millis(input.number().into())),
            24..32 => self.pass_to_deadline(who),
            32..48 => {
                let to = *self.members[who].foca.identity();
                let body = |input: &mut Input<'_>| input.short().to_vec();
                let datagram = packet::native(input, to, body);
                self.hand_in(who, &datagram);
            }
            48..52 => {
                let datagram = packet::sealed(input.short());
                self.hand_in(who, &datagram);
            }
            52..56 => self.hand_in(who, input.short()),
            56..64 => self.collect(who),
            64..68 => self.send_one(who, input),
            68..72 => self.members[who].drain_events(),
            _ => self.command(who, step & 0x7f, input),
        }
        for member in &mut self.members {
            member.assert_bounds();
        }
    }

    /// What an application can do.
    fn command(&mut self, who: usize, step: u8, input: &mut Input<'_>) {
        let now = self.now;
        let member = &mut self.members[who];
        if (80..88).contains(&step) {
            // Whatever is told before the member begins anew is judged as told before.
            member.drain_events();
        }
        let foca = &mut member.foca;
        match step {
            72..80 => {
                let _ = foca.announce(now, &u16::from(input.byte() % 6));
            }
            80..82 => {
                foca.leave(now);
                member.begin_anew();
            }
            82..88 => {
                // Another address would take that of the other member, and no network does that.
                let life = packet::identity(input).life;
                let next = Id {
                    life,
                    ..*foca.identity()
                };
                if foca.set_identity(now, next).is_ok() {
                    member.begin_anew();
                }
            }
            88..94 => {
                let _ = foca.broadcast(now, input.short());
            }
            94..100 => foca.merge(now, statements(input)),
            100..104 => foca.restore(now, statements(input)),
            104..110 => {
                let _ = foca.set_config(now, config(input.byte()));
            }
            _ => foca.handle_timeout(now),
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        for member in &mut self.members {
            member.serve(self.now);
        }
    }

    fn pass_to_deadline(&mut self, who: usize) {
        let deadline = self.members[who].foca.poll_timeout();
        self.now = self.now.max(deadline.unwrap_or(self.now));
        self.pass(Duration::ZERO);
    }

    fn hand_in(&mut self, who: usize, datagram: &[u8]) {
        let _ = self.members[who].foca.handle_datagram(self.now, datagram);
    }

    /// Takes out what a member has to send; what is for the other waits.
    fn collect(&mut self, who: usize) {
        for (to, datagram) in self.members[who].drain(self.now) {
            self.wait(to, datagram);
        }
    }

    fn wait(&mut self, to: u16, datagram: Vec<u8>) {
        if to < 2 && self.waiting.len() < WAITING_MAX {
            self.waiting.push_back((to, datagram));
        }
    }

    /// Takes out one datagram, perhaps with too little room, perhaps for a socket that refuses it.
    fn send_one(&mut self, who: usize, input: &mut Input<'_>) {
        let how = input.byte();
        let room = if how < 16 { usize::from(how) * 16 } else { 300 };
        let Some((to, datagram)) = self.members[who].next_datagram(self.now, room) else {
            return;
        };
        let foca = &mut self.members[who].foca;
        match how % 4 {
            0 => foca.handle_unsent(self.now, Unsent::Failed),
            1 => {
                foca.handle_unsent(self.now, Unsent::Blocked);
                self.now = self.now + Duration::from_millis(input.number().into());
                self.members[who].foca.handle_sent(self.now);
                self.wait(to, datagram);
            }
            _ => self.wait(to, datagram),
        }
    }

    /// Hands over what has waited longest: as it is, twice, never, later, or with a byte changed.
    fn deliver(&mut self, input: &mut Input<'_>) {
        let Some((to, mut datagram)) = self.waiting.pop_front() else {
            return;
        };
        let how = input.byte();
        match how {
            0..128 => {}
            128..160 => self.wait(to, datagram.clone()),
            160..176 => return,
            176..192 => return self.wait(to, datagram),
            _ => {
                let (at, value) = (usize::from(input.number()), input.byte());
                let len = datagram.len();
                if let Some(byte) = datagram.get_mut(at % len.max(1)) {
                    *byte = value;
                }
                if datagram.starts_with(&MAGIC) && len >= 11 {
                    datagram = packet::sealed(&datagram[7..len - 4]);
                }
            }
        }
        self.hand_in(usize::from(to), &datagram);
    }

    /// Everything comes to rest: the queues empty, the deadlines are in the future.
    fn finish(&mut self) {
        for who in 0..2 {
            self.members[who].serve(self.now);
            self.collect(who);
            self.members[who].drain_events();
            self.members[who].assert_bounds();
        }
    }
}

fn statements(input: &mut Input<'_>) -> Vec<Member<Id>> {
    let count = input.byte() % 8;
    let statement = |input: &mut Input<'_>| Member {
        id: packet::identity(input),
        incarnation: packet::incarnation(input),
        state: match input.byte() % 4 {
            0 => State::Alive,
            1 => State::Suspect,
            2 => State::Down,
            _ => State::Left,
        },
    };
    (0..count).map(|_| statement(input)).collect()
}
