//! `foca-sim compare`: one scenario on ours and on the published `foca` 2.0.0.

use std::process::ExitCode;

use foca_sim::scenario::{Figure, System, summarise};
use serde::Serialize;

use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::source::Source;
use super::table::{counted, number, print};
use crate::print::json;

/// Arguments of `foca-sim compare`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Writes everything measured to standard output as JSON.
    #[arg(long)]
    json: bool,
}

/// What `--json` writes.
#[derive(Serialize)]
struct Document {
    ours: Vec<Figure>,
    published: Vec<Figure>,
}

impl Args {
    pub(crate) fn run(self) -> Ending {
        let scenario = self.source.scenario()?;
        // First whoever may be missing: it says so before the other has run for long.
        let runs = |system, title| run_seeds(&scenario, system, self.source.seeds, title);
        let published = summarise(&runs(System::Published, "foca 2.0.0")?);
        let ours = summarise(&runs(System::Ours, "ours")?);
        let document = Document { ours, published };
        if self.json {
            json(&document)?;
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{}, {} members, {}",
            scenario.name,
            scenario.nodes,
            counted(self.source.seeds, "run")
        );
        println!();
        let header = [
            "",
            "ours: mean",
            "median",
            "p99",
            "foca 2.0.0: mean",
            "median",
            "p99",
        ];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        for ours in &document.ours {
            let theirs = document
                .published
                .iter()
                .find(|figure| figure.name == ours.name);
            let mut row = vec![ours.name.to_owned()];
            row.extend(cells(Some(ours)));
            row.extend(cells(theirs));
            rows.push(row);
        }
        print(&rows);
        Ok(ExitCode::SUCCESS)
    }
}

fn cells(figure: Option<&Figure>) -> [String; 3] {
    match figure {
        Some(figure) => [figure.mean, figure.median, figure.p99].map(number),
        None => ["-"; 3].map(str::to_owned),
    }
}
