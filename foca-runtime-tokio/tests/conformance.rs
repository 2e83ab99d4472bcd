//! The conformance suite on both kinds of tokio runtime.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use foca_runtime::testing::Shell;
use foca_runtime_tokio::{TokioIo, bind};
use tokio::runtime::{Builder, Runtime};

struct Tokio(Runtime);

impl Tokio {
    fn on(mut builder: Builder) -> Self {
        Self(builder.enable_all().build().expect("a runtime"))
    }
}

impl Shell for Tokio {
    type Io = TokioIo;

    fn bind(&self, addr: SocketAddr) -> io::Result<TokioIo> {
        bind(addr)
    }

    fn local_addr(&self, io: &TokioIo) -> io::Result<SocketAddr> {
        io.local_addr()
    }

    fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(future);
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.0.block_on(future)
    }
}

mod current_thread {
    use super::*;
    foca_runtime::conformance!(Tokio::on(Builder::new_current_thread()));
}

mod multi_thread {
    use super::*;
    foca_runtime::conformance!(Tokio::on(Builder::new_multi_thread()));
}
