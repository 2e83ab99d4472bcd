//! Settings: what is valid, what may change at run time, and what the presets are.

use crate::support;

use std::net::SocketAddr;
use std::time::Duration;

use foca_codec::{CheckedEnvelope, PostcardCodec};
use foca_core::{
    Config, ConfigError, Foca, Instant, Member, Message, NoBroadcasts, Periodic, Rules, Settings,
    Setup, State, Timer, Wire,
};
use support::stage::{Stage, receivers};
use support::{Id, addr, confident, id, member, millis, on_both_wires, seconds, transmits};

fn configs() -> [Config; 2] {
    on_both_wires(&confident(&Config::simple()))
}

const fn is_ping(message: &Message<Id>) -> bool {
    matches!(message, Message::Ping { .. })
}

#[test]
fn every_period_can_change_at_run_time() {
    for config in configs() {
        let mut stage = Stage::new(&config, 3);
        stage.pass_in_peace(seconds(10));
        let changed = config
            .with(|it| {
                it.probe_period = millis(300);
                it.probe_rtt = millis(100);
                it.suspicion = millis(700).into();
                it.periodic_gossip = Some(Periodic {
                    every: millis(50),
                    members: 1,
                });
            })
            .expect("valid");
        assert_eq!(stage.node.set_config(stage.now, changed.clone()), Ok(()));
        assert_eq!(*stage.node.config(), changed);
        stage.pass_in_peace(config.probe_period);
        let said = stage.pass_in_peace(seconds(3));
        assert_eq!(receivers(&said, is_ping).len(), 10);
        let (silent, _) = stage.next_probe();
        let began = stage.now;
        stage.pass(millis(300));
        assert_eq!(stage.state(silent), Some(State::Suspect));
        let due = began + millis(1_000);
        stage.pass(due.duration_since(stage.now));
        assert_eq!(stage.state(silent), Some(State::Down));
    }
}

#[test]
fn a_shorter_probe_period_does_not_wait_for_the_end_of_a_long_one() {
    for config in configs() {
        let long = config.with(|it| it.probe_period = seconds(3_600));
        let mut stage = Stage::new(&long.expect("valid"), 3);
        stage.next_probe();
        stage.pass_in_peace(seconds(60));
        assert_eq!(stage.node.set_config(stage.now, config.clone()), Ok(()));
        let said = stage.pass_in_peace(config.probe_period * 3);
        assert!(receivers(&said, is_ping).len() >= 2, "{said:?}");
    }
}

#[test]
fn a_configuration_that_has_no_room_for_our_identity_is_refused_and_nothing_changes() {
    let me: SocketAddr = "[2001:db8::1]:60000".parse().expect("an address");
    for config in configs() {
        let setup = |config: Config| Setup {
            identity: me,
            config,
            codec: PostcardCodec,
            broadcasts: NoBroadcasts,
            envelope: Box::new(CheckedEnvelope::default()),
            seed: 1,
        };
        let tiny = config.with(|it| it.datagram_bytes_max = 64).expect("valid");
        let refused = Foca::new(setup(tiny.clone()), Instant::ZERO).err();
        assert_eq!(refused, Some(ConfigError::DatagramTooSmallForIdentity));

        let mut node = Foca::new(setup(config.clone()), Instant::ZERO).expect("room");
        node.restore(Instant::ZERO, [Member::alive(addr(1))]);
        let before = (node.poll_timeout(), node.stats());
        let refused = node.set_config(Instant::ZERO, tiny);
        assert_eq!(refused, Err(ConfigError::DatagramTooSmallForIdentity));
        assert_eq!(*node.config(), config);
        assert_eq!((node.poll_timeout(), node.stats()), before);
    }
}

