//! What follows the cluster: how often news is sent, how long a suspicion lasts, how often gossip comes.

use crate::support;

use std::collections::BTreeMap;
use std::time::Duration;

use foca_core::{Config, Event, Instant, Member, Message, Scaled, State, Timer};
use support::stage::Stage;
use support::{Id, by_time_alone, id, member, millis, on_both_wires, seconds};

/// What it costs at most that the members are not counted anew for each one that comes or goes.
const DRIFT: f64 = 1.0 / 64.0;

/// Nothing periodic, everybody may ask as often as it likes.
fn quiet() -> [Config; 2] {
    let config = Config::simple().with(|it| {
        it.transmissions = Config::lan().transmissions;
        it.replies_max = 60_000;
    });
    on_both_wires(&config.expect("valid"))
}

/// The multiplier of memberlist for so many members, not rounded before it is applied.
fn transmissions(members: f64) -> usize {
    (4.0 * (members + 1.0).log10()).max(4.0).ceil() as usize
}

fn number(id: &Id) -> u16 {
    match id.addr.ip() {
        std::net::IpAddr::V4(ip) => u16::from_be_bytes([ip.octets()[2], ip.octets()[3]]),
        std::net::IpAddr::V6(_) => panic!("no address of the scenarios"),
    }
}

/// Lets the node say everything that it has to tell, and counts how often it tells of each member.
fn told(stage: &mut Stage) -> BTreeMap<u16, usize> {
    let mut times = BTreeMap::new();
    loop {
        let said = stage.ask(1, Message::Ping { number: 9 });
        if said.iter().all(|packet| packet.members.is_empty()) {
            return times;
        }
        for told in said.iter().flat_map(|packet| &packet.members) {
            *times.entry(number(&told.id)).or_default() += 1;
        }
    }
}

#[test]
fn news_is_sent_as_often_as_the_present_size_asks_for() {
    for config in quiet() {
        let mut stage = Stage::new(&config, 2).acquainted();
        let changes = [
            (3, 3..3, State::Alive),
            (200, 3..200, State::Alive),
            (2_000, 200..2_000, State::Alive),
            (200, 200..2_000, State::Down),
            (3, 3..200, State::Down),
        ];
        let mut incarnation = 0;
        for (members, who, becomes) in changes {
            let changed = who.map(|n| member(n, 0, becomes));
            stage.node.restore(stage.now, changed);
            assert_eq!(stage.node.members().len() + 1, members);
            incarnation += 1;
            let news = [member(2, incarnation, State::Alive)];
            stage.node.merge(stage.now, news);
            let expected = transmissions(members as f64);
            assert_eq!(told(&mut stage), BTreeMap::from([(2, expected)]));
        }
    }
}

/// Who learns of a large cluster at once must not tell of it as often as a lonely node would.
#[test]
fn a_crowd_taken_in_at_once_is_told_of_as_often_as_its_size_asks_for() {
    for config in quiet() {
        let mut stage = Stage::new(&config, 1).acquainted();
        let crowd = 2..2_000;
        let members = crowd.clone().map(|n| Member::alive(id(n)));
        stage.node.merge(stage.now, members);
        let times = told(&mut stage);
        for n in crowd {
            let known = f64::from(n) + 1.0;
            let least = transmissions(known * (1.0 - DRIFT) - 1.0);
            let expected = least..=transmissions(known);
            assert!(expected.contains(&times[&n]), "{n}: {}", times[&n]);
        }
    }
}

/// Time from a suspicion to the verdict while all others answer.
fn suspicion_lasts(config: &Config, others: u16) -> Duration {
    let mut stage = Stage::new(config, others);
    stage.pass_in_peace(millis(10));
    stage.events();
    let began = stage.now;
    stage.node.merge(began, [member(1, 0, State::Suspect)]);
    loop {
        if stage.events().contains(&Event::MemberDown(id(1))) {
            return stage.now.duration_since(began);
        }
        for said in stage.next() {
            if said.header.dst != id(1) {
                stage.answer(&said);
            }
        }
    }
}

