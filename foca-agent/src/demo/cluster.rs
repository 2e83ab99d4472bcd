//! The members on show.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::{Ipv4Addr, SocketAddr};

use foca_runtime_tokio::{Config, Event, Handle, NodeConfig, NodeId, PostcardCodec, State};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::row::{Belief, Life, Row};
use crate::Failure;
use crate::member::{Member, bind_to};

/// Events of all members that wait to be shown; a member whose events do not fit waits.
const HEARD_MAX: usize = 1_024;

/// Something that happened to one of the members.
pub(crate) struct Heard {
    pub(crate) at: Instant,
    /// The index of the member that it happened to.
    pub(crate) observer: usize,
    pub(crate) event: Event<NodeId>,
}

/// All members that ever were, by index.
pub(crate) struct Cluster {
    places: Vec<Place>,
    name: String,
    config: Config,
    heard: mpsc::Sender<Heard>,
}

/// One member, in all of its lives.
struct Place {
    addr: SocketAddr,
    life: Life,
    /// Also there when the member is not, to ask what it knew.
    handle: Handle,
    member: Option<Member>,
}

/// Datagrams of all members since they started.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Traffic {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Cluster {
    /// A cluster without members, and what will happen to them.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Heard>) {
        let (sender, heard) = mpsc::channel(HEARD_MAX);
        let cluster = Self {
            places: Vec::new(),
            name: unique_name(),
            config: Config::local(),
            heard: sender,
        };
        (cluster, heard)
    }

    /// Adds a member, which joins through the first one.
    pub(crate) fn add(&mut self) -> Result<(), Failure> {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let place = self.settle(self.places.len(), any_port)?;
        self.places.push(place);
        Ok(())
    }

    /// Starts a member again at its address. It remembers nothing.
    pub(crate) fn restart(&mut self, index: usize) -> Result<(), Failure> {
        let place = self.settle(index, self.places[index].addr)?;
        self.places[index] = place;
        Ok(())
    }

    fn settle(&self, index: usize, addr: SocketAddr) -> Result<Place, Failure> {
        let (socket, addr) = bind_to(addr)?;
        let config = NodeConfig::new(NodeId::starting_now(addr), PostcardCodec)
            .config(self.config.clone())
            .cluster(&self.name)
            .seeds(self.places.first().map(|first| first.addr));
        let member = Member::start(config, socket)?;
        let handle = member.handle.clone();
        tokio::spawn(listen(index, handle.clone(), self.heard.clone()));
        Ok(Place {
            addr,
            life: Life::Running,
            handle,
            member: Some(member),
        })
    }

    /// Ends a member as the end of its process would.
    pub(crate) async fn kill(&mut self, index: usize) {
        let place = &mut self.places[index];
        place.life = Life::Killed;
        if let Some(member) = place.member.take() {
            member.kill().await;
        }
    }

    /// Has a member say goodbye.
    pub(crate) fn leave(&mut self, index: usize) {
        self.places[index].life = Life::Left;
        self.places[index].handle.leave();
    }

    pub(crate) fn addr(&self, index: usize) -> SocketAddr {
        self.places[index].addr
    }

    pub(crate) fn index_of(&self, id: &NodeId) -> Option<usize> {
        self.places
            .iter()
            .position(|place| place.addr == id.socket_addr())
    }

    /// Whether this very life of a member goes on.
    pub(crate) fn is_running(&self, id: &NodeId) -> bool {
        self.running()
            .any(|index| self.places[index].handle.identity() == *id)
    }

    /// The indices of the members that take part.
    fn running(&self) -> impl Iterator<Item = usize> {
        let places = self.places.iter().enumerate();
        places
            .filter(|(_, place)| place.life == Life::Running)
            .map(|(index, _)| index)
    }

    /// Whether everybody who takes part lists everybody else who does, and nobody more.
    pub(crate) fn is_complete(&self) -> bool {
        let others = self.running().count().saturating_sub(1);
        self.running()
            .all(|index| self.places[index].handle.members_count() == others)
    }

    /// Whether everybody else who takes part believes this of a member.
    pub(crate) fn all_believe(&self, of: usize, belief: Belief) -> bool {
        self.running()
            .filter(|observer| *observer != of)
            .all(|observer| self.belief(observer, of) == belief)
    }

    fn belief(&self, observer: usize, of: usize) -> Belief {
        if observer == of {
            return Belief::Itself;
        }
        match self.places[observer].handle.member(self.places[of].addr) {
            None => Belief::Unknown,
            Some(member) => match member.state {
                State::Alive => Belief::Up,
                State::Suspect => Belief::Suspect,
                State::Down => Belief::Down,
                State::Left => Belief::Left,
            },
        }
    }

    pub(crate) fn traffic(&self) -> Vec<Traffic> {
        let of_place = |place: &Place| {
            let stats = place.handle.driver_stats();
            Traffic {
                sent: stats.datagrams_sent,
                received: stats.datagrams_received,
            }
        };
        self.places.iter().map(of_place).collect()
    }

    /// What there is to see, without the traffic per second.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let row = |observer: usize| {
            let place = &self.places[observer];
            Row {
                number: observer + 1,
                port: place.addr.port(),
                life: place.life,
                active: place.handle.members_count() + 1,
                sent_per_s: None,
                received_per_s: None,
                beliefs: (0..self.places.len())
                    .map(|of| self.belief(observer, of))
                    .collect(),
            }
        };
        (0..self.places.len()).map(row).collect()
    }
}

async fn listen(observer: usize, handle: Handle, heard: mpsc::Sender<Heard>) {
    while let Some(event) = handle.next_event().await {
        let at = Instant::now();
        let news = Heard {
            at,
            observer,
            event,
        };
        if heard.send(news).await.is_err() {
            return;
        }
    }
}

/// Another demonstration on this host may get a port that was ours.
fn unique_name() -> String {
    // The hash of nothing, under keys that the standard library draws at random.
    let random = RandomState::new().build_hasher().finish();
    format!("demo {} {random}", std::process::id())
}
