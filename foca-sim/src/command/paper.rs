//! `foca-sim paper`.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use foca_sim::paper::{EXPERIMENTS, Experiment, Extent, Progress, Run, Table};
use indicatif::{ProgressBar, ProgressStyle};

use super::Outcome;

/// Arguments of `foca-sim paper`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure: an experiment, a paper (all of its experiments), or `all`.
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// List the experiments.
    #[arg(long)]
    list: bool,
    /// As many runs as were published, or more: minutes to hours.
    #[arg(long, conflicts_with = "tiny")]
    full: bool,
    /// As few runs as show that it works: narrow tolerances may fail by chance.
    #[arg(long)]
    tiny: bool,
    /// Print JSON.
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    /// Print Markdown.
    #[arg(long)]
    markdown: bool,
    /// Draw the experiment into this file, as SVG. For a single experiment that has a plot.
    #[arg(long, value_name = "FILE", value_parser = super::file)]
    plot: Option<PathBuf>,
}

impl Args {
    pub(crate) fn run(self) -> Outcome {
        let Some(name) = self.name.as_deref().filter(|_| !self.list) else {
            list();
            return Ok(ExitCode::SUCCESS);
        };
        let experiments: Vec<_> = Experiment::named(name).collect();
        if experiments.is_empty() {
            return Err(
                format!("no experiment is called {name:?}: see foca-sim paper --list").into(),
            );
        }
        if self.plot.is_some() && experiments.len() > 1 {
            return Err(
                format!("{name:?} stands for several experiments: one can be drawn").into(),
            );
        }
        if let Some(file) = &self.plot {
            refuse_unwritable(file)?;
        }
        let extent = match (self.full, self.tiny) {
            (true, _) => Extent::Full,
            (false, true) => Extent::Tiny,
            (false, false) => Extent::Reduced,
        };
        let mut tables = Vec::new();
        for experiment in experiments {
            let bar = Bar::new(experiment.name);
            let table = experiment.run(&Run {
                extent,
                progress: &bar,
            });
            bar.0.finish_and_clear();
            if self.markdown {
                println!("{}", table.markdown());
            } else if !self.json {
                println!("{}", table.text());
            }
            tables.push(table);
        }
        if let Some(file) = &self.plot {
            draw(&tables, file)?;
        }
        if self.json {
            println!("{}", serde_json::to_string_pretty(&tables)?);
        }
        Ok(verdict(&tables))
    }
}

/// Before anything runs for long. Leaves the file as it is, and none where there was none.
fn refuse_unwritable(file: &Path) -> Result<(), String> {
    let existed = file.exists();
    fs::File::options()
        .append(true)
        .create(true)
        .open(file)
        .map_err(|error| format!("{}: {error}", file.display()))?;
    if !existed {
        // It is written once there is something to write.
        let _ = fs::remove_file(file);
    }
    Ok(())
}

fn draw(tables: &[Table], file: &Path) -> Result<(), Box<dyn Error + Send + Sync>> {
    let Some(plot) = tables.iter().find_map(|table| table.plot.as_ref()) else {
        return Err("this experiment has no plot".into());
    };
    fs::write(file, plot.svg()?).map_err(|error| format!("{}: {error}", file.display()).into())
}

fn list() {
    for experiment in EXPERIMENTS {
        println!("{:25} {}", experiment.name, experiment.summary);
    }
}

/// Names what failed.
fn verdict(tables: &[Table]) -> ExitCode {
    let failures = tables
        .iter()
        .flat_map(|table| table.failures().map(move |row| (table.name, &row.what)));
    let mut code = ExitCode::SUCCESS;
    for (table, what) in failures {
        eprintln!("{table}: {what}: outside its tolerance");
        code = ExitCode::FAILURE;
    }
    code
}

/// A progress bar on standard error; none where that is no terminal.
struct Bar(ProgressBar);

impl Bar {
    fn new(name: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_prefix(name);
        let style = ProgressStyle::with_template(
            "{prefix} {msg}\n  [{bar:30}] {pos}/{len} {elapsed} + {eta}",
        );
        Self(style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style)))
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, steps: u64) {
        self.0.set_length(steps);
        self.0.set_position(0);
        self.0.set_message(what.to_owned());
    }

    fn step(&self) {
        self.0.inc(1);
    }
}
