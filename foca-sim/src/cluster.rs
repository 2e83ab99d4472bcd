//! Questions about a network of plain [`Foca`] members.

use foca_core::{Broadcasts, Codec, Foca, Identity};

use crate::Network;

/// Whether every member lists every other one as active, in its current life, and nobody else.
///
/// Each member must have been inserted under the address of its identity. Paused members count.
#[must_use]
pub fn views_complete<I, C, B>(network: &Network<Foca<I, C, B>>) -> bool
where
    I: Identity,
    C: Codec<I>,
    B: Broadcasts<I>,
{
    let others = network.machines().len().saturating_sub(1);
    network.machines().all(|(_, observer)| {
        // A view holds each address once and never its owner's, so equal size and inclusion suffice.
        observer.members().len() == others
            && observer.members().all(|member| {
                network
                    .machine(member.id.addr())
                    .is_some_and(|subject| *subject.identity() == member.id)
            })
    })
}
