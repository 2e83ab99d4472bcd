//! One self-contained page about the runs of a scenario: a table and plots as inline SVG, nothing loaded from
//! elsewhere.

mod page;
mod plot;

pub use page::page;
pub use plot::PlotError;