/// Every message between members like ourselves must be sendable, with one piece of news.
#[test]
fn whatever_datagram_size_is_accepted_has_room_for_every_message() {
    let ids: Vec<SocketAddr> = (1..=5)
        .map(|n| SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, n], 60_000)))
        .collect();
    for config in configs() {
        let accepted = (64..200).find_map(|bytes_max| {
            let config = config.with(|it| {
                it.datagram_bytes_max = bytes_max;
                it.transmissions = 255.into();
            });
            let setup = Setup {
                identity: ids[0],
                config: config.ok()?,
                codec: PostcardCodec,
                broadcasts: NoBroadcasts,
                envelope: Box::new(CheckedEnvelope::default()),
                seed: 1,
            };
            Foca::new(setup, Instant::ZERO).ok()
        });
        let mut node = accepted.expect("room at last");
        node.merge(Instant::ZERO, ids[1..].iter().copied().map(Member::alive));
        for _ in 0..40 {
            let now = node.poll_timeout().expect("a timer");
            node.handle_timeout(now);
            for (_, bytes) in transmits(&mut node, now) {
                assert!(bytes.len() <= node.config().datagram_bytes_max);
            }
        }
        let stats = node.stats();
        assert_eq!(stats.unsendable, 0, "{:?}", node.config().wire);
        assert!(stats.probes_failed >= 4);
        assert!(node.members().all(|member| member.state == State::Suspect));
    }
}

#[test]
fn the_datagram_size_can_change_while_datagrams_wait() {
    for config in configs() {
        let mut stage = Stage::new(&config, 9);
        stage
            .node
            .merge(stage.now, (20..250).map(|n| Member::alive(id(n))));
        for n in 1..=9 {
            assert_eq!(stage.tell(n, Message::Ping { number: 1 }), Ok(()));
        }
        for bytes_max in [1_400, 80, 65_507, 100, 1_232] {
            let changed = config.with(|it| it.datagram_bytes_max = bytes_max);
            let result = stage.node.set_config(stage.now, changed.expect("valid"));
            assert_eq!(result, Ok(()));
            let mut out = vec![0; 65_507];
            let transmit = stage.node.poll_transmit(stage.now, &mut out);
            let len = transmit.map(|it| it.len).expect("an Ack");
            assert!(len <= bytes_max);
        }
        assert_eq!(stage.said().len(), 4);
    }
}

#[test]
fn the_wire_can_change_at_run_time() {
    let [native, foca2] = configs();
    let mut stage = Stage::new(&foca2, 3);
    assert_eq!(stage.ask(1, Message::Ping { number: 1 }).len(), 1);
    assert_eq!(stage.node.set_config(stage.now, native), Ok(()));
    assert_eq!(stage.wire(), Wire::Native);
    assert_eq!(stage.ask(1, Message::Ping { number: 1 }).len(), 1);
    assert_eq!(stage.node.config().rules, Rules::Native);
}

#[test]
fn the_published_rules_need_no_particular_wire_but_ours_need_ours() {
    let foca2_rules = Config::simple().with(|it| it.rules = Rules::Foca2);
    assert!(foca2_rules.is_ok());
    let refused = Config::simple().with(|it| it.wire = Wire::Foca2);
    assert_eq!(refused, Err(ConfigError::Rules));
}

#[test]
fn presets_are_the_documented_formulas() {
    // memberlist: 4 * ceil(log10(n + 1)), here rounded up after the multiplication.
    for (members, transmissions) in [(1, 4), (9, 4), (10, 5), (99, 8), (100, 9), (9_999, 16)] {
        for config in [Config::lan(), Config::wan(), Config::local()] {
            assert_eq!(config.transmissions.at(members), transmissions, "{members}");
        }
    }
    // foca: max(1, log10 n) * 4 s in one data centre, * 6 * 5 s across the internet.
    for (members, lan_ms, wan_ms) in [
        (1, 4_000, 30_000),
        (10, 4_000, 30_000),
        (50, 6_795, 50_969),
        (1_000, 12_000, 90_000),
    ] {
        let close = |config: Config, expected_ms: u64| {
            let suspicion = config.suspicion.at(members);
            suspicion.abs_diff(millis(expected_ms)) <= millis(1)
        };
        assert!(close(Config::lan(), lan_ms), "{members}");
        assert!(close(Config::wan(), wan_ms), "{members}");
    }
}

