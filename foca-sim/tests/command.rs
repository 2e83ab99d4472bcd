//! The program as a person meets it: exit codes, error messages, equal output under equal seeds.
#![cfg(feature = "cli")]

use std::process::{Command, Output, Stdio};

fn foca_sim(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foca-sim"));
    command
        .args(arguments)
        .output()
        .expect("the program starts")
}

#[track_caller]
fn refused(arguments: &[&str], says: &str) {
    let output = foca_sim(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(says), "{said:?} does not say {says:?}");
    assert!(output.stdout.is_empty());
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    refused(
        &["run", "no-such"],
        "there is no scenario `no-such`; there are: bootstrap",
    );
    refused(&["run", "no/such.toml"], "no/such.toml:");
    refused(&["run"], "which scenario?");
    refused(
        &["run", "crash", "--set", "nods=5"],
        "there is no key `nods`",
    );
    refused(&["run", "crash", "--set", "nodes=five"], "nodes=five");
    refused(
        &["run", "crash", "--set", "network.lnk=5"],
        "unknown field `lnk`",
    );
    refused(
        &["run", "crash", "--set", "faults.pause.for=5s"],
        "there is no fault `pause`",
    );
    refused(
        &["run", "crash", "--set", "suspicion.lesat=5s"],
        "no setting `lesat`",
    );
    refused(
        &["run", "crash", "--nodes", "1"],
        "nodes = 1 must be within 2",
    );
    refused(&["sweep", "crash", "--vary", "nodes"], "KEY=VALUE,VALUE");
    refused(
        &["run", "crash", "--report", "no/such/page.html"],
        "the report no/such/page.html:",
    );
    refused(
        &["goals", "--only", "no-such"],
        "no experiment is called so",
    );
}

#[test]
fn a_bad_file_is_refused_with_the_place() {
    let file = std::env::temp_dir().join(format!("foca-sim-{}.toml", std::process::id()));
    std::fs::write(&file, "nodes = 5\n[[faults]]\nkind = 'explode'\n").unwrap();
    let path = file.to_str().unwrap();
    refused(&["run", path], "line 3");
    std::fs::write(
        &file,
        "nodes = 5\n[[faults]]\nkind = 'crash'\npercent = 5\n",
    )
    .unwrap();
    refused(
        &["run", path],
        "faults.0 (crash): `percent` belongs to loss",
    );
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn equal_seeds_give_equal_output_whatever_runs_beside() {
    let run = |seed| {
        let arguments = [
            "run", "crash", "--nodes", "8", "--seeds", "3", "--seed", seed, "--json",
        ];
        let output = foca_sim(&arguments);
        assert_eq!(output.status.code(), Some(0));
        output.stdout
    };
    let first = run("7");
    assert_eq!(first, run("7"));
    assert_ne!(first, run("8"));
    let text = String::from_utf8(first).unwrap();
    assert_eq!(text.matches("\"trace\"").count(), 3);
}

#[test]
fn a_reader_who_goes_early_ends_the_program_quietly() {
    // More than a pipe holds.
    let arguments = [
        "run",
        "crash",
        "--nodes",
        "4",
        "--seeds",
        "60",
        "--json",
        "--set",
        "sample_every=100ms",
    ];
    let mut child = Command::new(env!("CARGO_BIN_EXE_foca-sim"))
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(0), ""));
}

#[test]
fn a_sweep_has_a_column_for_each_value() {
    let output = foca_sim(&["sweep", "crash", "--nodes", "5", "--vary", "nodes=3,4"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header[header.len() - 2..], ["3", "4"]);
}

#[test]
#[cfg(not(feature = "peers"))]
fn comparing_without_the_peer_says_how_to_get_it() {
    refused(&["compare", "crash", "--nodes", "4"], "--features peers");
    refused(&["goals", "--with-peer"], "--features peers");
}
