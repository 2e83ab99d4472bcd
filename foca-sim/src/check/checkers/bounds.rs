//! Whatever arrives, what a member sends, queues and remembers stays within what its settings allow.
//!
//! - It remembers no more members than `members_max`, and queues no more events than `events_max` (and the
//!   note that some were lost) and no more datagrams than `outbox_max` (and the `Ping` of its probe).
//! - No datagram is longer than `datagram_bytes_max`.
//! - What it sends over any time is at most what its own tasks may cost in that time and one second more, and
//!   two datagrams for each datagram received: its answer, and the news that follows.
//! - With a ceiling, datagrams that are more than headers are at most that over any time and two seconds more:
//!   the bucket holds one, and can owe another.

use std::collections::BTreeMap;
use std::time::Duration;

use foca_core::{Config, Instant, Periodic};

use crate::check::checker::{Checker, Rule, Violation};
use crate::check::ledger::{Happening, Process};
use crate::check::plan::Plan;
use crate::check::stage::Stage;

/// No datagram of the failure detector without news is longer: envelope, kind, two identities, incarnation,
/// number, a third identity, and the record of a suspect.
const BARE_BYTES_MAX: usize = 11 + 1 + 2 * 8 + 5 + 4 + 8 + 2 + 14;

/// A leaky bucket seen from outside: what has been spent and is not forgiven yet, in bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Spent {
    bytes: f64,
    at: Instant,
}

impl Spent {
    fn add(&mut self, now: Instant, bytes: usize, bytes_per_second: f64) -> f64 {
        let passed = now.duration_since(self.at).as_secs_f64();
        self.bytes = (self.bytes - passed * bytes_per_second).max(0.0) + bytes as f64;
        self.at = now;
        self.bytes
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Account {
    all: Spent,
    long: Spent,
}

pub(crate) struct Bounds {
    config: Config,
    own_bytes_per_second: f64,
    accounts: BTreeMap<Process, Account>,
}

impl Bounds {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            own_bytes_per_second: own_bytes_per_second(&plan.config),
            config: plan.config.clone(),
            accounts: BTreeMap::new(),
        }
    }

    fn sent(&mut self, at: Instant, process: Process, bytes: usize) -> Result<(), Violation> {
        let too_much = |expected: String, seen: String| Violation {
            rule: Rule::Bounds,
            at,
            expected: format!("{} sends {expected}", process.addr),
            seen,
        };
        let longest = self.config.datagram_bytes_max;
        if bytes > longest {
            let expected = format!("no datagram longer than {longest} bytes");
            return Err(too_much(expected, format!("one of {bytes} bytes")));
        }
        let account = self.accounts.entry(process).or_default();
        let rate = self.own_bytes_per_second;
        let spent = account.all.add(at, bytes, rate);
        if spent > rate {
            let expected = format!("{rate:.0} bytes a second and twice what it receives");
            return Err(too_much(
                expected,
                format!("{spent:.0} bytes more than a second's worth"),
            ));
        }
        if let Some(ceiling) = self.config.bytes_per_second_max
            && bytes > BARE_BYTES_MAX
        {
            let ceiling = f64::from(ceiling.get());
            let spent = account.long.add(at, bytes, ceiling);
            if spent > 2.0 * ceiling + longest as f64 {
                let expected = format!("{ceiling} bytes a second, apart from bare headers");
                return Err(too_much(expected, format!("{spent:.0} bytes at once")));
            }
        }
        Ok(())
    }

    fn allow(&mut self, process: Process, datagrams: usize) {
        let allowed = (datagrams * self.config.datagram_bytes_max) as f64;
        let account = self.accounts.entry(process).or_default();
        account.all.bytes -= allowed;
        // What is allowed but not used is no reserve for later.
        account.all.bytes = account.all.bytes.max(-allowed);
    }
}

impl Checker for Bounds {
    fn hear(&mut self, at: Instant, happening: &Happening) -> Result<(), Violation> {
        match *happening {
            Happening::Sent { process, bytes, .. } => return self.sent(at, process, bytes),
            Happening::Received { process } => self.allow(process, 2),
            Happening::Commanded { process } => {
                self.allow(process, 2 * self.config.indirect_probes + 2);
            }
            // The bucket of its own clock is full again.
            Happening::Jumped { process } => {
                self.accounts.remove(&process);
            }
            Happening::Fetched {
                process,
                events,
                datagrams,
            } => {
                let (events_max, outbox_max) = (self.config.events_max, self.config.outbox_max);
                if events > events_max + 1 || datagrams > outbox_max + 1 {
                    return Err(Violation {
                        rule: Rule::Bounds,
                        at,
                        expected: format!(
                            "{} queues {events_max} events and {outbox_max} datagrams at most",
                            process.addr
                        ),
                        seen: format!("{events} events, {datagrams} datagrams"),
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, stage: &Stage<'_>) -> Result<(), Violation> {
        let members_max = self.config.members_max;
        for subject in stage.participants() {
            let remembered = subject.foca().all_members().count();
            if remembered > members_max {
                return Err(Violation {
                    rule: Rule::Bounds,
                    at: stage.network.now(),
                    expected: format!("{} remembers {members_max} members", subject.process().addr),
                    seen: format!("{remembered}"),
                });
            }
        }
        Ok(())
    }
}

/// What the tasks of a member that nobody asks anything may cost.
fn own_bytes_per_second(config: &Config) -> f64 {
    let datagram = config.datagram_bytes_max as f64;
    let per_second = |every: Duration| 1.0 / every.as_secs_f64();
    let task =
        |task: Option<Periodic>| task.map_or(0.0, |it| it.members as f64 * per_second(it.every));
    // A `Ping` and its helpers, and four rounds of defence. `Change` may shorten the period.
    let helpers = config.indirect_probes as f64;
    let probes = (1.0 + 5.0 * helpers) * 2.5 * per_second(config.probe_period);
    // The first pauses between announces are a fifth of a period.
    let announces = 5.0 * per_second(config.probe_period) + per_second(config.lonely_retry_min);
    let gossip = task(config.periodic_gossip) + probes;
    let down =
        task(config.periodic_announce_to_down) + helpers * per_second(config.lonely_retry_min);
    let burst = config
        .gossip_burst_bytes_per_second
        .map_or(0, |it| it.get());
    let comparing = config.reconciliation_bytes_per_second.get();
    let tasks = (probes + announces + gossip + down) * datagram;
    2.0 * (tasks + f64::from(burst) + 2.0 * f64::from(comparing)) + 20.0 * datagram
}
