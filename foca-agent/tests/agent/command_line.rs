//! What the agent says about itself.

use crate::process::{PATIENCE, command, finished};

fn said(arguments: &[&str], code: i32) -> String {
    let output = finished(PATIENCE, command(arguments));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    let (said, silent) = match code {
        0 => (output.stdout, output.stderr),
        _ => (output.stderr, output.stdout),
    };
    assert!(silent.is_empty(), "{arguments:?}");
    String::from_utf8(said).expect("text")
}

#[test]
fn help_has_examples_and_exit_codes() {
    let help = said(&["--help"], 0);
    assert!(
        help.contains("foca-agent run 127.0.0.1:8001 -a 127.0.0.1:8000"),
        "{help}"
    );
    assert!(help.contains("foca-agent demo"), "{help}");
    let help = said(&["run", "--help"], 0);
    for what in [
        "--announce",
        "--identity",
        "--filename",
        "Exit codes:",
        "RUST_LOG",
    ] {
        assert!(help.contains(what), "{what} in {help}");
    }
    assert!(said(&["demo", "--help"], 0).contains("--members"));
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = format!("foca-agent {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(said(&["--version"], 0), version);
}

#[test]
fn a_command_line_that_cannot_be_parsed_ends_with_2() {
    assert!(said(&[], 2).contains("Usage:"));
    assert!(said(&["run"], 2).contains("BIND_ADDR"));
    assert!(said(&["run", "127.0.0.1:0", "--profile", "moon"], 2).contains("lan, wan, local"));
    assert!(said(&["demo", "--members", "51"], 2).contains("2..=50"));
}
