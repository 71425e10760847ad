use addressing::{Bsuid, Lid, Phone, WaId};

/// The other side of a conversation: every name one event gives for the person, and the one to answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The digits WhatsApp uses.
    pub wa_id: Option<WaId>,
    /// The linked id.
    pub lid: Option<Lid>,
    /// The business-scoped id.
    pub bsuid: Option<Bsuid>,
    /// The address to answer to, exactly as the provider wants it.
    address: Address,
}

/// Kept apart so that it can be printed only through `expose`.
#[derive(Clone, PartialEq, Eq)]
struct Address(String);

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Address(…)")
    }
}

impl Peer {
    /// A person and the address to answer to.
    #[must_use]
    pub const fn new(wa_id: Option<WaId>, lid: Option<Lid>, bsuid: Option<Bsuid>, address: String) -> Self {
        Self { wa_id, lid, bsuid, address: Address(address) }
    }

    /// The telephone number, folded; `None` for people known by an id only.
    #[must_use]
    pub fn phone(&self) -> Option<Phone> {
        self.wa_id.as_ref().and_then(WaId::phone)
    }

    /// The address to answer to, for the wire.
    #[must_use]
    pub fn expose_address(&self) -> &str {
        &self.address.0
    }

    /// Every spelling under which a sender may have addressed this person, for matching an echo with what was sent.
    #[must_use]
    pub fn expose_spellings(&self) -> Vec<String> {
        let mut spellings = vec![self.address.0.clone()];
        if let Some(wa_id) = &self.wa_id {
            spellings.push(wa_id.expose().to_owned());
        }
        if let Some(phone) = self.phone() {
            spellings.push(phone.expose_digits().to_owned());
            spellings.push(phone.expose().to_owned());
        }
        if let Some(lid) = &self.lid {
            spellings.push(lid.expose_jid());
        }
        if let Some(bsuid) = &self.bsuid {
            spellings.push(bsuid.expose().to_owned());
        }
        spellings.sort_unstable();
        spellings.dedup();
        spellings
    }
}
