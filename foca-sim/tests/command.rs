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
    refused(&["run", "crash", "--report", "-"], "a file is needed");
    refused(
        &["paper", "swim-detection", "--plot", "-"],
        "a file is needed",
    );
    refused(
        &["goals", "--only", "no-such"],
        "no experiment is called so",
    );
    refused(
        &["goals", "--set", "faults.crash.at=1s"],
        "there is no fault `crash`",
    );
    refused(
        &["sweep", "crash", "--vary", "nodes=3,,5"],
        "KEY=VALUE,VALUE",
    );
    refused(
        &["paper", "swim-detection", "--plot", "no/such/plot.svg"],
        "no/such/plot.svg:",
    );
    refused(
        &["plan", "--nodes", "3", "--loss", "nan"],
        "within 0 to 100",
    );
    refused(
        &["run", "crash", "--seed", "9223372036854775808"],
        "is not in 0..=9223372036854775807",
    );
}

#[test]
fn a_wrong_value_is_named_alone_and_in_plain_words() {
    let says = |change: &str, says: &str| {
        refused(&["run", "crash", "--nodes", "4", "--set", change], says);
    };
    says(
        "duration=5",
        "foca-sim: duration=5: invalid type: integer `5`, expected a duration",
    );
    says("sample_every=true", "foca-sim: sample_every=true:");
    says("nodes=five", "foca-sim: nodes=five:");
    says("nodes=five", "expected a whole number");
    says("network.link.loss_percent=x", "expected a number");
}

#[test]
fn checking_nothing_is_not_a_success() {
    refused(&["check", "--seeds", "0"], "0 is not in 1..=1000000");
    refused(
        &["check", "--seeds", "99999999999"],
        "is not in 1..=1000000",
    );
    refused(
        &["check", "--seed", "5", "--keep", "9999"],
        "--keep 9999: the plan of seed 5 has no such fault",
    );
    refused(
        &["check", "--seed", "5", "--keep", "0/0"],
        "is not an index like 3, or 3/16",
    );
}

#[test]
fn a_plan_is_of_the_cluster_that_it_names() {
    let arguments = [
        "plan", "--nodes", "3", "--loss", "5%", "--seeds", "2", "--json",
    ];
    let output = foca_sim(&[&arguments[..], &["--set", "nodes=4"]].concat());
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["nodes"], 4);
    assert_eq!(answer["loss_percent"], 5.0);
    assert_eq!(answer["crash_runs"], 2);
    let row = |question: &str| {
        let rows = answer["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["question"] == question);
        row.unwrap_or_else(|| panic!("no {question}: {text}"))["simulated"]
            .as_f64()
            .unwrap()
    };
    // A probe and its answer a second, and more under loss; an answer has some tens of bytes.
    assert!((2.0..8.0).contains(&row("datagrams per node and second")));
    assert!((1.0..20.0).contains(&row("crash: first Down, median, s")));
    assert!(row("crash: all informed, longest, s") >= row("crash: first Down, median, s"));
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
    for (fault, says) in [
        (
            "kind = 'join'\nmembers = { index = [0] }",
            "`members` belongs to all kinds but join",
        ),
        ("kind = 'join'\ncount = 0", "`count` must be at least 1"),
        (
            "kind = 'loss'\npercent = 5\ndirection = 'out'",
            "`direction` needs `members`",
        ),
        (
            "kind = 'partition'\nparts = 6",
            "`parts` must be within 2 to 5",
        ),
        (
            "kind = 'crash'\ntimes = 3",
            "`times` needs `every` or `rest`",
        ),
        ("kind = 'crash'\nuntil = '3s'", "`until` needs `every`"),
        (
            "kind = 'crash'\nat = '60s'",
            "it does not happen before the end, 60s",
        ),
        (
            "kind = 'crash'\nmembers = { index = [1, 1] }",
            "it names member 1 twice",
        ),
        (
            "kind = 'crash'\nmembers = { index = [] }",
            "it names nobody",
        ),
    ] {
        std::fs::write(&file, format!("nodes = 5\n[[faults]]\n{fault}\n")).unwrap();
        refused(&["run", path], says);
    }
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
fn when_all_crash_nobody_is_informed_of_it_after_no_time() {
    let change = "faults.crash.members.count=4";
    let output = foca_sim(&["run", "crash", "--nodes", "4", "--set", change]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("4 members, 40s after 15s of warm-up, 1 run from seed 1"),
        "{text}"
    );
    assert!(!text.contains("all informed of a crash"), "{text}");
}

#[test]
fn a_sweep_has_a_column_for_each_value() {
    let output = foca_sim(&["sweep", "crash", "--nodes", "5", "--vary", "nodes=3,4"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let header: Vec<&str> = text.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header[header.len() - 2..], ["3", "4"]);
}

#[test]
fn goals_are_told_as_json_with_the_same_figures_as_in_the_table() {
    let arguments = ["goals", "--only", "size-3-crash", "--runs", "2"];
    let table = foca_sim(&arguments);
    let json = foca_sim(&[&arguments[..], &["--json"]].concat());
    assert_eq!(json.status.code(), table.status.code());
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&json.stdout).unwrap();
    let text = String::from_utf8(table.stdout).unwrap();
    let lines: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows.len(), lines.len());
    assert!(rows.len() > 1);
    for (row, line) in rows.iter().zip(lines) {
        assert_eq!(row["experiment"], "size-3-crash");
        assert_eq!(row["runs"], 2);
        assert!(line.contains(row["figure"].as_str().unwrap()), "{line}");
        let (goal, ours) = (row["goal"].as_f64().unwrap(), row["ours"].as_f64().unwrap());
        assert!(line.contains(&format!("{goal:.2} ")), "{line}");
        assert!(line.contains(&format!("{ours:.2} ")), "{line}");
        assert_eq!(row["holds"], ours <= goal);
        assert!(row.get("foca_2").is_none());
    }
}

#[test]
#[cfg(not(feature = "peers"))]
fn comparing_without_the_peer_says_how_to_get_it() {
    refused(&["compare", "crash", "--nodes", "4"], "--features peers");
    refused(&["goals", "--with-peer"], "--features peers");
}
