//! Measures everything and prints it as Markdown, or writes it into a document.

use std::path::PathBuf;
use std::process::ExitCode;

use benches::Make;
use benches::heap::Counting;
use benches::report::{Effort, Rows, Section, count_here, insert};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Measures ours beside the published foca crate and prints tables of Markdown.
#[derive(Parser)]
struct Options {
    /// The document whose sections are replaced, between lines like `<!-- times begin -->`.
    #[arg(long)]
    write: Option<PathBuf>,
    /// These sections alone.
    #[arg(long, value_enum)]
    only: Vec<Section>,
    /// Only workloads with this in their names: `Ping`, `gossip`, `restore`.
    #[arg(long, default_value = "", conflicts_with = "write")]
    rows: String,
    #[arg(long, value_enum, default_value = "full")]
    effort: Effort,
    /// What the program asks of itself inside of valgrind.
    #[arg(long, value_enum, hide = true)]
    count_instructions: Option<Make>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(make) = options.count_instructions {
        count_here(make, &Rows::named(&options.rows));
        return ExitCode::SUCCESS;
    }
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    if let Some(path) = &options.write {
        // Rather now than after minutes.
        insert(&read(path)?, Section::Times, "")?;
    }
    for section in Section::ALL {
        if !options.only.is_empty() && !options.only.contains(&section) {
            continue;
        }
        let text = section.make(options.effort, &Rows::named(&options.rows));
        println!("{text}\n");
        if let Some(path) = &options.write {
            let document = insert(&read(path)?, section, &text)?;
            std::fs::write(path, document)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        }
    }
    Ok(())
}

fn read(path: &PathBuf) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
