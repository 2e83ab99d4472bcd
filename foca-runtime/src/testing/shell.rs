//! An executor as the suite sees it, and bounded waiting on it.

use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use foca_core::{Config, Event};

use super::Heard;
use crate::watched::Watched;
use crate::{Handle, Io, NodeConfig, NodeId, PostcardCodec, start};

/// The longest that a scenario waits for one thing.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Time between two looks at something that tells nobody when it changes.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// What the suite needs of an executor.
pub trait Shell {
    /// Its sockets and timers.
    type Io: Io + Unpin + Send + 'static;

    /// Binds a socket. Called within [`block_on`](Self::block_on).
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn bind(&self, addr: SocketAddr) -> io::Result<Self::Io>;

    /// Where a socket is bound.
    ///
    /// # Errors
    ///
    /// Those of the system.
    fn local_addr(&self, io: &Self::Io) -> io::Result<SocketAddr>;

    /// Runs a future beside the caller, as it is recommended to users. Called within
    /// [`block_on`](Self::block_on).
    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static);

    /// Sleeps.
    fn sleep(&self, duration: Duration) -> impl Future<Output = ()>;

    /// Runs a future to its end on this thread.
    fn block_on<T>(&self, future: impl Future<Output = T>) -> T;
}

/// A member that runs on a shell.
pub struct Running {
    /// To ask and to command it.
    pub handle: Handle<NodeId, PostcardCodec, Heard>,
    life: Arc<Watched<Life>>,
}

/// What became of a driver.
#[derive(Debug)]
enum Life {
    Lived,
    Killed,
    Ended(io::Result<()>),
}

impl Running {
    /// Where it receives.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.handle.identity().socket_addr()
    }

    /// Drops its driver, as when the process dies: nobody is told anything.
    pub fn kill(&self) {
        self.life.change(|life| *life = Life::Killed);
    }

    /// Whether its driver has completed without an error.
    #[must_use]
    pub fn has_completed(&self) -> bool {
        self.life.with(|life| matches!(life, Life::Ended(Ok(()))))
    }
}

/// Starts a member on loopback, in a cluster of the given name.
///
/// # Panics
///
/// If it cannot be bound or started.
pub fn run(shell: &impl Shell, cluster: &str, seeds: &[SocketAddr]) -> Running {
    let io = shell
        .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
        .expect("a free port on loopback");
    let addr = shell
        .local_addr(&io)
        .expect("the address of a bound socket");
    let config = NodeConfig::new(NodeId::starting_now(addr), PostcardCodec)
        .config(Config::local())
        .cluster(cluster)
        .broadcasts(Heard::default())
        .seeds(seeds.iter().copied());
    let (handle, mut driver) = start(config, io).expect("a valid configuration");
    let life = Watched::new(Life::Lived);
    let watch = life.watch();
    let ended = Arc::clone(&life);
    shell.spawn(async move {
        let end = poll_fn(|cx| {
            let killed = watch.poll(cx, |life| match life {
                Life::Killed => Poll::Ready(()),
                Life::Lived | Life::Ended(_) => Poll::Pending,
            });
            if killed.is_ready() {
                return Poll::Ready(None);
            }
            Pin::new(&mut driver).poll(cx).map(Some)
        });
        if let Some(outcome) = end.await {
            ended.change(|life| *life = Life::Ended(outcome));
        }
    });
    Running { handle, life }
}

/// Waits until `check` holds.
///
/// # Panics
///
/// If that takes longer than [`PATIENCE`].
pub async fn within(shell: &impl Shell, what: &str, mut check: impl FnMut() -> bool) {
    let start = Instant::now();
    while !check() {
        assert!(
            start.elapsed() < PATIENCE,
            "this did not happen within {PATIENCE:?}: {what}"
        );
        shell.sleep(LOOK_INTERVAL).await;
    }
}

/// The next event of a member, or the end of its events.
///
/// # Panics
///
/// If that takes longer than [`PATIENCE`].
pub async fn next_event(shell: &impl Shell, member: &Running, what: &str) -> Option<Event<NodeId>> {
    let mut event = pin!(member.handle.next_event());
    let mut sleep = pin!(shell.sleep(PATIENCE));
    poll_fn(|cx| {
        if let Poll::Ready(event) = event.as_mut().poll(cx) {
            return Poll::Ready(event);
        }
        assert!(
            sleep.as_mut().poll(cx).is_pending(),
            "no event within {PATIENCE:?}, waiting for: {what}"
        );
        Poll::Pending
    })
    .await
}
