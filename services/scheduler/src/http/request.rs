//! Requests in the words of the booking system before, and what they mean. All that is wrong with one is told at once.

use addressing::Phone;
use axum::http::HeaderMap;
use ids::TenantId;
use jiff::Timestamp;
use rpc::{Failure, Violation, parse};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::bookings::RequestId;

const KEY: &str = "idempotency-key";
const LONGEST_NAME: usize = 200;
const LONGEST_SLUG: usize = 100;

/// What `POST /api/bookings` takes.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct NewBooking {
    tenant: String,
    channel: String,
    customer_name: String,
    #[serde(skip_serializing)]
    customer_email: String,
    customer_phone: String,
    service_id: String,
    #[serde(alias = "staffId")]
    barber_id: String,
    scheduled_time: String,
    language: String,
}

/// A booking that could be made.
pub(super) struct Asked {
    /// The business; none where there is only one.
    pub tenant: Option<TenantId>,
    /// Id or slug; empty where there is only one.
    pub channel: String,
    pub customer_name: String,
    pub phone: Phone,
    /// Id or slug.
    pub service: String,
    /// Id or slug.
    pub staff: String,
    pub starts_at: Timestamp,
    pub language: Option<String>,
}

impl NewBooking {
    /// What it means.
    pub fn read(self) -> Result<Asked, Failure> {
        let mut wrong = Vec::new();
        let tenant = keep(&mut wrong, tenant(&self.tenant));
        let name = keep(&mut wrong, parse::words("customerName", &self.customer_name, LONGEST_NAME));
        let email = keep(&mut wrong, forgettable_email(&self.customer_email));
        let phone = keep(&mut wrong, phone(&self.customer_phone));
        let service = keep(&mut wrong, parse::words("serviceId", &self.service_id, LONGEST_SLUG));
        let staff = keep(&mut wrong, parse::words("barberId", &self.barber_id, LONGEST_SLUG));
        let starts_at = keep(&mut wrong, time(&self.scheduled_time));
        let language = keep(&mut wrong, optional("language", &self.language));
        match (tenant, name, email, phone, service, staff, starts_at, language) {
            (
                Some(tenant),
                Some(customer_name),
                Some(()),
                Some(phone),
                Some(service),
                Some(staff),
                Some(starts_at),
                Some(language),
            ) => {
                let channel = self.channel;
                Ok(Asked { tenant, channel, customer_name, phone, service, staff, starts_at, language })
            }
            _ => Err(Failure::all_invalid(wrong)),
        }
    }
}

/// What `PATCH /api/bookings/{id}` takes.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "camelCase")]
pub(super) struct Shift {
    scheduled_time: String,
    /// Another service, if wished.
    pub service_id: Option<String>,
    /// Another member of staff, if wished.
    #[serde(alias = "staffId")]
    pub barber_id: Option<String>,
    /// Whether the customer is told; yes unless said otherwise.
    pub tell_customer: Option<bool>,
}

impl Shift {
    /// The new time; `before` where something else is to be changed.
    pub fn starts_at(&self, before: Timestamp) -> Result<Timestamp, Failure> {
        if self.scheduled_time.is_empty() && (self.service_id.is_some() || self.barber_id.is_some()) {
            return Ok(before);
        }
        time(&self.scheduled_time).map_err(|wrong| Failure::all_invalid(vec![wrong]))
    }
}

/// What `DELETE /api/bookings/{id}` takes in its query.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Cancellation {
    /// Whether the customer is told; yes unless said otherwise.
    pub tell_customer: Option<bool>,
}

/// What makes asking twice harmless, if the caller says so, and as long as the request is the same.
pub(super) fn key(headers: &HeaderMap, asked: &impl Serialize) -> Result<Option<RequestId>, Failure> {
    let Some(key) = headers.get(KEY) else { return Ok(None) };
    let key = key.to_str().map_err(|_| Failure::invalid(KEY, "is no text", "give a UUID, for example"))?;
    let name = parse::text(KEY, key, RequestId::LONGEST)?;
    let asked = serde_json::to_vec(asked).map_err(Failure::internal)?;
    Ok(Some(RequestId::new(name).asking(&asked)))
}

fn tenant(written: &str) -> Result<Option<TenantId>, Violation> {
    match written.parse() {
        Ok(id) => Ok(Some(id)),
        Err(_) if written.is_empty() => Ok(None),
        // A slug makes the id.
        Err(_) => parse::words("tenant", written, LONGEST_SLUG)
            .map(|slug| Some(TenantId::named(Uuid::nil(), &slug))),
    }
}

/// Nothing is sent by e-mail, so the address is looked at and forgotten.
fn forgettable_email(written: &str) -> Result<(), Violation> {
    let parts = written.trim().split_once('@');
    let fits =
        |(name, host): (&str, &str)| !name.is_empty() && host.contains('.') && !host.contains(['@', ' ']);
    if written.is_empty() || parts.is_some_and(fits) {
        return Ok(());
    }
    Err(violation("customerEmail", "is no e-mail address", "mend it, or leave it out: it is not kept"))
}

fn phone(written: &str) -> Result<Phone, Violation> {
    parse::words("customerPhone", written, LONGEST_SLUG)?;
    Phone::parse(written).map_err(|error| {
        violation("customerPhone", format!("is {error}"), "give it in E.164, such as +447700900123")
    })
}

fn time(written: &str) -> Result<Timestamp, Violation> {
    parse::words("scheduledTime", written, LONGEST_SLUG)?.parse().map_err(|_| {
        let remedy = "give ISO 8601 in UTC, such as 2026-03-04T10:00:00Z";
        violation("scheduledTime", "is no time with its zone", remedy)
    })
}

fn optional(field: &str, written: &str) -> Result<Option<String>, Violation> {
    if written.trim().is_empty() { Ok(None) } else { parse::words(field, written, LONGEST_SLUG).map(Some) }
}

fn violation(field: &str, problem: impl Into<String>, remedy: impl Into<String>) -> Violation {
    Violation { field: field.to_owned(), problem: problem.into(), remedy: remedy.into() }
}

fn keep<T>(all: &mut Vec<Violation>, read: Result<T, Violation>) -> Option<T> {
    read.map_err(|wrong| all.push(wrong)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_that_is_wrong_is_told_at_once_and_nothing_of_the_customer_repeated() {
        let request = json!({ "customerEmail": "sam", "customerPhone": "07700900123", "scheduledTime": "2026-03-04T10:00" });
        let request: NewBooking = serde_json::from_value(request).unwrap();
        let told = request.read().map(drop).unwrap_err().to_string();
        let fields: Vec<&str> = told.split(". ").filter_map(|line| line.split(' ').next()).collect();
        let expected =
            ["customerName", "customerEmail", "customerPhone", "serviceId", "barberId", "scheduledTime"];
        assert_eq!(fields, expected);
        assert!(!told.contains("07700") && !told.contains("sam"), "{told}");
        assert!(serde_json::from_value::<NewBooking>(json!({ "custmerName": "Sam" })).is_err());
    }
}
