//! `foca-sim sweep`: one scenario with one or more things varied.

use std::process::ExitCode;

use foca_sim::scenario::{Figure, System, summarise};
use serde::Serialize;

use super::Outcome as Ending;
use super::ensemble::run_seeds;
use super::source::Source;
use super::table::{number, print};
use crate::print::json;

/// Arguments of `foca-sim sweep`.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// What is varied and its values; several make a grid: `--vary faults.block.for=1s,2s,4s`.
    #[arg(long, value_name = "KEY=VALUE,VALUE,...", required = true)]
    vary: Vec<String>,
    /// Runs the published foca 2.0.0 instead of ours (needs the feature `peers`).
    #[arg(long)]
    peer: bool,
    /// Writes everything measured to standard output as JSON.
    #[arg(long)]
    json: bool,
}

/// One column of the table.
#[derive(Serialize)]
struct Column {
    changes: Vec<String>,
    figures: Vec<Figure>,
}

/// Columns of one sweep.
const COLUMNS_MAX: usize = 256;

impl Args {
    pub(crate) fn run(self) -> Ending {
        let scenario = self.source.scenario()?;
        let system = match self.peer {
            true => System::Published,
            false => System::Ours,
        };
        let grid = grid(&self.vary)?;
        // All of them, before the first runs for long.
        let scenarios = grid.iter().map(|changes| scenario.with_changes(changes));
        let scenarios = scenarios.collect::<Result<Vec<_>, _>>()?;
        let mut columns = Vec::new();
        for (changes, scenario) in grid.into_iter().zip(scenarios) {
            let runs = run_seeds(&scenario, system, self.source.seeds, &changes.join(" "))?;
            columns.push(Column {
                changes,
                figures: summarise(&runs),
            });
        }
        match self.json {
            true => json(&columns)?,
            false => show(&columns),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Every combination of the values.
fn grid(vary: &[String]) -> Result<Vec<Vec<String>>, String> {
    let mut grid = vec![Vec::new()];
    for one in vary {
        let (key, values) = one
            .split_once('=')
            .filter(|(key, values)| !key.is_empty() && !split(values).contains(&""))
            .ok_or_else(|| format!("`--vary {one}` is not of the form KEY=VALUE,VALUE,..."))?;
        let extend = |changes: &Vec<String>| {
            let changes = changes.clone();
            split(values)
                .into_iter()
                .map(move |value| [changes.as_slice(), &[format!("{key}={value}")]].concat())
                .collect::<Vec<_>>()
        };
        grid = grid.iter().flat_map(extend).collect();
        if grid.len() > COLUMNS_MAX {
            return Err(format!("more than {COLUMNS_MAX} combinations"));
        }
    }
    Ok(grid)
}

/// The values between commas, but for commas within a list, a table or a text of TOML.
fn split(values: &str) -> Vec<&str> {
    let (mut depth, mut quote) = (0_usize, None);
    let separates = |c: char| {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (_, Some(opened)) if opened == c => quote = None,
            (_, Some(_)) => {}
            ('[' | '{', None) => depth += 1,
            (']' | '}', None) => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && quote.is_none()
    };
    values.split(separates).map(str::trim).collect()
}

/// Times as medians, everything else as means, one column for each combination.
fn show(columns: &[Column]) {
    let mut names: Vec<&str> = Vec::new();
    for figure in columns.iter().flat_map(|column| &column.figures) {
        if !names.contains(&figure.name) {
            names.push(figure.name);
        }
    }
    let mut header = vec!["times: median, others: mean".to_owned()];
    header.extend(columns.iter().map(|column| {
        let values = column
            .changes
            .iter()
            .filter_map(|change| change.split_once('='));
        values.map(|(_, value)| value).collect::<Vec<_>>().join(" ")
    }));
    let mut rows = vec![header];
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(columns.iter().map(|column| {
            let figure = column.figures.iter().find(|figure| figure.name == name);
            figure.map_or_else(String::new, |figure| number(figure.typical()))
        }));
        rows.push(row);
    }
    print(&rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_variations_make_a_grid() {
        let vary = ["a=1,2", "b.c=x,y"].map(str::to_owned);
        let expected = [
            ["a=1", "b.c=x"],
            ["a=1", "b.c=y"],
            ["a=2", "b.c=x"],
            ["a=2", "b.c=y"],
        ];
        assert_eq!(grid(&vary).unwrap(), expected);
        assert!(grid(&["a".to_owned()]).is_err());
        assert!(grid(&["a=".to_owned()]).is_err());
        assert!(grid(&["a=1,,2".to_owned()]).is_err());
    }

    #[test]
    fn commas_within_a_value_do_not_end_it() {
        assert_eq!(split("[0,1],[2]"), ["[0,1]", "[2]"]);
        assert_eq!(split("{a='x,]',b=1}, {}"), ["{a='x,]',b=1}", "{}"]);
    }
}
