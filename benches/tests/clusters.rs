//! Small clusters of every make become complete, and what is lost for ever does not.

use std::time::Duration;

use benches::cluster::{Bootstrap, Experiment, Naming, System, bootstrap, is_possible, quiet};

const NODES: usize = 20;

const fn experiment(system: System, naming: Naming) -> Experiment {
    Experiment {
        nodes: NODES,
        loss_percent: 0.0,
        naming,
        system,
        seed: 1,
        // On the published wire the last pairs may wait for a few rounds of announces.
        limit: Duration::from_secs(60),
    }
}

fn kinds() -> impl Iterator<Item = (System, Naming)> {
    let systems = [System::Ours, System::Foca2Wire, System::Published];
    systems
        .into_iter()
        .flat_map(|system| [Naming::Rival, Naming::Shipped].map(|naming| (system, naming)))
        .filter(|(system, naming)| is_possible(*system, *naming))
}

fn run(experiment: &Experiment) -> Bootstrap {
    bootstrap(experiment, &mut |_| {})
}

#[test]
fn everybody_comes_to_know_everybody() {
    for (system, naming) in kinds() {
        let outcome = run(&experiment(system, naming));
        let complete_at = outcome.complete_at;
        assert!(complete_at.is_some(), "{system:?} {naming:?} {outcome:?}");
        let complete_at = complete_at.expect("just asserted");
        assert!(complete_at > Duration::from_millis(500), "{outcome:?}");
        assert_eq!(outcome.pairs_missing, 0);
        assert_eq!(outcome.downs, 0);
        // Everybody has named itself to somebody, and somebody has named it to others.
        assert!(outcome.datagrams_mean >= 2.0, "{outcome:?}");
        assert!(outcome.bytes_sent_max as f64 >= outcome.bytes_mean);
    }
}

#[test]
fn equal_seeds_give_equal_clusters_and_other_seeds_others() {
    let mut one = experiment(System::Ours, Naming::Rival);
    let text = |experiment: &Experiment| format!("{:?}", run(experiment));
    let first = text(&one);
    assert_eq!(first, text(&one));
    one.seed = 2;
    assert_ne!(first, text(&one));
}

#[test]
fn where_everything_is_lost_nobody_is_known() {
    for (system, naming) in kinds() {
        let outcome = run(&Experiment {
            loss_percent: 100.0,
            limit: Duration::from_secs(3),
            ..experiment(system, naming)
        });
        assert_eq!(outcome.complete_at, None);
        assert_eq!(outcome.pairs_missing, (NODES * (NODES - 1)) as u64);
        assert_eq!(outcome.watched, Duration::from_secs(3));
        assert_eq!(outcome.bytes_received_max, 0);
    }
}

#[test]
fn a_quiet_member_probes_about_once_a_second() {
    for (system, naming) in kinds() {
        let outcome = quiet(&experiment(system, naming), &mut |_| {});
        // A `Ping` and an `Ack` each, and a little more.
        let datagrams = outcome.datagrams_per_second;
        assert!((1.8..3.0).contains(&datagrams), "{outcome:?}");
        assert!(outcome.bytes_per_second > datagrams * 18.0);
        assert_eq!(outcome.downs, 0);
    }
}
