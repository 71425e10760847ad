use jiff::Timestamp;

use super::{ChannelSignal, ChannelState, Content, Ignored, Pairing, Peer, Receipt, Referral, TemplateNews};

/// One thing a provider told us. Everything a webhook can carry is one of these, or is quarantined.
#[derive(Debug, Clone, PartialEq)]
pub enum InboundEvent {
    /// A customer wrote.
    Message(Message),
    /// A customer put an emoji on a message, or took it away. Never starts a turn.
    Reaction(Reaction),
    /// A message was changed after it was sent.
    Edit(Edit),
    /// A customer withdrew a message.
    Revoke(Revoke),
    /// Staff wrote to the customer from the phone: the sign that a human took over. `peer` is the customer.
    Echo(Message),
    /// The provider repeats a message sent through its API: ours, or another program's.
    ApiEcho(ApiEcho),
    /// A message we sent moved on.
    Receipt(Receipt),
    /// The channel's connection to WhatsApp changed.
    ChannelState(ChannelState),
    /// An error that belongs to the channel and to no message.
    ChannelSignal(ChannelSignal),
    /// A template of the business account changed.
    Template(TemplateNews),
    /// A pairing code was made or the attempts ran out. The code itself is a credential and is not kept.
    Pairing(Pairing),
    /// A person goes by another number or id from now on.
    IdentityChange(IdentityChange),
    /// Nothing for us, on purpose.
    Ignored(Ignored),
}

impl InboundEvent {
    /// Name of the kind, for metrics. From a closed set.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Message(_) => "message",
            Self::Reaction(_) => "reaction",
            Self::Edit(_) => "edit",
            Self::Revoke(_) => "revoke",
            Self::Echo(_) => "echo",
            Self::ApiEcho(_) => "api_echo",
            Self::Receipt(_) => "receipt",
            Self::ChannelState(_) => "channel_state",
            Self::ChannelSignal(_) => "channel_signal",
            Self::Template(_) => "template",
            Self::Pairing(_) => "pairing",
            Self::IdentityChange(_) => "identity_change",
            Self::Ignored(_) => "ignored",
        }
    }

    /// When a customer or staff did it, by the provider's clock, as far as it says.
    #[must_use]
    pub const fn written_at(&self) -> Option<Timestamp> {
        match self {
            Self::Message(message) | Self::Echo(message) => message.sent_at,
            Self::Reaction(reaction) => reaction.sent_at,
            Self::Edit(edit) => edit.sent_at,
            Self::Revoke(revoke) => revoke.sent_at,
            _ => None,
        }
    }
}

/// A message, of a customer ([`InboundEvent::Message`]) or typed by staff on the phone ([`InboundEvent::Echo`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// The provider's id of the message.
    pub provider_id: String,
    /// The customer's side of the conversation, whoever wrote.
    pub peer: Peer,
    /// The name the customer gave themselves. Never staff's.
    pub name: Option<String>,
    /// When it was sent, by the provider's clock. `None` where the provider does not say: use the time of receipt.
    pub sent_at: Option<Timestamp>,
    /// The provider's id of the message this one answers.
    pub reply_to: Option<String>,
    /// The advert that led here.
    pub referral: Option<Referral>,
    /// What was said.
    pub content: Content,
}

/// An emoji on a message.
#[derive(Debug, Clone, PartialEq)]
pub struct Reaction {
    /// The provider's id of the reaction itself.
    pub provider_id: String,
    /// Who reacted.
    pub peer: Peer,
    /// The name the customer gave themselves.
    pub name: Option<String>,
    /// When, by the provider's clock.
    pub sent_at: Option<Timestamp>,
    /// The provider's id of the message reacted to.
    pub target: String,
    /// `None`: the reaction was taken away.
    pub emoji: Option<String>,
}

/// A changed message.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// An id of this change, the same when the provider repeats it.
    pub provider_id: String,
    /// The customer's side of the conversation, whoever changed it.
    pub peer: Peer,
    /// When, by the provider's clock.
    pub sent_at: Option<Timestamp>,
    /// The provider's id of the changed message.
    pub target: String,
    /// The new content.
    pub content: Content,
}

/// A withdrawn message.
#[derive(Debug, Clone, PartialEq)]
pub struct Revoke {
    /// An id of this withdrawal, the same when the provider repeats it.
    pub provider_id: String,
    /// Who withdrew it.
    pub peer: Peer,
    /// When, by the provider's clock.
    pub sent_at: Option<Timestamp>,
    /// The provider's id of the withdrawn message.
    pub target: String,
}

/// The provider's own record of a message sent through its API.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiEcho {
    /// The provider's id of the message.
    pub provider_id: String,
    /// To whom it went.
    pub peer: Peer,
    /// Its text or caption, empty if it has none.
    pub text: String,
}

/// A person's number or id was replaced.
#[derive(Debug, Clone, PartialEq)]
pub struct IdentityChange {
    /// The provider's id of the notice.
    pub provider_id: String,
    /// Known so far as.
    pub from: Peer,
    /// Known from now on as.
    pub to: Peer,
}
