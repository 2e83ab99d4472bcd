//! A machine that would hang the test is named instead.

use foca_core::Instant;
use foca_sim::{Machine, Network, TIMEOUTS_AT_ONCE_MAX};

use crate::toy::ms;

/// Has something due until it was asked so many times, and always something to send if it babbles.
struct Spinner {
    timeouts_left: u32,
    babbles: bool,
}

impl Machine for Spinner {
    type Addr = &'static str;

    fn handle_datagram(&mut self, _: Instant, _: &[u8]) {}

    fn handle_timeout(&mut self, _: Instant) {
        self.timeouts_left = self.timeouts_left.saturating_sub(1);
    }

    fn poll_transmit(&mut self, _: Instant, _: &mut [u8]) -> Option<(&'static str, usize)> {
        self.babbles.then_some(("nobody", 0))
    }

    fn poll_timeout(&self) -> Option<Instant> {
        (self.timeouts_left > 0).then_some(Instant::ZERO)
    }
}

fn run(spinner: Spinner) {
    let mut network = Network::new(1);
    network.run_for(ms(1));
    network.insert("top", spinner);
    network.run_for(ms(1));
    assert!(
        network
            .machine(&"top")
            .is_some_and(|spinner| spinner.timeouts_left == 0)
    );
}

#[test]
#[should_panic(expected = "node \"top\" spins: after 10000 calls of handle_timeout at 0.001000s")]
fn a_deadline_that_stays_in_the_past() {
    run(Spinner {
        timeouts_left: u32::MAX,
        babbles: false,
    });
}

#[test]
#[should_panic(expected = "node \"top\" spins: at 0.001000s poll_transmit returned")]
fn an_output_that_never_ends() {
    run(Spinner {
        timeouts_left: 0,
        babbles: true,
    });
}

#[test]
fn a_deadline_that_moves_on_in_time() {
    run(Spinner {
        timeouts_left: TIMEOUTS_AT_ONCE_MAX,
        babbles: false,
    });
}
