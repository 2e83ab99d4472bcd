//! What a scenario file can say of the space between members, and what the network makes of it.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::identity::address;
use super::span::Span;
use crate::{Access, Bursts, Link, Machine, Network};

/// The space between members.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkSpec {
    /// The link between all members, unless places say otherwise.
    pub link: LinkSpec,
    /// Places, such as data centres or regions. Members are spread over them in the order of their numbers.
    pub places: Vec<Place>,
    /// Links between places, or within one.
    pub between: Vec<Between>,
    /// How members are connected, where that differs from all others.
    pub access: Vec<AccessSpec>,
}

/// How a link treats each datagram.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct LinkSpec {
    /// Shortest time that a datagram travels, before jitter.
    pub latency_min: Span,
    /// Longest time that a datagram travels, before jitter.
    pub latency_max: Span,
    /// Mean of an exponentially distributed time on top of that.
    pub jitter_mean: Span,
    /// Datagrams lost, independently of each other, in percent.
    pub loss_percent: f64,
    /// Losses that come in bursts, on top.
    pub bursts: Option<BurstsSpec>,
    /// Datagrams that arrive twice, in percent of those not lost.
    pub duplicate_percent: f64,
    /// Datagrams held up, so that others overtake them, in percent.
    pub reordered_percent: f64,
    /// How long they are held up.
    pub reordered_by: Span,
    /// Routers on the way: what is sent with a smaller time to live does not arrive.
    pub hops: u8,
}

impl Default for LinkSpec {
    fn default() -> Self {
        Self {
            latency_min: Span(Duration::from_micros(500)),
            latency_max: Span::from_millis(2),
            jitter_mean: Span::default(),
            loss_percent: 0.0,
            bursts: None,
            duplicate_percent: 0.0,
            reordered_percent: 0.0,
            reordered_by: Span::default(),
            hops: 0,
        }
    }
}

/// Losses that come in bursts: the way between two members is good and bad by turns.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BurstsSpec {
    /// How long it is good, on average.
    pub good_mean: Span,
    /// How long it is bad, on average.
    pub bad_mean: Span,
    /// Datagrams lost while it is bad, in percent.
    pub loss_percent: f64,
}

/// Somewhere members are.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// What links call it.
    pub name: String,
    /// How many members are there, in proportion to the other places.
    #[serde(default = "one")]
    pub share: u32,
}

/// The link between two places, in both directions unless it is `one_way`.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Between {
    /// One place.
    pub from: String,
    /// The other, or the same for the link within a place.
    pub to: String,
    /// Whether it is only for what goes from the one to the other.
    #[serde(default)]
    pub one_way: bool,
    /// The link.
    pub link: LinkSpec,
}

/// How some members are connected.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSpec {
    /// Which members, by number from 0.
    pub members: Vec<usize>,
    /// Datagrams lost on their way to them, in percent.
    #[serde(default)]
    pub loss_in_percent: f64,
    /// Datagrams lost that they send, in percent.
    #[serde(default)]
    pub loss_out_percent: f64,
    /// Bytes that each of them can send in a second; without it, as many as it likes.
    #[serde(default)]
    pub bytes_per_second_out: Option<NonZeroU32>,
    /// Bytes that wait to be sent; more are dropped.
    #[serde(default)]
    pub queue_bytes_max: Option<usize>,
    /// How many hops what they send survives.
    #[serde(default)]
    pub ttl: Option<u8>,
}

const fn one() -> u32 {
    1
}

/// What loses datagrams at the door of a member, or in the whole network, as parts of one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Losses {
    pub(super) inward: f64,
    pub(super) outward: f64,
}

impl NetworkSpec {
    /// Places, links and accesses of this many members.
    pub(super) fn build<M: Machine<Addr = SocketAddr>>(
        &self,
        network: &mut Network<M>,
        members: usize,
    ) {
        for member in 0..members {
            network.set_place(&address(member), self.place_of(member, members));
            self.set_access(network, member, Losses::default());
        }
        self.set_links(network, 0.0);
    }

