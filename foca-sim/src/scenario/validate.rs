//! What is wrong with a scenario that could be read.

use std::collections::BTreeSet;

use super::MEMBERS_MAX;
use super::error::ScenarioError;
use super::network::{LinkSpec, NetworkSpec};
use super::schema::{Fault, Kind, Scenario, Selection};
use super::span::Span;

/// Judges a scenario.
///
/// # Errors
///
/// The first thing found wrong.
pub(super) fn validate(scenario: &Scenario) -> Result<(), ScenarioError> {
    let invalid = |what: String| Err(ScenarioError::Invalid(what));
    if !(2..=MEMBERS_MAX).contains(&scenario.nodes) {
        return invalid(format!(
            "nodes = {} must be within 2 to {MEMBERS_MAX}",
            scenario.nodes
        ));
    }
    if scenario.duration == Span::default() {
        return invalid("duration must be longer than nothing".to_owned());
    }
    if scenario.sample_every < Span::from_millis(1) {
        return invalid("sample_every must be at least 1ms".to_owned());
    }
    let samples = scenario.duration.0.as_millis() / scenario.sample_every.0.as_millis().max(1);
    if samples > SAMPLES_MAX {
        return invalid(format!(
            "sample_every = {} makes {samples} samples of {}: at most {SAMPLES_MAX}",
            scenario.sample_every, scenario.duration
        ));
    }
    validate_network(&scenario.network, scenario.nodes).map_err(ScenarioError::Invalid)?;
    if scenario.nodes.saturating_add(joining_in(scenario)) > MEMBERS_MAX {
        return invalid(format!(
            "more than {MEMBERS_MAX} members, counting those who join"
        ));
    }
    for (n, fault) in scenario.faults.iter().enumerate() {
        validate_fault(fault, scenario).map_err(|what| {
            ScenarioError::Invalid(format!("faults.{n} ({}): {what}", fault.kind))
        })?;
    }
    Ok(())
}

fn joining_in(scenario: &Scenario) -> usize {
    let joining = scenario.faults.iter().map(joining);
    joining.fold(0, usize::saturating_add)
}

/// How many members a fault adds in the course of a scenario, at most.
pub(super) fn joining(fault: &Fault) -> usize {
    if fault.kind != Kind::Join {
        return 0;
    }
    let times = fault.times.unwrap_or(1) as usize;
    fault.count.unwrap_or(1).saturating_mul(times)
}

fn validate_network(network: &NetworkSpec, nodes: usize) -> Result<(), String> {
    validate_link("network.link", &network.link)?;
    let mut names: Vec<&str> = network
        .places
        .iter()
        .map(|place| place.name.as_str())
        .collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!(
            "network.places: there are two called {:?}",
            twice[0]
        ));
    }
    if names.len() > PLACES_MAX {
        return Err(format!("network.places: more than {PLACES_MAX}"));
    }
    if let Some(empty) = network.places.iter().find(|place| place.share == 0) {
        return Err(format!("network.places: {:?} has a share of 0", empty.name));
    }
    for (n, between) in network.between.iter().enumerate() {
        for name in [&between.from, &between.to] {
            if network.place(name).is_none() {
                return Err(format!("network.between.{n}: there is no place {name:?}"));
            }
        }
        validate_link(&format!("network.between.{n}.link"), &between.link)?;
    }
    for (n, access) in network.access.iter().enumerate() {
        validate_numbers(&access.members, nodes)
            .map_err(|what| format!("network.access.{n}: `members`: {what}"))?;
        percent(
            &format!("network.access.{n}.loss_in_percent"),
            access.loss_in_percent,
        )?;
        percent(
            &format!("network.access.{n}.loss_out_percent"),
            access.loss_out_percent,
        )?;
    }
    Ok(())
}

