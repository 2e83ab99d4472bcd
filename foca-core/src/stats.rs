//! Counters: what came, what went, and what every bound cost.

use core::fmt;
use core::time::Duration;

/// Why a datagram was not accepted. Nothing changed but a counter.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Reject {
    /// Its checksum does not match: damaged on the way.
    BadChecksum,
    /// It carries the tag of another cluster.
    ForeignCluster,
    /// It claims to come from our own address.
    FromMyself,
    /// A third party that it names is ourselves.
    NamesMyself,
    /// It is for somebody else, or for another life of our address.
    NotForMe,
    /// We have left or were declared down for good: nothing is listened to.
    Stopped,
    /// Longer than `datagram_bytes_max`.
    TooLong,
    /// Shorter than the shortest datagram there is.
    TooShort,
    /// It does not parse to its last byte.
    Undecodable,
    /// A `Wire::Native` datagram of a version that we do not speak.
    UnknownVersion,
    /// Its wire is not among those accepted.
    WrongWire,
}

impl Reject {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 11] = [
        Self::BadChecksum,
        Self::ForeignCluster,
        Self::FromMyself,
        Self::NamesMyself,
        Self::NotForMe,
        Self::Stopped,
        Self::TooLong,
        Self::TooShort,
        Self::Undecodable,
        Self::UnknownVersion,
        Self::WrongWire,
    ];

    /// The reason in a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadChecksum => "damaged (checksum does not match)",
            Self::ForeignCluster => "of another cluster",
            Self::FromMyself => "from our own address",
            Self::NamesMyself => "naming us as a third party",
            Self::NotForMe => "for somebody else",
            Self::Stopped => "after we stopped taking part",
            Self::TooLong => "too long",
            Self::TooShort => "too short",
            Self::Undecodable => "undecodable",
            Self::UnknownVersion => "of an unknown protocol version",
            Self::WrongWire => "of a wire format that is not accepted",
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl core::error::Error for Reject {}

/// How many datagrams were rejected for each reason.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Rejects([u64; Reject::ALL.len()]);

impl Rejects {
    /// Datagrams rejected for this reason.
    #[must_use]
    pub const fn of(&self, reject: Reject) -> u64 {
        self.0[reject as usize]
    }

    /// Datagrams rejected for any reason.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) const fn count(&mut self, reject: Reject) {
        self.0[reject as usize] += 1;
    }
}

