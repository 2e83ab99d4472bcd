//! How many bytes leave: more while much is to be told, never more than the ceiling, and probes always.

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::time::Duration;

use foca_core::{Broadcasts, Config, Instant, Message, NoBroadcasts, State, Verdict};
use support::stage::Stage;
use support::wire::{Packet, packet};
use support::{Id, id, member, millis, on_both_wires, seconds, transmits};

const OTHERS: u16 = 20;
/// News of members that are gone, so that it does not change the size of the cluster.
const NEWS: std::ops::Range<u16> = 1_000..3_000;
/// As `transmissions` of 21 members.
const TRANSMISSIONS: usize = 6;
const BURST: u64 = 64 * 1_024;

/// A datagram that left.
struct Left {
    at: Instant,
    bytes: u64,
    packet: Packet<Id>,
}

impl Left {
    const fn is_gossip(&self) -> bool {
        matches!(self.packet.header.message, Message::Gossip)
    }

    fn is_bare(&self) -> bool {
        self.packet.members.is_empty() && self.packet.items.is_empty()
    }
}

fn limited(config: &Config, bytes_per_second: u32) -> Config {
    let ceiling = NonZeroU32::new(bytes_per_second);
    let config = config.with(|it| it.bytes_per_second_max = ceiling);
    config.expect("valid")
}

fn with_burst(config: &Config) -> Config {
    let burst = u32::try_from(BURST).ok().and_then(NonZeroU32::new);
    let config = config.with(|it| it.gossip_burst_bytes_per_second = burst);
    config.expect("valid")
}

fn without_burst(config: &Config) -> Config {
    let config = config.with(|it| it.gossip_burst_bytes_per_second = None);
    config.expect("valid")
}

/// Everything that leaves now; whoever gets a `Ping` answers.
fn leave<B: Broadcasts<Id>>(stage: &mut Stage<B>, left: &mut Vec<Left>) {
    loop {
        let datagrams = transmits(&mut stage.node, stage.now);
        if datagrams.is_empty() {
            return;
        }
        for (_, datagram) in datagrams {
            let packet = Packet::read(stage.wire(), &datagram);
            stage.answer(&packet);
            let (at, bytes) = (stage.now, datagram.len() as u64);
            left.push(Left { at, bytes, packet });
        }
    }
}

fn pass<B: Broadcasts<Id>>(stage: &mut Stage<B>, duration: Duration) -> Vec<Left> {
    let (end, mut left) = (stage.now + duration, Vec::new());
    leave(stage, &mut left);
    while stage.node.poll_timeout().is_some_and(|at| at <= end) {
        stage.serve();
        leave(stage, &mut left);
    }
    stage.now = end;
    left
}

fn news_at_once(config: &Config) -> Stage {
    let mut stage = Stage::new(config, OTHERS).acquainted();
    stage
        .node
        .merge(stage.now, NEWS.map(|n| member(n, 0, State::Down)));
    stage
}

fn rounds(left: &[Left]) -> Vec<Instant> {
    let gossip = left.iter().filter(|it| it.is_gossip());
    let rounds: BTreeSet<Instant> = gossip.map(|it| it.at).collect();
    rounds.into_iter().collect()
}

fn pauses(left: &[Left]) -> Vec<Duration> {
    let rounds = rounds(left);
    let pairs = rounds.windows(2);
    pairs.map(|it| it[1].duration_since(it[0])).collect()
}

/// How often each piece of news was told.
fn told(left: &[Left]) -> BTreeMap<Id, usize> {
    let mut times = BTreeMap::new();
    for member in left.iter().flat_map(|it| &it.packet.members) {
        *times.entry(member.id).or_default() += 1;
    }
    times
}

fn all_were_told(left: &[Left]) -> bool {
    let times = told(left);
    NEWS.map(id)
        .all(|id| times.get(&id) == Some(&TRANSMISSIONS))
}

/// Asserts that at no moment more had left than `per_second` allows, beyond `ahead` bytes.
fn assert_within(left: &[Left], per_second: u64, ahead: u64) {
    let Some(first) = left.first() else { return };
    let mut sum = 0;
    for datagram in left {
        sum += datagram.bytes;
        let micros = datagram.at.duration_since(first.at).as_micros() as u64;
        let allowed = ahead + per_second * micros / 1_000_000;
        assert!(sum <= allowed, "{sum} of {allowed} at {}", datagram.at);
    }
}

#[test]
fn much_news_is_told_faster_but_within_its_bytes_and_then_at_the_base_pace() {
    for config in on_both_wires(&Config::lan()) {
        let mut slow = news_at_once(&without_burst(&config));
        let mut fast = news_at_once(&with_burst(&config));
        let began = fast.now;
        let (slow, mut left) = (pass(&mut slow, seconds(60)), pass(&mut fast, seconds(60)));
        assert!(all_were_told(&slow) && all_were_told(&left));
        assert!(pauses(&slow).iter().all(|pause| *pause == millis(200)));

        left.retain(Left::is_gossip);
        let one_round = 3 * config.datagram_bytes_max as u64;
        assert_within(&left, BURST, one_round);
        let bytes: u64 = left.iter().map(|it| it.bytes).sum();
        let end = |left: &[Left]| rounds(left).last().expect("a round").duration_since(began);
        assert!(end(&left) * 2 < end(&slow));
        let least = Duration::from_micros(bytes * 1_000_000 / BURST) + millis(600);
        assert!(end(&left) <= least, "the burst is made use of: {least:?}");

        let few = [member(1, 1, State::Alive), member(2, 1, State::Alive)];
        fast.node.merge(fast.now, few);
        let after = pauses(&pass(&mut fast, seconds(5)));
        assert!(!after.is_empty() && after.iter().all(|pause| *pause >= millis(200)));
    }
}

