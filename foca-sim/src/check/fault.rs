//! What can happen to a cluster.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::feature::Feature;
use crate::Access;

/// Some of the members, the same ones for any number of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group {
    pub(crate) salt: u64,
    /// Of a thousand members about so many belong to it.
    pub(crate) per_mille: u16,
}

impl Group {
    /// Whether it contains the member at this address.
    #[must_use]
    pub fn contains(self, addr: u16) -> bool {
        // SplitMix64, one step: neighbouring addresses fall on either side.
        let mut bits = self.salt ^ u64::from(addr).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % 1_000 < u64::from(self.per_mille)
    }

    fn list(self, nodes: u16) -> String {
        let members = (0..nodes).filter(|addr| self.contains(*addr));
        let members: Vec<_> = members.map(|addr| addr.to_string()).collect();
        format!("{{{}}}", members.join(" "))
    }
}

/// What is left of the way of a member into the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Narrow {
    /// Bytes that it can send in a second.
    pub bytes_per_second: u16,
    /// Of a million datagrams to it or from it, how many are lost.
    pub loss_per_million: u32,
}

impl Narrow {
    pub(crate) fn to_access(self) -> Access {
        Access {
            loss_in_per_million: self.loss_per_million,
            loss_out_per_million: self.loss_per_million,
            bytes_per_second_out: NonZeroU32::new(self.bytes_per_second.into()),
            // No more than some seconds: what waits there is old when it arrives.
            queue_bytes_max: 4 * usize::from(self.bytes_per_second),
            ..Access::default()
        }
    }
}

/// As whom a process comes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Life {
    /// As what it was.
    Same,
    /// As the life after that.
    Next,
    /// As it was configured at first: an earlier life, if it was renewed since.
    First,
}

/// Something that happens to a cluster, and ends. Numbers of members are taken modulo their count.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(missing_docs, reason = "the line above each kind names its fields")]
pub enum Fault {
    /// A process ends without a word and never comes back.
    Crash { who: u16 },
    /// A process ends without a word and is started again at the end, with what it knew or without.
    Restart { who: u16, life: Life, saved: bool },
    /// A member says goodbye, and its process ends at the end.
    Leave { who: u16 },
    /// A member says goodbye and takes part again at the end.
    Return { who: u16, life: Life },
    /// A member goes on as its next life.
    Rename { who: u16 },
    /// A member goes on as what it is at another address.
    Move { who: u16 },
    /// The probe period of a member is so many per cent of what it was.
    Change { who: u16, per_cent: u32 },
    /// A process is stopped.
    Pause { who: u16 },
    /// A process neither reads nor sends.
    Block { who: u16 },
    /// A process needs so long for each datagram.
    Slow { who: u16, per_datagram: Duration },
    /// The way of a member into the network is narrow and loses datagrams.
    Narrow { who: u16, access: Narrow },
    /// Nothing that one group sends arrives at the other.
    Cut { from: Group, to: Group },
    /// The group and the others do not reach each other.
    Partition { group: Group },
    /// A member reaches nobody and nobody reaches it.
    Isolate { who: u16 },
    /// The clock of a process jumps ahead.
    Jump { who: u16, by: Duration },
    /// So many damaged datagrams arrive at a member.
    Garbage { who: u16, count: u16 },
    /// So many datagrams of earlier arrive again: where they did, or at this member.
    Replay { who: u16, count: u16 },
    /// Strangers send so many datagrams per second to a member.
    Flood { who: u16, per_second: u16 },
    /// Somebody with the key of the cluster sends so many lies per second to a member.
    Insider { who: u16, per_second: u16 },
    /// A member spreads so many items.
    Broadcast { who: u16, count: u16 },
}

/// A fault and its time.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// Which one of the plan of its seed.
    pub index: usize,
    /// Since the start.
    pub at: Duration,
    /// How long.
    pub lasts: Duration,
    /// What.
    pub fault: Fault,
    /// What has to be on for it.
    pub feature: Feature,
    /// Source of what is drawn for it while it goes on.
    pub(crate) salt: u64,
}

impl Planned {
    /// One line about it.
    #[must_use]
    pub fn describe(&self, nodes: u16) -> String {
        let fault = Described(&self.fault, nodes);
        format!(
            "#{:<3} at {:>8.3} s for {:>7.3} s: {fault}",
            self.index,
            self.at.as_secs_f64(),
            self.lasts.as_secs_f64()
        )
    }
}

struct Described<'a>(&'a Fault, u16);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(fault, nodes) = self;
        let any = |who: u16| who % nodes;
        let (one, list) = (expendable, |group: Group| group.list(*nodes));
        let text = match **fault {
            Fault::Crash { who } => format!("{} crashes for good", one(who, *nodes)),
            Fault::Restart { who, life, saved } => {
                let memory = if saved { "with" } else { "without" };
                let who = any(who);
                format!("{who} is down, then starts as its {life:?} life {memory} memory")
            }
            Fault::Leave { who } => format!("{} leaves for good", one(who, *nodes)),
            Fault::Return { who, life } => {
                format!("{} leaves, then returns as its {life:?} life", any(who))
            }
            Fault::Rename { who } => format!("{} goes on as its next life", any(who)),
            Fault::Move { who } => format!("{} moves to another address", one(who, *nodes)),
            Fault::Change { who, per_cent } => {
                format!("{} probes every {per_cent} % of the period", any(who))
            }
            Fault::Pause { who } => format!("{} is stopped", any(who)),
            Fault::Block { who } => format!("{} neither reads nor sends", any(who)),
            Fault::Slow { who, per_datagram } => {
                format!("{} needs {per_datagram:?} per datagram", any(who))
            }
            Fault::Narrow { who, access } => format!(
                "{} sends {} bytes a second, loses {} of a million",
                any(who),
                access.bytes_per_second,
                access.loss_per_million
            ),
            Fault::Cut { from, to } => format!("nothing gets from {} to {}", list(from), list(to)),
            Fault::Partition { group } => format!("{} are cut off", list(group)),
            Fault::Isolate { who } => format!("{} is cut off", any(who)),
            Fault::Jump { who, by } => format!("the clock of {} jumps by {by:?}", any(who)),
            Fault::Garbage { who, count } => {
                format!("{count} damaged datagrams arrive at {}", any(who))
            }
            Fault::Replay { who, count } => {
                format!("{count} old datagrams arrive again, some at {}", any(who))
            }
            Fault::Flood { who, per_second } => {
                format!(
                    "strangers send {per_second} datagrams a second to {}",
                    any(who)
                )
            }
            Fault::Insider { who, per_second } => {
                format!("an insider tells {} {per_second} lies a second", any(who))
            }
            Fault::Broadcast { who, count } => format!("{} spreads {count} items", any(who)),
        };
        f.write_str(&text)
    }
}

/// Members that others announce to. They never go for good: two parts of a cluster whose members know of
/// no seed that lives need not find each other.
pub(crate) const SEEDS: u16 = 2;

/// The member that a fault hits which is for good.
pub(crate) fn expendable(who: u16, nodes: u16) -> u16 {
    SEEDS + who % nodes.saturating_sub(SEEDS).max(1)
}