    /// Links that lose this part of all datagrams besides what they lose anyway.
    pub(super) fn set_links<M: Machine<Addr = SocketAddr>>(
        &self,
        network: &mut Network<M>,
        loss: f64,
    ) {
        network.set_link(self.link.with_loss(loss));
        for between in &self.between {
            let [Some(from), Some(to)] = [&between.from, &between.to].map(|name| self.place(name))
            else {
                continue;
            };
            network.set_link_between(from, to, between.link.with_loss(loss));
            if !between.one_way {
                network.set_link_between(to, from, between.link.with_loss(loss));
            }
        }
    }

    /// The access of a member that loses so much besides what it loses anyway.
    pub(super) fn set_access<M: Machine<Addr = SocketAddr>>(
        &self,
        network: &mut Network<M>,
        member: usize,
        losses: Losses,
    ) {
        let spec = self
            .access
            .iter()
            .find(|access| access.members.contains(&member));
        if spec.is_none() && losses.inward == 0.0 && losses.outward == 0.0 {
            network.set_access(&address(member), Access::default());
            return;
        }
        let plain = Access::default();
        let [inward, outward] = spec.map_or([0.0; 2], |it| {
            [it.loss_in_percent / 100.0, it.loss_out_percent / 100.0]
        });
        let access = Access {
            loss_in_per_million: per_million(either(inward, losses.inward)),
            loss_out_per_million: per_million(either(outward, losses.outward)),
            bytes_per_second_out: spec.and_then(|it| it.bytes_per_second_out),
            queue_bytes_max: spec
                .and_then(|it| it.queue_bytes_max)
                .unwrap_or(plain.queue_bytes_max),
            ttl: spec.and_then(|it| it.ttl).unwrap_or(plain.ttl),
        };
        network.set_access(&address(member), access);
    }

    /// The number of the place of this name.
    pub(super) fn place(&self, name: &str) -> Option<u16> {
        let position = self.places.iter().position(|place| place.name == name)?;
        u16::try_from(position).ok()
    }

    /// Where a member is; 0 where there are no places, and for those who come later.
    fn place_of(&self, member: usize, members: usize) -> u16 {
        let shares: u64 = self.places.iter().map(|place| u64::from(place.share)).sum();
        let mut until = 0;
        for (number, place) in (0..).zip(&self.places) {
            until += u64::from(place.share);
            if (member as u64) * shares < until * members as u64 {
                return number;
            }
        }
        0
    }
}

impl LinkSpec {
    fn with_loss(&self, more: f64) -> Link {
        Link {
            latency: self.latency_min.0..=self.latency_max.0,
            jitter_mean: self.jitter_mean.0,
            loss_per_million: per_million(either(self.loss_percent / 100.0, more)),
            bursts: self.bursts.map(|bursts| Bursts {
                good_mean: bursts.good_mean.0,
                bad_mean: bursts.bad_mean.0,
                loss_per_million: per_million(bursts.loss_percent / 100.0),
            }),
            duplicate_per_million: per_million(self.duplicate_percent / 100.0),
            reordered_per_million: per_million(self.reordered_percent / 100.0),
            reordered_by: self.reordered_by.0,
            hops: self.hops,
        }
    }
}

/// The probability that one or the other happens.
pub(super) fn either(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}

fn per_million(part: f64) -> u32 {
    (part * 1_000_000.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_spread_over_places_by_their_shares() {
        let place = |name: &str, share| Place {
            name: name.to_owned(),
            share,
        };
        let spec = NetworkSpec {
            places: vec![place("a", 1), place("b", 2), place("c", 1)],
            ..NetworkSpec::default()
        };
        let places: Vec<u16> = (0..8).map(|member| spec.place_of(member, 8)).collect();
        assert_eq!(places, [0, 0, 1, 1, 1, 1, 2, 2]);
        assert_eq!(spec.place_of(8, 8), 0, "whoever comes later");
        assert_eq!(NetworkSpec::default().place_of(3, 8), 0);
    }
}
