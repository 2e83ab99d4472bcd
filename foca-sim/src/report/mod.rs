//! One self-contained page about the runs of a scenario: a table and plots as inline SVG, nothing loaded from
//! elsewhere.

mod number;
mod page;
mod plot;
mod series;

pub use number::number;
pub use page::page;
pub use plot::PlotError;
