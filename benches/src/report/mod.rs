//! The report: everything measured, as tables of Markdown, and what it was meant to be.

mod clusters;
mod document;
mod goal;
mod instructions;
mod machine;
mod memory;
mod table;
mod times;
mod timing;

pub use document::insert;
pub use instructions::count_here;

use std::time::Duration;

use crate::work::Work;

/// A part of the report that can be made on its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Section {
    /// Time of every workload.
    Times,
    /// Instructions of every workload, as valgrind counts them.
    Instructions,
    /// Bytes of heap a member.
    Memory,
    /// Allocations of every workload.
    Allocations,
    /// Whole clusters in virtual time.
    Clusters,
}

impl Section {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 5] = [
        Self::Times,
        Self::Instructions,
        Self::Memory,
        Self::Allocations,
        Self::Clusters,
    ];

    /// What it is called between the markers of a document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Times => "times",
            Self::Instructions => "instructions",
            Self::Memory => "memory",
            Self::Allocations => "allocations",
            Self::Clusters => "clusters",
        }
    }

    /// Makes it, which takes minutes, and tells on standard error how far it is.
    #[must_use]
    pub fn make(self, effort: Effort, rows: &Rows) -> String {
        let tables = match self {
            Self::Times => times::section(effort, rows),
            Self::Instructions => instructions::section(rows),
            Self::Memory => memory::heap_section(effort),
            Self::Allocations => memory::allocations_section(effort, rows),
            Self::Clusters => clusters::section(effort),
        };
        format!("{}\n\n{tables}", machine::describe())
    }
}

/// Which rows are wanted, of the tables that have one for every workload.
#[derive(Clone, Debug, Default)]
pub struct Rows(String);

impl Rows {
    /// Those whose work has this in its name; all if it is empty.
    #[must_use]
    pub fn named(part: &str) -> Self {
        Self(part.to_owned())
    }

    fn want(&self, work: Work) -> bool {
        work.as_str().contains(&self.0)
    }
}

/// How much is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Effort {
    /// No more than 1,000 members, and hardly long enough to believe: is it still in order?
    Short,
    /// Everything but clusters of 10,000.
    Full,
    /// Clusters of 10,000 too: 12 GB of memory and the better part of an hour.
    Large,
}

impl Effort {
    /// Most members that a node is measured with.
    const fn members_max(self) -> usize {
        match self {
            Self::Short => 1_000,
            Self::Full | Self::Large => 100_000,
        }
    }

    /// Longest time that one make is measured for, in one row of a table.
    const fn patience(self) -> Duration {
        match self {
            Self::Short => Duration::from_millis(50),
            Self::Full | Self::Large => Duration::from_millis(600),
        }
    }
}
