//! A cluster falls into two parts and grows together again, even if nobody can change its name.

use crate::support;

use std::net::SocketAddr;

use foca_core::{Config, Event, Instant, Member, State, Status};
use foca_sim::cluster::views_complete;
use support::{Node, addr, events, formed, node, on_both_wires, seconds, transmits};

/// Messages that growing together may cost beyond what ten quiet minutes cost.
const MESSAGES_EXTRA_MAX: u64 = 500;

#[test]
fn plain_addresses_grow_together_with_a_bounded_number_of_messages() {
    for config in on_both_wires(&Config::lan()) {
        for seed in 0..8 {
            let scenario = format!("seed {seed}, {:?}", config.wire);
            let mut network = formed(5, &config, seed, addr);
            let start = network.stats().datagrams_sent;
            network.run_for(seconds(600));
            let quiet = network.stats().datagrams_sent - start;

            network.partition(|from, to| (*from < addr(2)) != (*to < addr(2)));
            network.run_for(seconds(120));
            assert!(!views_complete(&network));
            network.heal();
            let (start, healed_at) = (network.stats().datagrams_sent, network.now());
            let deadline = healed_at + seconds(150);
            let healed = network.run_until_condition(deadline, views_complete);
            assert!(healed, "{scenario}");
            network.run_until(healed_at + seconds(600));
            let healing = network.stats().datagrams_sent - start;
            assert!(
                healing <= quiet + MESSAGES_EXTRA_MAX,
                "{scenario}: {healing} messages after the split, {quiet} before"
            );
            assert!(views_complete(&network), "{scenario}");
            for n in 0..5 {
                let status = network.machine(&addr(n)).map(|node| node.status());
                assert_eq!(status, Some(Status::Joined), "{scenario}");
                assert!(!events(&mut network, n).contains(&Event::Defunct));
            }
        }
    }
}

/// Lets both say what they have to say; `None` if that is nothing.
fn exchange(nodes: &mut [Node<SocketAddr>; 2], now: Instant) -> Option<u32> {
    let mut messages = 0;
    for from in 0..2 {
        for (to, datagram) in transmits(&mut nodes[from], now) {
            messages += 1;
            if to == addr(1 - from as u16) {
                let result = nodes[1 - from].handle_datagram(now, &datagram);
                assert_eq!(result, Ok(()));
            }
        }
    }
    (messages > 0).then_some(messages)
}

/// Two members that hold each other down must not answer each other for ever.
#[test]
fn two_members_that_hold_each_other_down_make_peace() {
    for config in on_both_wires(&Config::simple()) {
        let mut nodes = [0, 1].map(|n| node(addr(n), config.clone(), n.into()));
        for (node, other) in nodes.iter_mut().zip([1, 0]) {
            let down = Member {
                id: addr(other),
                incarnation: 0,
                state: State::Down,
            };
            node.restore(Instant::ZERO, [down, Member::alive(addr(9))]);
        }
        let mut messages = 0;
        // Each looks for the other twice, as it does every so often. Time stands still while they
        // talk: whatever bounds the exchange, it is not the clock.
        for (round, seeker) in [0, 1, 0, 1].into_iter().enumerate() {
            let now = Instant::ZERO + config.probe_period * round as u32;
            let other = addr(1 - seeker as u16);
            assert_eq!(nodes[seeker].announce(now, &other), Ok(()));
            while let Some(exchanged) = exchange(&mut nodes, now) {
                messages += exchanged;
                assert!(messages < 60, "they never stop");
            }
        }
        for (node, other) in nodes.iter().zip([1, 0]) {
            let state = node.member(&addr(other)).map(|member| member.state);
            assert_eq!(state, Some(State::Alive), "after {messages} messages");
        }
    }
}
