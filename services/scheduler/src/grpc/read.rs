//! Requests on their way in: what several methods read alike.

use addressing::{Bsuid, Jid, Phone};
use ids::BookingId;
use jiff::{SignedDuration, Timestamp};
use rpc::{Failure, parse};

use crate::bookings::RequestId;
use crate::domain::booking::Recipient;
use crate::store::bookings::Place;
use contract::scheduler::v1 as proto;

/// Names and slugs are short; what is longer is something else in the wrong field.
const LONGEST_NAME: usize = 100;
const LONGEST_LANGUAGE: usize = 35;
const LONGEST_ADDRESS: usize = 200;
/// How far a search may reach.
const WIDEST: SignedDuration = SignedDuration::from_hours(62 * 24);
/// How far it reaches when nobody says.
const USUAL: SignedDuration = SignedDuration::from_hours(14 * 24);

/// An id or slug that must be there.
pub(super) fn named(field: &str, text: &str) -> Result<String, Failure> {
    parse::text(field, text, LONGEST_NAME)
}

/// An id or slug, or nothing.
pub(super) fn optional_named(field: &str, text: &str) -> Result<Option<String>, Failure> {
    if text.trim().is_empty() { Ok(None) } else { named(field, text).map(Some) }
}

/// A language tag, or nothing.
pub(super) fn language(text: &str) -> Result<Option<String>, Failure> {
    if text.trim().is_empty() { Ok(None) } else { parse::text("language", text, LONGEST_LANGUAGE).map(Some) }
}

/// What makes a repeated call harmless, as long as it is the same.
pub(super) fn request_id(text: &str, request: &impl prost::Message) -> Result<RequestId, Failure> {
    let name = parse::text("request_id", text, RequestId::LONGEST)?;
    Ok(RequestId::new(name).asking(&request.encode_to_vec()))
}

/// The range of a search.
pub(super) fn range(
    from: Option<prost_types::Timestamp>,
    to: Option<prost_types::Timestamp>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), Failure> {
    let from = parse::optional_time("from", from)?.unwrap_or(now);
    let to = match parse::optional_time("to", to)? {
        Some(to) => to,
        None => from.checked_add(USUAL).unwrap_or(Timestamp::MAX),
    };
    if to <= from {
        return Err(Failure::invalid("to", "is not after from", "give a later time, or leave it out"));
    }
    if to.duration_since(from) > WIDEST {
        return Err(Failure::invalid("to", "is more than 62 days after from", "search in smaller steps"));
    }
    Ok((from, to))
}

/// The way to a customer.
pub(super) fn recipient(recipient: &proto::Recipient) -> Result<Recipient, Failure> {
    Ok(Recipient {
        channel_id: parse::id("recipient.channel_id", &recipient.channel_id)?,
        conversation_id: parse::id("recipient.conversation_id", &recipient.conversation_id)?,
        contact_id: parse::optional_id("recipient.contact_id", &recipient.contact_id)?,
        address: address("recipient.address", &recipient.address)?,
    })
}

/// A number in E.164 as any provider writes it, or an id of a provider's own.
fn address(field: &str, text: &str) -> Result<String, Failure> {
    let written = parse::text(field, text, LONGEST_ADDRESS)?;
    let bare = written.strip_prefix("whatsapp:").unwrap_or(&written);
    if Phone::parse(bare).is_ok() || Jid::parse(bare).is_ok() || Bsuid::parse(bare).is_ok() {
        return Ok(written);
    }
    Err(Failure::invalid(
        field,
        "is neither a number in E.164 nor an id of a provider",
        "give the country code and the number, such as +447700900123",
    ))
}

/// A number in E.164.
pub(super) fn phone(text: &str) -> Result<Phone, Failure> {
    Phone::parse(text).map_err(|error| {
        Failure::invalid("phone", format!("is {error}"), "give it in E.164, such as +447700900123")
    })
}

/// A place in the list of bookings as text. Callers pass it back and read nothing from it.
pub(super) fn page_token(place: Place) -> String {
    format!("{}.{}", place.starts_at.as_microsecond(), place.id.uuid().as_simple())
}

/// The place that a page token names; none for the first page.
pub(super) fn place(token: &str) -> Result<Option<Place>, Failure> {
    if token.is_empty() {
        return Ok(None);
    }
    let read = || {
        let (micros, id) = token.split_once('.')?;
        let starts_at = Timestamp::from_microsecond(micros.parse().ok()?).ok()?;
        Some(Place { starts_at, id: BookingId::from_uuid(uuid::Uuid::try_parse(id).ok()?) })
    };
    read().map(Some).ok_or_else(|| {
        Failure::invalid(
            "page_token",
            "is not one of ours",
            "pass next_page_token of the page before, unchanged",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_names_its_place_again() {
        let at = Place {
            starts_at: Timestamp::from_microsecond(1_772_638_200_123_456).unwrap(),
            id: BookingId::generate(),
        };
        assert_eq!(place(&page_token(at)).unwrap(), Some(at));
        assert_eq!(place("").unwrap(), None);
        for token in ["x", "1.", ".", "1.zz", "99999999999999999999.00000000000000000000000000000000"] {
            assert!(place(token).is_err(), "{token}");
        }
    }

    #[test]
    fn an_address_is_a_number_or_an_id_and_is_kept_as_it_was_written() {
        for fine in
            ["351912345678", "+351912345678", "whatsapp:+351912345678", "123456789012345@lid", "GB.abc123"]
        {
            assert_eq!(address("to", fine).unwrap(), fine);
        }
        for wrong in ["07700900123", "sam", "whatsapp:sam", "+44 7700"] {
            let told = address("to", wrong).unwrap_err().to_string();
            assert!(told.starts_with("to is neither") && !told.contains(wrong), "{told}");
        }
    }

    #[test]
    fn a_search_has_a_beginning_an_end_and_a_limit() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |seconds: i64| Some(prost_types::Timestamp { seconds: 1_800_000_000 + seconds, nanos: 0 });
        let (from, to) = range(None, None, now).unwrap();
        assert_eq!((from, to.duration_since(from)), (now, USUAL));
        assert!(range(at(10), at(10), now).is_err());
        assert!(range(at(0), at(62 * 86_400), now).is_ok());
        assert!(range(at(0), at(62 * 86_400 + 1), now).is_err());
    }
}
