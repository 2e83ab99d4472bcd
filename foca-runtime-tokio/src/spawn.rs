//! From an address to a running member.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use foca_runtime::{Broadcasts, Codec, Handle, NodeConfig, Peer, start};
use tokio::runtime;
use tokio::task::JoinHandle;

use crate::TokioIo;

/// Binds a UDP socket. Port 0 lets the system choose, and [`TokioIo::local_addr`] tells.
///
/// The address that other members use is that of the identity: behind address translation, or bound
/// to all addresses of the host, it is another one.
///
/// # Errors
///
/// Those of the system, and if it is not called within a tokio runtime.
///
/// # Panics
///
/// If the runtime was built without I/O or time.
pub fn bind(addr: SocketAddr) -> io::Result<TokioIo> {
    TokioIo::new(UdpSocket::bind(addr)?)
}

/// Starts a member on the current tokio runtime.
///
/// Its task ends with [`Handle::stop`] or when the socket fails, and its result tells which.
/// Aborting it ends the member without a goodbye; dropping the [`JoinHandle`] leaves it running.
///
/// # Errors
///
/// If something configured cannot work, and if it is not called within a tokio runtime.
#[expect(
    clippy::type_complexity,
    reason = "the pair is taken apart where it is received"
)]
pub fn spawn<I, C, B>(
    io: TokioIo,
    config: NodeConfig<I, C, B>,
) -> io::Result<(Handle<I, C, B>, JoinHandle<io::Result<()>>)>
where
    I: Peer<Addr: Send> + Send + 'static,
    C: Codec<I> + Send + 'static,
    B: Broadcasts<I, Key: Send> + Send + 'static,
{
    let runtime = runtime::Handle::try_current().map_err(io::Error::other)?;
    let (handle, driver) = start(config, io)?;
    Ok((handle, runtime.spawn(driver)))
}
