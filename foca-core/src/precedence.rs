//! Which of two statements about one address stands. Pure: no table, no time.

use crate::{Config, Identity, Member, Rules, State};

/// How statements about the same identity are ordered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Order {
    /// As the published `foca` crate: `Down` is final, and overrides any incarnation.
    DownIsFinal,
    /// By (incarnation, state): the greater stands, so merging is a join of a semilattice.
    Greater,
}

impl Order {
    /// The order that holds for `id`.
    ///
    /// An identity that cannot be renewed could never return from a final `Down`, so under
    /// `Rules::Foca2` too it refutes by incarnation. Peers of the published crate, which know no
    /// such return, are not affected: what they hold down they keep down.
    pub(crate) fn of<I: Identity>(config: &Config, id: &I) -> Self {
        match config.rules {
            Rules::Native => Self::Greater,
            Rules::Foca2 if id.renew().is_none() => Self::Greater,
            Rules::Foca2 => Self::DownIsFinal,
        }
    }
}

/// A statement without the name it is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Claim {
    pub(crate) generation: u64,
    pub(crate) incarnation: u32,
    pub(crate) state: State,
}

impl Claim {
    pub(crate) fn of<I: Identity>(member: &Member<I>) -> Self {
        Self {
            generation: member.id.generation(),
            incarnation: member.incarnation,
            state: member.state,
        }
    }
}

/// What a new statement does to the one that is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The known statement stands.
    Ignore,
    /// Incarnation and state are replaced.
    Update,
    /// A later life of the address takes its place.
    Rename,
}

/// Judges a new statement about an address of which `known` is known.
pub(crate) fn judge(order: Order, known: Claim, news: Claim) -> Outcome {
    use core::cmp::Ordering::{Equal, Greater, Less};
    match news.generation.cmp(&known.generation) {
        Less => Outcome::Ignore,
        Greater => Outcome::Rename,
        Equal if overrides(order, known, news) => Outcome::Update,
        Equal => Outcome::Ignore,
    }
}

fn overrides(order: Order, known: Claim, news: Claim) -> bool {
    match order {
        Order::Greater => (news.incarnation, news.state) > (known.incarnation, known.state),
        Order::DownIsFinal => match (known.state, news.state) {
            (State::Down | State::Left, _) => false,
            (_, State::Down | State::Left) => true,
            (State::Alive, State::Suspect) => news.incarnation >= known.incarnation,
            (State::Alive | State::Suspect, State::Alive | State::Suspect) => {
                news.incarnation > known.incarnation
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Alive, Down, Left, Suspect};

    fn claim(incarnation: u32, state: State) -> Claim {
        Claim {
            generation: 0,
            incarnation,
            state,
        }
    }

    /// The table of the published crate: known, news, whether news stands.
    #[test]
    fn down_is_final_follows_the_published_rules() {
        let cases = [
            (claim(1, Alive), claim(1, Alive), false),
            (claim(1, Alive), claim(2, Alive), true),
            (claim(1, Alive), claim(0, Suspect), false),
            (claim(1, Alive), claim(1, Suspect), true),
            (claim(1, Suspect), claim(1, Suspect), false),
            (claim(1, Suspect), claim(2, Suspect), true),
            (claim(1, Suspect), claim(1, Alive), false),
            (claim(1, Suspect), claim(2, Alive), true),
            (claim(5, Alive), claim(0, Down), true),
            (claim(5, Suspect), claim(0, Down), true),
            (claim(0, Down), claim(9, Alive), false),
            (claim(0, Down), claim(9, Down), false),
        ];
        for (known, news, stands) in cases {
            assert_eq!(
                overrides(Order::DownIsFinal, known, news),
                stands,
                "{known:?} {news:?}"
            );
        }
    }

    #[test]
    fn the_greater_of_incarnation_and_state_stands() {
        let ascending = [
            claim(0, Alive),
            claim(0, Suspect),
            claim(0, Down),
            claim(0, Left),
            claim(1, Alive),
            claim(1, Down),
            claim(2, Alive),
        ];
        for (low, known) in ascending.iter().enumerate() {
            for (high, news) in ascending.iter().enumerate() {
                assert_eq!(overrides(Order::Greater, *known, *news), high > low);
            }
        }
    }

    #[test]
    fn later_lives_replace_earlier_ones_whatever_their_state() {
        for order in [Order::DownIsFinal, Order::Greater] {
            let known = claim(9, Down);
            let later = Claim {
                generation: 1,
                ..claim(0, Alive)
            };
            assert_eq!(judge(order, known, later), Outcome::Rename);
            assert_eq!(judge(order, later, claim(99, Left)), Outcome::Ignore);
        }
    }
}
