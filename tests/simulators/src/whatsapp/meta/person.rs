//! The two names of a customer: the number, and the id that is scoped to the business.

/// Before the digits in every id made here, so that one leads to the other.
const SCOPE: &str = "GB.70412233";

/// The business-scoped id of the customer with these digits.
pub(in crate::whatsapp) fn user_id(digits: &str) -> String {
    format!("{SCOPE}{digits}")
}

/// The digits of the customer with this business-scoped id; the id itself for one that is not from here.
pub(in crate::whatsapp) fn digits_of(user_id: &str) -> &str {
    user_id.strip_prefix(SCOPE).unwrap_or(user_id)
}

/// True for something that has the form of a business-scoped id: `GB.` and letters or digits.
pub(in crate::whatsapp) fn is_user_id(text: &str) -> bool {
    text.split_once('.').is_some_and(|(country, rest)| {
        country.len() == 2
            && country.bytes().all(|byte| byte.is_ascii_uppercase())
            && (1..=128).contains(&rest.len())
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_number() {
        let id = user_id("447700900123");
        assert!(is_user_id(&id) && !is_user_id("447700900123") && !is_user_id("whatsapp:+44"));
        assert_eq!(digits_of(&id), "447700900123");
        assert_eq!(digits_of("US.1349"), "US.1349");
    }
}
