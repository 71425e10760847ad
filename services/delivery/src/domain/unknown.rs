//! Messages of which nobody knows whether they were sent.
//!
//! First evidence is looked for: an echo or a receipt may arrive at any moment, and the provider can be asked where
//! it keeps a list. When none turns up in time, the message decides by what it is for.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::ladder::Rung;
use crate::domain::message::OnUnknown;

/// How long a message of which nobody knows holds up those behind it at most. Providers that did take a message say so within
/// a minute; the last look, which ends the wait, is made a minute and a half after the call (`delivery.lookups_due`).
pub const RECONCILE_FOR: Duration = Duration::from_secs(120);

/// A message the provider has in its list and that could be the one whose outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMessage {
    /// The provider's id of the message.
    pub provider_id: String,
    /// When it was sent, in the provider's time, to the second.
    pub at: Timestamp,
    /// How far it has come.
    pub rung: Rung,
}

/// What a look into a provider's list showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Every message that could be the one, earliest first.
    pub ours: Vec<FoundMessage>,
    /// The list shows other messages of the same chat, or one of `ours`: the provider keeps a list, and files the
    /// chat under an address that was asked for. Without it, finding none says nothing. With it, finding none still
    /// says only "not listed yet": the provider may be slow to send, or may have failed to list what it sent.
    pub keeps_list: bool,
}

/// What to do with a message for which no evidence turned up in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Leave it unknown, for a person to see.
    Leave,
    /// Send it once more, and count it.
    Resend,
}

/// The one of several candidates that the message may claim: the earliest nobody else has. `taken` says whether an
/// id belongs to another message; the row's unique key has the last word.
pub fn claim(found: &[FoundMessage], taken: impl Fn(&str) -> bool) -> Option<&FoundMessage> {
    found.iter().filter(|candidate| !taken(&candidate.provider_id)).min_by_key(|candidate| candidate.at)
}

/// Decides once no evidence turned up. A second unknown is never resent: one double is the most anybody gets.
pub fn verdict(on_unknown: OnUnknown, resends: u32, not_after: Option<Timestamp>, now: Timestamp) -> Verdict {
    let in_time = not_after.is_none_or(|not_after| now < not_after);
    match on_unknown {
        OnUnknown::ResendOnce if resends == 0 && in_time => Verdict::Resend,
        OnUnknown::ResendOnce | OnUnknown::Leave => Verdict::Leave,
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn at_most_once_unless_the_message_asks_for_one_more_in_time() {
        let past = Some(NOW);
        let future = Some(NOW + SignedDuration::from_secs(1));
        assert_eq!(verdict(OnUnknown::Leave, 0, None, NOW), Verdict::Leave);
        assert_eq!(verdict(OnUnknown::ResendOnce, 0, None, NOW), Verdict::Resend);
        assert_eq!(verdict(OnUnknown::ResendOnce, 0, future, NOW), Verdict::Resend);
        assert_eq!(verdict(OnUnknown::ResendOnce, 0, past, NOW), Verdict::Leave);
        assert_eq!(verdict(OnUnknown::ResendOnce, 1, None, NOW), Verdict::Leave);
    }

    #[test]
    fn the_earliest_that_nobody_has_is_claimed() {
        let found: Vec<_> = [("c", 3), ("a", 1), ("b", 2)]
            .map(|(id, second)| FoundMessage {
                provider_id: id.into(),
                at: NOW + SignedDuration::from_secs(second),
                rung: Rung::Sent,
            })
            .into();
        assert_eq!(claim(&found, |_| false).map(|found| found.provider_id.as_str()), Some("a"));
        assert_eq!(claim(&found, |id| id == "a").map(|found| found.provider_id.as_str()), Some("b"));
        assert_eq!(claim(&found, |_| true), None);
    }
}
