use std::fmt;

/// Which kind of address could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKind {
    /// An E.164 telephone number.
    Phone,
    /// The digits WhatsApp uses for a person.
    WaId,
    /// A linked id.
    Lid,
    /// A business-scoped user id.
    Bsuid,
    /// A `user@domain` address.
    Jid,
}

impl fmt::Display for AddressKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Phone => "phone number",
            Self::WaId => "wa_id",
            Self::Lid => "linked id",
            Self::Bsuid => "business-scoped user id",
            Self::Jid => "JID",
        })
    }
}

/// An address that cannot be one. Carries the rule that was broken, never the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: {rule}")]
pub struct InvalidAddress {
    /// What was expected.
    pub kind: AddressKind,
    /// The rule that was broken, in words.
    pub rule: &'static str,
}

impl InvalidAddress {
    pub(crate) const fn new(kind: AddressKind, rule: &'static str) -> Self {
        Self { kind, rule }
    }
}
