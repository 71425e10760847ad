/// Why an event is nothing for us. Each is a decision, counted by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// A group: the front desk talks to one person at a time.
    Group,
    /// A story, or a broadcast list.
    Broadcast,
    /// A channel one follows, the network's bot, call signalling, an account hosted elsewhere.
    NotAPerson,
    /// The account writing to itself.
    OwnChat,
    /// Staff reacted to, or removed, a message on the phone.
    OwnChange,
    /// Staff read the customer's message on another device: not a receipt.
    ReadByUs,
    /// A status below "sent", or one that says nothing.
    NoReceipt,
    /// A control message of the network without content.
    Control,
    /// A notice of the account (templates, quality, billing), not of a conversation.
    AccountNews,
    /// A chat was opened and nothing written yet.
    ChatOpened,
    /// An event we never asked for.
    NotSubscribed,
}

impl Ignored {
    /// Name for metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Broadcast => "broadcast",
            Self::NotAPerson => "not_a_person",
            Self::OwnChat => "own_chat",
            Self::OwnChange => "own_change",
            Self::ReadByUs => "read_by_us",
            Self::NoReceipt => "no_receipt",
            Self::Control => "control",
            Self::AccountNews => "account_news",
            Self::ChatOpened => "chat_opened",
            Self::NotSubscribed => "not_subscribed",
        }
    }
}
