//! What a seed switches on or off: a run in which everything happens at once finds less than runs in which
//! different things do (Groce et al., *Swarm Testing*, ISSTA 2012).

use std::fmt;
use std::str::FromStr;

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident => $name:literal, $percent:literal;)+) => {
        /// Something that a run has or has not. Named on the command line by [`Display`](fmt::Display).
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum Feature { $($(#[$doc])* $variant,)+ }

        impl Feature {
            /// All of them, with how many seeds of a hundred have them.
            pub const ALL: &[(Self, u64)] = &[$((Self::$variant, $percent),)+];
        }

        impl fmt::Display for Feature {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $name,)+ })
            }
        }
    };
}

features! {
    /// The bytes and rules of the published crate, unless members migrate.
    Foca2 => "foca2", 25;
    /// Settings other than those of a preset.
    Settings => "settings", 50;
    /// A ceiling on the bytes of each member.
    Ceiling => "ceiling", 30;
    /// Queues and tables hardly larger than needed.
    Bounds => "bounds", 30;
    /// The dead are forgotten soon.
    Forgetful => "forgetful", 15;
    /// Seeds are announced to until one of them is known, and never again.
    SeedsOnce => "seeds-once", 25;
    /// Datagrams are lost, each by itself.
    Loss => "loss", 50;
    /// Datagrams are lost one after the other.
    Bursts => "bursts", 25;
    /// Datagrams arrive twice.
    Duplicates => "duplicates", 30;
    /// Datagrams are slow and overtake each other.
    Reordering => "reordering", 30;
    /// Members crash and stay away.
    Crashes => "crashes", 50;
    /// Members crash and are started again.
    Restarts => "restarts", 50;
    /// Members leave, for good or for a while.
    Leaves => "leaves", 50;
    /// Members go on as a later life.
    Renames => "renames", 30;
    /// Settings change while members run.
    Changes => "changes", 25;
    /// Processes are stopped and continued.
    Pauses => "pauses", 50;
    /// Timers run, but nothing is read or sent.
    Blocks => "blocks", 30;
    /// Each datagram takes long to be taken in.
    Slowness => "slowness", 30;
    /// Cuts in one direction.
    Cuts => "cuts", 40;
    /// Cuts into two halves.
    Partitions => "partitions", 40;
    /// One member is cut off.
    Isolation => "isolation", 40;
    /// Clocks jump ahead.
    Jumps => "jumps", 30;
    /// Damaged datagrams arrive.
    Garbage => "garbage", 40;
    /// Datagrams of long ago arrive again, not only where they did before.
    Replays => "replays", 40;
    /// Strangers ask, in numbers.
    Floods => "floods", 30;
    /// The application spreads items.
    Broadcasts => "broadcasts", 30;
    /// Every other member is in another region, further away.
    Regions => "regions", 25;
    /// Members send through narrow and lossy ways.
    Narrowness => "narrowness", 30;
    /// Members move to other addresses.
    Moves => "moves", 30;
    /// Somebody with the key of the cluster lies.
    Insiders => "insiders", 20;
    /// Members speak different wires and accept both.
    Migration => "migration", 15;
    /// More members than usual: what is bounded by their number is reached.
    Crowds => "crowds", 6;
}

impl FromStr for Feature {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = || Self::ALL.iter().map(|(feature, _)| *feature);
        known()
            .find(|feature| feature.to_string() == text)
            .ok_or_else(|| {
                let names: Vec<_> = known().map(|feature| feature.to_string()).collect();
                format!(
                    "no feature is called {text:?}; there are {}",
                    names.join(", ")
                )
            })
    }
}
