//! Who it is: a number, a business-scoped id, or both. Neither is always there.

use addressing::{Bsuid, WaId};

use super::wire::Contact;
use crate::domain::Peer;
use crate::providers::loose::Text;

/// Puts together what a message says of the person and what the contact list adds. `None` if nothing names anybody.
pub(super) fn peer(wa_id: &Text<'_>, user_id: &Text<'_>, contact: Option<&Contact<'_>>) -> Option<Peer> {
    let parse_wa_id = |text: &Text<'_>| text.filled().and_then(|id| WaId::parse(id).ok());
    let parse_bsuid = |text: &Text<'_>| text.filled().and_then(|id| Bsuid::parse(id).ok());
    let wa_id = parse_wa_id(wa_id).or_else(|| parse_wa_id(&contact?.wa_id));
    let bsuid = parse_bsuid(user_id).or_else(|| parse_bsuid(&contact?.user_id));
    let address = match (&wa_id, &bsuid) {
        (Some(wa_id), _) => wa_id.expose().to_owned(),
        (None, Some(bsuid)) => bsuid.expose().to_owned(),
        (None, None) => return None,
    };
    Some(Peer::new(wa_id, None, bsuid, address))
}

/// The contact a message belongs to, joined by id. Never by position: the lists have different lengths and orders.
pub(super) fn contact<'c, 'a>(
    contacts: &'c [Contact<'a>],
    wa_id: &Text<'_>,
    user_id: &Text<'_>,
) -> Option<&'c Contact<'a>> {
    let same = |a: &Text<'_>, b: &Text<'_>| a.filled().is_some() && a.filled() == b.filled();
    contacts.iter().find(|contact| same(&contact.wa_id, wa_id) || same(&contact.user_id, user_id))
}

/// The name the person goes by.
pub(super) fn name(contact: Option<&Contact<'_>>) -> Option<String> {
    let profile = contact?.profile.get()?;
    profile.name.to_owned().or_else(|| profile.username.to_owned())
}
