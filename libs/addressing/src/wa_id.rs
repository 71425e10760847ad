use crate::error::{AddressKind, InvalidAddress};
use crate::mask::masked;
use crate::phone::Phone;

/// The digits WhatsApp knows a person by, kept exactly as a provider wrote them: this is what the provider wants back.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WaId(String);

masked!(WaId);

impl WaId {
    /// Takes digits as they are; a leading `+`, which some senders add, is dropped.
    ///
    /// # Errors
    /// If there is anything but 5 to 17 digits (18 and more are group ids).
    pub fn parse(written: &str) -> Result<Self, InvalidAddress> {
        let digits = written.strip_prefix('+').unwrap_or(written);
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidAddress::new(AddressKind::WaId, "only digits are allowed"));
        }
        if !(5..=17).contains(&digits.len()) {
            return Err(InvalidAddress::new(AddressKind::WaId, "it has 5 to 17 digits"));
        }
        Ok(Self(digits.to_owned()))
    }

    /// The telephone number behind it. `None` for the few ids that are not one.
    #[must_use]
    pub fn phone(&self) -> Option<Phone> {
        Phone::parse(&self.0).ok()
    }

    /// The digits, for the wire and the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
