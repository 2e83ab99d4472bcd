//! What every executor must get right, over real sockets.

use std::io;
use std::net::{SocketAddr, UdpSocket};

use foca_core::{Accepted, Event, Status};

use super::shell::{Running, Shell, next_event, run, within};

/// Three members find each other; one says goodbye and the others hear it; stopping a driver
/// completes it and ends its events.
pub fn members_meet_and_part(shell: &impl Shell) {
    shell.block_on(async {
        let [first, second, third] = three(shell, "meet and part").await;
        let left = third.handle.identity();
        third.handle.leave();
        for member in [&first, &second] {
            wait_for(shell, member, &Event::MemberLeft(left), "hear the goodbye").await;
        }
        wait_for(shell, &third, &Event::Left, "the goodbye has been said").await;
        third.handle.left().await;
        assert_eq!(third.handle.status(), Status::Left);

        third.handle.stop();
        while next_event(shell, &third, "the end of events")
            .await
            .is_some()
        {}
        within(shell, "the driver completes", || third.has_completed()).await;
        assert!(third.handle.has_ended());
        assert_eq!(first.handle.members_count(), 1);
    });
}

/// A member whose process dies is declared down by all others.
pub fn crashes_are_detected(shell: &impl Shell) {
    shell.block_on(async {
        let [first, second, third] = three(shell, "crash").await;
        let crashed = third.handle.identity();
        third.kill();
        for member in [&first, &second] {
            wait_for(
                shell,
                member,
                &Event::MemberDown(crashed),
                "notice the crash",
            )
            .await;
        }
        while next_event(shell, &third, "the end of events")
            .await
            .is_some()
        {}
        assert!(third.handle.has_ended());
    });
}

/// What one member spreads reaches the others.
pub fn broadcasts_arrive(shell: &impl Shell) {
    shell.block_on(async {
        let [first, second, third] = three(shell, "broadcast").await;
        assert_eq!(second.handle.broadcast(b"hello"), Ok(Accepted::Spread));
        for member in [&first, &third] {
            within(shell, "the broadcast arrives", || {
                member.handle.with_broadcasts(|heard| heard.has(b"hello"))
            })
            .await;
        }
    });
}

/// Handles work on threads that know nothing of the executor, and wake the driver from there.
pub fn commands_come_from_plain_threads(shell: &impl Shell) {
    shell.block_on(async {
        let first = run(shell, "threads", &[]);
        let second = run(shell, "threads", &[]);
        let (handle, seed) = (second.handle.clone(), first.addr());
        let commands = std::thread::spawn(move || {
            handle.join(seed).expect("an address to join");
            handle
                .broadcast(b"from a thread")
                .expect("an item to spread");
            handle.members_count()
        });
        within(shell, "the members meet", || {
            count(&first) == 1 && count(&second) == 1
        })
        .await;
        assert!(commands.join().expect("a thread that ends") <= 1);
        within(shell, "the broadcast arrives", || {
            first
                .handle
                .with_broadcasts(|heard| heard.has(b"from a thread"))
        })
        .await;
        let handle = second.handle.clone();
        std::thread::spawn(move || handle.leave())
            .join()
            .expect("a thread that ends");
        let left = Event::MemberLeft(second.handle.identity());
        wait_for(shell, &first, &left, "hear the goodbye").await;
    });
}

/// Binding where somebody else is bound says so.
pub fn ports_in_use_are_errors(shell: &impl Shell) {
    shell.block_on(async {
        let taken = UdpSocket::bind("127.0.0.1:0").expect("a free port on loopback");
        let addr = taken.local_addr().expect("the address of a bound socket");
        let error = shell.bind(addr).err().expect("the port is in use");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    });
}

/// Datagrams that are none of ours are counted, and change nothing.
pub fn garbage_is_counted_and_harmless(shell: &impl Shell) {
    const GARBAGE: u64 = 500;
    shell.block_on(async {
        let [first, second, third] = three(shell, "garbage").await;
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port on loopback");
        let rejected = || first.handle.stats().datagrams_rejected.total();
        for number in 0..GARBAGE {
            let length = usize::try_from(number * 7 % 1_400).unwrap_or_default();
            let mut garbage = vec![number.to_le_bytes()[0]; length];
            if number % 2 == 0 && length >= 2 {
                garbage[..2].copy_from_slice(&foca_core::MAGIC);
            }
            socket
                .send_to(&garbage, first.addr())
                .expect("loopback takes datagrams");
            if number % 50 == 49 {
                // As much as any socket buffer holds.
                within(shell, "the garbage is counted", || rejected() > number).await;
            }
        }
        for member in [&first, &second, &third] {
            assert_eq!(count(member), 2);
            while let Some(event) = member.handle.try_event() {
                assert!(!matches!(event, Event::MemberDown(_)), "{event:?}");
            }
        }
    });
}

/// Sending to a port that nobody listens on, which the system may report, ends nothing.
pub fn closed_ports_are_survived(shell: &impl Shell) {
    shell.block_on(async {
        let [first, second, _third] = three(shell, "closed port").await;
        let closed: SocketAddr = {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port on loopback");
            socket.local_addr().expect("the address of a bound socket")
        };
        for _ in 0..20 {
            first.handle.join(closed).expect("an address to join");
            shell.sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(!first.handle.has_ended());
        assert_eq!(first.handle.broadcast(b"still here"), Ok(Accepted::Spread));
        within(shell, "the broadcast arrives", || {
            second
                .handle
                .with_broadcasts(|heard| heard.has(b"still here"))
        })
        .await;
    });
}

/// Three members of a cluster that all know each other, and have nothing to tell.
async fn three(shell: &impl Shell, cluster: &str) -> [Running; 3] {
    let first = run(shell, cluster, &[]);
    let second = run(shell, cluster, &[first.addr()]);
    let third = run(shell, cluster, &[first.addr()]);
    let members = [first, second, third];
    within(shell, "all members meet", || {
        members.iter().all(|member| count(member) == 2)
    })
    .await;
    for member in &members {
        let ids: Vec<_> = member
            .handle
            .members()
            .into_iter()
            .map(|other| other.id)
            .collect();
        let others = members.iter().map(|other| other.handle.identity());
        for other in others.filter(|other| *other != member.handle.identity()) {
            assert!(ids.contains(&other), "{other} is missing in {ids:?}");
        }
        while member.handle.try_event().is_some() {}
    }
    members
}

fn count(member: &Running) -> usize {
    member.handle.members_count()
}

/// Reads events up to the one that is waited for.
async fn wait_for(
    shell: &impl Shell,
    member: &Running,
    awaited: &Event<crate::NodeId>,
    what: &str,
) {
    loop {
        match next_event(shell, member, what).await {
            Some(event) if event == *awaited => return,
            Some(_) => {}
            None => panic!("the events ended before this happened: {what}"),
        }
    }
}
