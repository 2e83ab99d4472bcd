//! The program asks for huge pages unless its user has decided about its allocator.
#![cfg(all(feature = "cli", target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const VARIABLE: &str = "GLIBC_TUNABLES";

/// The program at work on something long, ended with the test.
struct AtWork(Child);

impl AtWork {
    fn new(tunables: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_foca-sim"));
        command.args(["check", "--seeds", "100000"]);
        command.env_remove(VARIABLE);
        if let Some(tunables) = tunables {
            command.env(VARIABLE, tunables);
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Self(child.expect("the program"))
    }

    /// What it was given to decide with.
    fn tunables(&self) -> Option<String> {
        let environ = fs::read(format!("/proc/{}/environ", self.0.id())).expect("a process");
        let lines = environ.split(|byte| *byte == 0);
        let mut lines = lines.filter_map(|line| std::str::from_utf8(line).ok());
        let value = lines.find_map(|line| line.strip_prefix(VARIABLE)?.strip_prefix('='));
        value.map(str::to_owned)
    }

    /// Ten seconds at most: until it runs, and has begun again.
    fn tunables_within_seconds(&self) -> Option<String> {
        for _ in 0..100 {
            if let Some(tunables) = self.tunables() {
                return Some(tunables);
            }
            sleep(Duration::from_millis(100));
        }
        None
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_program_begins_again_with_huge_pages() {
    let program = AtWork::new(None);
    let tunables = program.tunables_within_seconds();
    assert_eq!(tunables.as_deref(), Some("glibc.malloc.hugetlb=1"));
}

#[test]
fn its_user_decides() {
    let program = AtWork::new(Some("glibc.malloc.check=0"));
    sleep(Duration::from_millis(500));
    assert_eq!(program.tunables().as_deref(), Some("glibc.malloc.check=0"));
}
