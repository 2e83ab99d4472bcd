//! From a scenario and a seed to an outcome.

use foca_core::Instant;

use super::faults::{first_due, push_begin};
use super::outcome::{Outcome, Progress};
use super::queue::{Act, START_WITHIN};
use super::seeds;
use super::world::World;
use crate::Network;
use crate::scenario::deployed::{Around, Deployed, Recipe};
use crate::scenario::error::ScenarioError;
use crate::scenario::ours::Ours;
use crate::scenario::participant::Participant;
use crate::scenario::schema::{Scenario, Start};
use crate::scenario::validate::joining;

/// Who the members are made by.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum System {
    /// `foca-core`, as the scenario configures it.
    Ours,
    /// The same as `foca_runtime::Node`.
    Nodes,
    /// The same in the `foca_runtime::Driver` that runs in production.
    Drivers,
    /// The published `foca` 2.0.0, as its `Config::new_lan` (`new_wan`) recommends for the number of members;
    /// the settings of the scenario mean nothing to it. With the feature `peers`.
    Published,
}

/// Runs a scenario, which [`validate`](Scenario::validate) accepts, under a seed.
///
/// `progress` is called at each sample, and as often during the warm-up.
///
/// # Errors
///
/// If the scenario is not valid, or the system is not built in.
pub fn run(
    scenario: &Scenario,
    system: System,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, ScenarioError> {
    scenario.validate()?;
    match system {
        System::Ours => Ok(run_with::<Ours>(
            scenario,
            &scenario.config()?,
            seed,
            progress,
        )),
        System::Nodes => run_deployed(scenario, Around::Node, seed, progress),
        System::Drivers => run_deployed(scenario, Around::Driver, seed, progress),
        System::Published => run_published(scenario, seed, progress),
    }
}

fn run_deployed(
    scenario: &Scenario,
    around: Around,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, ScenarioError> {
    let config = scenario.config()?;
    let recipe = Recipe { config, around };
    Ok(run_with::<Deployed>(scenario, &recipe, seed, progress))
}

#[cfg(feature = "peers")]
fn run_published(
    scenario: &Scenario,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Outcome, ScenarioError> {
    use crate::scenario::published::{Published, recipe};
    let recipe = recipe(scenario)?;
    Ok(run_with::<Published>(scenario, &recipe, seed, progress))
}

#[cfg(not(feature = "peers"))]
fn run_published(
    _: &Scenario,
    _: u64,
    _: &mut dyn FnMut(Progress),
) -> Result<Outcome, ScenarioError> {
    Err(ScenarioError::Invalid(
        "the published foca is not built in: build with `--features peers`".to_owned(),
    ))
}

fn run_with<P: Participant>(
    scenario: &Scenario,
    recipe: &P::Recipe,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Outcome {
    let mut network = Network::new(seeds::of_links(seed));
    scenario.network.build(&mut network, scenario.nodes);
    let members_max = scenario.nodes + scenario.faults.iter().map(joining).sum::<usize>();
    let mut world = World::<P>::new(scenario, recipe, seed, network, members_max);
    begin(&mut world);
    let end = Instant::ZERO + scenario.warm_up.0 + scenario.duration.0;
    let mut calm_since = Instant::ZERO + scenario.warm_up.0;
    if scenario.start == Start::Join {
        calm_since = Instant::ZERO;
    }
    let whole = end.duration_since(Instant::ZERO).as_secs_f64();
    while let Some((at, act)) = world.queue.pop(end) {
        if matches!(act, Act::Watch) {
            world.network.run_until(at);
            world.read_reports();
            let done = at.duration_since(Instant::ZERO).as_secs_f64() / whole;
            let sample = world.look();
            progress(Progress { done, sample });
            push_watch(&mut world, at);
            continue;
        }
        world.advance(at);
        match act {
            Act::Watch => {}
            Act::Start(member) => world.join(member, 0),
            Act::Meet(member) => world.meet(member),
            Act::Ask { member, process } => world.ask(member, process),
            Act::Gone { member, process } => world.gone(member, process),
            Act::WarmedUp => world.open(),
            Act::Begin { fault, due } => world.begin(fault, due),
            Act::End { token } => world.end(token),
            Act::Return { member, life } => {
                world.join(member, life);
                world.ledger.fault(at);
            }
            Act::Sample => {
                let sample = world.sample();
                let done = at.duration_since(Instant::ZERO).as_secs_f64() / whole;
                progress(Progress { done, sample });
                if scenario.ends_early && world.is_over() {
                    break;
                }
                world.queue.push(at + scenario.sample_every.0, Act::Sample);
            }
        }
        if matches!(
            act,
            Act::Begin { .. } | Act::End { .. } | Act::Return { .. }
        ) {
            calm_since = at;
        }
    }
    if !(scenario.ends_early && world.is_over()) {
        world.advance(end);
    }
    world.finish(seed, calm_since)
}

/// The next sign of life, unless the warm-up is over by then.
fn push_watch<P: Participant>(world: &mut World<'_, P>, now: Instant) {
    let scenario = world.scenario;
    let next = now + scenario.sample_every.0;
    if next < Instant::ZERO + scenario.warm_up.0 {
        world.queue.push(next, Act::Watch);
    }
}

fn begin<P: Participant>(world: &mut World<'_, P>) {
    let scenario = world.scenario;
    world.numbered = scenario.nodes;
    let span_us = START_WITHIN.as_micros() as u64;
    let opens = Instant::ZERO + scenario.warm_up.0;
    match scenario.start {
        Start::Known => {
            for member in 0..scenario.nodes {
                world.start(member, 0);
                let after_us = world.random.below(span_us);
                let at = Instant::from_micros(after_us);
                world.queue.push(at, Act::Meet(member));
            }
        }
        Start::Join => {
            for member in 0..scenario.nodes {
                let after_us = match member {
                    0 => 0,
                    _ => world.random.below(span_us),
                };
                world
                    .queue
                    .push(Instant::from_micros(after_us), Act::Start(member));
            }
        }
    }
    push_watch(world, Instant::ZERO);
    world.queue.push(opens, Act::WarmedUp);
    for (n, fault) in scenario.faults.iter().enumerate() {
        let due = first_due(world, fault);
        push_begin(world, n, due);
    }
    world.queue.push(opens, Act::Sample);
}
