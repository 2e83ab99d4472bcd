//! A member that is handed anything, and what must hold of it ever after.

use foca_codec::bincode::config::standard;
use foca_codec::{BincodeCodec, CheckedEnvelope, PostcardCodec};
use foca_core::{Codec, Config, Foca, Instant, Member, Setup};
use foca_sim::check::{EventAccount, Id, Numbered};

use crate::input::Input;
use crate::packet;

/// Bounds that are easy to reach.
const MEMBERS_MAX: usize = 12;
const OUTBOX_MAX: usize = 20;
const EVENTS_MAX: usize = 16;

/// Timeouts served at one moment at most before a member is taken to spin.
const TIMEOUTS_MAX: usize = 100;

/// Configurations that members can be given, by number; the first four speak `Wire::Native`.
pub(crate) fn config(choice: u8) -> Config {
    let preset = match choice % 4 {
        0 => Config::local(),
        1 => Config::lan(),
        2 => Config::simple(),
        _ => Config::wan(),
    };
    let preset = match choice / 4 % 2 {
        0 => preset,
        _ => preset.foca2(),
    };
    let config = preset.with(|it| {
        it.members_max = MEMBERS_MAX;
        it.outbox_max = OUTBOX_MAX;
        it.events_max = EVENTS_MAX;
        it.broadcasts_max = 5;
        it.datagram_bytes_max = 300;
        if choice / 8 % 2 == 1 {
            it.bytes_per_second_max = core::num::NonZeroU32::new(2_000);
        }
        if choice / 16 % 2 == 1 {
            it.accept = foca_core::Accept::Both;
        }
        if choice / 32 % 2 == 1 {
            it.forget_after = Some(it.probe_period * 3);
        }
    });
    config.expect("these settings are valid")
}

/// A member, and what its application was told.
pub(crate) struct Victim<C: Codec<Id>> {
    pub(crate) foca: Foca<Id, C, Numbered>,
    account: EventAccount,
    shown: (Id, u32),
}

impl<C: Codec<Id>> Victim<C> {
    pub(crate) fn new(id: Id, config: Config, codec: C) -> Self {
        let setup = Setup {
            identity: id,
            config,
            codec,
            broadcasts: Numbered::default(),
            envelope: Box::new(CheckedEnvelope::default()),
            seed: u64::from(id.addr) + 7,
        };
        let foca = Foca::new(setup, Instant::ZERO).expect("the identity fits");
        Self {
            account: EventAccount::default(),
            shown: (id, foca.incarnation()),
            foca,
        }
    }

    /// Knows somebody, so that there is somebody to tell things to.
    pub(crate) fn with_members(mut self) -> Self {
        let members = (1..4).map(|addr| Member::alive(Id::first(addr)));
        self.foca.merge(Instant::ZERO, members);
        self.drain_events();
        self
    }

    /// Serves the timers until they are in the future.
    pub(crate) fn serve(&mut self, now: Instant) {
        for _ in 0..TIMEOUTS_MAX {
            if self.foca.poll_timeout().is_none_or(|at| at > now) {
                return;
            }
            self.foca.handle_timeout(now);
        }
        panic!(
            "the deadline stays at {:?}, it is {now}",
            self.foca.next_timer()
        );
    }

    /// Takes the next datagram out, with its receiver.
    pub(crate) fn next_datagram(&mut self, now: Instant, room: usize) -> Option<(u16, Vec<u8>)> {
        let longest = self.foca.config().datagram_bytes_max;
        let mut out = vec![0; room];
        let transmit = self.foca.poll_transmit(now, &mut out)?;
        let (to, len) = (*transmit.to, transmit.len);
        assert!(len <= longest && len <= room, "{len} bytes");
        assert_ne!(to, self.foca.identity().addr, "to ourselves");
        out.truncate(len);
        Some((to, out))
    }

    /// Takes all datagrams out.
    pub(crate) fn drain(&mut self, now: Instant) -> Vec<(u16, Vec<u8>)> {
        let room = self.foca.config().datagram_bytes_max;
        let datagrams = std::iter::from_fn(|| self.next_datagram(now, room));
        // The Ping of the probe is sent whatever else waits.
        let datagrams: Vec<_> = datagrams.take(OUTBOX_MAX + 2).collect();
        assert!(
            datagrams.len() <= OUTBOX_MAX + 1,
            "poll_transmit goes on and on"
        );
        datagrams
    }

    /// Takes all events out, which follow one another as they must and add up to the members.
    pub(crate) fn drain_events(&mut self) {
        let mut events = 0;
        while let Some(event) = self.foca.poll_event() {
            events += 1;
            assert!(events <= EVENTS_MAX + 1, "too many events");
            if let Err(expected) = self.account.take(&event) {
                panic!("{event:?}: {expected}");
            }
        }
        if let Some(up) = self.account.up() {
            let active = self.foca.members().len();
            assert_eq!(up, active, "members up by events, and active");
        }
    }

    /// The application did something after which it is told anew whether the member is joined.
    pub(crate) fn begin_anew(&mut self) {
        self.account.begin_anew();
    }

    /// What holds at any moment.
    pub(crate) fn assert_bounds(&mut self) {
        let own = *self.foca.identity();
        assert!(self.foca.all_members().count() <= MEMBERS_MAX);
        assert!(
            self.foca
                .all_members()
                .all(|member| member.id.addr != own.addr)
        );
        let shown = (own, self.foca.incarnation());
        assert!(
            shown.0 != self.shown.0 || shown.1 >= self.shown.1,
            "an incarnation fell"
        );
        self.shown = shown;
    }
}

/// Any datagram behind a sound header, at a member of `Wire::Native`.
pub(crate) fn native_datagram(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let choice = input.byte() & !4;
    let mut victim = Victim::new(Id::first(0), config(choice), PostcardCodec).with_members();
    let datagram = match choice {
        // Not even a header.
        0xf0.. => packet::sealed(input.rest()),
        _ => packet::native(&mut input, Id::first(0), |input| input.rest().to_vec()),
    };
    handle(&mut victim, &datagram);
}

/// Any bytes at a member of `Wire::Foca2`, with either codec.
pub(crate) fn foca2_datagram(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let choice = input.byte();
    let (id, config) = (Id::first(0), config(choice | 4));
    match choice % 2 {
        0 => handle(
            &mut Victim::new(id, config, PostcardCodec).with_members(),
            input.rest(),
        ),
        _ => {
            let codec = BincodeCodec(standard());
            handle(
                &mut Victim::new(id, config, codec).with_members(),
                input.rest(),
            );
        }
    }
}

fn handle<C: Codec<Id>>(victim: &mut Victim<C>, datagram: &[u8]) {
    let now = Instant::ZERO;
    let before = victim.foca.stats();
    let result = victim.foca.handle_datagram(now, datagram);
    let after = victim.foca.stats();
    match result {
        Ok(()) => assert_eq!(after.datagrams_accepted, before.datagrams_accepted + 1),
        Err(reject) => assert_eq!(
            after.datagrams_rejected.of(reject),
            before.datagrams_rejected.of(reject) + 1
        ),
    }
    victim.assert_bounds();
    victim.drain(now);
    victim.drain_events();
    victim.serve(now);
    victim.assert_bounds();
}
