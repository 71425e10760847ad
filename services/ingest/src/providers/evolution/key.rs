//! Who a message is from and to: the seven places in which server versions put it.

use addressing::{Domain, Jid, Lid, WaId};
use serde::Deserialize;

use crate::domain::{Ignored, Peer};
use crate::providers::loose::{Flag, Text};

/// `data.key` of a message, and the key of a reaction's or a revocation's target.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Key<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub from_me: Flag,
    #[serde(borrow)]
    pub remote_jid: Text<'a>,
    #[serde(borrow)]
    pub remote_jid_alt: Text<'a>,
    #[serde(borrow)]
    pub sender_pn: Text<'a>,
    #[serde(borrow)]
    pub previous_remote_jid: Text<'a>,
    #[serde(borrow)]
    pub sender_lid: Text<'a>,
}

impl Key<'_> {
    /// The message's WhatsApp id.
    pub fn id(&self) -> Result<String, String> {
        match self.id.filled() {
            Some(id) if id.len() <= super::MAX_ID => Ok(id.to_owned()),
            Some(_) => Err(format!("the message id is longer than {} bytes", super::MAX_ID)),
            None => Err("the message has no key.id".to_owned()),
        }
    }

    /// Whether the WhatsApp account itself wrote it.
    pub fn is_ours(&self) -> bool {
        self.from_me.0.unwrap_or(false)
    }

    /// The reason to leave a chat alone, if it is not a conversation with one person. A JID that lost its domain says
    /// nothing, so the other fields are asked.
    pub fn not_one_person(&self) -> Option<Ignored> {
        match self.candidates().next()?.domain() {
            Domain::Phone | Domain::Lid => None,
            Domain::Group => Some(Ignored::Group),
            Domain::Broadcast => Some(Ignored::Broadcast),
            Domain::Newsletter | Domain::Call | Domain::Bot | Domain::Hosted | Domain::Other => {
                Some(Ignored::NotAPerson)
            }
        }
    }

    /// The customer's side of the chat. `own` is the account's number: with linked ids, the alternative address of a
    /// message staff wrote can describe the account instead of the customer.
    ///
    /// `None` if nothing names a person.
    pub fn peer(&self, own: Option<&WaId>) -> Option<Peer> {
        let own = own.filter(|_| self.is_ours()).and_then(WaId::phone);
        let is_own = |wa_id: &WaId| own.is_some() && wa_id.phone() == own;
        let wa_id = self.candidates().filter_map(|jid| jid.wa_id()).find(|wa_id| !is_own(wa_id));
        let lid = self.candidates().find_map(|jid| jid.lid());
        let address = match (&wa_id, &lid) {
            (Some(wa_id), _) => wa_id.expose().to_owned(),
            (None, Some(lid)) => Lid::expose_jid(lid),
            (None, None) => return None,
        };
        Some(Peer::new(wa_id, lid, None, address))
    }

    /// The customer, read from a key that the author's own device wrote.
    ///
    /// If it says `fromMe`, the author is either the customer, and then the chat it names is us, or staff, and then it
    /// is the customer: a phone number can be told from our own, a linked id cannot.
    pub fn foreign_peer(&self, own: Option<&WaId>) -> Option<Peer> {
        let peer = self.peer(own)?;
        (!self.is_ours() || peer.wa_id.is_some()).then_some(peer)
    }

    fn candidates(&self) -> impl Iterator<Item = Jid<'_>> {
        [&self.remote_jid, &self.remote_jid_alt, &self.sender_pn, &self.previous_remote_jid, &self.sender_lid]
            .into_iter()
            .filter_map(|field| Jid::parse(field.filled()?).ok())
    }
}
