//! From the wire of the published `foca` to our own in three rolling steps, without losing a view.

#[path = "interop/support/mod.rs"]
mod support;

use std::cell::Cell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use foca_codec::PostcardCodec;
use foca_core::{Accept, Config, Instant, MAGIC, Rules, State, Wire};
use foca_sim::Machine as _;

use support::cluster::{
    Cluster, Configs, MIXED, all_believe, assert_no_complaints, complete, describe, news, others,
};
use support::identity::{Id, addr, id};
use support::ours::ours;
use support::peer::Make;
use support::{millis, seconds};

const MEMBERS: u8 = 8;
const OURS: [Make; MEMBERS as usize] = [Make::Ours; MEMBERS as usize];

/// A cluster on its way, and where it is.
struct Migration {
    network: Cluster,
    config: Config,
    /// Datagrams sent since the last look: on the wire of the published crate, on our own.
    sent: Rc<Cell<[u64; 2]>>,
}

/// What one step changes.
type Step = fn(&mut foca_core::Settings);

const ACCEPT_BOTH: Step = |settings| settings.accept = Accept::Both;
const SPEAK_NATIVE: Step = |settings| settings.wire = Wire::Native;
const NATIVE_RULES: Step = |settings| settings.rules = Rules::Native;
const ACCEPT_OWN: Step = |settings| settings.accept = Accept::Own;

impl Migration {
    fn of(makes: &[Make], seed: u64) -> Self {
        let configs = Configs::steady();
        let mut network = configs.formed(makes, seed);
        let sent = Rc::new(Cell::new([0; 2]));
        let count = Rc::clone(&sent);
        network.tap(move |_, _, _, datagram| {
            let [mut foca2, mut native] = count.get();
            match datagram.starts_with(&MAGIC) {
                true => native += 1,
                false => foca2 += 1,
            }
            count.set([foca2, native]);
        });
        Self {
            network,
            config: configs.ours,
            sent,
        }
    }

    /// How many datagrams were sent on either wire since the last look.
    fn sent(&self) -> [u64; 2] {
        self.sent.take()
    }

    fn take(&mut self, step: Step) {
        self.config = self.config.with(step).expect("a valid configuration");
    }

    /// Lets time pass and looks ten times a second whether everybody holds everybody alive.
    fn watch(&mut self, duration: Duration) {
        let end = self.network.now() + duration;
        while self.network.now() < end {
            self.network.run_for(millis(100));
            let network = &self.network;
            assert!(complete(network), "{}", describe(network));
            for n in 0..MEMBERS {
                assert!(
                    all_believe(network, addr(n), State::Alive),
                    "{n} at {}",
                    network.now()
                );
            }
        }
    }

    /// Takes a step at runtime, each of ours a while after the one before.
    fn roll(&mut self, step: Step, pause: Duration) {
        self.take(step);
        for n in 0..MEMBERS {
            let config = self.config.clone();
            self.network.with(&addr(n), |peer, now| {
                if peer.make() == Make::Ours {
                    peer.set_config(now, &config);
                }
            });
            self.watch(pause);
        }
    }

    /// Restarts all members of this make, one by one, each as its next life and one of ours.
    fn restart(&mut self, make: Make, absence: Duration, seed: u64) {
        for n in 0..MEMBERS {
            let before = self.network.machine(&addr(n)).expect("a member");
            if before.make() == make {
                self.restart_one(n, absence, seed);
            }
        }
    }

    /// Restarts a member and waits until it is back in all views.
    fn restart_one(&mut self, n: u8, absence: Duration, seed: u64) {
        let before = self.network.remove(&addr(n)).expect("a member");
        assert_eq!(before.complaints(), [""; 0], "{n}");
        self.watch_without(n, absence, |_| false);
        let next = before.identity().next().expect("few lives");
        let seed = seed * 1_000_000 + u64::from(n) * 1_000 + u64::from(next.bump);
        let peer = Box::new(ours(next, self.config.clone(), PostcardCodec, seed));
        self.network.insert(addr(n), peer);
        let neighbour = addr((n + 1) % MEMBERS);
        self.network
            .with(&addr(n), |peer, now| peer.announce(now, neighbour));
        self.watch_without(n, seconds(20), complete);
        assert!(complete(&self.network), "{}", describe(&self.network));
    }

    /// Lets time pass until `done`, and looks ten times a second whether all but `n` hold each other
    /// alive and list nobody besides, except a life of `n`.
    fn watch_without(&mut self, n: u8, at_most: Duration, done: fn(&Cluster) -> bool) {
        let end = self.network.now() + at_most;
        while self.network.now() < end && !done(&self.network) {
            self.network.run_for(millis(100));
            let network = &self.network;
            for (observer, peer) in network.machines().filter(|(at, _)| **at != addr(n)) {
                let mut expected: Vec<Id> = others(network, observer);
                expected.retain(|id| id.addr != addr(n));
                let mut active = peer.active();
                active.retain(|id| id.addr != addr(n));
                active.sort();
                assert_eq!(active, expected, "{observer} at {}", network.now());
                for id in active {
                    let state = peer.member(id.addr).map(|member| member.state);
                    assert_eq!(
                        state,
                        Some(State::Alive),
                        "{id:?} to {observer} at {}",
                        network.now()
                    );
                }
            }
        }
    }
}

