//! One node alone on a stage: everybody else is spoken for by the test.

use std::time::Duration;

use foca_core::{
    Broadcasts, Config, Event, Instant, Member, Message, NoBroadcasts, Reject, State, Wire,
};

use super::wire::{Packet, packet, receive, sent};
use super::{Id, Node, addr, id, node_with, told};

/// The node is `id(0)`; the others exist only in what is said in their name.
pub struct Stage<B: Broadcasts<Id> = NoBroadcasts> {
    pub node: Node<Id, B>,
    pub now: Instant,
}

impl Stage {
    /// The node knows `id(1)` to `id(others)` as alive and has nothing to tell of them.
    pub fn new(config: &Config, others: u16) -> Self {
        Self::with_broadcasts(config, NoBroadcasts, others)
    }
}

/// What others do to the node.
impl<B: Broadcasts<Id>> Stage<B> {
    /// Lets everybody answer a `Ping`: who proved its address gets answers of full length.
    #[must_use]
    pub fn acquainted(mut self) -> Self {
        let rounds = self.node.members().len() as u32 + 1;
        self.pass_in_peace(self.node.config().probe_period * rounds);
        self
    }

    pub fn with_broadcasts(config: &Config, broadcasts: B, others: u16) -> Self {
        let mut node = node_with(id(0), config.clone(), broadcasts, 7);
        let now = Instant::ZERO;
        node.restore(now, (1..=others).map(|n| Member::alive(id(n))));
        while node.poll_event().is_some() {}
        Self { node, now }
    }

    /// Hands the node a message of `id(from)`.
    pub fn tell(&mut self, from: u16, message: Message<Id>) -> Result<(), Reject> {
        self.tell_with(from, message, &[])
    }

    /// The same, with members aboard.
    pub fn tell_with(
        &mut self,
        from: u16,
        message: Message<Id>,
        members: &[Member<Id>],
    ) -> Result<(), Reject> {
        let packet = packet(id(from), *self.node.identity(), message);
        self.tell_packet(&packet.members(members.iter().copied()))
    }

    pub fn tell_packet(&mut self, packet: &Packet<Id>) -> Result<(), Reject> {
        receive(&mut self.node, self.now, packet)
    }

    /// Hands the node a message and returns what it says then.
    ///
    /// # Panics
    ///
    /// If it is rejected.
    pub fn ask(&mut self, from: u16, message: Message<Id>) -> Vec<Packet<Id>> {
        assert_eq!(self.tell(from, message), Ok(()));
        self.said()
    }
}

/// Time, and what the node says as it passes.
impl<B: Broadcasts<Id>> Stage<B> {
    pub fn said(&mut self) -> Vec<Packet<Id>> {
        let said = sent(&mut self.node, self.now);
        assert!(
            said.iter()
                .all(|(to, packet)| *to == packet.header.dst.addr)
        );
        said.into_iter().map(|(_, packet)| packet).collect()
    }

    /// Moves to the next timer and serves it, but lets nothing leave.
    pub fn serve(&mut self) {
        self.now = self.node.poll_timeout().expect("a timer");
        self.node.handle_timeout(self.now);
    }

    /// Moves to the next timer, serves it, and returns what the node says then.
    pub fn next(&mut self) -> Vec<Packet<Id>> {
        self.serve();
        self.said()
    }

    /// Lets so much time pass, serving every timer at its time, and returns what was said.
    pub fn pass(&mut self, duration: Duration) -> Vec<Packet<Id>> {
        let (end, mut all) = (self.now + duration, Vec::new());
        while self.node.poll_timeout().is_some_and(|at| at <= end) {
            all.extend(self.next());
        }
        self.now = end;
        all
    }

    /// The same while everybody answers each `Ping` at once.
    pub fn pass_in_peace(&mut self, duration: Duration) -> Vec<Packet<Id>> {
        let (end, mut all) = (self.now + duration, Vec::new());
        while self.node.poll_timeout().is_some_and(|at| at <= end) {
            let said = self.next();
            for ping in &said {
                self.answer(ping);
            }
            all.extend(said);
            all.extend(self.said());
        }
        self.now = end;
        all
    }

    /// Lets the receiver of a `Ping` answer it; does nothing about other messages.
    pub fn answer(&mut self, ping: &Packet<Id>) {
        if let Message::Ping { number } = ping.header.message {
            let ack = packet(ping.header.dst, ping.header.src, Message::Ack { number });
            assert_eq!(self.tell_packet(&ack), Ok(()));
        }
    }

    /// Serves timers until a probe has begun, and returns its `Ping`: whom it is to, its number.
    pub fn next_probe(&mut self) -> (u16, u32) {
        loop {
            for said in self.next() {
                if let Message::Ping { number } = said.header.message {
                    return (name(&said.header.dst), number);
                }
            }
        }
    }
}

/// What the node believes.
impl<B: Broadcasts<Id>> Stage<B> {
    pub fn wire(&self) -> Wire {
        self.node.config().wire
    }

    pub fn member(&self, n: u16) -> Option<Member<Id>> {
        self.node.member(&addr(n)).copied()
    }

    pub fn state(&self, n: u16) -> Option<State> {
        self.member(n).map(|member| member.state)
    }

    pub fn events(&mut self) -> Vec<Event<Id>> {
        told(&mut self.node)
    }
}

/// The `n` of an `id(n)` below 256.
pub fn name(id: &Id) -> u16 {
    match id.addr {
        std::net::SocketAddr::V4(addr) => addr.ip().octets()[3].into(),
        std::net::SocketAddr::V6(addr) => panic!("{addr} is no address of the scenarios"),
    }
}

/// Whom packets of one kind are for.
pub fn receivers(packets: &[Packet<Id>], is: impl Fn(&Message<Id>) -> bool) -> Vec<u16> {
    packets
        .iter()
        .filter(|packet| is(&packet.header.message))
        .map(|packet| name(&packet.header.dst))
        .collect()
}
