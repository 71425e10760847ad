//! What is wrong with conversations, right now: a pure function of what the rows say, of the limits and of the time.

use std::time::Duration;

use contract::work::v1::{Owner, Severity};
use ids::{ChannelId, ConversationId, TenantId};
use jiff::Timestamp;
use rpc::Trouble;

/// From where on something is a trouble.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// A message that has not been worked on for so long makes its conversation a stuck one …
    pub stuck_after: Duration,
    /// … and more of them than this are told.
    pub stuck_most: i64,
    /// A customer may wait for a person for so long.
    pub person_within: Duration,
}

/// What the rows say.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Conversations whose oldest message has waited for longer than [`Limits::stuck_after`].
    pub stuck: i64,
    /// The oldest of those messages came then.
    pub stuck_since: Option<Timestamp>,
    /// One of them.
    pub stuck_example: Option<ConversationId>,
    /// Customers that have waited for a person for longer than [`Limits::person_within`], by channel.
    pub waiting: Vec<Waiting>,
}

/// Customers of one channel that wait for a person.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The channel.
    pub channel: ChannelId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its name.
    pub slug: String,
    /// How many.
    pub count: i64,
    /// Since when the first of them waits.
    pub since: Timestamp,
}

/// Everything that is wrong.
#[must_use]
pub fn of(facts: &Facts, limits: &Limits) -> Vec<Trouble> {
    let mut troubles = Vec::new();
    if facts.stuck > limits.stuck_most {
        troubles.push(stuck(facts, limits));
    }
    troubles.extend(facts.waiting.iter().map(|waiting| people(waiting, limits)));
    troubles
}

fn stuck(facts: &Facts, limits: &Limits) -> Trouble {
    let example = facts.stuck_example.map(|id| id.to_string()).unwrap_or_default();
    Trouble {
        since: facts.stuck_since,
        next_step: "check that conversation runs and reaches the database and the model; look at one of them"
            .to_owned(),
        count: facts.stuck,
        look: format!(
            "fd 9081 conversation.v1.ConversationService/GetConversation '{{\"conversation_id\": \"{example}\"}}'"
        ),
        details: [("example", example)].into(),
        ..Trouble::new(
            "CONVERSATIONS_STUCK",
            "all",
            Severity::Critical,
            format!(
                "customers' messages have waited for more than {} s to be worked on",
                limits.stuck_after.as_secs()
            ),
        )
    }
}

fn people(waiting: &Waiting, limits: &Limits) -> Trouble {
    Trouble {
        name: waiting.slug.clone(),
        tenant: Some(waiting.tenant),
        since: Some(waiting.since),
        owner: Owner::Tenant,
        next_step: "answer them from the business's phone, or hand the conversations back".to_owned(),
        count: waiting.count,
        look: format!(
            "fd 9081 conversation.v1.ConversationService/ListConversations '{{\"tenant_id\": \"{}\", \"owner\": \"CONVERSATION_OWNER_WAITING_HUMAN\"}}'",
            waiting.tenant
        ),
        ..Trouble::new(
            "PEOPLE_WAITING",
            waiting.channel.to_string(),
            Severity::Warning,
            format!(
                "customers have waited for a person for more than {} min",
                limits.person_within.as_secs() / 60
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        stuck_after: Duration::from_secs(120),
        stuck_most: 5,
        person_within: Duration::from_secs(900),
    };

    #[test]
    fn five_stuck_conversations_are_none_and_six_are_told() {
        assert_eq!(of(&Facts { stuck: 5, ..Facts::default() }, &LIMITS), []);
        let troubles = of(&Facts { stuck: 6, ..Facts::default() }, &LIMITS);
        assert_eq!((troubles[0].kind, troubles[0].count), ("CONVERSATIONS_STUCK", 6));
    }

    #[test]
    fn people_who_wait_are_told_to_the_business_channel_by_channel() {
        let waiting = |count| Waiting {
            channel: ChannelId::generate(),
            tenant: TenantId::generate(),
            slug: "desk".to_owned(),
            count,
            since: Timestamp::UNIX_EPOCH,
        };
        let troubles = of(&Facts { waiting: vec![waiting(1), waiting(2)], ..Facts::default() }, &LIMITS);
        assert_eq!(troubles.len(), 2);
        assert_eq!(
            (troubles[1].kind, troubles[1].owner, troubles[1].count),
            ("PEOPLE_WAITING", Owner::Tenant, 2)
        );
    }
}