#[test]
fn timers_due_at_once_are_served_in_the_order_of_their_names() {
    let order = [
        Timer::Probe,
        Timer::Gossip,
        Timer::Announce,
        Timer::AnnounceToDown,
        Timer::Lonely,
        Timer::Member,
    ];
    assert!(order.is_sorted());
    // The end of a probe at the very moment at which its suspicion would end elsewhere.
    for config in configs() {
        let mut stage = Stage::new(&config, 2);
        let (silent, _) = stage.next_probe();
        stage.next();
        let end = stage.node.poll_timeout().expect("the end of the probe");
        stage.now = end;
        let early = config.with(|it| it.suspicion = Duration::from_micros(1).into());
        assert_eq!(stage.node.set_config(end, early.expect("valid")), Ok(()));
        let rumour = [member(3 - silent, 0, State::Suspect)];
        stage.node.merge(Instant::ZERO, rumour);
        assert_eq!(stage.node.next_timer(), Some((end, Timer::Probe)));
    }
}

/// Whatever is found valid must be bearable: nothing overflows, nothing spins.
#[test]
fn extreme_settings_are_refused_or_harmless() {
    type Change = fn(&mut Settings, Duration);
    let durations: [Change; 11] = [
        |it, extreme| it.probe_period = extreme,
        |it, extreme| it.probe_rtt = extreme,
        |it, extreme| it.suspicion = extreme.into(),
        |it, extreme| it.suspicion.per_decade = extreme,
        |it, extreme| it.reconciliation = Some(extreme.into()),
        |it, extreme| it.forget_after = Some(extreme),
        |it, extreme| it.lonely_retry_max = extreme,
        |it, extreme| (it.lonely_retry_min, it.lonely_retry_max) = (extreme, extreme),
        |it, extreme| it.periodic_gossip = Some(task(extreme)),
        |it, extreme| it.periodic_announce = Some(task(extreme)),
        |it, extreme| it.periodic_announce_to_down = Some(task(extreme)),
    ];
    let extremes = [
        Duration::ZERO,
        Duration::from_nanos(1),
        Duration::from_nanos(999),
        Duration::from_micros(1),
        Duration::from_secs(u64::MAX / 2),
        Duration::MAX,
    ];
    for config in on_both_wires(&Config::lan()) {
        for change in durations {
            for extreme in extremes {
                if let Ok(config) = config.with(|it| change(it, extreme)) {
                    finishes(config);
                }
            }
        }
        let greedy = config.with(|it| {
            it.periodic_announce_to_down = Some(Periodic {
                every: millis(10),
                members: usize::MAX,
            });
            it.periodic_gossip = it.periodic_announce_to_down;
        });
        finishes(greedy.expect("valid"));
    }
}

const fn task(every: Duration) -> Periodic {
    Periodic { every, members: 2 }
}

/// A life with everything in it: probes, verdicts, loneliness, return.
fn finishes(config: Config) {
    let (done, wait) = std::sync::mpsc::channel();
    let settings = config.clone();
    let life = std::thread::spawn(move || {
        let mut stage = Stage::new(&config, 3);
        for round in 0..4 {
            let state = [State::Down, State::Suspect, State::Alive, State::Down][round];
            let news = (1..=3).map(|n| member(n, round as u32, state));
            stage.node.merge(stage.now, news);
            for _ in 0..15 {
                if stage.node.poll_timeout().is_some() {
                    stage.next();
                }
            }
        }
        done.send(()).expect("somebody waits");
    });
    let spins = wait.recv_timeout(Duration::from_secs(20));
    assert_eq!(spins, Ok(()), "{settings:?}");
    life.join().expect("a life without panic");
}

#[test]
fn serving_the_end_of_time_returns() {
    for config in on_both_wires(&Config::lan()) {
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut stage = Stage::new(&config, 3);
            stage.node.handle_timeout(Instant::MAX);
            done.send(()).expect("somebody waits");
        });
        assert_eq!(wait.recv_timeout(Duration::from_secs(20)), Ok(()));
    }
}
