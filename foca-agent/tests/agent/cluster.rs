//! Three agents: one crashes and returns, one leaves, and everybody says so.

use std::net::UdpSocket;
use std::time::Duration;

use crate::process::{Agent, PATIENCE, directory};

/// More than the agent takes to leave at most.
const LEAVE_PATIENCE: Duration = Duration::from_secs(6);

#[test]
fn a_killed_member_is_reported_down_and_one_that_leaves_is_reported_left() {
    let directory = directory("cluster");
    let start = |name: &str, bind_addr: &str, seeds: &[&str]| {
        let seeds: Vec<&str> = seeds.iter().flat_map(|seed| ["-a", *seed]).collect();
        let more = [&["--cluster", "three"], seeds.as_slice()].concat();
        Agent::start(&directory, name, bind_addr, &more)
    };
    let a = start("a", "127.0.0.1:0", &[]);
    let a_addr = a.addr.to_string();
    let b = start("b", "127.0.0.1:0", &[&a_addr]);
    // One of several seeds is enough, and names will do.
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let silent = silent.local_addr().expect("bound").to_string();
    let a_by_name = format!("localhost:{}", a.addr.port());
    let mut c = start("c", "127.0.0.1:0", &[&silent, &a_by_name]);
    let everybody = [a.addr, b.addr, c.addr];
    for agent in [&a, &b, &c] {
        agent.wait_for_file(&everybody);
    }

    c.kill();
    let c_addr = c.addr;
    for agent in [&a, &b] {
        agent.wait_for_line(&format!("member down {c_addr}"));
        agent.wait_for_file(&[a.addr, b.addr]);
        assert!(
            !agent.has_line(&format!("member left {c_addr}")),
            "{:?}",
            agent.log()
        );
    }

    let c = start("c", &c_addr.to_string(), &[&a_addr]);
    for agent in [&a, &b, &c] {
        agent.wait_for_file(&everybody);
    }

    b.signal("TERM");
    let b_addr = b.addr;
    for agent in [&a, &c] {
        agent.wait_for_line(&format!("member left {b_addr}"));
        agent.wait_for_file(&[a.addr, c.addr]);
    }
    // It lists the others, as it knew them when it left.
    b.wait_for_file(&[a.addr, c.addr]);
    let (code, log) = b.end(LEAVE_PATIENCE);
    assert_eq!(code, Some(0), "{log}");

    a.signal("TERM");
    c.wait_for_file(&[c_addr]);
    c.signal("TERM");
    for agent in [a, c] {
        let (code, log) = agent.end(PATIENCE);
        assert_eq!(code, Some(0), "{log}");
        assert!(!log.contains(&format!("member down {b_addr}")), "{log}");
        assert!(!log.contains("panicked"), "{log}");
    }
}

#[test]
fn an_identity_is_what_others_know_a_member_by() {
    let directory = directory("identity");
    let a = Agent::start(
        &directory,
        "a",
        "0.0.0.0:0",
        &["-i", "127.0.0.1:0", "--cluster", "identity"],
    );
    let a_addr = std::net::SocketAddr::from(([127, 0, 0, 1], a.addr.port()));
    let b = Agent::start(
        &directory,
        "b",
        "127.0.0.1:0",
        &["-a", &a_addr.to_string(), "--cluster", "identity"],
    );
    for agent in [&a, &b] {
        agent.wait_for_file(&[a_addr, b.addr]);
    }
    let warnings = |agent: &Agent| {
        let log = agent.log();
        log.iter()
            .filter(|line| line.contains("nothing is encrypted"))
            .count()
    };
    assert_eq!(warnings(&a), 1, "{:?}", a.log());
    assert_eq!(warnings(&b), 0, "{:?}", b.log());
}

#[test]
fn clusters_of_other_names_stay_apart_and_hear_why() {
    let directory = directory("names");
    let a = Agent::start(&directory, "a", "127.0.0.1:0", &["--cluster", "one"]);
    let seed = a.addr.to_string();
    let b = Agent::start(
        &directory,
        "b",
        "127.0.0.1:0",
        &["--cluster", "two", "-a", &seed],
    );
    crate::process::within(PATIENCE, "the reason is logged", || {
        let log = a.log();
        log.iter()
            .any(|line| line.contains("WARN") && line.contains("of another cluster"))
            .then_some(())
    });
    a.wait_for_file(&[a.addr]);
    b.wait_for_file(&[b.addr]);
}
