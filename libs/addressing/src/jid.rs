use std::fmt;

use crate::error::{AddressKind, InvalidAddress};
use crate::lid::Lid;
use crate::mask;
use crate::wa_id::WaId;

/// What lives behind the `@` of a JID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Domain {
    /// `s.whatsapp.net` and the older `c.us`: a person, by phone.
    Phone,
    /// `lid`: a person, by linked id.
    Lid,
    /// `g.us`: a group.
    Group,
    /// `broadcast`: a broadcast list, or the stories of `status@broadcast`.
    Broadcast,
    /// `newsletter`: a channel one follows.
    Newsletter,
    /// `call`: the signalling of a call.
    Call,
    /// `bot`: the network's own assistant.
    Bot,
    /// `hosted` and `hosted.lid`: an account hosted for a business.
    Hosted,
    /// Anything newer than this list.
    Other,
}

impl Domain {
    fn of(name: &str) -> Self {
        match name {
            "s.whatsapp.net" | "c.us" => Self::Phone,
            "lid" => Self::Lid,
            "g.us" => Self::Group,
            "broadcast" => Self::Broadcast,
            "newsletter" => Self::Newsletter,
            "call" => Self::Call,
            "bot" => Self::Bot,
            "hosted" | "hosted.lid" => Self::Hosted,
            _ => Self::Other,
        }
    }

    /// Whether this is a conversation with one person.
    #[must_use]
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Phone | Self::Lid)
    }
}

/// A WhatsApp network address, `user[_agent][:device]@domain`. Agent and device are dropped: they name one of a
/// person's devices, not another person.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Jid<'a> {
    user: &'a str,
    domain: Domain,
}

impl<'a> Jid<'a> {
    /// Splits an address. Borrows; allocates nothing.
    ///
    /// # Errors
    /// If there is no domain (a bridge that cuts at the colon loses it, and then nothing says what the digits mean)
    /// or no user.
    pub fn parse(written: &'a str) -> Result<Self, InvalidAddress> {
        let Some((user, domain)) = written.rsplit_once('@') else {
            return Err(InvalidAddress::new(AddressKind::Jid, "there is no domain after an @"));
        };
        let user = user.split([':', '_']).next().unwrap_or_default();
        if user.is_empty() {
            return Err(InvalidAddress::new(AddressKind::Jid, "there is nothing before the @"));
        }
        Ok(Self { user, domain: Domain::of(domain) })
    }

    /// What kind of chat it is.
    #[must_use]
    pub const fn domain(&self) -> Domain {
        self.domain
    }

    /// The digits of a person addressed by phone. Never from a linked id, whatever its digits look like.
    #[must_use]
    pub fn wa_id(&self) -> Option<WaId> {
        (self.domain == Domain::Phone).then(|| WaId::parse(self.user).ok()).flatten()
    }

    /// The linked id of a person addressed by one.
    #[must_use]
    pub fn lid(&self) -> Option<Lid> {
        (self.domain == Domain::Lid).then(|| Lid::parse(self.user).ok()).flatten()
    }
}

impl fmt::Display for Jid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        mask::write(f, self.user)?;
        write!(f, "@{:?}", self.domain)
    }
}

impl fmt::Debug for Jid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jid({self})")
    }
}
