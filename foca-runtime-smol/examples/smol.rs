// SPDX-License-Identifier: CC0-1.0
//! A cluster member on smol. In two terminals:
//!
//! ```sh
//! cargo run -p foca-runtime-smol --example smol -- 127.0.0.1:7000
//! cargo run -p foca-runtime-smol --example smol -- 127.0.0.1:7001 127.0.0.1:7000
//! ```
//!
//! ENTER leaves.

use std::error::Error;
use std::net::SocketAddr;

use foca_runtime_smol::{Event, NodeConfig, NodeId, PostcardCodec, bind, start};

fn main() -> Result<(), Box<dyn Error>> {
    let addrs: Result<Vec<SocketAddr>, _> = std::env::args().skip(1).map(|a| a.parse()).collect();
    let addrs = addrs?;
    let (addr, seeds) = addrs
        .split_first()
        .ok_or("usage: smol BIND_ADDR [SEED_ADDR]...")?;

    let io = bind(*addr)?;
    let id = NodeId::starting_now(io.local_addr()?);
    let config = NodeConfig::new(id, PostcardCodec)
        .cluster("demo")
        .seeds(seeds.iter().copied());
    let (node, driver) = start(config, io)?;
    let driver = smol::spawn(driver);
    println!("{id} is up; press ENTER to leave");

    // Handles work from any thread.
    let leaver = node.clone();
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_line(&mut String::new());
        leaver.leave();
    });

    smol::block_on(async {
        while let Some(event) = node.next_event().await {
            println!("{event:?}, {} other members", node.members_count());
            if event == Event::Left {
                node.stop();
            }
        }
        Ok(driver.await?)
    })
}
