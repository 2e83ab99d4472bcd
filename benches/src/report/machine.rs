//! On what it was measured.

use std::process::Command;

/// Processor, compiler and profile, in a line.
pub(super) fn describe() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| field(&text, "model name"))
        .unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let compiler = Command::new("rustc")
        .arg("--version")
        .output()
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or_else(|| "unknown compiler".to_owned(), |text| version(&text));
    let profile = match cfg!(debug_assertions) {
        true => "a build with debug assertions, whose figures mean nothing",
        false => "`opt-level = 3, lto = \"fat\", codegen-units = 1`",
    };
    format!("Measured on: {processor}, {cores} cores; {compiler}; {profile}.")
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// Without the date of the compiler.
fn version(text: &str) -> String {
    text.split_whitespace()
        .take(2)
        .collect::<Vec<_>>()
        .join(" ")
}
