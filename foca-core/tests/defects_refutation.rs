//! A suspicion that was refuted in time must have no consequences, however lossy the network.

use crate::support;

use std::cell::Cell;
use std::rc::Rc;

use foca_codec::PostcardCodec;
use foca_core::{Codec, Config, Event, Header, Message, Rules, Wire};
use foca_sim::Link;
use support::{Cluster, Id, events, formed, id, millis, on_both_wires, seconds};

const MEMBERS: u16 = 64;

/// One datagram in ten is lost, and the rest overtake each other.
fn lossy() -> Link {
    Link {
        latency: millis(1)..=millis(50),
        loss_per_million: 100_000,
        ..Link::default()
    }
}

/// Counts every `TurnUndead` that is sent from here on.
fn accusations(network: &mut Cluster, wire: Wire) -> Rc<Cell<usize>> {
    let count = Rc::new(Cell::new(0));
    let counter = count.clone();
    network.tap(move |_, _, _, mut datagram| {
        let accuses = match wire {
            // The kind is the first byte of the payload.
            Wire::Native => datagram[7] == 10,
            Wire::Foca2 => {
                let header: Option<Header<Id>> = PostcardCodec.decode_header(&mut datagram);
                header.is_some_and(|it| it.message == Message::TurnUndead { echo: 0 })
            }
        };
        counter.set(counter.get() + usize::from(accuses));
    });
    count
}

#[test]
fn ten_lossy_minutes_make_hardly_anybody_change_its_identity() {
    // Who is checked first is hardly ever suspected, and has nothing to refute.
    let unchecked = Config::lan().with(|it| it.detector.check = None);
    for config in on_both_wires(&unchecked.expect("valid")) {
        let rules = config.rules;
        // The published crate: some 250 in ten minutes, and thousands of renamings.
        let renewed_max = match rules {
            Rules::Native => 0,
            Rules::Foca2 => 12,
        };
        let mut network = formed(MEMBERS, &config, 1, id);
        let accusations = accusations(&mut network, config.wire);
        network.set_link(lossy());
        network.run_for(seconds(600));
        let told: Vec<_> = (0..MEMBERS).flat_map(|n| events(&mut network, n)).collect();
        let count = |is: fn(&Event<Id>) -> bool| told.iter().filter(|it| is(it)).count();

        let refuted = count(|it| matches!(it, Event::MemberRefuted(_)));
        assert!(refuted > 5_000, "{refuted} refutations prove nothing");
        let renewed = count(|it| matches!(it, Event::Renewed(_)));
        assert!(renewed <= renewed_max, "{renewed} renewed under {rules:?}");
        let verdicts = count(|it| matches!(it, Event::MemberDown(_)));
        assert!(
            accusations.get() <= verdicts * 4,
            "{} times TurnUndead for {verdicts} verdicts under {rules:?}",
            accusations.get()
        );
        assert_eq!(count(|it| *it == Event::Defunct), 0);
    }
}