/// Counters since the start, none of them ever reset, and how we are at present.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams accepted.
    pub datagrams_accepted: u64,
    /// Datagrams rejected, by reason.
    pub datagrams_rejected: Rejects,
    /// Datagrams handed out by `poll_transmit`.
    pub datagrams_sent: u64,
    /// Bytes of the datagrams handed out, without headers of lower layers.
    pub bytes_sent: u64,
    /// Bytes of the datagrams accepted.
    pub bytes_accepted: u64,
    /// Probes begun (first `Ping` handed out).
    pub probes_started: u64,
    /// Probes that ended without an answer.
    pub probes_failed: u64,
    /// Probes given up without a verdict, because the `Ping` never left or we stalled ourselves.
    pub probes_void: u64,
    /// Members put under check because a probe of them failed.
    pub checks_started: u64,
    /// Checks in which enough others got no answer either: suspicions that became public.
    pub checks_agreed: u64,
    /// Failed probes that were not checked because `checks_max` members were under check.
    pub checks_refused: u64,
    /// Suspects that we asked ourselves before what others suspected became a verdict of ours.
    pub suspects_asked: u64,
    /// Times a suspicion became shorter because another member accused the same one.
    pub suspicions_confirmed: u64,
    /// Times we told a suspicion of ours again because nobody had agreed so far.
    pub suspicions_repeated: u64,
    /// How much we doubt ourselves at present, from 0 to `detector.local_health.max`: the only one of these
    /// that can fall.
    pub local_health: u8,
    /// How long answers to our probes take, smoothed (RFC 6298, section 2); zero before the first.
    pub smoothed_rtt: Duration,
    /// Suspicions and verdicts about ourselves that we refuted.
    pub refutations: u64,
    /// Times we did not tell of ourselves at once, because we had four times in that probe period or because
    /// `refutes_at_once` is off.
    pub defences_postponed: u64,
    /// Members that came back from a verdict and get no more time before the next, because more than 64 came
    /// back.
    pub returns_forgotten: u64,
    /// Times we heard that an earlier process of ours went further than we have, and went on from there.
    pub incarnations_resumed: u64,
    /// Times we told a member that it had gone further already than it says.
    pub members_reminded: u64,
    /// Times the timers were served so late that our own stall must not be blamed on others.
    pub stalls: u64,
    /// News that changed something.
    pub updates_applied: u64,
    /// Changes that were out of date, repeated, or refused by precedence.
    pub updates_ignored: u64,
    /// Members not taken in because `members_max` was reached.
    pub members_refused: u64,
    /// Datagrams not queued because `outbox_max` was reached.
    pub outbox_full: u64,
    /// Queued datagrams dropped because they did not fit the buffer.
    pub unsendable: u64,
    /// Replies not sent because the peer asked too often within one probe period.
    pub replies_limited: u64,
    /// Requests to contact a third party that we do not know.
    pub relays_refused: u64,
    /// Probes made for others that `relays_max` left no room to remember: without an answer the asker
    /// hears nothing.
    pub relays_forgotten: u64,
    /// Times we told an asker that its target had not answered us.
    pub nacks_sent: u64,
    /// Times a helper that we had asked told us that our target had not answered it.
    pub nacks_accepted: u64,
    /// Datagrams from members held down, or from past lives of an address.
    pub senders_outdated: u64,
    /// Senders that were asked to prove their address.
    pub challenges: u64,
    /// Strangers not answered because half of `outbox_max` was waiting already.
    pub challenges_dropped: u64,
    /// Comparisons of views begun with another member.
    pub comparisons: u64,
    /// Comparisons begun here that found both views equal.
    pub comparisons_equal: u64,
    /// Comparisons begun here that found differences of which nobody learnt anything.
    pub comparisons_fruitless: u64,
    /// Comparisons begun here that were not answered, or not to their end.
    pub comparisons_unanswered: u64,
    /// Comparisons put off, refused or cut short by `reconciliation_bytes_per_second` or a bound.
    pub comparisons_limited: u64,
    /// Comparisons begun here that ended with questions left, after 2,048 datagrams or 60 probe periods.
    pub comparisons_cut_short: u64,
    /// Questions about our view that were not answered: those beyond the 64th of one datagram.
    pub questions_ignored: u64,
    /// Statements learnt by comparing.
    pub members_compared: u64,
    /// Statements learnt by comparing that were not passed on because 64 pieces of news waited already.
    pub compared_news_untold: u64,
    /// Pieces of news told no more because two comparisons in a row found that others knew all of it.
    pub news_known: u64,
    /// Rounds of gossip that came later because of `bytes_per_second_max`.
    pub gossip_postponed: u64,
    /// Datagrams that left without the news that waited, or did not leave because news was all that they
    /// would have carried, because of `bytes_per_second_max`.
    pub news_withheld: u64,
    /// Announces, `Feed`s, `Challenge`s and `TurnUndead`s not sent because of `bytes_per_second_max`.
    pub datagrams_withheld: u64,
    /// Members put out because they refuted again and again.
    pub members_damped: u64,
    /// Datagrams of members that are out, and news of their life.
    pub damped_ignored: u64,
    /// Times a member was not put out because more than `percent_max` refuted, or because nobody else was left.
    pub dampings_refused: u64,
    /// Refutations that were not counted because those of `watched_max` members were.
    pub watches_refused: u64,
    /// Events lost because `events_max` was reached.
    pub events_lost: u64,
    /// Custom broadcasts dropped because `broadcasts_max` was reached.
    pub broadcasts_dropped: u64,
    /// Custom broadcasts that the policy called malformed.
    pub broadcasts_malformed: u64,
    /// Times a custom broadcast did not fit an otherwise empty datagram.
    pub broadcasts_unfit: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_counter_of_its_own() {
        let mut rejects = Rejects::default();
        for (index, reject) in Reject::ALL.into_iter().enumerate() {
            assert_eq!(reject as usize, index);
            for _ in 0..=index {
                rejects.count(reject);
            }
        }
        for (index, reject) in Reject::ALL.into_iter().enumerate() {
            assert_eq!(rejects.of(reject), index as u64 + 1);
        }
    }
}
