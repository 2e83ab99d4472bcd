//! An answer that waits in the socket beats its own deadline.

use std::io::ErrorKind;
use std::time::Duration;

use foca_runtime::{Event, Instant, RECEIVE_ERRORS_MAX};

use crate::sim::{MemberEvent, Net, is_accusation};

/// How a scenario differs from the plain one.
#[derive(Default)]
struct Variant {
    /// When everything that was sent to the first member arrives, if ever.
    release: Option<Instant>,
    /// Datagrams of no worth that lie in the socket before the answer.
    junk: usize,
    /// Errors on receiving shortly before the release, enough to suspend it.
    errors: usize,
    timers_first: bool,
}

/// Two members meet. From then on nothing reaches the first, until the moment of release. Returns
/// what the first member makes of it, and when it first accuses the other.
fn silence(variant: &Variant) -> (Vec<MemberEvent>, Option<Instant>) {
    let net = Net::new();
    let mut first = net.member(0);
    if variant.timers_first {
        first = first.timers_first();
    }
    let mut second = net.member(1);
    net.run(&mut [&mut first, &mut second], Duration::from_secs(4));
    assert!(first.events().contains(&Event::Joined));

    net.socket(0, |socket| socket.is_held = true);
    let mut events = Vec::new();
    let mut accused = None;
    let end = net.now() + Duration::from_secs(20);
    while accused.is_none() && net.now() < end {
        first.run();
        second.run();
        events.extend(first.events());
        if events.iter().any(is_accusation) {
            accused = Some(net.now());
        }
        let next = net.next_moment().expect("somebody waits for something");
        if variant.release == Some(next) {
            net.advance(Instant::from_micros(next.as_micros() - 1));
            net.socket(0, |socket| {
                let errors = std::iter::repeat_n(ErrorKind::ConnectionReset, variant.errors);
                socket.receive_errors.extend(errors);
            });
            first.run();
        }
        net.advance(next);
        if variant.release.is_some_and(|release| net.now() == release) {
            // The answers and the deadline are there at the same time: one poll decides.
            net.socket(0, |socket| {
                socket
                    .inbox
                    .extend((0..variant.junk).map(|_| (vec![0; 8], Net::addr(1))));
            });
            net.release(0);
        }
    }
    (events, accused)
}

/// The moment at which silence becomes an accusation.
fn verdict() -> Option<Instant> {
    let (_, accused) = silence(&Variant::default());
    assert!(accused.is_some(), "lasting silence is an accusation");
    accused
}

#[test]
fn an_answer_waiting_in_the_socket_beats_its_own_deadline() {
    let (events, accused) = silence(&Variant {
        release: verdict(),
        ..Variant::default()
    });
    assert_eq!(accused, None, "{events:?}");
}

#[test]
fn it_does_so_behind_a_burst() {
    let variant = Variant {
        release: verdict(),
        junk: 1_024,
        ..Variant::default()
    };
    let (events, accused) = silence(&variant);
    assert_eq!(accused, None, "{events:?}");
}

#[test]
fn it_does_so_while_receiving_is_suspended() {
    let variant = Variant {
        release: verdict(),
        errors: RECEIVE_ERRORS_MAX,
        ..Variant::default()
    };
    let (events, accused) = silence(&variant);
    assert_eq!(accused, None, "{events:?}");
}

#[test]
fn the_swapped_loop_accuses_who_has_answered() {
    let release = verdict();
    let (events, accused) = silence(&Variant {
        release,
        timers_first: true,
        ..Variant::default()
    });
    assert_eq!(accused, release, "{events:?}");
    assert!(
        matches!(events.as_slice(), [.., Event::MemberSuspect(_)]),
        "{events:?}"
    );
}
