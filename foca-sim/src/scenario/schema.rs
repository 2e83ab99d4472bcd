//! What a scenario file can say. `docs/SIMULATOR.md` has the same field by field, with examples.

use serde::{Deserialize, Serialize};

use super::network::NetworkSpec;
use super::span::Span;

/// A cluster, what happens to it, and for how long it is watched.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scenario {
    /// What the scenario is called.
    pub name: String,
    /// What happens, in a sentence.
    pub description: String,
    /// Members at the start, 2 to [`MEMBERS_MAX`](super::MEMBERS_MAX).
    pub nodes: usize,
    /// Time before anything is counted. All other times begin when it ends.
    pub warm_up: Span,
    /// How long the cluster is watched.
    pub duration: Span,
    /// The seed of the first run; further runs take the numbers after it.
    pub seed: u64,
    /// How members come to know each other.
    pub start: Start,
    /// How often the state of the cluster is written down.
    pub sample_every: Span,
    /// Whether a run is over as soon as all faults are, all crashes are known to everybody and all
    /// views are right, however much of `duration` is left.
    pub ends_early: bool,
    /// What the settings of members start from.
    pub preset: Preset,
    /// The bytes that members speak.
    pub wire: WireKind,
    /// Settings of `foca_core::Settings` that differ from the preset, in its names.
    pub settings: toml::Table,
    /// The space between members.
    pub network: NetworkSpec,
    /// What happens, and when.
    pub faults: Vec<Fault>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            description: String::new(),
            nodes: 128,
            warm_up: Span::from_secs(5),
            duration: Span::from_secs(60),
            seed: 1,
            start: Start::Known,
            sample_every: Span::from_secs(1),
            ends_early: false,
            preset: Preset::Lan,
            wire: WireKind::Native,
            settings: toml::Table::new(),
            network: NetworkSpec::default(),
            faults: Vec::new(),
        }
    }
}

/// How members come to know each other.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// All start at once, and within the first second each is told of everybody, as if restored from disk.
    Known,
    /// All start within the first second and ask member 0 to be taken in.
    Join,
}

/// What the settings of members start from.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// One data centre.
    Lan,
    /// Across the internet.
    Wan,
    /// One machine.
    Local,
    /// Fixed timing, no periodic task.
    Simple,
}

/// The bytes that members speak.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WireKind {
    /// Ours, with our rules.
    Native,
    /// Those of the published `foca`, with its rules.
    Foca2,
}

/// Something that happens to members, once or again and again.
///
/// A field that means nothing to the kind of fault is an error.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What happens.
    pub kind: Kind,
    /// When it first happens.
    #[serde(default)]
    pub at: Span,
    /// It happens at a moment drawn from so much time after each of its times.
    #[serde(default)]
    pub within: Span,
    /// Time from one beginning to the next.
    #[serde(default)]
    pub every: Option<Span>,
    /// Time from an end to the next beginning.
    #[serde(default)]
    pub rest: Option<Span>,
    /// When it ends for good; what lasts is cut short. Without it, when the scenario ends.
    #[serde(default)]
    pub until: Option<Span>,
    /// How often it happens at most.
    #[serde(default)]
    pub times: Option<u32>,
    /// How long it lasts each time; without it until `until`.
    #[serde(default, rename = "for")]
    pub lasts: Option<Span>,
    /// To whom.
    #[serde(default)]
    pub members: Selection,
    /// `cut`: whom their datagrams do not reach; without it, nobody at all.
    #[serde(default)]
    pub towards: Option<Selection>,
    /// `restart`: how long the process is away.
    #[serde(default)]
    pub back_after: Option<Span>,
    /// `restart`: as whom it comes back.
    #[serde(default)]
    pub generation: Option<Generation>,
    /// `restart`: whether it says goodbye first.
    #[serde(default)]
    pub graceful: Option<bool>,
    /// `partition`: into how many parts of equal size; without it, the members against the rest.
    #[serde(default)]
    pub parts: Option<usize>,
    /// `loss`: datagrams lost, in percent.
    #[serde(default)]
    pub percent: Option<f64>,
    /// `loss` with `members`: which datagrams of theirs.
    #[serde(default)]
    pub direction: Option<Direction>,
    /// `slow`: how long each datagram takes to be processed.
    #[serde(default)]
    pub per_datagram: Option<Span>,
    /// `clock-jump`: by how much their clocks are ahead from then on.
    #[serde(default)]
    pub by: Option<Span>,
    /// `join`: how many.
    #[serde(default)]
    pub count: Option<usize>,
}

/// What can happen to members.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The process ends without a word.
    Crash,
    /// The process ends and comes back with an empty view.
    Restart,
    /// Says goodbye and ends.
    Leave,
    /// New members start and ask a random one to be taken in.
    Join,
    /// The process is stopped: neither timers nor datagrams are served.
    Pause,
    /// Nothing is sent or received while timers run on, as in the Lifeguard paper.
    Block,
    /// Each datagram takes time to be processed.
    Slow,
    /// Datagrams are lost: in the whole network, or those of some members.
    Loss,
    /// Datagrams of some members to some members do not arrive, in that direction.
    Cut,
    /// The network falls into parts that cannot reach each other.
    Partition,
    /// Each of the members can reach nobody and be reached by nobody.
    Isolate,
    /// The clocks of the members jump ahead.
    ClockJump,
}

/// Whose datagrams are lost.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Those that they send.
    Out,
    /// Those sent to them.
    In,
    /// Both.
    Both,
}

/// As whom a process comes back.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generation {
    /// As a later life of its address.
    New,
    /// As the one who it was when it went.
    Same,
}

/// Which members: all, or those that one of the fields names.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Selection {
    /// These, by number from 0.
    pub index: Option<Vec<usize>>,
    /// So many, drawn under the seed.
    pub count: Option<usize>,
    /// So much of all, 0 to 1, drawn under the seed, rounded to the nearest and at least one.
    pub fraction: Option<f64>,
    /// Whether members are drawn once, each time, or in turn.
    pub pick: Pick,
}

/// Whether members are drawn once, each time, or in turn.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// The same members every time.
    #[default]
    Once,
    /// Drawn anew each time, from those that run.
    Each,
    /// The next ones in the order of their numbers, beginning with 0, until everybody had a turn.
    Next,
}
