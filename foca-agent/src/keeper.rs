//! Keeps the member file up to date, beside the member, which must not wait for a disk.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use foca_runtime_tokio::{Handle, Status};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};
use tracing::{error, info};

use crate::member_file::{MemberFile, contents};

/// Shortest time between two replacements of the file; changes in between become one.
const REPLACE_INTERVAL: Duration = Duration::from_millis(100);

/// Time between two attempts to write a file that could not be written.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Longest time that the end of the agent waits for the last version of the file.
const FINISH_TIME_MAX: Duration = Duration::from_secs(1);

/// The task that writes the file when there was a change.
pub(crate) struct Keeper {
    changes: watch::Sender<()>,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Writes the file whenever [`note_change`](Self::note_change) was called. Errors are logged.
    pub(crate) fn start(file: MemberFile, handle: Handle) -> Self {
        let (sender, changes) = watch::channel(());
        let writer = Writer {
            file: Arc::new(file),
            handle,
            written: None,
            has_failed: false,
        };
        Self {
            changes: sender,
            task: tokio::spawn(keep(writer, changes)),
        }
    }

    /// Takes note that the members may be others than in the file.
    pub(crate) fn note_change(&self) {
        self.changes.send_replace(());
    }

    /// Writes the last version, if there is time enough.
    pub(crate) async fn finish(self) {
        drop(self.changes);
        if timeout(FINISH_TIME_MAX, self.task).await.is_err() {
            error!("the member file may be out of date: writing it takes too long");
        }
    }
}

/// Something that can be brought up to date.
trait Target {
    fn write(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

/// Writes after every change, or after several that came close together, and once more at the end.
async fn keep(mut target: impl Target, mut changes: watch::Receiver<()>) {
    let mut is_written = true;
    loop {
        let is_over = if is_written {
            changes.changed().await.is_err()
        } else {
            matches!(timeout(RETRY_INTERVAL, changes.changed()).await, Ok(Err(_)))
        };
        is_written = target.write().await.is_ok();
        if is_over {
            return;
        }
        sleep(REPLACE_INTERVAL).await;
    }
}

/// What is in the file, and where the truth comes from.
struct Writer {
    file: Arc<MemberFile>,
    handle: Handle,
    written: Option<String>,
    has_failed: bool,
}

impl Target for Writer {
    async fn write(&mut self) -> io::Result<()> {
        let outcome = self.write_if_changed().await;
        match &outcome {
            Ok(()) if self.has_failed => info!("the member file is up to date again"),
            Err(error) if !self.has_failed => {
                let path = self.file.path();
                error!("the member file {path:?} is out of date: {error}");
            }
            Ok(()) | Err(_) => {}
        }
        self.has_failed = outcome.is_err();
        outcome
    }
}

impl Writer {
    async fn write_if_changed(&mut self) -> io::Result<()> {
        let contents = contents(active(&self.handle));
        if self.written.as_ref() == Some(&contents) {
            return Ok(());
        }
        let (file, text) = (Arc::clone(&self.file), contents.clone());
        spawn_blocking(move || file.replace(&text))
            .await
            .map_err(io::Error::other)??;
        self.written = Some(contents);
        Ok(())
    }
}

/// The active members as this one sees them: itself too, for as long as it takes part.
fn active(handle: &Handle) -> Vec<SocketAddr> {
    let ourselves = match handle.status() {
        Status::Alone | Status::Joined => Some(handle.identity()),
        Status::Left | Status::Defunct => None,
    };
    let members = handle.members().into_iter().map(|member| member.id);
    members
        .chain(ourselves)
        .map(|id| id.socket_addr())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::{Instant, pause};

    /// Notes when it is written.
    struct Times<'a> {
        start: Instant,
        milliseconds: &'a mut Vec<u128>,
        outcome: fn() -> io::Result<()>,
    }

    impl Target for Times<'_> {
        async fn write(&mut self) -> io::Result<()> {
            self.milliseconds.push(self.start.elapsed().as_millis());
            (self.outcome)()
        }
    }

    /// Keeps writing while `play` goes on; returns when it was written, in milliseconds.
    fn written<F: Future<Output = ()>>(
        outcome: fn() -> io::Result<()>,
        play: impl FnOnce(watch::Sender<()>) -> F,
    ) -> Vec<u128> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        let mut milliseconds = Vec::new();
        runtime.block_on(async {
            pause();
            let (sender, changes) = watch::channel(());
            let target = Times {
                start: Instant::now(),
                milliseconds: &mut milliseconds,
                outcome,
            };
            tokio::join!(keep(target, changes), play(sender));
        });
        milliseconds
    }

    #[test]
    fn changes_that_come_close_together_are_written_together() {
        let times = written(
            || Ok(()),
            async |changes| {
                for _ in 0..250 {
                    changes.send_replace(());
                    tokio::time::advance(Duration::from_millis(1)).await;
                }
            },
        );
        // The first change at once, the last one too, and between them one in 100 ms.
        assert!((3..=6).contains(&times.len()), "{times:?}");
        assert!(times[0] <= 5 && times[times.len() - 1] >= 250, "{times:?}");
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(gaps.min() >= Some(100), "{times:?}");
    }

    #[test]
    fn what_could_not_be_written_is_tried_again_without_a_change() {
        let times = written(
            || Err(io::ErrorKind::StorageFull.into()),
            async |changes| {
                changes.send_replace(());
                sleep(Duration::from_secs(12)).await;
            },
        );
        assert!((3..=4).contains(&times.len()), "{times:?}");
    }

    #[test]
    fn the_end_is_written_even_if_nothing_changed() {
        assert_eq!(written(|| Ok(()), async |_| {}), [0]);
    }
}
