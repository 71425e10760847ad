use jiff::Timestamp;

/// What a provider reports about a message we sent. May come early, late, twice, out of order, or for a message that
/// another program sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id of the message sent.
    pub provider_id: String,
    /// How far it got.
    pub status: ReceiptStatus,
    /// When, by the provider's clock. `None` where the provider does not say: use the time of receipt.
    pub at: Option<Timestamp>,
    /// The provider's error code of a failure.
    pub error_code: Option<String>,
    /// Our own reference, where the provider gives it back.
    pub client_ref: Option<String>,
}

/// The ladder of a sent message. `Failed` stands beside it: a later `Delivered` still wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiptStatus {
    /// WhatsApp has it.
    Sent,
    /// The customer's phone has it.
    Delivered,
    /// The customer opened it (or played it).
    Read,
    /// It will not arrive.
    Failed,
}

impl ReceiptStatus {
    /// As the delivery service calls it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
        }
    }
}
