//! Handles, from wherever they are used.

use std::time::Duration;

use foca_runtime::{Accepted, BroadcastError, Config, Identity as _, NodeId, Status};

use crate::sim::Net;

#[test]
fn every_command_wakes_the_driver() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let later = second.handle.identity().renew().expect("a later life");
    let handle = second.handle.clone();
    let commands: [&dyn Fn(); 6] = [
        &|| assert_eq!(handle.join(Net::addr(0)), Ok(())),
        &|| assert_eq!(handle.broadcast(b"news"), Ok(Accepted::Spread)),
        &|| assert_eq!(handle.set_config(Config::simple()), Ok(())),
        &|| assert_eq!(handle.set_identity(later), Ok(())),
        &|| handle.leave(),
        &|| handle.stop(),
    ];
    for (number, command) in commands.into_iter().enumerate() {
        second.run();
        command();
        assert!(second.is_woken(), "command {number}");
    }
}

#[test]
fn questions_do_not_wake_the_driver() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let handle = &first.handle;
    assert_eq!(handle.identity(), NodeId::new(Net::addr(0), 1));
    assert_eq!(handle.status(), Status::Joined);
    assert_eq!(handle.members(), handle.all_members());
    assert_eq!(
        handle.member(Net::addr(1)).map(|member| member.id),
        Some(second.handle.identity())
    );
    assert_eq!(handle.member(Net::addr(2)), None);
    assert_eq!(handle.config(), Config::simple());
    assert!(handle.stats().datagrams_accepted > 0);
    assert!(!first.is_woken());
}

#[test]
fn a_policy_that_panics_takes_nobody_along() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let handle = first.handle.clone();
    let panics = move || handle.with_broadcasts(|_| panic!("on purpose"));
    let panicked = std::thread::spawn(panics).join();
    assert!(panicked.is_err());
    assert_eq!(first.handle.broadcast(b"fine"), Ok(Accepted::Spread));
    assert_eq!(first.handle.broadcast(b""), Err(BroadcastError::Empty));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(10));
    assert!(second.handle.with_broadcasts(|heard| heard.has(b"fine")));
    assert_eq!(first.handle.status(), Status::Joined);
}

#[test]
fn saved_members_are_found_again_without_seeds() {
    let net = Net::new();
    let (mut first, mut second) = (net.member(0), net.member(1));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    let saved = second.handle.all_members();
    assert_eq!(saved.len(), 1);
    drop(second);
    let mut second = net.member_with(2, |config| config.saved(saved));
    net.run(&mut [&mut first, &mut second], Duration::from_secs(10));
    assert!(
        second
            .handle
            .member(Net::addr(0))
            .is_some_and(|member| member.state.is_active())
    );
}