/// Every item is news.
struct Everything;

impl Broadcasts<Id> for Everything {
    type Key = Unlike;

    fn receive(&mut self, _: &[u8], _: Option<&Id>) -> Verdict<Unlike> {
        Verdict::Spread(Unlike)
    }
}

/// Keys of which none replaces another.
#[derive(PartialEq)]
struct Unlike;

impl PartialOrd for Unlike {
    fn partial_cmp(&self, _: &Self) -> Option<std::cmp::Ordering> {
        None
    }
}

#[test]
fn many_items_are_told_faster_as_well() {
    for config in on_both_wires(&Config::lan()) {
        let [slow, fast] = [without_burst(&config), with_burst(&config)].map(|config| {
            let mut stage = Stage::with_broadcasts(&config, Everything, OTHERS).acquainted();
            // Somebody else's: our own would go out in `Broadcast` at once.
            for n in 0..500_u16 {
                let item = [n.to_be_bytes(); 50].concat();
                let heard = packet(id(1), id(0), Message::Gossip).items(&[&item]);
                assert_eq!(stage.tell_packet(&heard), Ok(()));
            }
            let began = stage.now;
            let left = pass(&mut stage, seconds(120));
            let items = left.iter().flat_map(|it| &it.packet.items);
            assert_eq!(items.count(), 500 * TRANSMISSIONS);
            rounds(&left).last().map(|end| end.duration_since(began))
        });
        let (slow, fast) = (slow.expect("rounds"), fast.expect("rounds"));
        assert!(fast * 2 < slow, "{fast:?} {slow:?}");
    }
}

#[test]
fn the_ceiling_holds_at_every_moment_and_no_news_is_lost_to_it() {
    const CEILING: u32 = 8 * 1_024;
    for config in on_both_wires(&Config::lan()) {
        for config in [config.clone(), without_burst(&config)] {
            let mut stage = news_at_once(&limited(&config, CEILING));
            let before = stage.node.stats();
            let left = pass(&mut stage, seconds(60));
            let bare = left.iter().filter(|it| it.is_bare());
            let bare_bytes: u64 = bare.map(|it| it.bytes).sum();
            assert_within(&left, CEILING.into(), u64::from(CEILING) + bare_bytes);
            assert!(all_were_told(&left));
            let stats = stage.node.stats();
            assert!(stats.gossip_postponed > before.gossip_postponed);
            assert!(stats.news_withheld > before.news_withheld);
            assert_eq!(stats.probes_started - before.probes_started, 60);
            assert_eq!(stats.probes_failed, 0);
        }
    }
}

/// More than two datagrams a second.
const TIGHT: u32 = 2_800;

/// Everybody asks more than the ceiling allows to answer, for ten seconds.
fn besieged(config: &Config) -> (Stage<NoBroadcasts>, Vec<Left>) {
    let config = limited(config, TIGHT).with(|it| it.replies_max = 60_000);
    let mut stage = Stage::new(&config.expect("valid"), OTHERS).acquainted();
    stage
        .node
        .merge(stage.now, NEWS.map(|n| member(n, 0, State::Down)));
    let mut left = Vec::new();
    for _ in 0..100 {
        for n in 1..=OTHERS {
            assert_eq!(stage.tell(n, Message::Ping { number: 1 }), Ok(()));
        }
        left.extend(pass(&mut stage, millis(100)));
    }
    (stage, left)
}

#[test]
fn probes_and_their_answers_leave_whatever_the_ceiling_is() {
    for config in on_both_wires(&Config::lan()) {
        let (stage, left) = besieged(&config);
        let count = |is: fn(&Message<Id>) -> bool| {
            let datagrams = left.iter().filter(|it| is(&it.packet.header.message));
            datagrams.count()
        };
        let pings = count(|it| matches!(it, Message::Ping { .. }));
        assert_eq!((pings, stage.node.stats().probes_failed), (10, 0));
        let acks = count(|it| matches!(it, Message::Ack { .. }));
        assert_eq!(acks, 100 * usize::from(OTHERS));
        let laden = left.iter().filter(|it| !it.is_bare());
        let laden_bytes: u64 = laden.map(|it| it.bytes).sum();
        assert!(
            laden_bytes <= TIGHT.into(),
            "what was saved up: {laden_bytes}"
        );
    }
}

#[test]
fn who_is_suspected_hears_of_it_whatever_the_ceiling_is() {
    for config in on_both_wires(&Config::lan()) {
        let (mut stage, _) = besieged(&config);
        let suspicion = [member(1, 0, State::Suspect)];
        stage.node.merge(stage.now, suspicion);
        let said = stage.ask(1, Message::Ping { number: 1 });
        assert_eq!(said.len(), 1);
        assert_eq!(said[0].members, suspicion);
        let said = stage.ask(2, Message::Ping { number: 1 });
        assert_eq!(said[0].members, []);
    }
}

#[test]
fn newcomers_wait_for_the_ceiling_and_no_longer_than_two_seconds_after_a_siege() {
    for config in on_both_wires(&Config::lan()) {
        let (mut stage, _) = besieged(&config);
        let withheld = stage.node.stats().datagrams_withheld;
        let announce = Message::Announce { nonce: 0, proof: 0 };
        assert_eq!(stage.ask(1, announce.clone()), []);
        assert_eq!(stage.node.stats().datagrams_withheld, withheld + 1);
        pass(&mut stage, millis(2_100));
        let fed = stage.ask(1, announce);
        assert!(matches!(fed[0].header.message, Message::Feed { .. }));
    }
}
