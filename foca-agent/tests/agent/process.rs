//! Processes of the agent, and bounded waiting for what they do.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that a test waits for one thing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Time between two looks at something that tells nobody when it changes.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

/// The command to start the agent with, whatever the environment of the tests says.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foca-agent"));
    command
        .args(arguments)
        .env_remove("RUST_LOG")
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

/// Waits until `look` finds something.
pub(crate) fn within<T>(time_max: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            start.elapsed() < time_max,
            "this did not happen within {time_max:?}: {what}"
        );
        thread::sleep(LOOK_INTERVAL);
    }
}

/// Runs a process to its end.
pub(crate) fn finished(time_max: Duration, mut command: Command) -> Output {
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the agent starts");
    let mut running = Killed(child);
    let stdout = Lines::of(running.0.stdout.take().expect("piped"));
    let stderr = Lines::of(running.0.stderr.take().expect("piped"));
    let what = format!("the end of {command:?}");
    let status = within(time_max, &what, || running.0.try_wait().expect("a child"));
    Output {
        status,
        stdout: stdout.into_text().into_bytes(),
        stderr: stderr.into_text().into_bytes(),
    }
}

/// Sends a signal, such as `TERM`.
pub(crate) fn signal(pid: u32, name: &str) {
    // The shell has `kill` built in; a program of that name is not everywhere.
    let status = Command::new("sh")
        .args(["-c", &format!("kill -{name} {pid}")])
        .status()
        .expect("a shell");
    assert!(status.success(), "cannot send SIG{name} to {pid}");
}

/// An empty directory for one test.
pub(crate) fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).expect("a directory for tests");
    path
}

/// What a process writes, line by line, read in a thread of its own.
pub(crate) struct Lines {
    read: Arc<Mutex<Vec<String>>>,
    reader: thread::JoinHandle<()>,
}

impl Lines {
    pub(crate) fn of(source: impl Read + Send + 'static) -> Self {
        let read = Arc::new(Mutex::new(Vec::new()));
        let lines = Arc::clone(&read);
        let reader = thread::spawn(move || {
            for line in BufReader::new(source).lines() {
                let line = line.expect("text");
                lines.lock().expect("no panic").push(line);
            }
        });
        Self { read, reader }
    }

    pub(crate) fn so_far(&self) -> Vec<String> {
        self.read.lock().expect("no panic").clone()
    }

    fn into_text(self) -> String {
        self.reader.join().expect("no panic");
        self.read
            .lock()
            .expect("no panic")
            .iter()
            .map(|line| format!("{line}\n"))
            .collect()
    }
}

/// A child that does not outlive its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An agent that takes part in a cluster.
pub(crate) struct Agent {
    child: Killed,
    log: Lines,
    file: PathBuf,
    /// Where it listens.
    pub(crate) addr: SocketAddr,
}

impl Agent {
    /// Starts `foca-agent run`, quick to notice, with a member file in `directory`.
    pub(crate) fn start(directory: &Path, name: &str, bind_addr: &str, more: &[&str]) -> Self {
        Self::start_slow(
            directory,
            name,
            bind_addr,
            &[&["--profile", "local"], more].concat(),
        )
    }

    /// Starts `foca-agent run` with a member file in `directory`.
    pub(crate) fn start_slow(directory: &Path, name: &str, bind_addr: &str, more: &[&str]) -> Self {
        let file = directory.join(name);
        let mut command = command(&["run", bind_addr, "-f"]);
        let child = command
            .arg(&file)
            .args(more)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the agent starts");
        let mut child = Killed(child);
        let log = Lines::of(child.0.stderr.take().expect("piped"));
        let addr = within(PATIENCE, "the agent says where it listens", || {
            let lines = log.so_far();
            let (_, rest) = lines
                .iter()
                .find_map(|line| line.split_once("listening on "))?;
            rest.split([',', ' ']).next()?.parse().ok()
        });
        Self {
            child,
            log,
            file,
            addr,
        }
    }

    pub(crate) fn log(&self) -> Vec<String> {
        self.log.so_far()
    }

    /// Waits for a line that ends like this.
    pub(crate) fn wait_for_line(&self, ending: &str) {
        let what = format!("{} logs {ending:?}", self.addr);
        within(PATIENCE, &what, || self.has_line(ending).then_some(()));
    }

    /// Whether there is a line that ends like this.
    pub(crate) fn has_line(&self, ending: &str) -> bool {
        self.log().iter().any(|line| line.ends_with(ending))
    }

    pub(crate) fn file(&self) -> String {
        fs::read_to_string(&self.file).expect("the member file is always there")
    }

    /// Waits until the member file lists exactly these members.
    pub(crate) fn wait_for_file(&self, members: &[SocketAddr]) {
        let mut members = members.to_vec();
        members.sort();
        let expected: String = members.iter().map(|addr| format!("{addr}\n")).collect();
        let what = format!("the file of {} becomes {expected:?}", self.addr);
        within(PATIENCE, &what, || (self.file() == expected).then_some(()));
    }

    pub(crate) fn signal(&self, name: &str) {
        signal(self.child.0.id(), name);
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.0.kill().expect("it runs");
        self.child.0.wait().expect("it was killed");
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.0.try_wait().expect("a child").is_none()
    }

    /// Waits for its end; returns its exit code and all that it logged.
    pub(crate) fn end(mut self, time_max: Duration) -> (Option<i32>, String) {
        let what = format!("the end of {}", self.addr);
        let status = within(time_max, &what, || {
            self.child.0.try_wait().expect("a child")
        });
        (status.code(), self.log.into_text())
    }
}
