use ids::{
    BookingId, ChannelId, ContactId, ConversationId, HoldId, ProposalId, ServiceId, StaffId, TenantId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ChangeKind, Language, Proposal, Snapshot};

/// A confirmed proposal, as `scheduler.commit_effect_v1` takes it. Keyed by the proposal: committing it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The proposal the customer said yes to.
    pub proposal_id: ProposalId,
    /// What to do.
    pub kind: ChangeKind,
    /// Whose calendar.
    pub tenant_id: TenantId,
    /// Through which channel reminders go.
    pub channel_id: ChannelId,
    /// In which conversation.
    pub conversation_id: ConversationId,
    /// For whom.
    pub contact_id: ContactId,
    /// Address for reminders, as the provider wants it.
    pub to: String,
    /// As the customer calls themselves; empty if unknown.
    pub customer_name: String,
    /// Language of the reminders.
    pub language: Language,
    /// The appointment to move or cancel.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub booking_id: Option<BookingId>,
    /// What to book, or to move to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service_id: Option<ServiceId>,
    /// With whom.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub staff_id: Option<StaffId>,
    /// From when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub starts_at: Option<Timestamp>,
    /// What kept the time free.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold_id: Option<HoldId>,
    /// Joins everything that follows from the same message.
    pub correlation_id: Uuid,
}

impl Effect {
    /// What a yes to `proposal` commits.
    pub(crate) fn of(proposal: &Proposal, snapshot: &Snapshot, language: Language) -> Self {
        let conversation = &snapshot.conversation;
        let kind = proposal.change.kind();
        let visit = (kind != ChangeKind::Cancel).then(|| proposal.change.visit());
        Self {
            proposal_id: proposal.id,
            kind,
            tenant_id: conversation.tenant_id,
            channel_id: conversation.channel_id,
            conversation_id: conversation.id,
            contact_id: conversation.contact_id,
            to: conversation.to.clone(),
            customer_name: conversation.customer_name.clone().unwrap_or_default(),
            language,
            booking_id: proposal.change.booking_id(),
            service_id: visit.map(|visit| visit.service_id),
            staff_id: visit.map(|visit| visit.staff_id),
            starts_at: visit.map(|visit| visit.starts_at),
            hold_id: proposal.change.hold_id(),
            correlation_id: snapshot.correlation_id,
        }
    }
}

/// Why an effect was not committed: the outcomes of `scheduler.commit_effect_v1` other than `done`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Somebody else has the time.
    Taken,
    /// The appointment, service or person is no longer there.
    Gone,
    /// What was shown is no longer how things are.
    Stale,
}
