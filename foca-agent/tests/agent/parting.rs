//! How the agent ends.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::process::{Agent, PATIENCE, command, directory, within};

/// The longest goodbye, and the time that a loaded machine takes for it.
const LEAVE_PATIENCE: Duration = Duration::from_secs(6);

/// Two agents with so much time between two messages that a goodbye takes a while.
fn slow_pair(test: &str) -> (Agent, Agent) {
    let directory = directory(test);
    let more = ["--cluster", test, "--profile", "wan"];
    let a = Agent::start_slow(&directory, "a", "127.0.0.1:0", &more);
    let seed = a.addr.to_string();
    let more = [more.as_slice(), &["-a", &seed]].concat();
    let b = Agent::start_slow(&directory, "b", "127.0.0.1:0", &more);
    for agent in [&a, &b] {
        agent.wait_for_file(&[a.addr, b.addr]);
    }
    (a, b)
}

#[test]
fn ctrl_c_says_goodbye_within_a_bounded_time() {
    let (a, b) = slow_pair("interrupted");
    let start = Instant::now();
    b.signal("INT");
    let b_addr = b.addr;
    let (code, log) = b.end(LEAVE_PATIENCE);
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("SIGINT: leaving the cluster"), "{log}");
    assert!(start.elapsed() < LEAVE_PATIENCE);
    a.wait_for_line(&format!("member left {b_addr}"));
    a.wait_for_line("no other member is active");

    // Alone there is nobody to say goodbye to.
    a.wait_for_file(&[a.addr]);
    a.signal("TERM");
    let (code, log) = a.end(LEAVE_PATIENCE);
    assert_eq!(code, Some(0), "{log}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (_a, b) = slow_pair("hurried");
    b.signal("TERM");
    b.wait_for_line("SIGTERM: leaving the cluster");
    b.signal("INT");
    let (code, log) = b.end(Duration::from_secs(2));
    assert_eq!(code, Some(130), "{log}");
    assert!(log.ends_with("error: interrupted by SIGINT\n"), "{log}");
}

#[test]
fn a_log_that_nobody_reads_any_more_is_not_the_end() {
    let directory = directory("unread");
    let mut child = command(&[
        "run",
        "127.0.0.1:0",
        "--cluster",
        "unread",
        "--profile",
        "local",
    ])
    .stderr(Stdio::piped())
    .spawn()
    .expect("the agent starts");
    let mut first = String::new();
    let log = child.stderr.take().expect("piped");
    BufReader::new(log).read_line(&mut first).expect("a line");
    let (_, rest) = first.split_once("listening on ").expect("where it listens");
    let seed = rest.split(',').next().expect("an address").to_owned();

    // Every event of the cluster is now a line that cannot be written.
    let more = ["--cluster", "unread", "-a", &seed];
    let mut b = Agent::start(&directory, "b", "127.0.0.1:0", &more);
    b.wait_for_line(&format!("member up {seed}"));
    b.signal("TERM");
    within(PATIENCE, "the other one leaves", || {
        (!b.is_running()).then_some(())
    });
    crate::process::signal(child.id(), "TERM");
    let status = within(LEAVE_PATIENCE, "it leaves", || {
        child.try_wait().expect("a child")
    });
    assert_eq!(status.code(), Some(0));
}