#[test]
fn a_suspicion_lasts_as_long_as_the_present_size_asks_for() {
    let config = Config::lan().with(|it| it.detector.decay = None);
    let config = by_time_alone(&config.expect("valid"));
    for config in on_both_wires(&config) {
        for members in [2, 10, 50, 1_000] {
            let lasted = suspicion_lasts(&config, members - 1).as_secs_f64();
            let expected = 4.0 * f64::from(members).log10().max(1.0);
            let least = 4.0 * (f64::from(members) * (1.0 - DRIFT)).log10().max(1.0);
            let least = if members < 64 { expected } else { least };
            let expected = least - 1e-5..=expected + 1e-5;
            assert!(expected.contains(&lasted), "{members}: {lasted}");
        }
    }
}

/// Moments at which gossip is due while there is always something to tell.
fn rounds(stage: &mut Stage, count: usize) -> Vec<Instant> {
    let (mut rounds, mut incarnation) = (Vec::new(), 0);
    while rounds.len() < count {
        incarnation += 1;
        let news = [member(1, incarnation, State::Alive)];
        stage.node.merge(stage.now, news);
        let (at, timer) = stage.node.next_timer().expect("a timer");
        if timer == Timer::Gossip {
            rounds.push(at);
        }
        let said = stage.next();
        said.iter().for_each(|ping| stage.answer(ping));
        stage.said();
    }
    rounds
}

#[test]
fn gossip_comes_sooner_in_a_large_cluster_unless_told_otherwise() {
    let fixed = |it: &mut foca_core::Settings| it.gossip_base_members = usize::MAX;
    for config in on_both_wires(&Config::lan()) {
        let fixed = config.with(fixed).expect("valid");
        for (config, members, expected) in [
            (&config, 3, 0.2),
            (&config, 100, 0.2),
            (&config, 1_000, 0.2 * 2.0 / 3.0),
            (&config, 10_000, 0.1),
            (&fixed, 10_000, 0.2),
        ] {
            let mut stage = Stage::new(config, members - 1);
            let rounds = rounds(&mut stage, 20);
            for pair in rounds.windows(2) {
                let pause = pair[1].duration_since(pair[0]).as_secs_f64();
                let error = (pause - expected).abs();
                assert!(error <= 0.2 * DRIFT, "{members}: {pause}");
            }
        }
    }
}

#[test]
fn a_fixed_value_is_the_same_at_every_size() {
    for config in on_both_wires(&Config::lan()) {
        let changed = config.with(|it| {
            it.suspicion = seconds(5).into();
            it.transmissions = 7.into();
        });
        for others in [1, 30, 3_000] {
            let stage = Stage::new(changed.as_ref().expect("valid"), others);
            let pace = stage.node.pace();
            assert_eq!((pace.suspicion, pace.transmissions), (seconds(5), 7));
        }
    }
}

#[test]
fn other_settings_hold_at_once_at_the_present_size() {
    for config in on_both_wires(&Config::lan()) {
        let mut stage = Stage::new(&config, 49);
        let steeper = Scaled {
            least: seconds(1),
            per_decade: seconds(10),
        };
        let changed = config.with(|it| it.suspicion = steeper).expect("valid");
        assert_eq!(stage.node.set_config(stage.now, changed), Ok(()));
        let suspicion = stage.node.pace().suspicion.as_secs_f64();
        assert!((suspicion - 10.0 * 50_f64.log10()).abs() < 2e-5);
    }
}

#[test]
fn comparing_views_takes_the_place_of_asking_for_members_where_it_can() {
    let [native, foca2] = on_both_wires(&Config::lan());
    assert_eq!(native.reconciliation, Some(scaled(seconds(5))));
    assert_eq!(foca2.reconciliation, None);
    let alone = native.with(|it| it.reconciliation = None).expect("valid");
    for (config, asks) in [(native, false), (alone, true), (foca2, true)] {
        let mut stage = Stage::new(&config, 3);
        let said = stage.pass_in_peace(seconds(120));
        let announces = said
            .iter()
            .filter(|packet| matches!(packet.header.message, Message::Announce { .. }));
        assert_eq!(announces.count() > 0, asks, "{config:?}");
        let pause = stage.node.pace().reconciliation;
        assert_eq!(pause, config.reconciliation.map(|pause| pause.at(4)));
    }
}

fn scaled(value: Duration) -> Scaled<Duration> {
    Scaled {
        least: value,
        per_decade: value,
    }
}
