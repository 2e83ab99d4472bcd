//! A process that was not served for a while must not blame others for what it missed.

use crate::support;

use foca_core::{Config, Event, Message, State};
use foca_sim::cluster::views_complete;
use foca_sim::{Link, Network};
use support::stage::{Stage, receivers};
use support::{
    Cluster, Id, addr, announce, at, by_time_alone, events, id, member, node, on_both_wires,
    seconds,
};

fn configs() -> [Config; 2] {
    on_both_wires(&Config::simple())
}

/// Ten seconds pass in which the node is not served at all.
fn stall(stage: &mut Stage) {
    stage.now = stage.now + seconds(10);
}

fn assert_nobody_is_accused(stage: &mut Stage) {
    assert!(stage.node.members().all(|it| it.state == State::Alive));
    assert_eq!(stage.events(), []);
    assert_eq!(stage.node.stats().probes_failed, 0);
}

#[test]
fn an_ack_that_waited_in_the_socket_beats_its_own_deadline() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, number) = stage.next_probe();
        stall(&mut stage);
        assert_eq!(stage.tell(target, Message::Ack { number }), Ok(()));
        stage.node.handle_timeout(stage.now);
        stage.said().iter().for_each(|it| stage.answer(it));
        let said = stage.pass_in_peace(config.probe_period * 5);
        assert!(receivers(&said, |it| matches!(it, Message::PingReq { .. })).is_empty());
        assert_nobody_is_accused(&mut stage);
        assert_eq!(stage.node.stats().probes_void, 0, "it was answered");
    }
}

#[test]
fn a_probe_whose_answers_may_be_lost_on_our_side_is_void() {
    for config in configs() {
        // After the Ping, and after others were asked for help.
        for asked_for_help in [false, true] {
            let mut stage = Stage::new(&config, 9);
            stage.next_probe();
            if asked_for_help {
                stage.next();
            }
            stall(&mut stage);
            stage.node.handle_timeout(stage.now);
            let said = stage.said();
            let is_ping = |it: &Message<Id>| matches!(it, Message::Ping { .. });
            assert_eq!(receivers(&said, is_ping).len(), 1, "the next probe at once");
            said.iter().for_each(|it| stage.answer(it));
            stage.pass_in_peace(config.probe_period * 5);
            assert_nobody_is_accused(&mut stage);
            let stats = stage.node.stats();
            assert_eq!((stats.stalls, stats.probes_void), (1, 1));
        }
    }
}

#[test]
fn a_suspicion_does_not_end_during_a_stall_but_a_probe_period_after_it() {
    for config in configs().map(|it| by_time_alone(&it)) {
        for refuted in [true, false] {
            let mut stage = Stage::new(&config, 9);
            let rumour = [member(5, 0, State::Suspect)];
            assert_eq!(stage.tell_with(1, Message::Gossip, &rumour), Ok(()));
            stall(&mut stage);
            stage.node.handle_timeout(stage.now);
            assert_eq!(stage.state(5), Some(State::Suspect));
            if refuted {
                let news = [member(5, 1, State::Alive)];
                assert_eq!(stage.tell_with(1, Message::Gossip, &news), Ok(()));
            }
            stage.pass_in_peace(config.probe_period * 3);
            let expected = if refuted { State::Alive } else { State::Down };
            assert_eq!(stage.state(5), Some(expected));
        }
    }
}

#[test]
fn being_a_little_late_is_no_stall() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        let (target, _) = stage.next_probe();
        for _ in 0..2 {
            stage.now = stage.node.poll_timeout().expect("a timer") + config.probe_rtt;
            stage.node.handle_timeout(stage.now);
            stage.said();
        }
        assert_eq!(stage.state(target), Some(State::Suspect));
        assert_eq!(stage.node.stats().stalls, 0);
    }
}

/// A network whose member 4 is stopped for ten seconds, with so many datagrams kept for it.
fn paused(config: &Config, seed: u64, socket_buffer: usize) -> Cluster {
    let mut network = Network::new(seed).with_socket_buffer(socket_buffer);
    for n in 0..8 {
        let seed = seed * 100 + u64::from(n);
        network.insert(addr(n), node(id(n), config.clone(), seed));
    }
    (1..8).for_each(|n| announce(&mut network, n, 0));
    assert!(network.run_until_condition(at(120), views_complete));
    for n in 0..8 {
        events(&mut network, n);
    }
    network.run_for(seconds(5));
    network.pause(&addr(4));
    network.run_for(seconds(10));
    network.resume(&addr(4));
    network
}

#[test]
fn a_stopped_process_accuses_nobody_when_it_goes_on() {
    for config in on_both_wires(&Config::lan()) {
        for socket_buffer in [256, 20, 0] {
            for seed in 0..5 {
                let mut network = paused(&config, seed, socket_buffer);
                let deadline = network.now() + seconds(60);
                let whole = network.run_until_condition(deadline, views_complete);
                assert!(whole, "{:?}, seed {seed}", config.wire);
                network.run_for(seconds(30));
                for n in 0..8 {
                    for event in events(&mut network, n) {
                        assert_ne!(event, Event::Alone, "{n}, seed {seed}");
                        if let Some(about) = accused(&event) {
                            assert_eq!(about.addr, addr(4), "{n}: {event:?}, seed {seed}");
                        }
                    }
                }
            }
        }
    }
}

/// Who is said to be silent or dead, or has had to change its name for it.
const fn accused(event: &Event<Id>) -> Option<&Id> {
    if let Event::MemberSuspect(id) | Event::MemberDown(id) | Event::Renamed { from: id, .. } =
        event
    {
        Some(id)
    } else {
        None
    }
}

#[test]
fn a_cluster_on_a_slow_network_does_not_take_itself_for_stalled() {
    for config in on_both_wires(&Config::lan()) {
        let mut network = paused(&config, 1, 256);
        network.set_link(Link {
            latency: seconds(0)..=config.probe_rtt / 2,
            ..Link::default()
        });
        let stalls = |network: &Cluster| -> u64 {
            network.machines().map(|(_, it)| it.stats().stalls).sum()
        };
        let before = stalls(&network);
        assert_eq!(before, 1, "the one that was stopped");
        network.run_for(seconds(300));
        assert_eq!(stalls(&network), before);
    }
}
