//! A node without a driver: the verbs by hand, in virtual time.

use std::net::SocketAddr;
use std::time::Duration;

use foca_runtime::{
    Config, Instant, Member, Node, NodeConfig, NodeId, PostcardCodec, Reject, StartError, Status,
};

type PlainNode = Node<NodeId, PostcardCodec>;

fn addr(n: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 7_000 + n))
}

fn node(n: u16, seeds: &[u16]) -> PlainNode {
    let config = NodeConfig::new(NodeId::new(addr(n), 1), PostcardCodec)
        .config(Config::simple())
        .random_seed(u64::from(n))
        .seeds(seeds.iter().map(|seed| addr(*seed)));
    Node::new(config, Instant::ZERO).expect("a valid configuration")
}

/// Serves what is due and takes out what is to be sent.
fn serve(node: &mut PlainNode, now: Instant) -> Vec<(SocketAddr, Vec<u8>)> {
    node.handle_timeout(now);
    let mut out = [0; 1_500];
    let mut sent = Vec::new();
    while let Some((to, len)) = node.poll_transmit(now, &mut out) {
        sent.push((to, out[..len].to_vec()));
    }
    sent
}

fn destinations(node: &mut PlainNode, now: Instant) -> Vec<SocketAddr> {
    serve(node, now).into_iter().map(|(to, _)| to).collect()
}

#[test]
fn seeds_are_announced_to_at_once_except_ourselves() {
    let mut first = node(0, &[0, 1, 2, 1]);
    assert_eq!(first.poll_timeout(), Some(Instant::ZERO));
    assert_eq!(destinations(&mut first, Instant::ZERO), [addr(1), addr(2)]);
    assert_eq!(destinations(&mut first, Instant::ZERO), []);
    let retry = first.poll_timeout().expect("another attempt");
    assert!(retry <= Instant::ZERO + Config::simple().lonely_retry_min);
    assert_eq!(destinations(&mut first, retry), [addr(1), addr(2)]);
}

#[test]
fn members_remembered_do_not_put_off_the_first_announcement() {
    let remembered = || Member::alive(NodeId::new(addr(5), 1));
    let config = NodeConfig::new(NodeId::new(addr(0), 1), PostcardCodec)
        .seeds([addr(1)])
        .saved([remembered()]);
    let mut first: PlainNode = Node::new(config, Instant::ZERO).expect("a valid configuration");
    assert_eq!(first.all_members().collect::<Vec<_>>(), [&remembered()]);
    assert!(destinations(&mut first, Instant::ZERO).contains(&addr(1)));
}

#[test]
fn a_node_without_seeds_waits_to_be_found() {
    let mut first = node(0, &[]);
    let mut now = Instant::ZERO;
    while let Some(due) = first.poll_timeout()
        && due < Instant::ZERO + Duration::from_secs(600)
    {
        now = now.max(due);
        assert_eq!(destinations(&mut first, now), []);
    }
}

#[test]
fn two_nodes_meet_by_hand_and_then_leave_their_seeds_alone() {
    // Nothing but the seeds has a deadline within minutes.
    let patient = Config::simple().with(|settings| {
        settings.probe_period = Duration::from_secs(3_600);
        settings.probe_rtt = Duration::from_secs(1_800);
    });
    let patient = patient.expect("valid settings");
    let mut nodes = [node(0, &[]), node(1, &[0, 2])];
    let mut now = Instant::ZERO;
    for node in &mut nodes {
        node.set_config(now, patient.clone())
            .expect("valid settings");
    }
    let exchange = |nodes: &mut [PlainNode; 2], now: Instant| {
        let mut strangers = 0;
        for from in [1, 0] {
            for (to, datagram) in serve(&mut nodes[from], now) {
                if to == addr(2) {
                    strangers += 1;
                    continue;
                }
                assert_eq!(to, addr(1 - from as u16));
                let accepted = nodes[1 - from].handle_datagram(now, &datagram);
                assert_eq!(accepted, Ok(()));
            }
        }
        strangers
    };
    for _ in 0..8 {
        exchange(&mut nodes, now);
        now = now + Duration::from_millis(1);
    }
    let status = nodes.each_ref().map(|node| node.status());
    assert_eq!(status, [Status::Joined; 2]);
    let known = nodes[1].member(&addr(0)).map(|member| member.id);
    assert_eq!(known, Some(NodeId::new(addr(0), 1)));

    // The seed that is no member is tried every minute at the latest, the other one never.
    let sent_before = nodes.each_ref().map(|node| node.stats().datagrams_sent);
    let mut strangers = 0;
    for _ in 0..600 {
        now = now + Duration::from_secs(1);
        strangers += exchange(&mut nodes, now);
    }
    assert!(
        (10..=20).contains(&strangers),
        "{strangers} attempts in ten minutes"
    );
    let sent_after = nodes.each_ref().map(|node| node.stats().datagrams_sent);
    assert_eq!(sent_after, [sent_before[0], sent_before[1] + strangers]);
}

#[test]
fn junk_is_rejected_with_its_reason() {
    let mut first = node(0, &[]);
    assert_eq!(
        first.handle_datagram(Instant::ZERO, b""),
        Err(Reject::TooShort)
    );
    assert_eq!(first.stats().datagrams_rejected.total(), 1);
}

#[test]
fn an_identity_that_nobody_can_reach_is_refused() {
    let nowhere: SocketAddr = "0.0.0.0:7000".parse().expect("an address");
    let config = NodeConfig::new(NodeId::new(nowhere, 1), PostcardCodec);
    let refused = Node::new(config, Instant::ZERO).err();
    assert_eq!(refused, Some(StartError::Unreachable(nowhere)));
}
