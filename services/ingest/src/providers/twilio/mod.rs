//! Twilio Programmable Messaging for WhatsApp: one event per request, a form, signed together with its URL.

mod fields;
mod inbound;
mod signature;
mod status;

pub use signature::{Signed, proven_by, verify};

use self::fields::Fields;
use crate::domain::{Claim, Parsed, Rejected, Route, Routed, Unparsable};
use crate::providers::form;

/// Longest id taken. Real ones have 34 characters.
const MAX_ID: usize = 64;

/// Reads a webhook. `client_ref` is our own reference in the URL of a status callback.
///
/// # Errors
/// If the body is not a form in UTF-8 or names no account.
pub fn parse(body: &[u8], client_ref: Option<&str>) -> Result<Parsed, Unparsable> {
    let fields = Fields::read(body)?;
    let account_sid = fields.owned("AccountSid").ok_or_else(|| Unparsable::new("AccountSid is missing"))?;
    // What tells the two apart is the field, not the URL: a status callback can be sent to the inbound address.
    let is_status = status::is_one(&fields, client_ref);
    let own_address = if is_status { fields.owned("From") } else { fields.owned("To") };
    let mut parsed = Parsed::empty(Claim::TwilioAccount { account_sid, own_address });
    let read = if is_status { status::status(&fields, client_ref) } else { inbound::message(&fields) };
    match read {
        Ok(event) => parsed.events.push(Routed { route: Route::Addressed, event }),
        Err(detail) => {
            parsed.rejected.push(Rejected { route: Route::Addressed, at: "form".to_owned(), detail });
        }
    }
    Ok(parsed)
}

/// The account a request says it is from, before anything is verified: a hint which token to try, no more.
#[must_use]
pub fn account_hint(body: &[u8]) -> Option<String> {
    let pairs = form::pairs(body);
    let (_, sid) = pairs.iter().find(|(name, _)| name.as_ref() == b"AccountSid")?;
    std::str::from_utf8(sid).ok().map(str::to_owned)
}

/// The id of the message the request is about.
fn message_sid(fields: &Fields<'_>) -> Result<String, String> {
    let sid =
        fields.get("MessageSid").or_else(|| fields.get("SmsSid")).or_else(|| fields.get("SmsMessageSid"));
    match sid {
        Some(sid) if sid.len() <= MAX_ID => Ok(sid.to_owned()),
        Some(_) => Err(format!("MessageSid is longer than {MAX_ID} bytes")),
        None => Err("MessageSid is missing".to_owned()),
    }
}
