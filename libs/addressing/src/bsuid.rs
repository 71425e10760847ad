use crate::error::{AddressKind, InvalidAddress};
use crate::mask::masked;

/// A business-scoped user id (`GB.70412233445566778899`, or `GB.ENT.…` for the parent form): the person as one
/// business portfolio knows them. Opaque; it changes when the person changes number.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bsuid(String);

masked!(Bsuid);

impl Bsuid {
    /// Takes the id as it came.
    ///
    /// # Errors
    /// If it is not a two-letter country code, a dot, and up to 128 letters, digits and dots.
    pub fn parse(written: &str) -> Result<Self, InvalidAddress> {
        const fn invalid(rule: &'static str) -> InvalidAddress {
            InvalidAddress::new(AddressKind::Bsuid, rule)
        }
        let Some((country, id)) = written.split_once('.') else {
            return Err(invalid("a dot follows the country code"));
        };
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err(invalid("it starts with a two-letter country code"));
        }
        if !(1..=132).contains(&id.len())
            || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        {
            return Err(invalid("up to 128 letters and digits follow the dot"));
        }
        Ok(Self(written.to_owned()))
    }

    /// The id, for the wire and the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
