//! What holds up processes: several faults may do so at once, and each ends by itself.

use std::collections::BTreeMap;
use std::time::Duration;

use super::subject::Subject;
use crate::Network;

/// How a process is held up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Stop {
    /// It does not run.
    Paused,
    /// Its timers run, but it neither reads nor sends.
    Blocked,
    /// Each datagram takes so long.
    Slow(Duration),
}

/// What holds up whom, by fault.
#[derive(Default)]
pub(crate) struct Stops(BTreeMap<usize, (u16, Stop)>);

impl Stops {
    pub(crate) fn begin(
        &mut self,
        network: &mut Network<Subject>,
        fault: usize,
        addr: u16,
        stop: Stop,
    ) {
        self.0.insert(fault, (addr, stop));
        self.apply(network, addr);
    }

    pub(crate) fn end(&mut self, network: &mut Network<Subject>, fault: usize) {
        if let Some((addr, _)) = self.0.remove(&fault) {
            self.apply(network, addr);
        }
    }

    /// Makes the process at an address, if there is one, what all faults together make it.
    fn apply(&self, network: &mut Network<Subject>, addr: u16) {
        if network.machine(&addr).is_none() {
            return;
        }
        let here = || self.0.values().filter(|(at, _)| *at == addr);
        let is = |wanted: Stop| here().any(|(_, stop)| *stop == wanted);
        let per_datagram = here().filter_map(|(_, stop)| match stop {
            Stop::Slow(per_datagram) => Some(*per_datagram),
            Stop::Paused | Stop::Blocked => None,
        });
        // Whatever goes on again does so last, so that nothing is read that is still held up.
        network.slow(&addr, per_datagram.max().unwrap_or_default());
        match is(Stop::Blocked) {
            true => network.block(&addr),
            false => network.unblock(&addr),
        }
        match is(Stop::Paused) {
            true => network.pause(&addr),
            false => network.resume(&addr),
        }
    }
}
