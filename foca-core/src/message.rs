//! What members tell each other, before it is bytes.

use crate::comparison::Side;

/// What is believed of a member.
///
/// The order is the precedence of news of equal incarnation under [`Rules::Native`](crate::Rules).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum State {
    /// Answers, or nobody doubts that it would.
    Alive,
    /// Did not answer somebody and has not refuted it yet.
    Suspect,
    /// Declared dead by the failure detector.
    Down,
    /// Said goodbye. `Wire::Foca2` cannot tell this from `Down`.
    Left,
}

impl State {
    /// Whether a member in this state takes part: `Alive` and `Suspect` do.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Alive | Self::Suspect)
    }
}

/// One statement about one member: the unit of news.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member<I> {
    /// Whom it is about.
    pub id: I,
    /// The member's own logical clock; only the member raises it, to refute what is said of it.
    pub incarnation: u32,
    /// What is said.
    pub state: State,
}

impl<I> Member<I> {
    /// A statement that `id` is alive, as far as incarnation 0 tells.
    pub const fn alive(id: I) -> Self {
        Self {
            id,
            incarnation: 0,
            state: State::Alive,
        }
    }

    /// The same statement about a borrowed identity.
    pub const fn as_ref(&self) -> Member<&I> {
        Member {
            id: &self.id,
            incarnation: self.incarnation,
            state: self.state,
        }
    }
}

/// What every datagram begins with. `T` is an identity, owned when decoded, borrowed when encoded.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Header<T> {
    /// Who sends.
    pub src: T,
    /// The sender's incarnation: the sender states to be alive at it.
    pub incarnation: u32,
    /// Whom it is for. `Announce` counts for any life of that address.
    pub dst: T,
    /// What it is.
    pub message: Message<T>,
}

/// The kinds of datagram.
///
/// `Wire::Foca2` carries the low eight bits of a probe number and none of the fields `nonce`,
/// `proof`, `echo` and `cookie`; they decode as zero there. It has no `Challenge`, `Compare`,
/// `Differences` and `Nack`.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum Message<T> {
    /// Are you alive? Answered by `Ack` with the same number.
    Ping {
        /// Unguessable number of the probe.
        number: u32,
    },
    /// I am. Answers `Ping`.
    Ack {
        /// The number of the `Ping`.
        number: u32,
    },
    /// Please probe `target` for me.
    PingReq {
        /// Who does not answer the sender.
        target: T,
        /// The number of the sender's probe.
        number: u32,
    },
    /// `origin` wants to know if you are alive.
    IndirectPing {
        /// Who asked the sender.
        origin: T,
        /// The number of the origin's probe.
        number: u32,
    },
    /// I am alive: tell `target`, who asked you.
    IndirectAck {
        /// The origin of the probe.
        target: T,
        /// The number of the origin's probe.
        number: u32,
    },
    /// `origin`, whom you asked me about, is alive.
    ForwardedAck {
        /// The member that answered.
        origin: T,
        /// The number of the receiver's probe.
        number: u32,
    },
    /// `origin`, whom you asked me about, has not answered me so far.
    Nack {
        /// The member that did not answer.
        origin: T,
        /// The number of the receiver's probe.
        number: u32,
    },
    /// I want to be in: answered by `Feed`, or by `Challenge` while the address is unproven.
    Announce {
        /// Token for the receiver to echo, which proves the receiver's address.
        nonce: u32,
        /// The cookie of a `Challenge`, which proves the sender's address; otherwise 0.
        proof: u32,
    },
    /// Some active members. Answers `Announce`.
    Feed {
        /// The nonce of the `Announce`.
        echo: u32,
    },
    /// News, nothing else.
    Gossip,
    /// Custom broadcasts, nothing else.
    Broadcast,
    /// You are held down (or an outdated life of your address): refute it or renew.
    TurnUndead {
        /// The nonce of the `Announce` this answers; otherwise 0.
        echo: u32,
    },
    /// Prove that you receive at your address: send `Announce` with this cookie.
    Challenge {
        /// The nonce of the `Announce` this answers; otherwise 0.
        echo: u32,
        /// Keyed token of the receiver's address.
        cookie: u32,
    },
    /// Here is what I know, or a summary of it: what do you know that I do not?
    Compare {
        /// The `nonce` of the last `Differences` from the receiver; otherwise 0.
        echo: u32,
        /// Keyed token of the receiver's address.
        nonce: u32,
    },
    /// Where our views differ. Answers `Compare`.
    Differences {
        /// The nonce of the `Compare`.
        echo: u32,
        /// Keyed token of the receiver's address.
        nonce: u32,
    },
}

