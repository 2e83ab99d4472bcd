//! Proof that a peer receives at the address it claims, without remembering whom we asked.
//!
//! A token is a keyed hash of an address and of the current epoch. It is sent to that address; who
//! can say it back received it there. Whoever only pretends to have the address cannot know it.

use core::hash::Hasher as _;
use core::time::Duration;

use siphasher::sip::SipHasher24;

use crate::Instant;
use crate::random::Random;

/// How long a token is accepted at least; at most twice as long.
pub(crate) const TOKEN_LIFE: Duration = Duration::from_secs(60);

/// The secret that tokens are made with. Addresses come as the bytes that the codec writes.
pub(crate) struct Tokens {
    keyed: SipHasher24,
}

impl Tokens {
    pub(crate) fn new(random: &mut Random) -> Self {
        Self {
            keyed: SipHasher24::new_with_keys(random.long(), random.long()),
        }
    }

    /// The token of `addr` now. Never 0, which stands for none.
    pub(crate) fn issue(&self, now: Instant, addr: &[u8]) -> u32 {
        self.token(Self::epoch(now), addr)
    }

    /// Whether `token` was issued for `addr` in this epoch or the one before.
    pub(crate) fn proves(&self, now: Instant, addr: &[u8], token: u32) -> bool {
        let epoch = Self::epoch(now);
        let valid = |epoch| self.token(epoch, addr) == token;
        token != 0 && (valid(epoch) || epoch.checked_sub(1).is_some_and(valid))
    }

    /// Whether `number` is the low byte of a token for `addr` of this epoch or the one before.
    ///
    /// Weak proof, one guess in 128 succeeds: for a wire that can say back no more than a byte.
    pub(crate) fn byte_proves(&self, now: Instant, addr: &[u8], number: u32) -> bool {
        let epoch = Self::epoch(now);
        let valid = |epoch| self.token(epoch, addr) & 0xff == number;
        valid(epoch) || epoch.checked_sub(1).is_some_and(valid)
    }

    const fn epoch(now: Instant) -> u64 {
        now.as_micros() / TOKEN_LIFE.as_micros() as u64
    }

    fn token(&self, epoch: u64, addr: &[u8]) -> u32 {
        let mut hasher = self.keyed;
        hasher.write(&epoch.to_le_bytes());
        hasher.write(addr);
        (hasher.finish() as u32).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_prove_one_address_for_one_to_two_lives() {
        let tokens = Tokens::new(&mut Random::new(1));
        let issued_at = Instant::ZERO + TOKEN_LIFE * 3 / 2;
        let token = tokens.issue(issued_at, &[7]);
        assert!(tokens.proves(issued_at, &[7], token));
        assert!(tokens.proves(issued_at + TOKEN_LIFE, &[7], token));
        assert!(!tokens.proves(issued_at + TOKEN_LIFE * 2, &[7], token));
        assert!(!tokens.proves(issued_at, &[8], token));
        assert!(!tokens.proves(issued_at, &[7], 0));
        assert!(tokens.byte_proves(issued_at + TOKEN_LIFE, &[7], token & 0xff));
        let guesses = (0..256).filter(|guess| tokens.byte_proves(issued_at, &[7], *guess));
        assert_eq!(guesses.count(), 2);
    }

    #[test]
    fn another_seed_issues_other_tokens() {
        let ours = Tokens::new(&mut Random::new(1)).issue(Instant::ZERO, &[7]);
        let theirs = Tokens::new(&mut Random::new(2)).issue(Instant::ZERO, &[7]);
        assert_ne!(ours, theirs);
    }
}
