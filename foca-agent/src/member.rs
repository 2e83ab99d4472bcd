//! A member of the cluster in this process: its handle, and the task that runs it.

use std::io;
use std::net::SocketAddr;

use foca_runtime_tokio::{Handle, NodeConfig, NodeId, PostcardCodec, TokioIo, bind, spawn};
use tokio::task::JoinHandle;

use crate::Failure;

/// A member that runs until it is stopped or killed.
pub(crate) struct Member {
    pub(crate) handle: Handle,
    driver: JoinHandle<io::Result<()>>,
}

impl Member {
    pub(crate) fn start(
        config: NodeConfig<NodeId, PostcardCodec>,
        socket: TokioIo,
    ) -> Result<Self, Failure> {
        let (handle, driver) =
            spawn(socket, config).map_err(|error| Failure::Running(error.to_string()))?;
        Ok(Self { handle, driver })
    }

    /// Waits for the end of the member, which has been stopped or has failed.
    pub(crate) async fn ended(self) -> Result<(), Failure> {
        match self.driver.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failure::Running(format!("the socket failed: {error}"))),
            Err(error) => Err(Failure::Running(format!("the member failed: {error}"))),
        }
    }

    /// Ends the member as the end of its process would: nobody is told anything.
    pub(crate) async fn kill(self) {
        self.driver.abort();
        // The socket is closed when this is over, whatever the outcome.
        let _ = self.driver.await;
    }
}

/// Binds a socket, and tells where.
pub(crate) fn bind_to(addr: SocketAddr) -> Result<(TokioIo, SocketAddr), Failure> {
    let bound = bind(addr).and_then(|socket| {
        let addr = socket.local_addr()?;
        Ok((socket, addr))
    });
    bound.map_err(|error| Failure::Bind { addr, error })
}
