use crate::error::{AddressKind, InvalidAddress};
use crate::mask::masked;

/// A linked id: how WhatsApp names a person who does not show a phone number. The digits look like a phone number and
/// are none, so nothing here converts to [`crate::Phone`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lid(String);

masked!(Lid);

impl Lid {
    /// Takes the digits in front of `@lid`.
    ///
    /// # Errors
    /// If there is anything but 1 to 20 digits.
    pub fn parse(digits: &str) -> Result<Self, InvalidAddress> {
        if !(1..=20).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidAddress::new(AddressKind::Lid, "it is 1 to 20 digits before @lid"));
        }
        Ok(Self(digits.to_owned()))
    }

    /// The digits, for the wire and the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The full address a bridge wants as recipient: the digits alone would be dialled as a phone number.
    #[must_use]
    pub fn expose_jid(&self) -> String {
        format!("{}@lid", self.0)
    }
}