/// The end of every migration: our own wire and rules, nothing else accepted, failures still
/// noticed, and leaving told from failing.
fn assert_native(migration: &mut Migration) {
    migration.sent();
    migration.watch(seconds(30));
    let [foca2, native] = migration.sent();
    assert_eq!(foca2, 0);
    assert!(native > 0);
    let network = &mut migration.network;
    news(network);
    assert_no_complaints(network);
    network.with(&addr(1), |peer, now| peer.leave(now));
    network.run_for(seconds(5));
    network.remove(&addr(1));
    network.remove(&addr(6));
    network.run_for(seconds(30));
    assert!(
        all_believe(network, addr(1), State::Left),
        "{}",
        describe(network)
    );
    assert!(
        all_believe(network, addr(6), State::Down),
        "{}",
        describe(network)
    );
    assert!(complete(network), "{}", describe(network));

    let late = announcement(id(MEMBERS), addr(0));
    network.inject(&addr(0), &late);
    let deaf = network.machine(&addr(0)).expect("a member");
    assert_eq!(deaf.complaints(), ["WrongWire"]);
    assert_eq!(deaf.member(addr(MEMBERS)), None);
}

/// What a member of the published crate sends to join.
fn announcement(from: Id, to: SocketAddr) -> Vec<u8> {
    let mut peer = Configs::lan().peer(Make::Theirs, from, 1);
    peer.announce(Instant::ZERO, to);
    let mut out = [0; 100];
    let (_, len) = peer
        .poll_transmit(Instant::ZERO, &mut out)
        .expect("an `Announce`");
    out[..len].to_vec()
}

#[test]
fn settings_changed_at_runtime_lose_no_view() {
    for seed in 0..6 {
        // From one after the other at once to one in three seconds.
        let pause = millis(100 + 580 * seed);
        let mut migration = Migration::of(&OURS, seed);
        migration.roll(ACCEPT_BOTH, pause);
        migration.watch(seconds(10));
        let [foca2, native] = migration.sent();
        assert!(foca2 > 0 && native == 0);

        migration.roll(SPEAK_NATIVE, pause);
        let [foca2, native] = migration.sent();
        assert!(foca2 > 0 && native > 0, "both were spoken side by side");
        migration.watch(seconds(10));
        assert_eq!(migration.sent()[0], 0);

        migration.roll(NATIVE_RULES, pause);
        migration.watch(seconds(10));
        migration.roll(ACCEPT_OWN, pause);
        migration.watch(seconds(10));
        assert_eq!(news(&mut migration.network), [], "seed {seed}");
        assert_native(&mut migration);
    }
}

#[test]
fn restarts_one_by_one_lose_no_view_of_those_that_run() {
    for seed in 0..4 {
        let mut migration = Migration::of(&OURS, seed);
        // At once, as a service manager restarts, and later than suspicion and verdict.
        let absence = seconds([0, 1, 3, 15][seed as usize]);
        for step in [ACCEPT_BOTH, SPEAK_NATIVE, NATIVE_RULES, ACCEPT_OWN] {
            migration.take(step);
            migration.restart(Make::Ours, absence, seed);
        }
        for n in 0..MEMBERS {
            let life = migration
                .network
                .machine(&addr(n))
                .map(|peer| peer.identity());
            assert_eq!(
                life,
                Some(Id { bump: 4, ..id(n) }),
                "restarted four times, never renewed"
            );
        }
        assert_native(&mut migration);
    }
}

#[test]
fn a_cluster_with_published_members_migrates_as_well() {
    for seed in 0..4 {
        let mut migration = Migration::of(&MIXED, seed);
        migration.roll(ACCEPT_BOTH, seconds(1));
        migration.watch(seconds(60));
        let [foca2, native] = migration.sent();
        assert!(
            foca2 > 0 && native == 0,
            "published members would not understand"
        );
        assert_eq!(news(&mut migration.network), []);
        assert_no_complaints(&migration.network);

        migration.restart(Make::Theirs, seconds(1), seed);
        assert_eq!(migration.sent()[1], 0, "some were still published members");
        assert_no_complaints(&migration.network);
        news(&mut migration.network);
        for step in [SPEAK_NATIVE, NATIVE_RULES, ACCEPT_OWN] {
            migration.roll(step, seconds(1));
        }
        assert_eq!(news(&mut migration.network), []);
        assert_native(&mut migration);
    }
}
