//! What can happen to a cluster.

use std::fmt;
use std::time::Duration;

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
    /// The probe period of a member is so many per cent of what it was.
    Change { who: u16, per_cent: u32 },
    /// A process is stopped.
    Pause { who: u16 },
    /// A process neither reads nor sends.
    Block { who: u16 },
    /// A process needs so long for each datagram.
    Slow { who: u16, per_datagram: Duration },
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
        match **fault {
            Fault::Crash { who } => write!(f, "{} crashes for good", expendable(who, *nodes)),
            Fault::Restart { who, life, saved } => {
                let memory = if saved { "with" } else { "without" };
                write!(
                    f,
                    "{} is down, then starts as its {life:?} life {memory} memory",
                    any(who)
                )
            }
            Fault::Leave { who } => write!(f, "{} leaves for good", expendable(who, *nodes)),
            Fault::Return { who, life } => {
                write!(f, "{} leaves, then returns as its {life:?} life", any(who))
            }
            Fault::Rename { who } => write!(f, "{} goes on as its next life", any(who)),
            Fault::Change { who, per_cent } => {
                write!(f, "{} probes every {per_cent} % of the period", any(who))
            }
            Fault::Pause { who } => write!(f, "{} is stopped", any(who)),
            Fault::Block { who } => write!(f, "{} neither reads nor sends", any(who)),
            Fault::Slow { who, per_datagram } => {
                write!(f, "{} needs {per_datagram:?} per datagram", any(who))
            }
            Fault::Cut { from, to } => {
                write!(
                    f,
                    "nothing gets from {} to {}",
                    from.list(*nodes),
                    to.list(*nodes)
                )
            }
            Fault::Partition { group } => write!(f, "{} are cut off", group.list(*nodes)),
            Fault::Isolate { who } => write!(f, "{} is cut off", any(who)),
            Fault::Jump { who, by } => write!(f, "the clock of {} jumps by {by:?}", any(who)),
            Fault::Garbage { who, count } => {
                write!(f, "{count} damaged datagrams arrive at {}", any(who))
            }
            Fault::Replay { who, count } => {
                write!(
                    f,
                    "{count} old datagrams arrive again, some at {}",
                    any(who)
                )
            }
            Fault::Flood { who, per_second } => {
                write!(
                    f,
                    "strangers send {per_second} datagrams a second to {}",
                    any(who)
                )
            }
            Fault::Broadcast { who, count } => write!(f, "{} spreads {count} items", any(who)),
        }
    }
}

/// Members that others announce to. They never go for good: two parts of a cluster whose members know of
/// no seed that lives need not find each other.
pub(crate) const SEEDS: u16 = 2;

/// The member that a fault hits which is for good.
pub(crate) fn expendable(who: u16, nodes: u16) -> u16 {
    SEEDS + who % nodes.saturating_sub(SEEDS).max(1)
}
