//! One member of a cluster, from its command line to its goodbye.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use foca_runtime_tokio::{Event, Handle, NodeConfig, NodeId, PostcardCodec};
use tokio::time::sleep;
use tracing::{info, warn};

use crate::keeper::Keeper;
use crate::member::{Member, bind_to};
use crate::member_file::{MemberFile, contents};
use crate::seed::Seed;
use crate::signals::Signals;
use crate::{Failure, RunOptions, Signal, address, report};

/// Longest time that saying goodbye takes; what has been said by then has to do.
pub const LEAVE_TIME_MAX: Duration = Duration::from_secs(3);

const DEFUNCT: &str = "declared down for good: somebody else uses our address, or pretends to";

/// Takes part in a cluster until a signal asks to leave it.
///
/// # Errors
///
/// Why the agent did not start, or ended otherwise than by leaving.
pub async fn run(options: &RunOptions) -> Result<(), Failure> {
    let bind_addr = address::parse("BIND_ADDR", &options.bind_addr)?;
    let identity = options.identity.as_deref();
    let identity = identity
        .map(|text| address::parse("-i/--identity", text))
        .transpose()?;
    let seeds = options.announce.iter().map(|text| Seed::parse(text));
    let seeds = seeds.collect::<Result<Vec<Seed>, Failure>>()?;

    let (socket, bound) = bind_to(bind_addr)?;
    let addr = address::advertised(bound, identity)?;
    let mut announce_to = Vec::new();
    for seed in &seeds {
        announce_to.extend(seed.resolve(bound)?);
    }

    let file = options.filename.as_deref();
    let file = file.map(|path| first_version(path, addr)).transpose()?;

    // Until here a signal ends the process at once: nobody knows of it yet.
    let signals = Signals::catch().map_err(|error| running("cannot catch signals", &error))?;
    introduce(options, bound, addr, &announce_to);
    let config = node_config(options, addr, announce_to);
    let member = Member::start(config, socket)?;
    let keeper = file.map(|file| Keeper::start(file, member.handle.clone()));
    take_part(member, keeper, signals).await
}

fn node_config(
    options: &RunOptions,
    addr: SocketAddr,
    seeds: Vec<SocketAddr>,
) -> NodeConfig<NodeId, PostcardCodec> {
    let config = NodeConfig::new(NodeId::starting_now(addr), PostcardCodec)
        .config(options.profile.config())
        .seeds(seeds);
    match &options.cluster {
        Some(name) => config.cluster(name),
        None => config,
    }
}

/// The member file as it is before we know of anybody else. If there is an error in it, it is better
/// found before others know of us.
fn first_version(path: &Path, addr: SocketAddr) -> Result<MemberFile, Failure> {
    let written = MemberFile::at(path).and_then(|file| {
        file.replace(&contents([addr]))?;
        Ok(file)
    });
    written.map_err(|error| Failure::MemberFile {
        path: path.to_owned(),
        error,
    })
}

fn introduce(options: &RunOptions, bound: SocketAddr, addr: SocketAddr, seeds: &[SocketAddr]) {
    let cluster = options.cluster.as_deref().map_or_else(
        || "the unnamed cluster".to_owned(),
        |name| format!("cluster {name:?}"),
    );
    if bound == addr {
        info!("listening on {bound}, member of {cluster}");
    } else {
        info!("listening on {bound}, member of {cluster} as {addr}");
    }
    if !bound.ip().is_loopback() {
        warn!(
            "nothing is encrypted or authenticated yet: whoever can send to {bound} can read and \
             change what this cluster believes"
        );
    }
    for seed in seeds {
        if bound.ip().is_loopback() && !seed.ip().is_loopback() {
            warn!("a socket bound to {bound} reaches no other host, such as {seed}");
        }
        info!("announcing to {seed}");
    }
    if seeds.is_empty() {
        info!("nobody to announce to: others join with -a {addr}");
    }
}

async fn take_part(
    member: Member,
    keeper: Option<Keeper>,
    mut signals: Signals,
) -> Result<(), Failure> {
    let handle = member.handle.clone();
    let outcome = loop {
        tokio::select! {
            event = handle.next_event() => {
                let Some(event) = event else {
                    break Ok(());
                };
                report::log(&event);
                if let Some(keeper) = &keeper {
                    keeper.note_change();
                }
                if event == Event::Defunct {
                    break Err(Failure::Running(DEFUNCT.to_owned()));
                }
            }
            signal = signals.next() => break leave(&handle, signal, &mut signals).await,
        }
    };
    if matches!(outcome, Err(Failure::Interrupted(_))) {
        return outcome;
    }
    handle.stop();
    let ended = member.ended().await;
    while let Some(event) = handle.try_event() {
        report::log(&event);
    }
    if let Some(keeper) = keeper {
        keeper.note_change();
        keeper.finish().await;
    }
    outcome.and(ended)
}

/// Says goodbye, for [`LEAVE_TIME_MAX`] at most.
async fn leave(handle: &Handle, signal: Signal, signals: &mut Signals) -> Result<(), Failure> {
    info!("{signal}: leaving the cluster");
    handle.leave();
    tokio::select! {
        () = handle.left() => Ok(()),
        () = sleep(LEAVE_TIME_MAX) => {
            info!("the goodbye was repeated for {LEAVE_TIME_MAX:?}, which has to do");
            Ok(())
        }
        signal = signals.next() => Err(Failure::Interrupted(signal)),
    }
}

fn running(what: &str, error: &io::Error) -> Failure {
    Failure::Running(format!("{what}: {error}"))
}