impl<T> Message<T> {
    /// The same message about a borrowed third party.
    pub const fn as_ref(&self) -> Message<&T> {
        match *self {
            Self::Ping { number } => Message::Ping { number },
            Self::Ack { number } => Message::Ack { number },
            Self::PingReq { ref target, number } => Message::PingReq { target, number },
            Self::IndirectPing { ref origin, number } => Message::IndirectPing { origin, number },
            Self::IndirectAck { ref target, number } => Message::IndirectAck { target, number },
            Self::ForwardedAck { ref origin, number } => Message::ForwardedAck { origin, number },
            Self::Nack { ref origin, number } => Message::Nack { origin, number },
            Self::Announce { nonce, proof } => Message::Announce { nonce, proof },
            Self::Feed { echo } => Message::Feed { echo },
            Self::Gossip => Message::Gossip,
            Self::Broadcast => Message::Broadcast,
            Self::TurnUndead { echo } => Message::TurnUndead { echo },
            Self::Challenge { echo, cookie } => Message::Challenge { echo, cookie },
            Self::Compare { echo, nonce } => Message::Compare { echo, nonce },
            Self::Differences { echo, nonce } => Message::Differences { echo, nonce },
        }
    }

    /// The member that the message is about besides its sender and receiver.
    pub const fn third_party(&self) -> Option<&T> {
        match self {
            Self::PingReq { target: party, .. }
            | Self::IndirectPing { origin: party, .. }
            | Self::IndirectAck { target: party, .. }
            | Self::ForwardedAck { origin: party, .. }
            | Self::Nack { origin: party, .. } => Some(party),
            Self::Ping { .. }
            | Self::Ack { .. }
            | Self::Announce { .. }
            | Self::Feed { .. }
            | Self::Gossip
            | Self::Broadcast
            | Self::TurnUndead { .. }
            | Self::Challenge { .. }
            | Self::Compare { .. }
            | Self::Differences { .. } => None,
        }
    }

    /// What follows the header of this message.
    pub(crate) const fn cargo(&self) -> Cargo {
        match self {
            Self::Announce { .. } | Self::Challenge { .. } => Cargo::Nothing,
            Self::TurnUndead { .. } => Cargo::Members,
            Self::Broadcast => Cargo::Items,
            Self::Compare { .. } => Cargo::Comparison(Side::Compare),
            Self::Differences { .. } => Cargo::Comparison(Side::Differences),
            Self::Ping { .. }
            | Self::Ack { .. }
            | Self::PingReq { .. }
            | Self::IndirectPing { .. }
            | Self::IndirectAck { .. }
            | Self::ForwardedAck { .. }
            | Self::Nack { .. }
            | Self::Feed { .. }
            | Self::Gossip => Cargo::MembersThenItems,
        }
    }

    /// The token that an answer to this message echoes; 0 for none.
    pub(crate) const fn nonce(&self) -> u32 {
        match *self {
            Self::Announce { nonce, .. }
            | Self::Compare { nonce, .. }
            | Self::Differences { nonce, .. } => nonce,
            Self::Ping { .. }
            | Self::Ack { .. }
            | Self::PingReq { .. }
            | Self::IndirectPing { .. }
            | Self::IndirectAck { .. }
            | Self::ForwardedAck { .. }
            | Self::Nack { .. }
            | Self::Feed { .. }
            | Self::Gossip
            | Self::Broadcast
            | Self::TurnUndead { .. }
            | Self::Challenge { .. } => 0,
        }
    }

    /// The token of the receiver that this message says back; 0 for none.
    pub(crate) const fn said_back(&self) -> u32 {
        match *self {
            Self::Announce { proof, .. } => proof,
            Self::Feed { echo }
            | Self::TurnUndead { echo }
            | Self::Challenge { echo, .. }
            | Self::Compare { echo, .. }
            | Self::Differences { echo, .. } => echo,
            Self::Ping { .. }
            | Self::Ack { .. }
            | Self::PingReq { .. }
            | Self::IndirectPing { .. }
            | Self::IndirectAck { .. }
            | Self::ForwardedAck { .. }
            | Self::Nack { .. }
            | Self::Gossip
            | Self::Broadcast => 0,
        }
    }
}

/// What may follow the header of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Cargo {
    Nothing,
    Members,
    Items,
    MembersThenItems,
    Comparison(Side),
}

impl Cargo {
    pub(crate) const fn has_members(self) -> bool {
        matches!(self, Self::Members | Self::MembersThenItems)
    }

    /// Whether members that follow are news. An accusation is about its receiver, and a comparison
    /// has an order of its own.
    pub(crate) const fn has_news(self) -> bool {
        matches!(self, Self::MembersThenItems)
    }

    pub(crate) const fn has_items(self) -> bool {
        matches!(self, Self::Items | Self::MembersThenItems)
    }
}
