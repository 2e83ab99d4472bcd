//! What cannot work is refused: one line that says why, and an exit code that tells it apart.

use std::net::UdpSocket;

use crate::process::{PATIENCE, command, directory, finished};

/// Expects that `foca-agent run` with these arguments ends with this code and this line.
fn refused(arguments: &[&str], code: i32, line: &str) {
    let output = finished(PATIENCE, command(&[&["run"], arguments].concat()));
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {stderr}");
    assert_eq!(stderr, format!("error: {line}\n"), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn bad_addresses() {
    refused(
        &["localhost:8000"],
        3,
        "bad address \"localhost:8000\" for BIND_ADDR: \
         expected IP:PORT, such as 127.0.0.1:8000 or [::1]:8000",
    );
    refused(
        &["127.0.0.1:0", "-i", "here"],
        3,
        "bad address \"here\" for -i/--identity: \
         expected IP:PORT, such as 127.0.0.1:8000 or [::1]:8000",
    );
    refused(
        &["127.0.0.1:0", "-a", "localhost"],
        3,
        "bad address \"localhost\" for -a/--announce: \
         expected HOST:PORT, such as seed.example.org:8000 or [::1]:8000",
    );
}

#[test]
fn a_port_in_use() {
    let taken = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let addr = taken.local_addr().expect("bound").to_string();
    refused(
        &[&addr],
        4,
        &format!("cannot bind to {addr}: the port is in use already"),
    );
}

#[test]
fn an_address_of_another_host() {
    // Reserved for documentation: no host has it.
    let arguments = ["run", "192.0.2.1:8000"];
    let output = finished(PATIENCE, command(&arguments));
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(
        stderr.starts_with("error: cannot bind to 192.0.2.1:8000: "),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn a_seed_that_cannot_be_resolved() {
    // RFC 2606: no name ends in `.invalid`. What the resolver says to that is its own.
    let arguments = [
        "run",
        "127.0.0.1:0",
        "-a",
        "127.0.0.1:1",
        "-a",
        "seed.invalid:8000",
    ];
    let output = finished(PATIENCE, command(&arguments));
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(5), "{stderr}");
    assert!(
        stderr.starts_with("error: cannot announce to seed.invalid:8000: "),
        "{stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}

#[test]
fn an_identity_that_nobody_can_send_to() {
    let port = UdpSocket::bind("127.0.0.1:0")
        .and_then(|socket| socket.local_addr())
        .expect("a port that was free a moment ago")
        .port();
    refused(
        &[&format!("0.0.0.0:{port}")],
        6,
        &format!(
            "other members cannot send to 0.0.0.0:{port}, which stands for every address of a \
             host: say with -i/--identity under which address they reach this one"
        ),
    );
    refused(
        &[&format!("127.0.0.1:{port}"), "-i", "[2001:db8::1]:8000"],
        6,
        &format!(
            "a socket bound to 127.0.0.1:{port} does not receive what is sent to \
             [2001:db8::1]:8000: BIND_ADDR and -i/--identity must both be IPv4 or both IPv6"
        ),
    );
}

#[test]
fn a_file_that_cannot_be_written() {
    let directory = directory("unwritable");
    let missing = directory.join("missing/members");
    refused(
        &["127.0.0.1:0", "-f", missing.to_str().expect("text")],
        7,
        &format!(
            "cannot write the member file {missing:?}: No such file or directory (os error 2)"
        ),
    );
    refused(
        &["127.0.0.1:0", "-f", directory.to_str().expect("text")],
        7,
        &format!("cannot write the member file {directory:?}: not a regular file"),
    );
}
