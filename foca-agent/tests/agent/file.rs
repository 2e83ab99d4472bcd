//! A member file that cannot be written is a line in the log and not the end of the agent.

use std::fs;

use crate::process::{Agent, PATIENCE, directory, within};

#[test]
fn a_directory_that_goes_away_and_comes_back() {
    let directory = directory("file");
    let inner = directory.join("inner");
    fs::create_dir(&inner).expect("a directory");
    let a = Agent::start(&inner, "a", "127.0.0.1:0", &["--cluster", "file"]);
    fs::remove_dir_all(&inner).expect("it is ours");

    let seed = a.addr.to_string();
    let b = Agent::start(
        &directory,
        "b",
        "127.0.0.1:0",
        &["--cluster", "file", "-a", &seed],
    );
    b.wait_for_file(&[a.addr, b.addr]);
    within(PATIENCE, "the problem is logged", || {
        let log = a.log();
        log.iter()
            .any(|line| line.contains("ERROR") && line.contains("out of date"))
            .then_some(())
    });

    fs::create_dir(&inner).expect("it was removed");
    a.wait_for_line("the member file is up to date again");
    a.wait_for_file(&[a.addr, b.addr]);
    let problems = a.log().iter().filter(|line| line.contains("ERROR")).count();
    assert_eq!(problems, 1, "{:?}", a.log());
    let names: Vec<_> = fs::read_dir(&inner)
        .expect("it is there")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    assert_eq!(names, ["a"]);
}
