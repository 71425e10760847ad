#![doc = include_str!("../README.md")]

mod error;
mod id;
mod time;

pub use error::IdError;
pub use time::{earliest_at, made_about};

id::define! {
    /// A business that uses Frontdesk.
    TenantId "tnt";
    /// One WhatsApp number of a tenant, at one provider.
    ChannelId "chn";
    /// A person who writes to a tenant.
    ContactId "con";
    /// The exchange between one contact and one channel.
    ConversationId "cnv";
    /// One thing that arrived in a receiver's inbox.
    ItemId "itm";
    /// One answer in the making: what was read, decided and said.
    TurnId "trn";
    /// Values shown to a customer that wait for a yes.
    ProposalId "prp";
    /// A text that is, or was, to be sent.
    MessageId "msg";
    /// The same to many.
    CampaignId "cmp";
    /// One call of a provider for one message.
    AttemptId "att";
    /// An appointment.
    BookingId "bkg";
    /// What can be booked: its length, price and reminder plan.
    ServiceId "svc";
    /// Who performs a service.
    StaffId "stf";
    /// A slot kept free for a customer who is deciding.
    HoldId "hld";
    /// One reminder of one booking at one time.
    ReminderId "rem";
    /// Work that was given up and waits for a decision.
    DeadLetterId "dlt";
    /// Something that was wrong, from its beginning to its end.
    IncidentId "inc";
    /// One start of one process.
    InstanceId "ins";
    /// A payload that could not be read, kept for replay.
    QuarantineId "qtn";
}

#[cfg(test)]
mod tests;
