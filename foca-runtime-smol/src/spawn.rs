//! From an address to a running member.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::thread::{self, JoinHandle};

use foca_runtime::{Broadcasts, Codec, Handle, NodeConfig, Peer, start};

use crate::SmolIo;

/// Binds a UDP socket. Port 0 lets the system choose, and [`SmolIo::local_addr`] tells.
///
/// The address that other members use is that of the identity: behind address translation, or bound
/// to all addresses of the host, it is another one.
///
/// # Errors
///
/// Those of the system.
pub fn bind(addr: SocketAddr) -> io::Result<SmolIo> {
    SmolIo::new(UdpSocket::bind(addr)?)
}

/// Starts a member on a thread of its own, for programs without an executor.
///
/// On an executor, spawn the driver that [`start`](foca_runtime::start) makes.
/// The thread ends with [`Handle::stop`] or when the socket fails, and its result tells which.
/// Dropping the [`JoinHandle`] leaves it running.
///
/// # Errors
///
/// If something configured cannot work, and if the system has no thread left.
#[expect(
    clippy::type_complexity,
    reason = "the pair is taken apart where it is received"
)]
pub fn spawn_thread<I, C, B>(
    io: SmolIo,
    config: NodeConfig<I, C, B>,
) -> io::Result<(Handle<I, C, B>, JoinHandle<io::Result<()>>)>
where
    I: Peer<Addr: Send> + Send + 'static,
    C: Codec<I> + Send + 'static,
    B: Broadcasts<I, Key: Send> + Send + 'static,
{
    let (handle, driver) = start(config, io)?;
    let thread = thread::Builder::new().name("foca".to_owned());
    Ok((handle, thread.spawn(|| async_io::block_on(driver))?))
}
