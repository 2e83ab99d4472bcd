//! The demonstration plays to its end by itself.

use std::process::Stdio;
use std::time::Duration;

use crate::process::{Lines, PATIENCE, command, finished, signal, within};

#[test]
fn it_ends_by_itself_and_has_measured_every_phase() {
    let output = finished(
        Duration::from_secs(40),
        command(&["demo", "--members", "3"]),
    );
    let stdout = String::from_utf8(output.stdout).expect("text");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(0), "{stdout}{stderr}");
    assert_eq!(stderr, "");
    assert!(!stdout.contains('\x1b'), "stdout is no terminal: {stdout}");

    // What the others saw, in order.
    let mut rest = stdout.as_str();
    for line in [
        "sees member 3 up",
        "member 3 is killed",
        "sees member 3 suspect",
        "sees member 3 down",
        "member 3 starts again",
        "sees member 3 up",
        "member 2 says goodbye",
        "sees member 2 left",
        "Summary of 3 members",
    ] {
        let (_, later) = rest
            .split_once(line)
            .unwrap_or_else(|| panic!("{line}: {stdout}"));
        rest = later;
    }
    // The last table: two are left, who know that the third has left and did not crash.
    assert!(
        stdout.contains("* L o") && stdout.contains("o L *"),
        "{stdout}"
    );

    let measured = |phase: &str| -> Duration {
        let line = rest
            .lines()
            .find(|line| line.trim_start().starts_with(phase));
        let line = line.unwrap_or_else(|| panic!("{phase}: {stdout}"));
        let words: Vec<&str> = line.trim_start()[phase.len()..]
            .split_whitespace()
            .collect();
        let number: f64 = words[0].parse().unwrap_or_else(|_| panic!("{line}"));
        match words[1] {
            "ms" => Duration::from_secs_f64(number / 1_000.0),
            "s" => Duration::from_secs_f64(number),
            _ => panic!("{line}"),
        }
    };
    for phase in ["join complete after", "back after", "left after"] {
        assert!(measured(phase) < Duration::from_secs(15), "{stdout}");
    }
    // A probe takes 400 ms to fail, and five rounds of 133 ms to be agreed upon.
    let verdict = Duration::from_millis(400 + 5 * 133);
    assert!(measured("down after") >= verdict - ROUNDING);
    assert!(measured("down after") >= measured("suspected after"));
}

/// Printed times have three digits.
const ROUNDING: Duration = Duration::from_millis(10);

#[test]
fn ctrl_c_ends_it() {
    let mut child = command(&["demo", "--plain"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the agent starts");
    let lines = Lines::of(child.stdout.take().expect("piped"));
    within(PATIENCE, "it begins", || {
        (!lines.so_far().is_empty()).then_some(())
    });
    signal(child.id(), "INT");
    let status = within(PATIENCE, "it ends", || child.try_wait().expect("a child"));
    assert_eq!(status.code(), Some(130));
}
