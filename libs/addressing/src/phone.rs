use crate::error::{AddressKind, InvalidAddress};
use crate::fold::fold;
use crate::mask::masked;

/// A telephone number in E.164 notation (`+447700900123`), folded so that one subscriber has one spelling.
///
/// Two phones are equal exactly if they reach the same subscriber as far as WhatsApp is concerned; compare and index
/// by it. To *send*, use the address the provider gave ([`crate::WaId`], a LID, …), not this.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phone(String);

masked!(Phone);

impl Phone {
    /// Reads a number as people and configuration files write it: country code first, with `+`, `00` or nothing in
    /// front; spaces, hyphens, dots, slashes and brackets are dropped.
    ///
    /// # Errors
    /// If what is left is not 7 to 15 digits of an international number.
    pub fn parse(written: &str) -> Result<Self, InvalidAddress> {
        const fn invalid(rule: &'static str) -> InvalidAddress {
            InvalidAddress::new(AddressKind::Phone, rule)
        }
        let written = written.trim();
        let rest = written.strip_prefix('+').or_else(|| written.strip_prefix("00")).unwrap_or(written);
        let mut digits = String::with_capacity(15);
        for character in rest.chars() {
            match character {
                '0'..='9' => digits.push(character),
                ' ' | '\u{a0}' | '\u{2011}' | '-' | '.' | '/' | '(' | ')' => {}
                _ => return Err(invalid("only digits and separators may follow the country code")),
            }
        }
        if digits.starts_with('0') {
            return Err(invalid("the country code is missing: write it as +<country><number>"));
        }
        if !(7..=15).contains(&digits.len()) {
            return Err(invalid("an international number has 7 to 15 digits"));
        }
        Ok(Self(format!("+{}", fold(&digits))))
    }

    /// `+` and digits, for the wire and the database.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The digits without `+`.
    #[must_use]
    pub fn expose_digits(&self) -> &str {
        &self.0[1..]
    }
}
