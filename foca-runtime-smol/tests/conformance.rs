//! The conformance suite on smol and on async-std.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use foca_runtime::testing::Shell;
use foca_runtime_smol::{SmolIo, bind};

struct Smol;

impl Shell for Smol {
    type Io = SmolIo;

    fn bind(&self, addr: SocketAddr) -> io::Result<SmolIo> {
        bind(addr)
    }

    fn local_addr(&self, io: &SmolIo) -> io::Result<SocketAddr> {
        io.local_addr()
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(future).detach();
    }

    async fn sleep(&self, duration: Duration) {
        smol::Timer::after(duration).await;
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        smol::block_on(future)
    }
}

struct AsyncStd;

impl Shell for AsyncStd {
    type Io = SmolIo;

    fn bind(&self, addr: SocketAddr) -> io::Result<SmolIo> {
        bind(addr)
    }

    fn local_addr(&self, io: &SmolIo) -> io::Result<SocketAddr> {
        io.local_addr()
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        async_std::task::spawn(future);
    }

    async fn sleep(&self, duration: Duration) {
        async_std::task::sleep(duration).await;
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        async_std::task::block_on(future)
    }
}

mod smol_executor {
    foca_runtime::conformance!(super::Smol);
}

mod async_std_executor {
    foca_runtime::conformance!(super::AsyncStd);
}