fn validate_link(name: &str, link: &LinkSpec) -> Result<(), String> {
    if link.latency_min > link.latency_max {
        return Err(format!("{name}: latency_min is more than latency_max"));
    }
    percent(&format!("{name}.loss_percent"), link.loss_percent)?;
    percent(&format!("{name}.duplicate_percent"), link.duplicate_percent)?;
    percent(&format!("{name}.reordered_percent"), link.reordered_percent)?;
    if let Some(bursts) = &link.bursts {
        percent(&format!("{name}.bursts.loss_percent"), bursts.loss_percent)?;
        if bursts.good_mean == Span::default() || bursts.bad_mean == Span::default() {
            return Err(format!(
                "{name}.bursts: good_mean and bad_mean must be longer than nothing"
            ));
        }
    }
    Ok(())
}

fn percent(name: &str, value: f64) -> Result<(), String> {
    match (0.0..=100.0).contains(&value) {
        true => Ok(()),
        false => Err(format!("{name} = {value} must be within 0 to 100")),
    }
}

fn validate_fault(fault: &Fault, scenario: &Scenario) -> Result<(), String> {
    for (name, set, kinds) in fields(fault) {
        if set && !kinds.contains(&fault.kind) {
            let kinds: Vec<String> = kinds.iter().map(ToString::to_string).collect();
            return Err(format!("`{name}` belongs to {}", kinds.join(", ")));
        }
    }
    for (name, missing) in required(fault) {
        if missing {
            return Err(format!("`{name}` is missing"));
        }
    }
    if fault.at >= scenario.duration || fault.at.0 + fault.within.0 > scenario.duration.0 {
        return Err(format!(
            "it does not happen before the end, {}",
            scenario.duration
        ));
    }
    if fault.until.is_some_and(|until| until <= fault.at) {
        return Err("`until` is not after `at`".to_owned());
    }
    validate_repetition(fault)?;
    validate_target(fault)?;
    if fault
        .percent
        .is_some_and(|percent| !(0.0..=100.0).contains(&percent))
    {
        return Err("`percent` must be within 0 to 100".to_owned());
    }
    let most = scenario.nodes.saturating_add(joining_in(scenario));
    if fault.parts.is_some_and(|parts| parts < 2 || parts > most) {
        return Err(format!(
            "`parts` must be within 2 to {most}, the members there are"
        ));
    }
    let selections = [
        Some(("members", &fault.members)),
        fault.towards.as_ref().map(|it| ("towards", it)),
    ];
    for (name, selection) in selections.into_iter().flatten() {
        validate_selection(selection, scenario.nodes)
            .map_err(|what| format!("`{name}`: {what}"))?;
    }
    Ok(())
}

fn validate_repetition(fault: &Fault) -> Result<(), String> {
    let shortest = Span::from_millis(1);
    if fault.every.is_some() && fault.rest.is_some() {
        return Err("either `every` or `rest`".to_owned());
    }
    if fault.every.is_some_and(|every| every < shortest) {
        return Err("`every` must be at least 1ms".to_owned());
    }
    if fault.lasts.is_some_and(|lasts| lasts < shortest) {
        return Err("`for` must be at least 1ms".to_owned());
    }
    if fault.rest.is_some() && fault.lasts.is_none() {
        return Err("`rest` needs `for`: what does not end has no time after its end".to_owned());
    }
    if fault.times == Some(0) {
        return Err("`times` must be at least 1".to_owned());
    }
    let repeats = fault.every.is_some() || fault.rest.is_some();
    if fault.times.is_some() && !repeats {
        return Err("`times` needs `every` or `rest`: it happens once".to_owned());
    }
    if fault.until.is_some() && !repeats && !fault.kind.lasts() {
        return Err("`until` needs `every`: it neither lasts nor happens again".to_owned());
    }
    if let (Some(every), Some(lasts)) = (fault.every, fault.lasts)
        && lasts >= every
    {
        return Err(
            "`for` must be shorter than `every`, or it begins again before it ends".to_owned(),
        );
    }
    if fault.kind == Kind::Join && fault.every.is_some() && fault.times.is_none() {
        return Err("`every` needs `times`, to know how many members there can be".to_owned());
    }
    Ok(())
}

