//! Small runs of scenarios: what happened to members is what the measures say.
#![cfg(feature = "scenario")]

use foca_sim::scenario::{Outcome, Scenario, System, run};

fn outcome(scenario: &str, changes: &[&str]) -> Outcome {
    let shipped = Scenario::shipped(scenario).expect("a shipped scenario");
    let scenario = shipped.with_changes(changes).expect("valid changes");
    run(&scenario, System::Ours, 3, &mut |_| {}).expect("a run")
}

#[test]
fn a_crash_is_detected_and_everybody_informed() {
    let outcome = outcome("crash", &["nodes=8"]);
    let [crash] = outcome.detections.as_slice() else {
        panic!("one member crashed: {:?}", outcome.detections);
    };
    let (first, all) = (crash.first_seconds.unwrap(), crash.all_seconds.unwrap());
    assert!(0.0 < first && first <= all, "{crash:?}");
    assert!(outcome.complete_at_end);
    assert_eq!(outcome.tallies.declarations_false, 0);
    assert_eq!(outcome.samples.last().unwrap().running, 7);
}

#[test]
fn halves_of_a_partition_hold_each_other_down_and_heal() {
    let changes = [
        "nodes=8",
        "faults.partition.within=0s",
        "faults.partition.for=40s",
    ];
    let outcome = outcome("partition", &changes);
    // Each of four loses four, on both sides.
    assert_eq!(outcome.tallies.downs_of_unreachable, 32);
    let apart = outcome
        .samples
        .iter()
        .map(|it| it.completeness)
        .fold(1.0, f64::min);
    assert_eq!(apart, 24.0 / 56.0);
    assert!(outcome.heal_seconds.unwrap() > 0.0 && outcome.complete_at_end);
}

#[test]
fn a_pause_within_a_longer_one_does_not_end_it() {
    let text = "nodes = 5\nduration = '80s'\n\
        [[faults]]\nkind = 'pause'\nat = '1s'\nfor = '10s'\nmembers = { index = [0] }\n\
        [[faults]]\nkind = 'pause'\nat = '2s'\nfor = '48s'\nmembers = { index = [0] }\n";
    let scenario = Scenario::from_toml(text).expect("a scenario");
    let outcome = run(&scenario, System::Ours, 3, &mut |_| {}).expect("a run");
    let completeness = |second: usize| outcome.samples[second].completeness;
    // Whoever stands still for so long is held down until it goes on.
    assert!(completeness(30) < 1.0 && completeness(49) < 1.0);
    assert!(outcome.complete_at_end);
}

#[test]
fn everybody_who_joins_is_known_in_the_end() {
    let outcome = outcome("bootstrap", &["nodes=16"]);
    assert!(outcome.complete_at_end);
    let completeness: Vec<f64> = outcome.samples.iter().map(|it| it.completeness).collect();
    assert_eq!(
        (completeness[0], completeness.last()),
        (1.0, Some(&1.0)),
        "alone, then all"
    );
    assert!(completeness.iter().any(|it| *it < 1.0));
    assert!(
        outcome.heal_seconds.unwrap() > 0.5,
        "the last starts within the first second"
    );
}

#[test]
fn those_who_are_restarted_say_goodbye_and_return() {
    let outcome = outcome("rolling-restart", &["nodes=6", "duration=20s"]);
    assert_eq!(outcome.detections.len(), 6);
    assert!(outcome.detections.iter().all(|it| it.graceful));
    assert!(outcome.complete_at_end);
}

#[test]
#[cfg(feature = "peers")]
fn the_published_foca_is_measured_by_the_same_rules() {
    let scenario = Scenario::shipped("crash")
        .unwrap()
        .with_changes(&["nodes=8"])
        .unwrap();
    let outcome = run(&scenario, System::Published, 3, &mut |_| {}).unwrap();
    let all = outcome.detections[0].all_seconds.unwrap();
    // Its suspicion alone lasts four seconds among so few.
    assert!((4.0..15.0).contains(&all), "{all}");
    assert!(outcome.complete_at_end);
}

#[test]
fn what_the_documentation_shows_can_be_run() {
    let text = include_str!("../../docs/SIMULATOR.md");
    let blocks: Vec<_> = text.split("```toml\n").skip(1).collect();
    assert!(!blocks.is_empty());
    for block in blocks {
        let scenario = block.split("```").next().expect("a block that ends");
        let parsed = Scenario::from_toml(scenario);
        assert!(parsed.is_ok(), "{scenario}: {:?}", parsed.err());
    }
}

/// The keys that the parser names when it meets one that it does not know.
fn keys_of(table: &str) -> Vec<String> {
    let text = format!("[[faults]]\nkind = 'crash'\n{table}\nno_such_key = 1\n");
    let text = match table {
        "" => "no_such_key = 1\n".to_owned(),
        "[[faults]]" => text.replacen("[[faults]]\nkind = 'crash'\n", "", 1),
        _ => text,
    };
    let error = Scenario::from_toml(&text)
        .expect_err("an unknown key")
        .to_string();
    let (_, known) = error.split_once(", expected ").expect("a list of keys");
    let keys = known.split('`').skip(1).step_by(2);
    keys.map(str::to_owned).collect()
}

#[test]
fn every_key_is_documented() {
    let document = include_str!("../../docs/SIMULATOR.md");
    let (section, _) = document.split_once("## Comparing").expect("a section");
    let tables = [
        "",
        "[[faults]]",
        "[faults.members]",
        "[network]",
        "[network.link]",
        "[network.link.bursts]",
        "[[network.places]]",
        "[[network.between]]",
        "[[network.access]]",
    ];
    for table in tables {
        let keys = keys_of(table);
        assert!(keys.len() > 1, "{table}: {keys:?}");
        for key in keys {
            assert!(section.contains(&format!("`{key}`")), "{table}: {key}");
        }
    }
}

/// What holds of the protocol holds of what is deployed: who is blocked for two seconds is not declared
/// down, crashes are noticed, and whoever is back is listed.
#[test]
fn nodes_and_drivers_live_through_the_same_scenarios() {
    for system in [System::Nodes, System::Drivers] {
        let outcome = |scenario: &str, changes: &[&str]| {
            let shipped = Scenario::shipped(scenario).expect("a shipped scenario");
            let scenario = shipped.with_changes(changes).expect("valid changes");
            run(&scenario, system, 3, &mut |_| {}).expect("a run")
        };
        let crash = outcome("crash", &["nodes=8"]);
        assert!(crash.detections[0].all_seconds.is_some(), "{crash:?}");
        let blocked = outcome("blocked", &["nodes=16", "faults.block.members.count=4"]);
        assert_eq!(blocked.tallies.downs_false, 0, "{system:?}");
        assert!(blocked.complete_at_end, "{system:?}");
        let restarted = outcome("rolling-restart", &["nodes=8", "duration=20s"]);
        assert_eq!(restarted.tallies.downs_of_earlier_lives, 0, "{system:?}");
        assert_eq!(restarted.tallies.downs_false, 0, "{system:?}");
        assert!(restarted.complete_at_end, "{system:?}");
    }
}
