//! What is shown of one member.

/// What became of a member.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Life {
    Running,
    Killed,
    Left,
}

/// What one member believes of another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Belief {
    Itself,
    Unknown,
    Up,
    Suspect,
    Down,
    Left,
}

/// A member and its view of the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) number: usize,
    pub(crate) port: u16,
    pub(crate) life: Life,
    /// How many members it lists as active, itself included.
    pub(crate) active: usize,
    /// Unknown until it was measured once.
    pub(crate) sent_per_s: Option<f64>,
    pub(crate) received_per_s: Option<f64>,
    /// By index of the member believed in.
    pub(crate) beliefs: Vec<Belief>,
}