/// Whom it happens to, as far as that depends on what happens.
fn validate_target(fault: &Fault) -> Result<(), String> {
    let everybody = fault.members == Selection::default();
    if fault.kind == Kind::Join && !everybody {
        return Err("`members` belongs to all kinds but join, whose members are new".to_owned());
    }
    if fault.count == Some(0) {
        return Err("`count` must be at least 1".to_owned());
    }
    if fault.direction.is_some() && everybody {
        return Err(
            "`direction` needs `members`: in the whole network what one sends another receives"
                .to_owned(),
        );
    }
    Ok(())
}

fn validate_selection(selection: &Selection, nodes: usize) -> Result<(), String> {
    let fields = [
        selection.index.is_some(),
        selection.count.is_some(),
        selection.fraction.is_some(),
    ];
    if fields.iter().filter(|set| **set).count() > 1 {
        return Err("only one of `index`, `count` and `fraction`".to_owned());
    }
    if let Some(index) = &selection.index {
        validate_numbers(index, nodes)?;
    }
    if selection
        .count
        .is_some_and(|count| count == 0 || count > nodes)
    {
        return Err(format!(
            "`count` must be within 1 to {nodes}, the members there are"
        ));
    }
    if selection
        .fraction
        .is_some_and(|it| !(it > 0.0 && it <= 1.0))
    {
        return Err("`fraction` must be more than 0 and at most 1".to_owned());
    }
    Ok(())
}

/// Numbers of members, each once: nobody crashes twice at one moment.
fn validate_numbers(numbers: &[usize], nodes: usize) -> Result<(), String> {
    if numbers.is_empty() {
        return Err("it names nobody".to_owned());
    }
    let mut seen = BTreeSet::new();
    for number in numbers {
        if *number >= nodes {
            return Err(format!("there is no member {number} among {nodes}"));
        }
        if !seen.insert(number) {
            return Err(format!("it names member {number} twice"));
        }
    }
    Ok(())
}

/// Fields, whether they are set, and the kinds that they mean something to.
fn fields(fault: &Fault) -> [(&'static str, bool, &'static [Kind]); 12] {
    use Kind::{Block, ClockJump, Cut, Isolate, Join, Loss, Partition, Pause, Restart, Slow};
    const LASTING: &[Kind] = &[Pause, Block, Slow, Loss, Cut, Partition, Isolate];
    [
        ("for", fault.lasts.is_some(), LASTING),
        ("rest", fault.rest.is_some(), LASTING),
        ("towards", fault.towards.is_some(), &[Cut]),
        ("back_after", fault.back_after.is_some(), &[Restart]),
        ("generation", fault.generation.is_some(), &[Restart]),
        ("graceful", fault.graceful.is_some(), &[Restart]),
        ("parts", fault.parts.is_some(), &[Partition]),
        ("percent", fault.percent.is_some(), &[Loss]),
        ("direction", fault.direction.is_some(), &[Loss]),
        ("per_datagram", fault.per_datagram.is_some(), &[Slow]),
        ("by", fault.by.is_some(), &[ClockJump]),
        ("count", fault.count.is_some(), &[Join]),
    ]
}

/// Fields that a kind cannot do without, and whether they are missing.
fn required(fault: &Fault) -> [(&'static str, bool); 3] {
    [
        (
            "percent",
            fault.kind == Kind::Loss && fault.percent.is_none(),
        ),
        (
            "per_datagram",
            fault.kind == Kind::Slow && fault.per_datagram.is_none(),
        ),
        ("by", fault.kind == Kind::ClockJump && fault.by.is_none()),
    ]
}

/// Samples of one run.
const SAMPLES_MAX: u128 = 100_000;

/// Places of one scenario.
const PLACES_MAX: usize = 64;
